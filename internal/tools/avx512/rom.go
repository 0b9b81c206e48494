package main

import "encoding/binary"

// romSize is that of rom.bin, which ends at the top of the 32-bit address space and is seen at
// segment F000 as well.
const romSize = 0x10000

// rom returns rom.bin: the code from the processor's reset to the 64-bit entry of Linux, with RSI
// pointing to its boot parameters. The processor goes from real mode to long mode in one step
// (AMD64 Architecture Programmer's Manual, volume 2, section 14.6).
func rom(entry uint64, imageSize int) []byte {
	const (
		resetOffset   = 0xfff0
		gdtOffset     = 0x100
		pointerOffset = 0x120
		longOffset    = 0x80
		romBase       = 0xf0000 // of segment F000
	)
	le := binary.LittleEndian
	r := make([]byte, romSize)

	copy(r[resetOffset:], []byte{0xea, 0x00, 0x00, 0x00, 0xf0}) // jmp far F000:0000

	var real code
	real.add(0xfa)                                              // cli
	real.add(0xfc)                                              // cld
	real.add(0x66, 0xb8).long(0x20)                             // mov eax, CR4.PAE
	real.add(0x0f, 0x22, 0xe0)                                  // mov cr4, eax
	real.add(0x66, 0xb8).long(imageBase + tablesOffset)         // mov eax, the page tables
	real.add(0x0f, 0x22, 0xd8)                                  // mov cr3, eax
	real.add(0x66, 0xb9).long(0xc0000080)                       // mov ecx, EFER
	real.add(0x66, 0x31, 0xd2)                                  // xor edx, edx
	real.add(0x66, 0xb8).long(0x100)                            // mov eax, EFER.LME
	real.add(0x0f, 0x30)                                        // wrmsr
	real.add(0x66, 0x2e, 0x0f, 0x01, 0x16).short(pointerOffset) // lgdt cs:[pointer]
	real.add(0x66, 0xb8).long(0x80000011)                       // mov eax, CR0.PG+ET+PE
	real.add(0x0f, 0x22, 0xc0)                                  // mov cr0, eax
	real.add(0x66, 0xea).long(romBase + longOffset).short(0x10) // jmp far 0010:long
	copy(r, real)

	var long code
	long.add(0xb8).long(0x18)      // mov eax, the data segment
	long.add(0x8e, 0xd8)           // mov ds, eax
	long.add(0x8e, 0xc0)           // mov es, eax
	long.add(0x8e, 0xd0)           // mov ss, eax
	long.add(0xbe).long(imageBase) // mov esi, the boot parameters
	// Bochs hands out the machine's memory in blocks of 128 KiB, in the order of first use, but
	// loads an image as if its blocks followed each other. So they must be used first, in ascending
	// order: the page tables have made use of the first already.
	const block = 0x20000
	long.add(0xb8).long(imageBase)
	touch := len(long)
	long.add(0x8a, 0x08)                                       // touch: mov cl, [rax]
	long.add(0x05).long(block)                                 // add eax, block
	long.add(0x3d).long(uint32(imageBase + imageSize + block)) // cmp eax, end
	long.add(0x72, byte(touch-len(long)-2))                    // jb touch
	long.add(0xb8).long(uint32(entry))                         // mov eax, entry
	long.add(0xff, 0xe0)                                       // jmp rax
	copy(r[longOffset:], long)

	// The boot protocol fixes the selectors: 0x10 is flat code, 0x18 flat data.
	le.PutUint64(r[gdtOffset+0x10:], 0x00af9a000000ffff)
	le.PutUint64(r[gdtOffset+0x18:], 0x00cf92000000ffff)
	le.PutUint16(r[pointerOffset:], 0x1f)
	le.PutUint32(r[pointerOffset+2:], romBase+gdtOffset)
	return r
}

// code is a sequence of machine instructions under construction.
type code []byte

func (c *code) add(b ...byte) *code {
	*c = append(*c, b...)
	return c
}

func (c *code) short(v uint16) *code { return c.add(binary.LittleEndian.AppendUint16(nil, v)...) }

func (c *code) long(v uint32) *code { return c.add(binary.LittleEndian.AppendUint32(nil, v)...) }

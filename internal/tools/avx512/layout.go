package main

import (
	"encoding/binary"
	"fmt"
)

// The machine's physical memory. ram.bin is loaded at imageBase and holds all that follows up to
// the end of the initial file system.
const (
	imageBase  = 0x200000   // boot parameters, command line and page tables: below the kernel
	kernelBase = 0x1000000  // where Linux is linked to run
	initrdBase = 0x4000000  // the initial file system
	memorySize = 0x40000000 // 1 GiB

	commandOffset = 0x1000 // of the command line from imageBase
	tablesOffset  = 0x2000 // of the page tables from imageBase
	page          = 0x1000
)

// ram returns ram.bin: boot parameters, kernel and initial file system at their places.
func ram(k *kernel, command string, initrd []byte) ([]byte, error) {
	if k.end > initrdBase {
		return nil, fmt.Errorf("the kernel ends at %#x, expected at most %#x", k.end, initrdBase)
	}
	if end := initrdBase + len(initrd); end > memorySize/2 {
		return nil, fmt.Errorf("the programs end at %#x, expected at most %#x", end, memorySize/2)
	}
	params, err := bootParams(k.header, command, len(initrd))
	if err != nil {
		return nil, err
	}
	image := make([]byte, initrdBase-imageBase+len(initrd))
	copy(image, params)
	copy(image[kernelBase-imageBase:], k.image)
	copy(image[initrdBase-imageBase:], initrd)
	return image, nil
}

// bootParams returns Linux's "zero page" (Documentation/x86/boot.rst and zero-page.rst in its
// source), the command line, and page tables that map the first GiB to itself, which the 64-bit
// boot protocol asks for.
func bootParams(header []byte, command string, initrdSize int) ([]byte, error) {
	if len(command) >= tablesOffset-commandOffset {
		return nil, fmt.Errorf("the kernel's command line is %d bytes long, expected less than %d",
			len(command), tablesOffset-commandOffset)
	}
	le := binary.LittleEndian
	p := make([]byte, tablesOffset+3*page)
	copy(p[headerOffset:], header)
	p[0x210] = 0xff // type_of_loader: none of the known ones
	le.PutUint32(p[0x218:], initrdBase)
	le.PutUint32(p[0x21c:], uint32(initrdSize))
	le.PutUint32(p[0x228:], imageBase+commandOffset)
	copy(p[commandOffset:], command)

	usable := []struct{ start, size uint64 }{{0, 0x9f000}, {0x100000, memorySize - 0x100000}}
	p[0x1e8] = byte(len(usable))
	for i, r := range usable {
		entry := p[0x2d0+20*i:]
		le.PutUint64(entry, r.start)
		le.PutUint64(entry[8:], r.size)
		le.PutUint32(entry[16:], 1) // memory
	}

	const present, large = 0x3, 0x83 // present and writable; and a page of 2 MiB
	tables := p[tablesOffset:]
	le.PutUint64(tables, imageBase+tablesOffset+page+present)
	le.PutUint64(tables[page:], imageBase+tablesOffset+2*page+present)
	for i := range uint64(512) {
		le.PutUint64(tables[2*page+8*i:], i<<21+large)
	}
	return p, nil
}

package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// headerOffset is where the boot protocol's header stands, in a kernel image as in the boot
// parameters.
const headerOffset = 0x1f1

// kernel is an unpacked Linux kernel.
type kernel struct {
	header []byte // the boot protocol's header
	image  []byte // what stands in physical memory from kernelBase
	end    uint64 // the physical address behind the kernel, its zeroed memory included
	entry  uint64 // the physical address of the first instruction
}

// unpackKernel takes apart a bzImage (Documentation/x86/boot.rst in the source of Linux) whose
// payload is packed with LZ4.
func unpackKernel(bz []byte) (*kernel, error) {
	le := binary.LittleEndian
	if len(bz) < 0x280 || string(bz[0x202:0x206]) != "HdrS" {
		return nil, errors.New("not a Linux kernel image: no header HdrS")
	}
	setup := (uint64(bz[headerOffset]) + 1) * 512
	start := setup + uint64(le.Uint32(bz[0x248:]))
	end := start + uint64(le.Uint32(bz[0x24c:]))
	if end > uint64(len(bz)) || end < start+4 {
		return nil, fmt.Errorf("the payload reaches from byte %d to %d of a file of %d", start, end,
			len(bz))
	}
	// The payload's last four bytes are its unpacked size.
	vmlinux, err := unpackLZ4(bz[start:end-4], int(le.Uint32(bz[end-4:])))
	if err != nil {
		return nil, err
	}
	k, err := loadELF(vmlinux)
	if err != nil {
		return nil, err
	}
	k.header = bz[headerOffset : 0x202+uint64(bz[0x201])]
	return k, nil
}

// loadELF returns the loadable segments of an ELF file side by side as they stand in physical
// memory. Linux declares the segment that holds its entry by the physical address, so the entry
// needs no translation.
func loadELF(data []byte) (*kernel, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	k := &kernel{entry: f.Entry}
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		if p.Paddr < kernelBase {
			return nil, fmt.Errorf("a segment at %#x, expected none below %#x", p.Paddr, kernelBase)
		}
		k.end = max(k.end, p.Paddr+p.Memsz)
		at := p.Paddr - kernelBase
		if need := int(at + p.Filesz); need > len(k.image) {
			k.image = append(k.image, make([]byte, need-len(k.image))...)
		}
		if _, err := io.ReadFull(p.Open(), k.image[at:at+p.Filesz]); err != nil {
			return nil, err
		}
	}
	return k, nil
}

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errLZ4 = errors.New("LZ4: the packed data end too early or refer to what is not there")

// unpackLZ4 unpacks the legacy frame format that Linux uses (lz4_Frame_format.md in the source of
// LZ4): a magic number, then blocks that each start with their packed size.
func unpackLZ4(src []byte, size int) ([]byte, error) {
	const magic = 0x184c2102
	le := binary.LittleEndian
	if len(src) < 4 || le.Uint32(src) != magic {
		return nil, errors.New("the kernel is not packed with LZ4: choose a kernel image that is")
	}
	dst := make([]byte, 0, size)
	for src = src[4:]; len(src) > 0; {
		if len(src) < 4 || int(le.Uint32(src)) > len(src)-4 {
			return nil, errLZ4
		}
		n := int(le.Uint32(src))
		var err error
		if dst, err = appendLZ4Block(dst, src[4:4+n]); err != nil {
			return nil, err
		}
		src = src[4+n:]
	}
	if len(dst) != size {
		return nil, fmt.Errorf("LZ4: unpacked %d bytes, expected %d", len(dst), size)
	}
	return dst, nil
}

// appendLZ4Block appends what one block unpacks to (lz4_Block_format.md): literals, then a copy of
// what came before, and so on.
func appendLZ4Block(dst, src []byte) ([]byte, error) {
	start := len(dst)
	// length reads the continuation bytes of a length whose first four bits were n.
	length := func(n int) int {
		for more := n == 15; more && len(src) > 0; src = src[1:] {
			n += int(src[0])
			more = src[0] == 255
		}
		return n
	}
	for len(src) > 0 {
		token := int(src[0])
		src = src[1:]
		literals := length(token >> 4)
		if literals > len(src) {
			return nil, errLZ4
		}
		dst = append(dst, src[:literals]...)
		src = src[literals:]
		if len(src) == 0 {
			break // the last sequence has literals only
		}
		if len(src) < 2 {
			return nil, errLZ4
		}
		offset := int(binary.LittleEndian.Uint16(src))
		src = src[2:]
		match := length(token&15) + 4
		if offset == 0 || offset > len(dst)-start {
			return nil, errLZ4
		}
		for ; match > 0; match-- { // byte by byte: the copy may overlap itself
			dst = append(dst, dst[len(dst)-offset])
		}
	}
	return dst, nil
}

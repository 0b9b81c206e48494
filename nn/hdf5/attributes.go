package hdf5

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// attribute returns the name and the value of an attribute that is a single text.
func (r *Reader) attribute(m message) (name, text string, ok bool) {
	name, parts, ok := attributeParts(m)
	if !ok {
		return "", "", false
	}
	shape, null, err := shapeOf(parts[1])
	if err != nil || null || len(shape) > 0 || len(parts[0]) < 8 {
		return "", "", false
	}
	class, data := parts[0][0]&15, parts[2]
	if class == vectorClass && parts[0][1]&15 == 1 && len(data) >= 16 { // a text of any length
		at, index := address(data[4:]), binary.LittleEndian.Uint32(data[12:])
		data, ok = r.global(at, index, binary.LittleEndian.Uint32(data))
	} else {
		ok = class == stringClass && len(data) >= int(binary.LittleEndian.Uint32(parts[0][4:]))
		if ok {
			data = data[:binary.LittleEndian.Uint32(parts[0][4:])]
		}
	}
	text = strings.TrimRight(string(data), "\x00")
	return name, text, ok && utf8.ValidString(text)
}

// attributeParts returns an attribute's name, and the type, the shape and the value that its
// message holds.
func attributeParts(m message) (name string, parts [3][]byte, ok bool) {
	data := m.data
	if len(data) < 9 || m.flags&shared != 0 {
		return "", parts, false
	}
	start, padding := 8, 1
	switch version := data[0]; {
	case version == 1:
		padding = 8
	case data[1] != 0: // its type or its shape stands elsewhere
		return "", parts, false
	case version == 3:
		start = 9
	case version != 2:
		return "", parts, false
	}
	rest := data[start:]
	var all [3][]byte
	for i := range all {
		n := int(binary.LittleEndian.Uint16(data[2+2*i:]))
		padded := (n + padding - 1) / padding * padding
		if padded > len(rest) {
			return "", parts, false
		}
		all[i], rest = rest[:n], rest[padded:]
	}
	return strings.TrimRight(string(all[0]), "\x00"), [3][]byte{all[1], all[2], rest}, true
}

// global returns n bytes of an object of the heap of texts at an address.
func (r *Reader) global(at int64, index, n uint32) ([]byte, bool) {
	head, err := r.marked(at, 16, "GCOL", "heap of texts")
	if err != nil {
		return nil, false
	}
	const header = 16 // of an object: index, references, four bytes, size
	for offset, end := at+16, address(head[8:]); offset < at+end-header; {
		object, err := r.at(offset, header, "a text")
		if err != nil {
			return nil, false
		}
		i, size := binary.LittleEndian.Uint16(object), address(object[8:])
		if i == 0 || size < 0 || size > end {
			return nil, false
		}
		if uint32(i) == index {
			text, err := r.at(offset+header, min(size, int64(n)), "a text")
			return text, err == nil
		}
		offset += header + (size+7)/8*8
	}
	return nil, false
}

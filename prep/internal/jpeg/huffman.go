package jpeg

import "errors"

// huffman is a table of codes of up to 16 bits.
type huffman struct {
	values  []byte
	first   [17]int32  // the first code of each length
	index   [17]int32  // where its value stands
	count   [17]int32  // how many codes there are of each length
	quick   [256]uint8 // by 8 bits, the length of the code that they begin with, 0 if it is longer
	symbols [256]uint8 // and its value
}

// newHuffman returns the table with so many codes of each length from 1 on.
func newHuffman(counts []byte, values []byte) *huffman {
	h := &huffman{values: values}
	code, at := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(counts[length-1])
		h.first[length], h.index[length], h.count[length] = code, at, n
		for i := range n {
			if length <= 8 && int(code) < 1<<length {
				from := int(code) << (8 - length)
				for j := range 1 << (8 - length) {
					h.quick[from+j], h.symbols[from+j] = uint8(length), values[at+i]
				}
			}
			code++
		}
		at += n
		code <<= 1
	}
	return h
}

// bits reads the bits of a scan: a byte 255 is followed by 0, or by a marker, where they end.
type bits struct {
	data   []byte
	at     int
	buffer uint32
	count  int // of the bits in buffer
	over   int // bits that were asked for behind the end
}

// maxOver bounds the bits behind the end: files that are cut off are read as if zeros followed.
const maxOver = 1 << 12

var errShort = errors.New("its data ends within an image")

// fill makes sure that there are 24 bits, zeros behind the end.
func (b *bits) fill() {
	for b.count <= 24 {
		v := byte(0)
		switch {
		case b.at >= len(b.data):
			b.over += 8
		case b.data[b.at] == 0xFF && (b.at+1 >= len(b.data) || b.data[b.at+1] != 0):
			b.over += 8 // a marker
		case b.data[b.at] == 0xFF:
			v = 0xFF
			b.at += 2
		default:
			v = b.data[b.at]
			b.at++
		}
		b.buffer |= uint32(v) << (24 - b.count)
		b.count += 8
	}
}

// take returns the next n bits, at most 16.
func (b *bits) take(n int) int32 {
	if n == 0 {
		return 0
	}
	if b.count < n {
		b.fill()
	}
	v := b.buffer >> (32 - n)
	b.buffer <<= n
	b.count -= n
	return int32(v)
}

// signed returns the number that n bits stand for: those that begin with 0 are negative.
func (b *bits) signed(n int) int32 {
	v := b.take(n)
	if n > 0 && v < 1<<(n-1) {
		v += -1<<n + 1
	}
	return v
}

// symbol returns the next symbol.
func (b *bits) symbol(h *huffman) (uint8, error) {
	if h == nil {
		return 0, errors.New("a table of codes is missing")
	}
	if b.count < 16 {
		b.fill()
	}
	if b.over > maxOver {
		return 0, errShort
	}
	top := b.buffer >> 24
	if n := h.quick[top]; n > 0 {
		b.buffer <<= n
		b.count -= int(n)
		return h.symbols[top], nil
	}
	for n := 9; n <= 16; n++ {
		code := int32(b.buffer>>(32-n)) - h.first[n]
		if code >= 0 && code < h.count[n] {
			b.buffer <<= n
			b.count -= n
			return h.values[h.index[n]+code], nil
		}
	}
	return 0, errors.New("a code that is in no table")
}

// restart begins anew behind the next restart marker.
func (b *bits) restart() {
	b.buffer, b.count, b.over = 0, 0, 0
	for b.at+1 < len(b.data) {
		if m := b.data[b.at+1]; b.data[b.at] == 0xFF && m >= 0xD0 && m <= 0xD7 {
			b.at += 2
			return
		} else if b.data[b.at] == 0xFF && m != 0 && m != 0xFF {
			return // another marker: the scan ends
		}
		b.at++
	}
}

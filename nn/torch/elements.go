package torch

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"

	"simdnn/internal/memory"
	"simdnn/tensor"
)

// chunk is the number of bytes that are read at a time.
const chunk = 64 << 10

// Views such as expand's repeat elements: a tensor may have so many, or so many times those of its
// storage, so that a small file can't ask for all memory.
const (
	maxRepeated = 1 << 20
	repeats     = 16
)

// check returns an error unless the file has all elements of a tensor, and the tensor not many
// more than its storage.
func (r *Reader) check(v *view) error {
	_, size, err := r.storage(v.key)
	if err != nil {
		return err
	}
	n := uint64(1)
	last := uint64(v.offset) // the place of the last element
	empty := slices.Contains(v.shape, 0)
	for d, length := range v.shape {
		if empty {
			break
		}
		high, low := bits.Mul64(uint64(length-1), uint64(v.strides[d]))
		sum, carry := bits.Add64(last, low, 0)
		over, elements := bits.Mul64(n, uint64(length))
		if high|carry|over != 0 {
			return fmt.Errorf("the shape %v with the strides %v is impossible", v.shape, v.strides)
		}
		last, n = sum, elements
	}
	there := uint64(min(v.size, size/widths[v.dtype]))
	switch {
	case empty:
		return nil
	case last >= there:
		return fmt.Errorf("its elements go beyond its storage, which has %d", there)
	case n > maxRepeated && n/repeats > there:
		return fmt.Errorf("the shape %v with the strides %v repeats elements of its storage too often: "+
			"save what its contiguous() returns", v.shape, v.strides)
	}
	return nil
}

// array reads a tensor.
func (r *Reader) array(v *view) (*tensor.Array, error) {
	if format, isShort := short[v.dtype]; isShort {
		bytes := *v
		bytes.dtype = "uint8"
		a, err := r.array(&bytes)
		if err != nil {
			return nil, err
		}
		return tensor.ArrayOf(format.Floats(a.Bytes()), v.shape...), nil
	}
	t, err := tensor.ParseDType(string(v.dtype))
	if err != nil {
		return nil, fmt.Errorf("elements of type %s can't be read here", v.dtype)
	}
	bytes := float64(t.Bytes())
	for _, d := range v.shape {
		bytes *= float64(d)
	}
	if err := memory.Check(fmt.Sprintf("the shape %v", v.shape), bytes); err != nil {
		return nil, err
	}
	a := tensor.NewArray(t, v.shape...)
	data := a.Bytes()
	if len(data) == 0 {
		return a, nil
	}
	start, size, err := r.storage(v.key)
	if err != nil {
		return nil, err
	}
	width := int64(t.Bytes())
	if contiguous(v) {
		if err := readAt(r.source, data, start+v.offset*width); err != nil {
			return nil, err
		}
		if int64(len(data)) == size {
			if err := r.verify("data/"+v.key, data); err != nil {
				return nil, err
			}
		}
	} else {
		w := &window{source: r.source, start: start, size: size}
		if err := w.gather(data, v, int(width)); err != nil {
			return nil, err
		}
	}
	return a, a.Decode(r.order)
}

// contiguous reports whether the elements stand in row-major order without gaps.
func contiguous(v *view) bool {
	step := 1
	for d := len(v.shape) - 1; d >= 0; d-- {
		if v.shape[d] != 1 && v.strides[d] != step {
			return false
		}
		step *= v.shape[d]
	}
	return true
}

// verify compares the whole content of an entry with the archive's checksum. PyTorch writes 0 for
// it if it was told not to compute any, and had none before it wrote archives.
func (r *Reader) verify(name string, content []byte) error {
	if r.entries == nil {
		return nil
	}
	want := r.entries[name].CRC32
	if want != 0 && crc32.ChecksumIEEE(content) != want {
		return fmt.Errorf("%s has not the checksum of the archive: the file is damaged", name)
	}
	return nil
}

// readAt fills p from a place in the source.
func readAt(source io.ReaderAt, p []byte, at int64) error {
	n, err := source.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// window is a part of a storage that has been read.
type window struct {
	source      io.ReaderAt
	start, size int64 // of the storage
	at          int64 // where the part begins in it
	part        []byte
}

// bytes returns n bytes of the storage.
func (w *window) bytes(at int64, n int) ([]byte, error) {
	if at < w.at || at+int64(n) > w.at+int64(len(w.part)) {
		if w.part == nil {
			w.part = make([]byte, min(chunk, w.size))
		}
		w.at, w.part = at, w.part[:min(int64(cap(w.part)), w.size-at)]
		if err := readAt(w.source, w.part, w.start+at); err != nil {
			return nil, err
		}
	}
	return w.part[at-w.at:][:n], nil
}

// gather sets data to the elements of a view, which it goes through in the order of the storage as
// far as strides have one, so that each part is read once.
func (w *window) gather(data []byte, v *view, width int) error {
	rank := len(v.shape)
	steps := make([]int, rank) // in data
	order := make([]int, rank)
	step := 1
	for d := rank - 1; d >= 0; d-- {
		order[d], steps[d] = d, step
		step *= v.shape[d]
	}
	slices.SortStableFunc(order, func(a, b int) int { return v.strides[b] - v.strides[a] })
	index := make([]int, rank)
	from, to := int(v.offset), 0
	for {
		b, err := w.bytes(int64(from)*int64(width), width)
		if err != nil {
			return err
		}
		copy(data[to*width:], b)
		i := rank - 1
		for ; i >= 0; i-- {
			d := order[i]
			from, to = from+v.strides[d], to+steps[d]
			if index[d]++; index[d] < v.shape[d] {
				break
			}
			from, to = from-v.strides[d]*v.shape[d], to-steps[d]*v.shape[d]
			index[d] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

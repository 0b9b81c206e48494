// Package npy reads and writes the files of NumPy: an array in a .npy file, named arrays in a .npz
// archive. Elements may be of any type of package tensor; bfloat16 is what NumPy with ml_dtypes
// saves it as, two bytes without a type.
//
// Reading takes every version of the format, both orders of elements and both orders of bytes. It
// allocates no more than there is to read: a header that promises more is an error, as is one of
// structured, complex or text elements.
package npy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"simdnn/internal/atomicfile"
	"simdnn/internal/memory"
	"simdnn/tensor"
)

// ReadFile returns the array in a .npy file.
func ReadFile(path string) (*tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	defer func() { _ = f.Close() }() // of a file that was only read
	left := int64(unknown)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		left = info.Size()
	}
	a, err := read(f, left, left)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	return a, nil
}

// Read returns the array at the beginning of r, and reads no further: the next one may follow.
func Read(r io.Reader) (*tensor.Array, error) {
	a, err := read(r, unknown, trusted)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	return a, nil
}

const (
	// unknown is the length of a stream whose end is not known.
	unknown = -1
	// trusted is the size up to which elements have their memory before they are read, whatever there
	// is to read.
	trusted = 1 << 24
)

// read returns an array. left is the length of the whole, which it must have to the byte unless it
// is unknown. Elements of up to most bytes have their memory before they are read.
func read(r io.Reader, left, most int64) (*tensor.Array, error) {
	h, size, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	n, err := h.bytes()
	if err != nil {
		return nil, err
	}
	if left -= int64(size); left >= 0 && left != n {
		return nil, fmt.Errorf("%d bytes of elements, but %v takes %d", left, h, n)
	}
	var data []byte
	if n <= max(most, trusted) {
		data = tensor.AlignedBytes(int(n))
		_, err = io.ReadFull(r, data)
	} else { // grown as there is more to read
		var buf bytes.Buffer
		_, err = io.CopyN(&buf, r, n)
		data = tensor.AlignedBytes(buf.Len())
		copy(data, buf.Bytes())
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("the elements of %v end early: they take %d bytes", h, n)
	}
	if err != nil {
		return nil, err
	}
	return h.array(data), nil
}

// array returns an array of what stands in a file behind the header.
func (h *header) array(data []byte) *tensor.Array {
	if h.dtype == tensor.BoolType {
		for i, b := range data {
			if b != 0 {
				data[i] = 1 // Go's true is this alone
			}
		}
	}
	if h.swapped {
		swap(data, h.dtype.Bytes())
	}
	if !h.fortran {
		return tensor.ArrayOver(h.dtype, data, h.shape...)
	}
	a := tensor.NewArray(h.dtype, h.shape...)
	switch h.dtype.Bytes() {
	case 1:
		reorder[uint8](a, h, data)
	case 2:
		reorder[uint16](a, h, data)
	case 4:
		reorder[uint32](a, h, data)
	default:
		reorder[uint64](a, h, data)
	}
	return a
}

// reorder sets the array to elements in Fortran's order: the first index runs fastest.
func reorder[U tensor.Word](a *tensor.Array, h *header, data []byte) {
	rank := len(h.shape)
	to, from := make([]int, rank), make([]int, rank)
	before, behind := 1, 1
	for d := range rank {
		from[d], to[rank-1-d] = before, behind
		before *= h.shape[d]
		behind *= h.shape[rank-1-d]
	}
	src := tensor.Words[U](tensor.ArrayOver(h.dtype, data, a.Len()))
	tensor.NewMove[U](h.shape, to, from).Run(tensor.Words[U](a), src)
}

// swap reverses the bytes of each element.
func swap(data []byte, size int) {
	for at := 0; at < len(data); at += size {
		for i, j := at, at+size-1; i < j; i, j = i+1, j-1 {
			data[i], data[j] = data[j], data[i]
		}
	}
}

// bytes returns what the elements take, or an error if that is more than there is memory.
func (h *header) bytes() (int64, error) {
	if slices.Contains(h.shape, 0) {
		return 0, nil
	}
	bytes := float64(h.dtype.Bytes())
	n := int64(h.dtype.Bytes())
	for _, d := range h.shape {
		bytes *= float64(d)
		n *= int64(d)
	}
	return n, memory.Check("the shape "+fmt.Sprint(h.shape), bytes)
}

// WriteFile writes an array to a .npy file, which appears whole or not at all.
func WriteFile(path string, a *tensor.Array) error {
	return writeFile(path, func(w io.Writer) error { return Write(w, a) })
}

// writeFile creates a file and lets write fill it.
func writeFile(path string, write func(w io.Writer) error) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	if err := write(f); err != nil {
		f.Discard()
		return err
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

// Write writes an array in row-major order, little-endian, by the same bytes as NumPy.
func Write(w io.Writer, a *tensor.Array) error {
	h := header{dtype: a.DType(), shape: a.Shape()}
	if _, err := w.Write(h.encode()); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	data := a.Bytes()
	if nativeIsBig && h.dtype.Bytes() > 1 {
		data = bytes.Clone(data)
		swap(data, h.dtype.Bytes())
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"simdnn/internal/memory"
	"simdnn/internal/regularfile"
	"simdnn/tensor"
)

// Reader gives access to the arrays of a file. Several goroutines may read at the same time.
type Reader struct {
	source  io.ReaderAt
	size    int64
	left    int64 // how many bytes of structure may still be read
	visited map[int64]bool
	arrays  []Info
	layouts map[string]*array
	texts   map[string]map[string]string
	closer  io.Closer
}

// Info describes an array of a file.
type Info struct {
	Path  string // from the root, which is not named: layers/dense/vars/0
	DType string // as PyTorch has it: "float32"
	Shape []int
}

// array is where an array's elements are.
type array struct {
	Info
	elements element
	inline   []byte // those of a compact array
	at, size int64  // those of a contiguous one; at is undefined if it has none yet
}

// undefined is the address of what is not in a file.
const undefined = -1

// maxStructure is how many bytes of a file's structure are read.
const maxStructure = 256 << 20

// magic is how a file begins.
var magic = []byte("\x89HDF\r\n\x1a\n")

// Open opens the file at path and reads its structure. Errors name the path.
func Open(path string) (*Reader, error) {
	r, f, err := regularfile.Open(path, NewReader)
	if err == nil {
		r.closer = f
	}
	return r, err
}

// NewReader reads the structure of a file of the given size.
func NewReader(source io.ReaderAt, size int64) (*Reader, error) {
	r := &Reader{source: source, size: size, left: maxStructure, visited: map[int64]bool{},
		layouts: map[string]*array{}, texts: map[string]map[string]string{}}
	root, err := r.root()
	if err == nil {
		err = r.object("", root, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("hdf5: %w", err)
	}
	return r, nil
}

// Close closes a file that was opened by [Open].
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// Arrays describes the arrays, group by group, in the order of their names' bytes. The slice must
// not be changed.
func (r *Reader) Arrays() []Info { return r.arrays }

// Text returns the attribute of a group or an array that is a text, and whether there is one.
func (r *Reader) Text(path, attribute string) (string, bool) {
	text, ok := r.texts[path][attribute]
	return text, ok
}

// Array reads the array of a path.
func (r *Reader) Array(path string) (*tensor.Array, error) {
	a := r.layouts[path]
	if a == nil {
		return nil, fmt.Errorf("hdf5: there is no array %q", path)
	}
	made, err := r.read(a)
	if err != nil {
		return nil, fmt.Errorf("hdf5: array %q: %w", path, err)
	}
	return made, nil
}

func (r *Reader) read(a *array) (*tensor.Array, error) {
	if a.elements.dtype == tensor.InvalidDType {
		return nil, fmt.Errorf("elements that are %s can't be read here", a.DType)
	}
	bytes := float64(a.elements.dtype.Bytes())
	for _, d := range a.Shape {
		bytes *= float64(d)
	}
	if err := memory.Check(fmt.Sprintf("the shape %v", a.Shape), bytes); err != nil {
		return nil, err
	}
	if there := float64(max(a.size, int64(len(a.inline)))); bytes != there {
		return nil, fmt.Errorf("the shape %v needs %.0f bytes, but the file has %.0f", a.Shape, bytes,
			there)
	}
	made := tensor.NewArray(a.elements.dtype, a.Shape...)
	if a.inline != nil {
		copy(made.Bytes(), a.inline)
	} else if a.size > 0 {
		if _, err := r.source.ReadAt(made.Bytes(), a.at); err != nil {
			return nil, err
		}
	}
	return made, made.Decode(a.elements.order)
}

// at reads n bytes of the structure.
func (r *Reader) at(offset, n int64, what string) ([]byte, error) {
	if offset < 0 || n < 0 || offset > r.size || n > r.size-offset {
		return nil, fmt.Errorf("%s at %d goes beyond the file's %d bytes", what, offset, r.size)
	}
	if r.left -= n; r.left < 0 {
		return nil, fmt.Errorf("more than %d bytes of structure", maxStructure)
	}
	data := make([]byte, n)
	_, err := r.source.ReadAt(data, offset)
	if errors.Is(err, io.EOF) && n == 0 {
		err = nil
	}
	return data, err
}

// marked reads n bytes that begin with four letters.
func (r *Reader) marked(offset, n int64, mark, what string) ([]byte, error) {
	data, err := r.at(offset, n, what)
	if err == nil && string(data[:4]) != mark {
		err = fmt.Errorf("at %d is no %s", offset, what)
	}
	return data, err
}

// root reads the superblock and returns the address of the root group's header.
func (r *Reader) root() (int64, error) {
	start, err := r.at(0, min(r.size, 96), "a superblock")
	if err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(start, magic) || len(start) < 96 {
		return 0, errors.New("not a file of HDF5, or only the beginning of one")
	}
	version, header := start[8], start[24:]
	switch {
	case version == 1:
		header = header[4:]
	case version > 1:
		return 0, fmt.Errorf("a superblock of version %d; only the form that h5py writes without libver "+
			"is read", version)
	}
	if start[13] != 8 || start[14] != 8 {
		return 0, fmt.Errorf("addresses of %d bytes and lengths of %d; those of 8 are read", start[13],
			start[14])
	}
	if base := address(header); base != 0 {
		return 0, fmt.Errorf("addresses that begin at %d; those that begin at 0 are read", base)
	}
	return address(header[40:]), nil
}

// address returns the address or length at the beginning of data.
func address(data []byte) int64 { return int64(binary.LittleEndian.Uint64(data)) }

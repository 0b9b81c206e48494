package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"simdnn/internal/filekind"
	"simdnn/nn/safetensors"
	"simdnn/nn/torch"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// Tensor is a tensor of a file, or what a [Rule] has made of some.
type Tensor struct {
	Name  string
	DType string // as PyTorch has it, "float32", or as the file if package tensor has no such type
	Shape []int
	From  []string // the names in the file of what it is made of
	read  func() (*tensor.Array, error)
	class string // of Keras' layer that it is of, where the file tells
}

// Array reads the tensor. The array is the caller's.
func (t *Tensor) Array() (*tensor.Array, error) { return t.read() }

// Values reads a tensor, which must have the given shape, as real numbers; see [tensor.Floats].
func Values[T float32 | float64](t *Tensor, shape ...int) ([]T, error) {
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("weights: tensor %q: the shape is %v, but %v is expected", t.Name,
			t.Shape, shape)
	}
	a, err := t.read()
	if err != nil {
		return nil, err
	}
	values, err := tensor.Floats[T](a)
	if err != nil {
		return nil, fmt.Errorf("weights: tensor %q: %w", t.Name, err)
	}
	return values, nil
}

// File is an open file of tensors.
type File struct {
	// Tensors are in the order of the file.
	Tensors []Tensor
	// Safetensors is the reader of a file in that format, else nil.
	Safetensors *safetensors.Reader

	closers []io.Closer
}

// Close closes the file. Tensors can't be read any more.
func (f *File) Close() error {
	var errs []error
	for _, c := range f.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Open opens the file at path, whose kind its content tells. Errors name the path.
func Open(path string) (*File, error) {
	start, size, err := beginning(path)
	if err != nil {
		return nil, err
	}
	f := &File{}
	switch {
	case filekind.Of(start, size) == filekind.Safetensors: // its length may look like a zip's mark
		err = f.openSafetensors(path)
	case bytes.HasPrefix(start, []byte("PK")):
		err = f.openArchive(path)
	case start[0] == '\x80':
		err = f.openTorch(path)
	case bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("{")):
		err = f.openIndex(path)
	case bytes.HasPrefix(start, []byte("\x89HDF")):
		err = f.openHDF5(path)
	case bytes.HasPrefix(start, []byte("\x93NUMPY")):
		err = fmt.Errorf("%s: weights: an array of NumPy (.npy) without a name: numpy.savez saves "+
			"arrays with theirs", path)
	case len(start) >= 8 && binary.LittleEndian.Uint64(start) <= safetensors.MaxHeader:
		err = f.openSafetensors(path) // whose header may begin with a space, or be cut off
	default:
		err = fmt.Errorf("%s: weights: no file of safetensors, checkpoint of PyTorch, .npz, HDF5 of Keras "+
			"or index of shards", path)
		err = filekind.ExplainFile(err, "", path)
	}
	if err != nil {
		_ = f.Close() // of files that were only read
		return nil, err
	}
	return f, nil
}

// beginning returns the first bytes of a file, one at least, and its size.
func beginning(path string) ([]byte, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }() // of a file that was only read
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: not a regular file", path)
	}
	start := make([]byte, 64)
	n, err := io.ReadFull(file, start)
	if n == 0 && errors.Is(err, io.EOF) {
		return nil, 0, fmt.Errorf("%s: weights: the file is empty", path)
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, 0, err
	}
	return start[:n], info.Size(), nil
}

// OfSafetensors returns the tensors of a file in the safetensors format.
func OfSafetensors(r *safetensors.Reader) []Tensor {
	var all []Tensor
	for _, info := range r.Tensors() {
		dtype := string(info.DType)
		if d := info.DType.Type(); d != tensor.InvalidDType {
			dtype = d.String()
		}
		all = append(all, Tensor{Name: info.Name, DType: dtype, Shape: info.Shape,
			From: []string{info.Name},
			read: func() (*tensor.Array, error) { return r.Array(info.Name) }})
	}
	return all
}

func (f *File) openSafetensors(path string) error {
	r, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	f.closers = append(f.closers, r)
	f.Safetensors, f.Tensors = r, OfSafetensors(r)
	return nil
}

func (f *File) openTorch(path string) error {
	r, err := torch.Open(path)
	if err != nil {
		return err
	}
	f.closers = append(f.closers, r)
	for _, info := range r.Tensors() {
		f.Tensors = append(f.Tensors, Tensor{Name: info.Name, DType: info.DType, Shape: info.Shape,
			From: []string{info.Name},
			read: func() (*tensor.Array, error) { return r.Array(info.Name) }})
	}
	return nil
}

// openArchive opens a zip archive: of NumPy if it has a .npy file, of Keras if it has one of weights
// in HDF5, else of PyTorch.
func (f *File) openArchive(path string) error {
	r, err := npy.Open(path)
	if err != nil {
		return fmt.Errorf("%s: weights: it begins as zip archives of PyTorch and NumPy do, but is not "+
			"a whole one: %w", path, err)
	}
	names := r.Names()
	if len(names) == 0 {
		_ = r.Close() // of a file that was only read
		if is, err := f.openKeras(path); is || err != nil {
			return err
		}
		return f.openTorch(path)
	}
	f.closers = append(f.closers, r)
	for _, name := range names {
		d, shape, err := r.Describe(name)
		if err != nil {
			return err
		}
		f.Tensors = append(f.Tensors, Tensor{Name: name, DType: d.String(), Shape: shape,
			From: []string{name},
			read: func() (*tensor.Array, error) { return r.Read(name) }})
	}
	return nil
}

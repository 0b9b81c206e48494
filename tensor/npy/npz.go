package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"simdnn/tensor"
)

// Archive is an open .npz file: a zip archive of .npy files. Its methods may be called by many
// goroutines at once.
type Archive struct {
	path  string
	size  int64 // of the file
	file  *zip.ReadCloser
	files map[string]*zip.File
}

// extension is what the names of an archive's entries end with, besides the arrays' names.
const extension = ".npy"

// Open opens a .npz file. Entries that are no .npy files are left alone.
func Open(path string) (*Archive, error) {
	file, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, fmt.Errorf("npy: %s: no zip archive, as a .npz file is", path)
	}
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	a := &Archive{path: path, file: file, files: map[string]*zip.File{}}
	info, err := os.Stat(path)
	if err == nil {
		a.size = info.Size()
		err = a.list(&file.Reader)
	}
	if err != nil {
		_ = file.Close() // of a file that was only read
		return nil, err
	}
	return a, nil
}

// list enters the arrays of an archive.
func (a *Archive) list(r *zip.Reader) error {
	for _, f := range r.File {
		name, ok := strings.CutSuffix(f.Name, extension)
		if !ok {
			continue
		}
		if a.files[name] != nil {
			return fmt.Errorf("npy: %s: there are two arrays %q", a.path, name)
		}
		a.files[name] = f
	}
	return nil
}

// Close closes the file.
func (a *Archive) Close() error { return a.file.Close() }

// Names returns the arrays' names in alphabetical order.
func (a *Archive) Names() []string { return slices.Sorted(maps.Keys(a.files)) }

// Read returns the array of a name.
func (a *Archive) Read(name string) (*tensor.Array, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("npy: %s: there is no array %q among %q", a.path, name, a.Names())
	}
	array, err := a.readEntry(f)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: array %q: %w", a.path, name, err)
	}
	return array, nil
}

// Describe returns the type and the shape of the array of a name without reading its elements.
func (a *Archive) Describe(name string) (tensor.DType, []int, error) {
	f := a.files[name]
	if f == nil {
		return 0, nil, fmt.Errorf("npy: %s: there is no array %q among %q", a.path, name, a.Names())
	}
	r, err := f.Open()
	if err == nil {
		var h *header
		h, _, err = readHeader(r)
		_ = r.Close() // of what was only read
		if err == nil {
			return h.dtype, h.shape, nil
		}
	}
	return 0, nil, fmt.Errorf("npy: %s: array %q: %w", a.path, name, err)
}

// inflation is how many times the size of what is compressed deflate can make of it.
const inflation = 1032

// most returns how long an entry can be at most, whatever the archive says of its size.
func (a *Archive) most(f *zip.File) int64 {
	stored := min(f.CompressedSize64, uint64(a.size))
	if f.Method != zip.Store {
		stored *= inflation
	}
	return int64(min(stored, f.UncompressedSize64))
}

// readEntry reads an array and then to the end, where the checksum is compared. What the archive
// says of its size is believed as far as the file is long enough for it.
func (a *Archive) readEntry(f *zip.File) (*tensor.Array, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // of what was only read
	array, err := read(r, unknown, a.most(f))
	if err != nil {
		return nil, err
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(r, 1)); n > 0 {
		return nil, fmt.Errorf("there is more behind the elements of %v", array)
	} else if err != nil {
		return nil, err
	}
	return array, nil
}

// ReadArchive returns all arrays of a .npz file.
func ReadArchive(path string) (map[string]*tensor.Array, error) {
	a, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Close() }() // of a file that was only read
	arrays := map[string]*tensor.Array{}
	for name := range a.files {
		if arrays[name], err = a.Read(name); err != nil {
			return nil, err
		}
	}
	return arrays, nil
}

// Compression says how an archive stores its arrays.
type Compression uint16

// Arrays are stored as they are, or deflated, as numpy.savez_compressed does.
const (
	Stored   = Compression(zip.Store)
	Deflated = Compression(zip.Deflate)
)

// WriteArchive writes arrays to a .npz file in the order of their names, which appears whole or not
// at all. The same arrays give the same bytes.
func WriteArchive(path string, arrays map[string]*tensor.Array, c Compression) error {
	if c != Stored && c != Deflated {
		return fmt.Errorf("npy: compression %d, which is neither Stored nor Deflated", c)
	}
	return writeFile(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, name := range slices.Sorted(maps.Keys(arrays)) {
			entry, err := z.CreateHeader(&zip.FileHeader{Name: name + extension, Method: uint16(c)})
			if err != nil {
				return fmt.Errorf("npy: %s: array %q: %w", path, name, err)
			}
			if err := Write(entry, arrays[name]); err != nil {
				return err
			}
		}
		if err := z.Close(); err != nil {
			return fmt.Errorf("npy: %w", err)
		}
		return nil
	})
}

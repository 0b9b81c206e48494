package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"unsafe"

	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// externalData returns the bytes of a tensor whose elements are in another file.
func (m *Model) externalData(t *proto.Tensor) ([]byte, error) {
	location, offset, length := "", int64(0), int64(-1)
	for _, e := range t.External {
		var err error
		switch e.Key {
		case "location":
			location = strings.ReplaceAll(e.Value, "\\", "/")
		case "offset":
			offset, err = strconv.ParseInt(e.Value, 10, 64)
		case "length":
			length, err = strconv.ParseInt(e.Value, 10, 64)
		}
		if err != nil || offset < 0 {
			return nil, fmt.Errorf("its external data has the %s %q", e.Key, e.Value)
		}
	}
	location = path.Clean(location)
	if !fs.ValidPath(location) || location == "." {
		return nil,
			fmt.Errorf("its external data is in %q, which is not a file in the model's folder",
				location)
	}
	data, err := m.file(location)
	if err != nil {
		return nil, fmt.Errorf("its external data: %w", err)
	}
	if length < 0 {
		length = int64(len(data)) - offset
	}
	if offset > int64(len(data)) || length < 0 || length > int64(len(data))-offset {
		return nil, fmt.Errorf("its external data is %d bytes at %d of %q, which has %d", length,
			offset,
			location, len(data))
	}
	data = data[offset:][:length]
	return data, m.noteCopy(value.ElementType(t.DataType), data)
}

// file returns the content of a file with external data, which is kept.
func (m *Model) file(name string) ([]byte, error) {
	if data, ok := m.files[name]; ok {
		return data, nil
	}
	if m.Options.Files == nil && m.folder == "" {
		return nil, fmt.Errorf("there is no folder to find %q in: give Options.Files", name)
	}
	var data []byte
	var err error
	if m.Options.Files != nil {
		data, err = fs.ReadFile(m.Options.Files, name)
	} else {
		data, err = m.mapInFolder(name)
	}
	if err != nil {
		return nil, err
	}
	m.files[name] = data
	m.external += len(data)
	return data, nil
}

// mapInFolder maps a file of the model's folder, which links can't lead out of.
func (m *Model) mapInFolder(name string) ([]byte, error) {
	root, err := os.OpenRoot(m.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, free, err := mapRegular(name, root.Stat, root.Open)
	if err == nil {
		m.free = append(m.free, free)
	}
	return data, err
}

// mapRegular maps a file that is found and opened by the given functions: not a pipe or a device,
// which to open may wait for ever.
func mapRegular(name string, stat func(string) (fs.FileInfo, error),
	open func(string) (*os.File, error)) (data []byte, free func() error, err error) {
	info, err := stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New(name + " is not a regular file")
	}
	f, err := open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	return mapped(f, info.Size())
}

// maxCopied bounds the bytes of external data that are copied, by those of the files: tensors may
// share them.
const maxCopied = 16

// noteCopy refuses tensors that would be copied from the same bytes again and again.
func (m *Model) noteCopy(e value.ElementType, raw []byte) error {
	aligned := uintptr(unsafe.Pointer(unsafe.SliceData(raw)))%uintptr(max(e.Storage().Bytes(),
		1)) == 0
	if aligned && e.Bits() >= 8 && e != value.Bool && !isBigEndian {
		return nil
	}
	m.copied += len(raw) * max(8/max(e.Bits(), 1), 1)
	if m.copied > 1<<20+maxCopied*m.external {
		return fmt.Errorf("tensors of the same external data take more than %d times its %d bytes",
			maxCopied, m.external)
	}
	return nil
}

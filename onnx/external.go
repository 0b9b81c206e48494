package onnx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"simdnn/onnx/internal/proto"
)

// external returns the bytes of a tensor whose elements are in another file.
func (m *Model) external(t *proto.Tensor) ([]byte, error) {
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
		return nil, fmt.Errorf("its external data is in %q, which is not a file in the model's folder",
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
		return nil, fmt.Errorf("its external data is %d bytes at %d of %q, which has %d", length, offset,
			location, len(data))
	}
	return data[offset:][:length], nil
}

// file returns the content of a file with external data, which is kept.
func (m *Model) file(name string) ([]byte, error) {
	if data, ok := m.files[name]; ok {
		return data, nil
	}
	if m.options.Files == nil && m.folder == "" {
		return nil, fmt.Errorf("there is no folder to find %q in: give Options.Files", name)
	}
	var data []byte
	var err error
	if m.options.Files != nil {
		data, err = fs.ReadFile(m.options.Files, name)
	} else {
		data, err = m.mapInFolder(name)
	}
	if err != nil {
		return nil, err
	}
	m.files[name] = data
	return data, nil
}

// mapInFolder maps a file of the model's folder, which links can't lead out of.
func (m *Model) mapInFolder(name string) ([]byte, error) {
	root, err := os.OpenRoot(m.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New(name + " is not a regular file")
	}
	data, free, err := mapped(f, info.Size())
	if err == nil {
		m.free = append(m.free, free)
	}
	return data, err
}

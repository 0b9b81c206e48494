//go:build unix

package onnx

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapped returns the content of a file, which is read as it is needed and shared with other
// processes, and what gives it back.
func mapped(f *os.File, size int64) (data []byte, free func() error, err error) {
	if size == 0 {
		return nil, func() error { return nil }, nil
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, &os.PathError{Op: "map", Path: f.Name(), Err: err}
	}
	return data, func() error { return unix.Munmap(data) }, nil
}

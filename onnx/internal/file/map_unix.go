//go:build unix

package file

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forget gives back the memory of a part of a mapped file, which is read again if it is needed.
func forget(data []byte) {
	page := os.Getpagesize()
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(data)))) & (page - 1)
	if n := (len(data) - skip) &^ (page - 1); n > 0 {
		_ = unix.Madvise(data[skip:][:n],
			unix.MADV_DONTNEED) // else it stays until the file is unmapped
	}
}

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

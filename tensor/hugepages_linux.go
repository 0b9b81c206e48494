package tensor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// hugePage is the size of a huge page. Where it is another the advice merely covers less.
	hugePage = 2 << 20
	// hugeBuffer is the size from which on a buffer asks for the huge pages that it lies in, which
	// others of Go's heap may share.
	hugeBuffer = hugePage / 4
)

// adviseHugePages asks for huge pages under a new buffer that is large enough: one entry of the TLB
// then serves 512 times as much, and the prefetchers stop as much less often. It is advice: a
// system that has none to give leaves the buffer as it is.
func adviseHugePages[T Element](buf []T) {
	var zero T
	p, size := unsafe.Pointer(unsafe.SliceData(buf)), uintptr(len(buf))*unsafe.Sizeof(zero)
	if size < hugeBuffer {
		return
	}
	first := uintptr(p) &^ (hugePage - 1)
	length := (uintptr(p) + size - first + hugePage - 1) &^ (hugePage - 1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, length, unix.MADV_HUGEPAGE)
}

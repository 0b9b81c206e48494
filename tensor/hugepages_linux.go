package tensor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page. Where it is another the advice merely covers less.
const hugePage = 2 << 20

// adviseHugePages asks for huge pages under a new buffer, where it holds whole ones: one entry of
// the TLB then serves 512 times as much, and the prefetchers stop as much less often. It is advice:
// a system that has none to give leaves the buffer as it is.
func adviseHugePages[T Element](buf []T) {
	var zero T
	p, size := unsafe.Pointer(unsafe.SliceData(buf)), uintptr(len(buf))*unsafe.Sizeof(zero)
	skip := -uintptr(p) & (hugePage - 1)
	if size < skip+hugePage {
		return
	}
	whole := unsafe.Slice((*byte)(unsafe.Add(p, skip)), (size-skip)&^(hugePage-1))
	_ = unix.Madvise(whole, unix.MADV_HUGEPAGE)
}

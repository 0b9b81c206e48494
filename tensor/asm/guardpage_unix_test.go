//go:build linux || darwin || freebsd

package asm

import (
	"os"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// guardedSlices returns a placer of slices that begin or end where readable memory does, so that a
// kernel that strays faults. A slice takes the place of the one of the same number before it.
func guardedSlices[T Float](t *testing.T, slices int, where edge) placer[T] {
	t.Helper()
	const pages = 16
	page := os.Getpagesize()
	regions := make([][]byte, slices)
	for s := range regions {
		mapped, err := unix.Mmap(-1, 0, (pages+2)*page,
			unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, unix.Munmap(mapped)) })
		require.NoError(t, unix.Mprotect(mapped[:page], unix.PROT_NONE))
		require.NoError(t, unix.Mprotect(mapped[(pages+1)*page:], unix.PROT_NONE))
		regions[s] = mapped[page : (pages+1)*page]
	}
	return func(s, n int) []T {
		var zero T
		room := len(regions[s]) / int(unsafe.Sizeof(zero))
		all := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(regions[s]))), room)
		if where == atStart {
			return all[:n:n]
		}
		return all[room-n : room : room]
	}
}

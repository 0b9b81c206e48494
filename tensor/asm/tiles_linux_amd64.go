//go:build !purego

package asm

import (
	"sync"
	"syscall"
)

// tilesPermitted asks the system, once, for the memory that it saves tiles in. It refuses where it
// does not know them, or a thread's stack for signals would be too small.
var tilesPermitted = sync.OnceValue(func() bool {
	const requestPermission, tileData = 0x1023, 18 // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
	_, _, failure := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, tileData, 0)
	return failure == 0
})

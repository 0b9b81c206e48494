//go:build race

package race

import (
	"runtime"
	"unsafe"
)

// Enabled reports whether the race detector is at work.
const Enabled = true

// Read announces that the calling goroutine reads the elements of s.
func Read[T any](s []T) {
	if len(s) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(&s[0]), len(s)*int(unsafe.Sizeof(s[0])))
	}
}

// Write announces that the calling goroutine writes the elements of s.
func Write[T any](s []T) {
	if len(s) > 0 {
		runtime.RaceWriteRange(unsafe.Pointer(&s[0]), len(s)*int(unsafe.Sizeof(s[0])))
	}
}

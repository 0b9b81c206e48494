//go:build !purego && (amd64 || arm64)

package asm

// Pause tells the processor that the caller waits in a loop, which spares power and the other
// thread of the core.
func Pause()

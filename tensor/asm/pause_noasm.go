//go:build purego || !(amd64 || arm64)

package asm

import "runtime"

// Pause lets other goroutines run while the caller waits in a loop.
func Pause() { runtime.Gosched() }

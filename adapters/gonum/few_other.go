//go:build !amd64 || purego

package simdnn

// setFew leaves all to the kernels of package asm.
func (*core[T]) setFew() {}

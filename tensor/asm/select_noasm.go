//go:build purego || !(amd64 || arm64)

package asm

// assemblySets returns nothing: this build has no assembly, and the generic set is used.
func assemblySets() []ISA { return nil }

//go:build purego || !(amd64 || arm64)

package asm

// peakBytes returns the width in bytes of the registers that a set's probe uses.
func peakBytes(_ *Set, elem int) int { return elem }

// peakChains runs the probe of a set, see [peakChainsPure].
func peakChains[T Float](_ *Set, acc []T, m, c T, n int) { peakChainsPure(acc, m, c, n) }

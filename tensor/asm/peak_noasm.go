//go:build purego || !(amd64 || arm64)

package asm

// peakBytes returns the bytes of all registers that an ISA's probe uses, 0 for the pure-Go probe.
func peakBytes(*ISA) int { return 0 }

// peakChains runs the probe of an ISA, see [peakChainsPure].
func peakChains[T Float](_ *ISA, acc []T, m T, n int) { peakChainsPure(acc, m, n) }

//go:build !purego

package asm

import "github.com/klauspost/cpuid/v2"

// assemblyISAs returns the ISAs that this processor and its operating system can run (cpuid checks
// the enabled register state), from the oldest to the newest. An ISA starts as a copy of an older
// one and replaces what it improves. The first starts from reference, not from generic, so that a
// kernel that no assembly replaces still has the contract's bits.
func assemblyISAs() []ISA {
	var isas []ISA
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.F16C, cpuid.POPCNT) {
		isas = append(isas, withAVX2(newReference()))
		if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.BMI2) {
			isas = append(isas, withAVX512(isas[0]))
		}
	}
	return isas
}

// withAVX2 replaces the kernels of s by those that need AVX2, FMA, F16C and POPCNT.
func withAVX2(s ISA) ISA {
	s.Name = "avx2"
	gemmAVX2(&s)
	convAVX2(&s)
	normAVX2(&s)
	rowNormAVX2(&s)
	fourierAVX2(&s)
	elementwiseAVX2(&s)
	reduceAVX2(&s)
	mathAVX2(&s)
	recurrentAVX2(&s)
	treesAVX2(&s)
	classifierAVX2(&s)
	optimizerAVX2(&s)
	movesAVX2(&s)
	halvesAVX2(&s)
	masksAVX2(&s)
	quantAVX2(&s)
	compressedAVX2(&s)
	dotsAVX2(&s)
	trigAVX2(&s)
	wideAVX2(&s)
	return s
}

// withAVX512 replaces the kernels of s by those that need AVX-512 F, DQ, BW and VL, and BMI2.
func withAVX512(s ISA) ISA {
	s.Name = "avx512"
	gemmAVX512(&s)
	convAVX512(&s)
	normAVX512(&s)
	rowNormAVX512(&s)
	fourierAVX512(&s)
	elementwiseAVX512(&s)
	reduceAVX512(&s)
	mathAVX512(&s)
	recurrentAVX512(&s)
	treesAVX512(&s)
	classifierAVX512(&s)
	optimizerAVX512(&s)
	movesAVX512(&s)
	halvesAVX512(&s)
	masksAVX512(&s)
	quantAVX512(&s)
	compressedAVX512(&s)
	dotsAVX512(&s)
	trigAVX512(&s)
	return s
}

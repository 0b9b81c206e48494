//go:build !purego

package asm

import "github.com/klauspost/cpuid/v2"

// quantAVX2 replaces the kernels of integers by those of AVX2, and multiplies by AVX-VNNI where the
// processor has it.
func quantAVX2(s *ISA) {
	if s.Quant = avx2Quant(); cpuid.CPU.Supports(cpuid.AVXVNNI) {
		s.Quant = avxVNNIQuant()
	}
}

// quantAVX512 replaces the kernels of integers by those of AVX-512 F and BW, and multiplies by VNNI
// where the processor has it.
func quantAVX512(s *ISA) {
	if s.Quant = avx512Quant(); cpuid.CPU.Supports(cpuid.AVX512VNNI) {
		s.Quant = avx512VNNIQuant()
	}
}

// assemblyQuants returns all that this processor can run.
func assemblyQuants() (list []Quant) {
	for _, isa := range assemblyISAs() {
		switch isa.Name {
		case "avx2":
			list = append(list, avx2Quant())
			if cpuid.CPU.Supports(cpuid.AVXVNNI) {
				list = append(list, avxVNNIQuant())
			}
		case "avx512":
			list = append(list, avx512Quant())
			if cpuid.CPU.Supports(cpuid.AVX512VNNI) {
				list = append(list, avx512VNNIQuant())
			}
		}
	}
	return list
}

func avx2Quant() Quant {
	pure := quantPure()
	return Quant{Name: "avx2", Form: WordForm, NR: 8, Mul: mulQuantAVX2,
		Widen:      flippedInBlocks(16, pure.Widen, widenBytesAVX2),
		Integers:   rowInBlocks(8, pure.Integers, integersAVX2),
		Floats:     rowInBlocks(8, pure.Floats, floatsAVX2),
		Codes:      rowInBlocks(8, pure.Codes, codesAVX2),
		Quantize:   quantizeInBlocks(8, pure.Quantize, quantizeAVX2),
		Dequantize: dequantizeInBlocks(8, pure.Dequantize, dequantizeAVX2),
		Range:      rangeAVX2,
	}
}

func avxVNNIQuant() Quant {
	return avx2Quant().multiplyingBy("avxvnni", UnsignedBytes, 16, mulQuantAVXVNNI)
}

func avx512Quant() Quant {
	pure := quantPure()
	return Quant{Name: "avx512", Form: WordForm, NR: 16, Mul: mulQuantAVX512,
		Widen:      flippedInBlocks(32, pure.Widen, widenBytesAVX512),
		Integers:   rowInBlocks(16, pure.Integers, integersAVX512),
		Floats:     rowInBlocks(16, pure.Floats, floatsAVX512),
		Codes:      rowInBlocks(16, pure.Codes, codesAVX512),
		Quantize:   quantizeInBlocks(16, pure.Quantize, quantizeAVX512),
		Dequantize: dequantizeInBlocks(16, pure.Dequantize, dequantizeAVX512),
		Range:      rangeAVX2,
	}
}

func avx512VNNIQuant() Quant {
	return avx512Quant().multiplyingBy("avx512vnni", UnsignedBytes, 16, mulQuantAVX512VNNI)
}

// rangeAVX2 is a [Quant.Range] that leaves what is no whole block to Go.
func rangeAVX2(x []float32) (lowest, highest float32, ok bool) {
	whole := len(x) &^ 15
	if whole == 0 {
		return rangeOf(x)
	}
	lowest, highest, ok = rangeBlocksAVX2(x[:whole])
	low, high, rest := rangeOf(x[whole:])
	return min(lowest, low), max(highest, high), ok && rest
}

// mulQuantAVX2 is a [QuantMultiply] for words and panels of 8 columns, in AVX2.
//
//go:noescape
func mulQuantAVX2(c *int32, a *uint8, b *int8, layout *QuantLayout)

// mulQuantAVX512 is a [QuantMultiply] for words and panels of 16 columns, in AVX-512 F and BW.
//
//go:noescape
func mulQuantAVX512(c *int32, a *uint8, b *int8, layout *QuantLayout)

// mulQuantAVXVNNI is a [QuantMultiply] for unsigned bytes and panels of 16 columns, in AVX2 and
// AVX-VNNI.
//
//go:noescape
func mulQuantAVXVNNI(c *int32, a *uint8, b *int8, layout *QuantLayout)

// mulQuantAVX512VNNI is a [QuantMultiply] for unsigned bytes and panels of 16 columns, in AVX-512
// VNNI.
//
//go:noescape
func mulQuantAVX512VNNI(c *int32, a *uint8, b *int8, layout *QuantLayout)

// The functions named AVX2 need AVX2 and take 8 elements or more, 16 to widen; those named AVX512
// need AVX-512 F and BW and take 16 or more, 32 to widen. The slices are as long as dst or longer,
// at any alignment, and do not overlap: the last elements are computed again together with those
// before them.

// integersAVX2 is a [Quant.Integers].
//
//go:noescape
func integersAVX2(dst []int32, r *QuantRow)

//go:noescape
func integersAVX512(dst []int32, r *QuantRow)

// floatsAVX2 is a [Quant.Floats].
//
//go:noescape
func floatsAVX2(dst []float32, r *QuantRow)

//go:noescape
func floatsAVX512(dst []float32, r *QuantRow)

// codesAVX2 is a [Quant.Codes].
//
//go:noescape
func codesAVX2(dst []uint8, r *QuantRow)

//go:noescape
func codesAVX512(dst []uint8, r *QuantRow)

// quantizeAVX2 is a [Quant.Quantize].
//
//go:noescape
func quantizeAVX2(dst []uint8, x []float32, scale float32, r *CodeRange)

//go:noescape
func quantizeAVX512(dst []uint8, x []float32, scale float32, r *CodeRange)

// dequantizeAVX2 is a [Quant.Dequantize].
//
//go:noescape
func dequantizeAVX2(dst []float32, x []uint8, flip uint8, zero int32, scale float32)

//go:noescape
func dequantizeAVX512(dst []float32, x []uint8, flip uint8, zero int32, scale float32)

// widenBytesAVX2 is a [Quant.Widen].
//
//go:noescape
func widenBytesAVX2(dst []int16, src []uint8, flip uint8)

//go:noescape
func widenBytesAVX512(dst []int16, src []uint8, flip uint8)

// rangeBlocksAVX2 is a [Quant.Range] for a multiple of 16 elements, at least 16, in AVX2.
//
//go:noescape
func rangeBlocksAVX2(x []float32) (lowest, highest float32, ok bool)

// lowestBytes moves the lowest bytes of four words to the front.
//
//lint:ignore U1000 read by the assembly
var lowestBytes = [16]uint8{0, 4, 8, 12} // the others don't matter

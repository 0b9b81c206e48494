//go:build !purego

package asm

import (
	"unsafe"

	"github.com/klauspost/cpuid/v2"
)

// quantAVX2 replaces the kernels of integers by those of AVX2, and multiplies by AVX-VNNI where the
// processor has it.
func quantAVX2(s *ISA) {
	if s.Quant = avx2Quant(); cpuid.CPU.Supports(cpuid.AVXVNNI) {
		s.Quant = avxVNNIQuant()
	}
}

// quantAVX512 replaces the kernels of integers by those of AVX-512 F and BW, and multiplies by VNNI
// and AMX where the processor has them.
func quantAVX512(s *ISA) { list := avx512Quants(); s.Quant = list[len(list)-1] }

// avx512Quants returns those of AVX-512 that this processor can run, the fastest last.
func avx512Quants() []Quant {
	list := []Quant{avx512Quant()}
	if cpuid.CPU.Supports(cpuid.AVX512VNNI) {
		if list = append(list, avx512VNNIQuant()); hasAMX() {
			list = append(list, amxQuant())
		}
	}
	return list
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
			list = append(list, avx512Quants()...)
		}
	}
	return list
}

func avx2Quant() Quant {
	pure := quantPure()
	q := Quant{
		Depthwise:  QuantDepthwise{NR: 16, Taps: 2, Place: placeInterleaved(16), Mul: depthwiseQuantAVX2},
		Widen:      flippedInBlocks(16, pure.Widen, widenBytesAVX2),
		Center:     centerSumsAVX2,
		Integers:   tileInBlocks(8, pure.Integers, integersAVX2),
		Floats:     tileInBlocks(8, pure.Floats, floatsAVX2),
		Codes:      tileInBlocks(8, pure.Codes, codesAVX2),
		Activated:  activatedInBlocks(8, pure.Activated, activatedAVX2),
		Quantize:   quantizeInBlocks(8, pure.Quantize, quantizeAVX2),
		Dequantize: dequantizeInBlocks(8, pure.Dequantize, dequantizeAVX2),
		MaxWindows: channelsInBlocks(32, pure.MaxWindows, maxCodesAVX2),
		Range:      rangeAVX2,
	}
	q.Chains = QuantChains{NR: 16, Mul: mulChainsAVX2}
	return q.multiplyingBy("avx2", WordForm, 8, mulQuantAVX2)
}

func avxVNNIQuant() Quant {
	q := avx2Quant()
	q.Chains = QuantChains{}
	return q.multiplyingBy("avxvnni", UnsignedBytes, 16, mulQuantAVXVNNI)
}

func avx512Quant() Quant {
	pure := quantPure()
	q := Quant{
		Depthwise: QuantDepthwise{NR: 32, Taps: 2, Place: placeInterleaved(32),
			Mul: depthwiseQuantAVX512},
		Widen:      flippedInBlocks(32, pure.Widen, widenBytesAVX512),
		Center:     centerSumsAVX512,
		Integers:   tileInBlocks(16, pure.Integers, integersAVX512),
		Floats:     tileInBlocks(16, pure.Floats, floatsAVX512),
		Codes:      tileInBlocks(16, pure.Codes, codesAVX512),
		Activated:  activatedInBlocks(16, pure.Activated, activatedAVX512),
		Quantize:   quantizeInBlocks(16, pure.Quantize, quantizeAVX512),
		Dequantize: dequantizeInBlocks(16, pure.Dequantize, dequantizeAVX512),
		MaxWindows: channelsInBlocks(32, pure.MaxWindows, maxCodesAVX2),
		Range:      rangeAVX2,
	}
	return q.multiplyingBy("avx512", WordForm, 16, mulQuantAVX512)
}

func avx512VNNIQuant() Quant {
	q := avx512Quant().multiplyingBy("avx512vnni", UnsignedBytes, 16, mulQuantAVX512VNNI)
	q.MulTile, q.Beside = mulTileAVX512VNNI, 4
	q.Slide = QuantSlide{NR: 32, Place: placeInterleaved(32), Interleave: interleaveTapsAVX512,
		Mul: mulColumnsAVX512VNNI, MulCodes: mulColumnsCodesAVX512VNNI}
	return q
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

// mulChainsAVX2 is a [QuantChains.Mul] for panels of 16 columns, in AVX2.
//
//go:noescape
func mulChainsAVX2(c *int32, a *uint8, b *int8, l *ChainLayout)

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

// mulTileAVX512VNNI is a [Quant.MulTile] for the same, which does not store sums.
//
//go:noescape
func mulTileAVX512VNNI(c unsafe.Pointer, a *uint8, b *int8, layout *QuantLayout, tile *QuantTile)

// placeInterleaved returns the [QuantDepthwise.Place] of panels whose words were interleaved: of
// each eight channels four are in either register.
func placeInterleaved(nr int) func(j int) int {
	return func(j int) int { return j>>2&1*(nr/2) + j>>3*4 + j&3 }
}

// depthwiseQuantAVX2 is a [QuantDepthwise.Mul] for panels of 16 channels, in AVX2.
//
//go:noescape
func depthwiseQuantAVX2(c *int32, a *uint8, b *int16, l *QuantLayout)

// depthwiseQuantAVX512 is one for panels of 32 channels, in AVX-512 F and BW.
//
//go:noescape
func depthwiseQuantAVX512(c *int32, a *uint8, b *int16, l *QuantLayout)

// interleaveTapsAVX512 is a [QuantSlide.Interleave] for panels of 32 channels, in AVX-512 F and BW.
//
//go:noescape
func interleaveTapsAVX512(dst *uint8, rows *[QuantGroup]*uint8, w *QuantWindows)

// mulColumnsAVX512VNNI is a [QuantSlide.Mul] for the same, in AVX-512 VNNI.
//
//go:noescape
func mulColumnsAVX512VNNI(a *uint8, b *int8, w *QuantWindows, t *QuantTile)

// mulColumnsCodesAVX512VNNI is a [QuantSlide.MulCodes].
//
//go:noescape
func mulColumnsCodesAVX512VNNI(y *uint8, a *uint8, b *int8, w *QuantWindows, t *QuantTile)

// channelOrder puts the halves of 16 channels each of two registers of [placeInterleaved] in order.
//
//lint:ignore U1000 read by the assembly
var channelOrder = [16]uint64{0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15}

// The functions named AVX2 need AVX2 and take 8 elements or columns or more, 16 to widen; those
// named AVX512 need AVX-512 F and BW and take 16 or more, 32 to widen. The slices are as long as
// dst or longer, at any alignment, and do not overlap: the last elements are computed again
// together with those before them. The first ones take whole blocks of so many elements.

// centerSumsAVX2 is a [Quant.Center].
//
//go:noescape
func centerSumsAVX2(x []int32, z *QuantZeros)

//go:noescape
func centerSumsAVX512(x []int32, z *QuantZeros)

// integersAVX2 is a [Quant.Integers].
//
//go:noescape
func integersAVX2(y *int32, t *QuantTile)

//go:noescape
func integersAVX512(y *int32, t *QuantTile)

// floatsAVX2 is a [Quant.Floats].
//
//go:noescape
func floatsAVX2(y *float32, t *QuantTile)

//go:noescape
func floatsAVX512(y *float32, t *QuantTile)

// codesAVX2 is a [Quant.Codes].
//
//go:noescape
func codesAVX2(y *uint8, t *QuantTile)

//go:noescape
func codesAVX512(y *uint8, t *QuantTile)

// activatedAVX2 is a [Quant.Activated].
//
//go:noescape
func activatedAVX2(y *uint8, t *QuantTile, a *QuantActivation)

//go:noescape
func activatedAVX512(y *uint8, t *QuantTile, a *QuantActivation)

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

// maxCodesAVX2 is a [Quant.MaxWindows] for 32 channels or more, in AVX2.
//
//go:noescape
func maxCodesAVX2(c, a *uint8, w *Window, flip uint8)

// rangeBlocksAVX2 is a [Quant.Range] for a multiple of 16 elements, at least 16, in AVX2.
//
//go:noescape
func rangeBlocksAVX2(x []float32) (lowest, highest float32, ok bool)

// lowestBytes moves the lowest bytes of four words to the front.
//
//lint:ignore U1000 read by the assembly
var lowestBytes = [16]uint8{0, 4, 8, 12} // the others don't matter

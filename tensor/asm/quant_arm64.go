//go:build !purego

package asm

import "github.com/klauspost/cpuid/v2"

// quantNEON replaces the kernels of integers by those of NEON, and multiplies by dot products where
// the processor has them.
func quantNEON(s *ISA) {
	if s.Quant = neonQuant(); cpuid.CPU.Supports(cpuid.ASIMDDP) {
		s.Quant = neonDotQuant()
	}
}

// assemblyQuants returns all that this processor can run.
func assemblyQuants() []Quant {
	list := []Quant{neonQuant()}
	if cpuid.CPU.Supports(cpuid.ASIMDDP) {
		list = append(list, neonDotQuant())
	}
	return list
}

func neonQuant() Quant {
	pure := quantPure()
	q := Quant{
		Depthwise:  QuantDepthwise{NR: 8, Taps: 1, Place: inOrder, Mul: depthwiseQuantNEON},
		Widen:      flippedInBlocks(8, pure.Widen, widenBytesNEON),
		Center:     centerSumsNEON,
		Integers:   tileInBlocks(8, pure.Integers, integersNEON),
		Floats:     tileInBlocks(8, pure.Floats, floatsNEON),
		Codes:      tileInBlocks(8, pure.Codes, codesNEON),
		Activated:  activatedInBlocks(8, pure.Activated, activatedNEON),
		Quantize:   quantizeInBlocks(8, pure.Quantize, quantizeNEON),
		Dequantize: dequantizeInBlocks(8, pure.Dequantize, dequantizeNEON),
		MaxWindows: channelsInBlocks(16, pure.MaxWindows, maxCodesNEON),
		Range:      rangeNEON,
	}
	return q.multiplyingBy("neon", SignedBytes, 8, mulQuantNEON)
}

func neonDotQuant() Quant {
	return neonQuant().multiplyingBy("neondot", SignedBytes, 16, mulQuantDotNEON)
}

// rangeNEON is a [Quant.Range] that leaves to Go what is no whole block, or has a NaN.
func rangeNEON(x []float32) (lowest, highest float32, ok bool) {
	whole := len(x) &^ 7
	if whole == 0 {
		return rangeOf(x)
	}
	if lowest, highest, ok = rangeBlocksNEON(x[:whole]); !ok {
		return rangeOf(x)
	}
	low, high, ok := rangeOf(x[whole:])
	return min(lowest, low), max(highest, high), ok
}

// mulQuantNEON is a [QuantMultiply] for signed bytes and panels of 8 columns, in NEON.
//
//go:noescape
func mulQuantNEON(c *int32, a *uint8, b *int8, layout *QuantLayout)

// mulQuantDotNEON is a [QuantMultiply] for signed bytes and panels of 16 columns, in NEON with dot
// products.
//
//go:noescape
func mulQuantDotNEON(c *int32, a *uint8, b *int8, layout *QuantLayout)

// depthwiseQuantNEON is a [QuantDepthwise.Mul] for panels of 8 channels, in NEON.
//
//go:noescape
func depthwiseQuantNEON(c *int32, a *uint8, b *int16, l *QuantLayout)

// The functions below need NEON and take slices of 8 elements or more, as long as dst or longer, at
// any alignment, that do not overlap: the last elements are computed again together with those
// before them.

// centerSumsNEON is a [Quant.Center], of whole blocks.
//
//go:noescape
func centerSumsNEON(x []int32, z *QuantZeros)

// integersNEON is a [Quant.Integers].
//
//go:noescape
func integersNEON(y *int32, t *QuantTile)

// floatsNEON is a [Quant.Floats].
//
//go:noescape
func floatsNEON(y *float32, t *QuantTile)

// codesNEON is a [Quant.Codes].
//
//go:noescape
func codesNEON(y *uint8, t *QuantTile)

// activatedNEON is a [Quant.Activated].
//
//go:noescape
func activatedNEON(y *uint8, t *QuantTile, a *QuantActivation)

// quantizeNEON is a [Quant.Quantize].
//
//go:noescape
func quantizeNEON(dst []uint8, x []float32, scale float32, r *CodeRange)

// dequantizeNEON is a [Quant.Dequantize].
//
//go:noescape
func dequantizeNEON(dst []float32, x []uint8, flip uint8, zero int32, scale float32)

// widenBytesNEON is a [Quant.Widen].
//
//go:noescape
func widenBytesNEON(dst []int16, src []uint8, flip uint8)

// maxCodesNEON is a [Quant.MaxWindows] for 16 channels or more, in NEON.
//
//go:noescape
func maxCodesNEON(c, a *uint8, w *Window, flip uint8)

// rangeBlocksNEON is a [Quant.Range] for a multiple of 8 elements, at least 8. With a NaN among
// them the extremes are undefined.
//
//go:noescape
func rangeBlocksNEON(x []float32) (lowest, highest float32, ok bool)

//go:build !purego

package asm

import "unsafe"

// convAVX2 replaces the products of convolutions by AVX2 and FMA kernels.
func convAVX2(s *ISA) {
	s.F32.Conv = Conv[float32]{MulWindows: convF32AVX2, Depthwise: depthwiseF32AVX2,
		Planes: planesF32AVX2, MaxWindows: maxWindowsF32AVX2,
		MaxWindowsGradient: maxWindowsGradientF32AVX2,
		Slide: slides[float32]{slide3F32AVX2, slide3By2F32AVX2, slide5F32AVX2, slide5By2F32AVX2,
			slide7F32AVX2},
		LineByLine: true}
	s.F64.Conv = Conv[float64]{MulWindows: convF64AVX2, Depthwise: depthwiseF64AVX2,
		Planes: planesF64AVX2, MaxWindows: maxWindowsF64AVX2,
		MaxWindowsGradient: maxWindowsGradientF64AVX2,
		Slide: slides[float64]{slide3F64AVX2, slide3By2F64AVX2, slide5F64AVX2, slide5By2F64AVX2,
			slide7F64AVX2},
		LineByLine: true}
}

// convAVX512 replaces the products of convolutions by AVX-512 kernels.
func convAVX512(s *ISA) {
	s.F32.Conv = Conv[float32]{MulWindows: convF32AVX512, Depthwise: depthwiseF32AVX512,
		Planes: planesF32AVX512, MaxWindows: maxWindowsF32AVX512,
		MaxWindowsGradient: maxWindowsGradientF32AVX512,
		Slide: slides[float32]{slideOf(slide3F32AVX512, slide3F32AVX2, slidePairsF32AVX512),
			slideOf(slide3By2F32AVX512, slide3By2F32AVX2, slidePairsBy2F32AVX512),
			slideOf(slide5F32AVX512, slide5F32AVX2, nil),
			slideOf(slide5By2F32AVX512, slide5By2F32AVX2, nil),
			slideOf(slide7F32AVX512, slide7F32AVX2, nil)},
		SlideHalves:   true,
		SlideGradient: slideGradientF32AVX512}
	s.F64.Conv = Conv[float64]{MulWindows: convF64AVX512, Depthwise: depthwiseF64AVX512,
		Planes: planesF64AVX512, MaxWindows: maxWindowsF64AVX512,
		MaxWindowsGradient: maxWindowsGradientF64AVX512,
		Slide: slides[float64]{slideOf(slide3F64AVX512, slide3F64AVX2, nil),
			slideOf(slide3By2F64AVX512, slide3By2F64AVX2, nil),
			slideOf(slide5F64AVX512, slide5F64AVX2, nil),
			slideOf(slide5By2F64AVX512, slide5By2F64AVX2, nil),
			slideOf(slide7F64AVX512, slide7F64AVX2, nil)},
		SlideHalves:   true,
		SlideGradient: slideGradientF64AVX512}
}

// slideOf returns a [Conv.Slide] of one for a register of channels and more, one for fewer by
// registers of half that size, and one for two rows of windows of 3×3 at a time, or nil.
func slideOf[T Float](whole, halves, pairs slideKernel[T]) slideKernel[T] {
	return func(c, a, b, zeros *T, epilogue *Epilogue[T], band *Band) {
		kernel := whole
		switch {
		case band.Channels*int(unsafe.Sizeof(*c)) < 64:
			kernel = halves
		case pairs != nil && band.KernelRows == 3 && band.Dilation == 1 && band.Stride <= 2 &&
			band.Rows > 1:
			kernel = pairs
		}
		kernel(c, a, b, zeros, epilogue, band)
	}
}

// convF32AVX2 is a [Conv.MulWindows] for a tile of 6 rows by 16 columns, in AVX2 and FMA.
//
//go:noescape
func convF32AVX2(
	c, a, b, packed *float32, layout *Window, accumulate bool, epilogue *Epilogue[float32],
)

// convF64AVX2 is a [Conv.MulWindows] for a tile of 6 rows by 8 columns, in AVX2 and FMA.
//
//go:noescape
func convF64AVX2(
	c, a, b, packed *float64, layout *Window, accumulate bool, epilogue *Epilogue[float64],
)

// convF32AVX512 is a [Conv.MulWindows] for a tile of 14 rows by 32 columns, in AVX-512 F.
//
//go:noescape
func convF32AVX512(
	c, a, b, packed *float32, layout *Window, accumulate bool, epilogue *Epilogue[float32],
)

// convF64AVX512 is a [Conv.MulWindows] for a tile of 14 rows by 16 columns, in AVX-512 F.
//
//go:noescape
func convF64AVX512(
	c, a, b, packed *float64, layout *Window, accumulate bool, epilogue *Epilogue[float64],
)

// depthwiseF32AVX2 and its variants are [Conv.Depthwise] in AVX2 and FMA, or AVX-512 F and DQ.
//
//go:noescape
func depthwiseF32AVX2(c, a, b *float32, layout *Window, accumulate bool)

//go:noescape
func depthwiseF64AVX2(c, a, b *float64, layout *Window, accumulate bool)

//go:noescape
func depthwiseF32AVX512(c, a, b *float32, layout *Window, accumulate bool)

//go:noescape
func depthwiseF64AVX512(c, a, b *float64, layout *Window, accumulate bool)

// slide3F32AVX2 and its variants are those of [Conv.Slide] in AVX2 and FMA, or AVX-512 F and DQ.
//
//go:noescape
func slide3F32AVX2(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide3F64AVX2(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide3F32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide3F64AVX512(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide3By2F32AVX2(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide3By2F64AVX2(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide3By2F32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide3By2F64AVX512(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide5F32AVX2(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide5F64AVX2(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide5F32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide5F64AVX512(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide5By2F32AVX2(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide5By2F64AVX2(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide5By2F32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide5By2F64AVX512(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide7F32AVX2(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide7F64AVX2(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide7F32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide7F64AVX512(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

// slidePairsF32AVX512 and its variant are those for kernels of 3×3 over two rows or more, one or two
// rows apart, in AVX-512 F and DQ.
//
//go:noescape
func slidePairsF32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slidePairsBy2F32AVX512(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

// slideGradientF32AVX512 and its variant are [Conv.SlideGradient] in AVX-512 F.
//
//go:noescape
func slideGradientF32AVX512(dw, a, dy, zeros *float32, band *Band, channels int, accumulate bool)

//go:noescape
func slideGradientF64AVX512(dw, a, dy, zeros *float64, band *Band, channels int, accumulate bool)

// planesF32AVX2 and its variants are [Conv.Planes] in AVX2 and FMA, or AVX-512 F and DQ.
//
//go:noescape
func planesF32AVX2(c, a, b *float32, layout *Window, accumulate bool)

//go:noescape
func planesF64AVX2(c, a, b *float64, layout *Window, accumulate bool)

//go:noescape
func planesF32AVX512(c, a, b *float32, layout *Window, accumulate bool)

//go:noescape
func planesF64AVX512(c, a, b *float64, layout *Window, accumulate bool)

// maxWindowsF32AVX2 and its variants are [Conv.MaxWindows] in AVX2, or AVX-512 F.
//
//go:noescape
func maxWindowsF32AVX2(c, a *float32, layout *Window)

//go:noescape
func maxWindowsF64AVX2(c, a *float64, layout *Window)

//go:noescape
func maxWindowsF32AVX512(c, a *float32, layout *Window)

//go:noescape
func maxWindowsF64AVX512(c, a *float64, layout *Window)

// maxWindowsGradientF32AVX2 and its variants are [Conv.MaxWindowsGradient] in AVX2, or AVX-512 F.
//
//go:noescape
func maxWindowsGradientF32AVX2(dx, up, x, y *float32, layout *Window)

//go:noescape
func maxWindowsGradientF64AVX2(dx, up, x, y *float64, layout *Window)

//go:noescape
func maxWindowsGradientF32AVX512(dx, up, x, y *float32, layout *Window)

//go:noescape
func maxWindowsGradientF64AVX512(dx, up, x, y *float64, layout *Window)

//go:build !purego

package asm

// convNEON replaces the products of convolutions by NEON kernels.
func convNEON(s *ISA) {
	s.F32.Conv = Conv[float32]{MulWindows: convF32NEON, Depthwise: depthwiseF32NEON,
		Planes: planesF32NEON, MaxWindows: maxWindowsF32NEON,
		MaxWindowsGradient: maxWindowsGradientF32NEON,
		Slide:              slides[float32]{slide3F32NEON, slide3By2F32NEON, slide5F32NEON, slide5By2F32NEON}}
	s.F64.Conv = Conv[float64]{MulWindows: convF64NEON, Depthwise: depthwiseF64NEON,
		Planes: planesF64NEON, MaxWindows: maxWindowsF64NEON,
		MaxWindowsGradient: maxWindowsGradientF64NEON,
		Slide:              slides[float64]{slide3F64NEON, slide3By2F64NEON, slide5F64NEON, slide5By2F64NEON}}
}

// convF32NEON is a [Conv.MulWindows] for a tile of 8 rows by 12 columns. It leaves packed alone.
//
//go:noescape
func convF32NEON(
	c, a, b, packed *float32, layout *Window, accumulate bool, epilogue *Epilogue[float32],
)

// convF64NEON is a [Conv.MulWindows] for a tile of 8 rows by 6 columns. It leaves packed alone.
//
//go:noescape
func convF64NEON(
	c, a, b, packed *float64, layout *Window, accumulate bool, epilogue *Epilogue[float64],
)

// depthwiseF32NEON is [Conv.Depthwise].
//
//go:noescape
func depthwiseF32NEON(c, a, b *float32, layout *Window, accumulate bool)

// depthwiseF64NEON is [Conv.Depthwise].
//
//go:noescape
func depthwiseF64NEON(c, a, b *float64, layout *Window, accumulate bool)

// slide3F32NEON and its variants are those of [Conv.Slide].
//
//go:noescape
func slide3F32NEON(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide3F64NEON(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide3By2F32NEON(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide3By2F64NEON(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide5F32NEON(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide5F64NEON(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

//go:noescape
func slide5By2F32NEON(c, a, b, zeros *float32, epilogue *Epilogue[float32], band *Band)

//go:noescape
func slide5By2F64NEON(c, a, b, zeros *float64, epilogue *Epilogue[float64], band *Band)

// planesF32NEON and its variants are [Conv.Planes].
//
//go:noescape
func planesF32NEON(c, a, b *float32, layout *Window, accumulate bool)

//go:noescape
func planesF64NEON(c, a, b *float64, layout *Window, accumulate bool)

// maxWindowsF32NEON is [Conv.MaxWindows].
//
//go:noescape
func maxWindowsF32NEON(c, a *float32, layout *Window)

// maxWindowsF64NEON is [Conv.MaxWindows].
//
//go:noescape
func maxWindowsF64NEON(c, a *float64, layout *Window)

// maxWindowsGradientF32NEON is [Conv.MaxWindowsGradient].
//
//go:noescape
func maxWindowsGradientF32NEON(dx, up, x, y *float32, layout *Window)

// maxWindowsGradientF64NEON is [Conv.MaxWindowsGradient].
//
//go:noescape
func maxWindowsGradientF64NEON(dx, up, x, y *float64, layout *Window)

//go:build !purego

package asm

// convNEON replaces the products of convolutions by NEON kernels.
func convNEON(s *ISA) {
	s.F32.Conv = Conv[float32]{MulWindows: convF32NEON, Depthwise: depthwiseF32NEON, Planes: planesF32NEON,
		MaxWindows: maxWindowsF32NEON, MaxWindowsGradient: maxWindowsGradientF32NEON}
	s.F64.Conv = Conv[float64]{MulWindows: convF64NEON, Depthwise: depthwiseF64NEON, Planes: planesF64NEON,
		MaxWindows: maxWindowsF64NEON, MaxWindowsGradient: maxWindowsGradientF64NEON}
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

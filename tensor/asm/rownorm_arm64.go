//go:build !purego

package asm

// rowNormNEON replaces the kernels that normalise rows.
func rowNormNEON(s *ISA) {
	s.F32.RowNorm = RowNorm[float32]{Sums: rowSumsF32NEON, Squares: rowSquaresF32NEON,
		Dots: rowDotsF32NEON, Normalize: normalizeRowsF32NEON,
		GradientTerms: rowGradientTermsF32NEON, Gradient: rowGradientF32NEON}
	s.F64.RowNorm = RowNorm[float64]{Sums: rowSumsF64NEON, Squares: rowSquaresF64NEON,
		Dots: rowDotsF64NEON, Normalize: normalizeRowsF64NEON,
		GradientTerms: rowGradientTermsF64NEON, Gradient: rowGradientF64NEON}
}

// rowSumsF32NEON and its variant are [RowNorm.Sums], y the means.
//
//go:noescape
func rowSumsF32NEON(dst, x, y []float32, columns int)

//go:noescape
func rowSumsF64NEON(dst, x, y []float64, columns int)

// rowSquaresF32NEON and its variant are [RowNorm.Squares], y the means.
//
//go:noescape
func rowSquaresF32NEON(dst, x, y []float32, columns int)

//go:noescape
func rowSquaresF64NEON(dst, x, y []float64, columns int)

// rowDotsF32NEON and its variant are [RowNorm.Dots].
//
//go:noescape
func rowDotsF32NEON(dst, x, y []float32, columns int)

//go:noescape
func rowDotsF64NEON(dst, x, y []float64, columns int)

// normalizeRowsF32NEON and its variant are [RowNorm.Normalize].
//
//go:noescape
func normalizeRowsF32NEON(dst, x, mean, factor, gamma, beta []float32)

//go:noescape
func normalizeRowsF64NEON(dst, x, mean, factor, gamma, beta []float64)

// rowGradientTermsF32NEON and its variant are [RowNorm.GradientTerms].
//
//go:noescape
func rowGradientTermsF32NEON(scaled, h, products, g, x, mean, factor, gamma []float32)

//go:noescape
func rowGradientTermsF64NEON(scaled, h, products, g, x, mean, factor, gamma []float64)

// rowGradientF32NEON and its variant are [RowNorm.Gradient].
//
//go:noescape
func rowGradientF32NEON(dst, h, a, b, factor []float32, columns int)

//go:noescape
func rowGradientF64NEON(dst, h, a, b, factor []float64, columns int)

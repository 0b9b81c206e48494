//go:build !purego

package asm

// rowNormAVX2 replaces the kernels that normalise rows.
func rowNormAVX2(s *ISA) {
	s.F32.RowNorm = RowNorm[float32]{Sums: rowSumsF32AVX2, Squares: rowSquaresF32AVX2,
		Dots: rowDotsF32AVX2, Normalize: normalizeRowsF32AVX2,
		GradientTerms: rowGradientTermsF32AVX2, Gradient: rowGradientF32AVX2}
	s.F64.RowNorm = RowNorm[float64]{Sums: rowSumsF64AVX2, Squares: rowSquaresF64AVX2,
		Dots: rowDotsF64AVX2, Normalize: normalizeRowsF64AVX2,
		GradientTerms: rowGradientTermsF64AVX2, Gradient: rowGradientF64AVX2}
}

// rowNormAVX512 replaces the kernels that normalise rows.
func rowNormAVX512(s *ISA) {
	s.F32.RowNorm = RowNorm[float32]{Sums: rowSumsF32AVX512, Squares: rowSquaresF32AVX512,
		Dots: rowDotsF32AVX512, Normalize: normalizeRowsF32AVX512,
		GradientTerms: rowGradientTermsF32AVX512, Gradient: rowGradientF32AVX512}
	s.F64.RowNorm = RowNorm[float64]{Sums: rowSumsF64AVX512, Squares: rowSquaresF64AVX512,
		Dots: rowDotsF64AVX512, Normalize: normalizeRowsF64AVX512,
		GradientTerms: rowGradientTermsF64AVX512, Gradient: rowGradientF64AVX512}
}

// rowSumsF32AVX2 and its variants are [RowNorm.Sums], y the means.
//
//go:noescape
func rowSumsF32AVX2(dst, x, y []float32, columns int)

//go:noescape
func rowSumsF64AVX2(dst, x, y []float64, columns int)

//go:noescape
func rowSumsF32AVX512(dst, x, y []float32, columns int)

//go:noescape
func rowSumsF64AVX512(dst, x, y []float64, columns int)

// rowSquaresF32AVX2 and its variants are [RowNorm.Squares], y the means.
//
//go:noescape
func rowSquaresF32AVX2(dst, x, y []float32, columns int)

//go:noescape
func rowSquaresF64AVX2(dst, x, y []float64, columns int)

//go:noescape
func rowSquaresF32AVX512(dst, x, y []float32, columns int)

//go:noescape
func rowSquaresF64AVX512(dst, x, y []float64, columns int)

// rowDotsF32AVX2 and its variants are [RowNorm.Dots].
//
//go:noescape
func rowDotsF32AVX2(dst, x, y []float32, columns int)

//go:noescape
func rowDotsF64AVX2(dst, x, y []float64, columns int)

//go:noescape
func rowDotsF32AVX512(dst, x, y []float32, columns int)

//go:noescape
func rowDotsF64AVX512(dst, x, y []float64, columns int)

// normalizeRowsF32AVX2 and its variants are [RowNorm.Normalize].
//
//go:noescape
func normalizeRowsF32AVX2(dst, x, mean, factor, gamma, beta []float32)

//go:noescape
func normalizeRowsF64AVX2(dst, x, mean, factor, gamma, beta []float64)

//go:noescape
func normalizeRowsF32AVX512(dst, x, mean, factor, gamma, beta []float32)

//go:noescape
func normalizeRowsF64AVX512(dst, x, mean, factor, gamma, beta []float64)

// rowGradientTermsF32AVX2 and its variants are [RowNorm.GradientTerms].
//
//go:noescape
func rowGradientTermsF32AVX2(scaled, h, products, g, x, mean, factor, gamma []float32)

//go:noescape
func rowGradientTermsF64AVX2(scaled, h, products, g, x, mean, factor, gamma []float64)

//go:noescape
func rowGradientTermsF32AVX512(scaled, h, products, g, x, mean, factor, gamma []float32)

//go:noescape
func rowGradientTermsF64AVX512(scaled, h, products, g, x, mean, factor, gamma []float64)

// rowGradientF32AVX2 and its variants are [RowNorm.Gradient].
//
//go:noescape
func rowGradientF32AVX2(dst, h, a, b, factor []float32, columns int)

//go:noescape
func rowGradientF64AVX2(dst, h, a, b, factor []float64, columns int)

//go:noescape
func rowGradientF32AVX512(dst, h, a, b, factor []float32, columns int)

//go:noescape
func rowGradientF64AVX512(dst, h, a, b, factor []float64, columns int)

//go:build !purego

package asm

func mathAVX2(s *ISA) {
	s.F32.Unary[Exp], s.F64.Unary[Exp] = expF32AVX2, expF64AVX2
	s.F32.Parametric[ExpSub], s.F64.Parametric[ExpSub] = expSubF32AVX2, expSubF64AVX2
	s.F32.Unary[Log], s.F64.Unary[Log] = logF32AVX2, logF64AVX2
	s.F32.Unary[Tanh], s.F64.Unary[Tanh] = tanhF32AVX2, tanhF64AVX2
	s.F32.Unary[Sigmoid], s.F64.Unary[Sigmoid] = sigmoidF32AVX2, sigmoidF64AVX2
	s.F32.Unary[Silu], s.F64.Unary[Silu] = siluF32AVX2, siluF64AVX2
	s.F32.UnaryGradient[Silu], s.F64.UnaryGradient[Silu] = siluGradF32AVX2, siluGradF64AVX2
	s.F32.Unary[Gelu], s.F64.Unary[Gelu] = geluF32AVX2, geluF64AVX2
	s.F32.UnaryGradient[Gelu], s.F64.UnaryGradient[Gelu] = geluGradF32AVX2, geluGradF64AVX2
	s.F32.Unary[GeluTanh], s.F64.Unary[GeluTanh] = geluTanhF32AVX2, geluTanhF64AVX2
	s.F32.UnaryGradient[GeluTanh], s.F64.UnaryGradient[GeluTanh] = geluTanhGradF32AVX2, geluTanhGradF64AVX2
	composeSoftmax(&s.F32, softmaxParts[float32]{
		divide: divideF32AVX2, mulDifference: mulDifferenceF32AVX2,
		narrow: 16, rows: halvedSoftmax(8, softmaxHalvesF32AVX2, pairedSoftmax(8, softmaxRowsF32AVX2, softmaxPairsF32AVX2)), narrowGrad: 8, gradRows: softmaxGradRowsF32AVX2,
	})
	composeSoftmax(&s.F64, softmaxParts[float64]{
		divide: divideF64AVX2, mulDifference: mulDifferenceF64AVX2,
		narrow: 8, rows: halvedSoftmax(4, softmaxHalvesF64AVX2, pairedSoftmax(4, softmaxRowsF64AVX2, softmaxPairsF64AVX2)), narrowGrad: 4, gradRows: softmaxGradRowsF64AVX2,
	})
}

func mathAVX512(s *ISA) {
	s.F32.Unary[Exp], s.F64.Unary[Exp] = expF32AVX512, expF64AVX512
	s.F32.Parametric[ExpSub], s.F64.Parametric[ExpSub] = expSubF32AVX512, expSubF64AVX512
	s.F32.Unary[Log], s.F64.Unary[Log] = logF32AVX512, logF64AVX512
	s.F32.Unary[Tanh], s.F64.Unary[Tanh] = tanhF32AVX512, tanhF64AVX512
	s.F32.Unary[Sigmoid], s.F64.Unary[Sigmoid] = sigmoidF32AVX512, sigmoidF64AVX512
	s.F32.Unary[Silu], s.F64.Unary[Silu] = siluF32AVX512, siluF64AVX512
	s.F32.UnaryGradient[Silu], s.F64.UnaryGradient[Silu] = siluGradF32AVX512, siluGradF64AVX512
	s.F32.Unary[Gelu], s.F64.Unary[Gelu] = geluF32AVX512, geluF64AVX512
	s.F32.UnaryGradient[Gelu], s.F64.UnaryGradient[Gelu] = geluGradF32AVX512, geluGradF64AVX512
	s.F32.Unary[GeluTanh], s.F64.Unary[GeluTanh] = geluTanhF32AVX512, geluTanhF64AVX512
	s.F32.UnaryGradient[GeluTanh], s.F64.UnaryGradient[GeluTanh] = geluTanhGradF32AVX512, geluTanhGradF64AVX512
	composeSoftmax(&s.F32, softmaxParts[float32]{
		divide: divideF32AVX512, mulDifference: mulDifferenceF32AVX512,
		narrow: 16, rows: groupedSoftmax(16, softmaxGroupsOf4F32AVX512, softmaxGroupsOf8F32AVX512, softmaxRowsF32AVX512),
		narrowGrad: 16, gradRows: softmaxGradRowsF32AVX512,
	})
	composeSoftmax(&s.F64, softmaxParts[float64]{
		divide: divideF64AVX512, mulDifference: mulDifferenceF64AVX512,
		narrow: 8, rows: groupedSoftmax(8, softmaxGroupsOf2F64AVX512, softmaxGroupsOf4F64AVX512, softmaxRowsF64AVX512),
		narrowGrad: 8, gradRows: softmaxGradRowsF64AVX512,
	})
}

//go:noescape
func expF32AVX2(dst, x []float32)

//go:noescape
func expF64AVX2(dst, x []float64)

//go:noescape
func expSubF32AVX2(dst, x []float32, shift float32)

//go:noescape
func expSubF64AVX2(dst, x []float64, shift float64)

//go:noescape
func logF32AVX2(dst, x []float32)

//go:noescape
func logF64AVX2(dst, x []float64)

//go:noescape
func tanhF32AVX2(dst, x []float32)

//go:noescape
func tanhF64AVX2(dst, x []float64)

//go:noescape
func sigmoidF32AVX2(dst, x []float32)

//go:noescape
func sigmoidF64AVX2(dst, x []float64)

//go:noescape
func siluF32AVX2(dst, x []float32)

//go:noescape
func siluF64AVX2(dst, x []float64)

//go:noescape
func siluGradF32AVX2(dst, g, x []float32)

//go:noescape
func siluGradF64AVX2(dst, g, x []float64)

//go:noescape
func geluF32AVX2(dst, x []float32)

//go:noescape
func geluF64AVX2(dst, x []float64)

//go:noescape
func geluGradF32AVX2(dst, g, x []float32)

//go:noescape
func geluGradF64AVX2(dst, g, x []float64)

//go:noescape
func geluTanhF32AVX2(dst, x []float32)

//go:noescape
func geluTanhF64AVX2(dst, x []float64)

//go:noescape
func geluTanhGradF32AVX2(dst, g, x []float32)

//go:noescape
func geluTanhGradF64AVX2(dst, g, x []float64)

//go:noescape
func divideF32AVX2(dst []float32, by float32)

//go:noescape
func divideF64AVX2(dst []float64, by float64)

//go:noescape
func mulDifferenceF32AVX2(dst, g, p []float32, by float32)

//go:noescape
func softmaxRowsF32AVX2(dst, x []float32, columns int)

//go:noescape
func softmaxGradRowsF32AVX2(dst, g, p []float32, columns int)

//go:noescape
func mulDifferenceF64AVX2(dst, g, p []float64, by float64)

//go:noescape
func softmaxRowsF64AVX2(dst, x []float64, columns int)

//go:noescape
func softmaxGradRowsF64AVX2(dst, g, p []float64, columns int)

//go:noescape
func expF32AVX512(dst, x []float32)

//go:noescape
func expF64AVX512(dst, x []float64)

//go:noescape
func expSubF32AVX512(dst, x []float32, shift float32)

//go:noescape
func expSubF64AVX512(dst, x []float64, shift float64)

//go:noescape
func logF32AVX512(dst, x []float32)

//go:noescape
func logF64AVX512(dst, x []float64)

//go:noescape
func tanhF32AVX512(dst, x []float32)

//go:noescape
func tanhF64AVX512(dst, x []float64)

//go:noescape
func sigmoidF32AVX512(dst, x []float32)

//go:noescape
func sigmoidF64AVX512(dst, x []float64)

//go:noescape
func siluF32AVX512(dst, x []float32)

//go:noescape
func siluF64AVX512(dst, x []float64)

//go:noescape
func siluGradF32AVX512(dst, g, x []float32)

//go:noescape
func siluGradF64AVX512(dst, g, x []float64)

//go:noescape
func geluF32AVX512(dst, x []float32)

//go:noescape
func geluF64AVX512(dst, x []float64)

//go:noescape
func geluGradF32AVX512(dst, g, x []float32)

//go:noescape
func geluGradF64AVX512(dst, g, x []float64)

//go:noescape
func geluTanhF32AVX512(dst, x []float32)

//go:noescape
func geluTanhF64AVX512(dst, x []float64)

//go:noescape
func geluTanhGradF32AVX512(dst, g, x []float32)

//go:noescape
func geluTanhGradF64AVX512(dst, g, x []float64)

//go:noescape
func divideF32AVX512(dst []float32, by float32)

//go:noescape
func divideF64AVX512(dst []float64, by float64)

//go:noescape
func mulDifferenceF32AVX512(dst, g, p []float32, by float32)

//go:noescape
func softmaxRowsF32AVX512(dst, x []float32, columns int)

//go:noescape
func softmaxGradRowsF32AVX512(dst, g, p []float32, columns int)

//go:noescape
func mulDifferenceF64AVX512(dst, g, p []float64, by float64)

//go:noescape
func softmaxRowsF64AVX512(dst, x []float64, columns int)

//go:noescape
func softmaxGradRowsF64AVX512(dst, g, p []float64, columns int)

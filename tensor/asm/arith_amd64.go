//go:build !purego

package asm

// arithAVX2 replaces the arith family by AVX2 and FMA kernels.
func arithAVX2(s *ISA) {
	s.F32.Binary[Add], s.F64.Binary[Add] = addF32AVX2, addF64AVX2
	s.F32.Binary[Sub], s.F64.Binary[Sub] = subF32AVX2, subF64AVX2
	s.F32.Binary[Mul], s.F64.Binary[Mul] = mulF32AVX2, mulF64AVX2
	s.F32.Parametric[Scale], s.F64.Parametric[Scale] = scaleF32AVX2, scaleF64AVX2
	s.F32.Parametric[Axpy], s.F64.Parametric[Axpy] = axpyF32AVX2, axpyF64AVX2
	s.F32.Rows.BroadcastAdd, s.F64.Rows.BroadcastAdd = addRowF32AVX2, addRowF64AVX2
	s.F32.Rows.ColumnSum, s.F64.Rows.ColumnSum = addColumnsF32AVX2, addColumnsF64AVX2
}

// arithAVX512 replaces the arith family by AVX-512 kernels.
func arithAVX512(s *ISA) {
	s.F32.Binary[Add], s.F64.Binary[Add] = addF32AVX512, addF64AVX512
	s.F32.Binary[Sub], s.F64.Binary[Sub] = subF32AVX512, subF64AVX512
	s.F32.Binary[Mul], s.F64.Binary[Mul] = mulF32AVX512, mulF64AVX512
	s.F32.Parametric[Scale], s.F64.Parametric[Scale] = scaleF32AVX512, scaleF64AVX512
	s.F32.Parametric[Axpy], s.F64.Parametric[Axpy] = axpyF32AVX512, axpyF64AVX512
	s.F32.Rows.BroadcastAdd, s.F64.Rows.BroadcastAdd = addRowF32AVX512, addRowF64AVX512
	s.F32.Rows.ColumnSum, s.F64.Rows.ColumnSum = addColumnsF32AVX512, addColumnsF64AVX512
}

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All take slices of any length, empty ones
// included, at any alignment of their elements. Operands are at least as long as the destination, the first argument; a destination may
// be the very same slice as an operand, other overlap is not allowed.

// addF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = x[i] + y[i]
//	}
//
//go:noescape
func addF32AVX2(dst, x, y []float32)

//go:noescape
func addF64AVX2(dst, x, y []float64)

//go:noescape
func addF32AVX512(dst, x, y []float32)

//go:noescape
func addF64AVX512(dst, x, y []float64)

// subF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = x[i] - y[i]
//	}
//
//go:noescape
func subF32AVX2(dst, x, y []float32)

//go:noescape
func subF64AVX2(dst, x, y []float64)

//go:noescape
func subF32AVX512(dst, x, y []float32)

//go:noescape
func subF64AVX512(dst, x, y []float64)

// mulF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = x[i] * y[i]
//	}
//
//go:noescape
func mulF32AVX2(dst, x, y []float32)

//go:noescape
func mulF64AVX2(dst, x, y []float64)

//go:noescape
func mulF32AVX512(dst, x, y []float32)

//go:noescape
func mulF64AVX512(dst, x, y []float64)

// scaleF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = alpha * x[i]
//	}
//
//go:noescape
func scaleF32AVX2(dst, x []float32, alpha float32)

//go:noescape
func scaleF64AVX2(dst, x []float64, alpha float64)

//go:noescape
func scaleF32AVX512(dst, x []float32, alpha float32)

//go:noescape
func scaleF64AVX512(dst, x []float64, alpha float64)

// axpyF32AVX2 and its three kin do
//
//	for i := range y {
//		y[i] = fma(alpha, x[i], y[i])
//	}
//
//go:noescape
func axpyF32AVX2(y, x []float32, alpha float32)

//go:noescape
func axpyF64AVX2(y, x []float64, alpha float64)

//go:noescape
func axpyF32AVX512(y, x []float32, alpha float32)

//go:noescape
func axpyF64AVX512(y, x []float64, alpha float64)

// addRowF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] += b[i%len(b)]
//	}
//
// len(dst) is a multiple of len(b); the slices do not overlap.
//
//go:noescape
func addRowF32AVX2(dst, b []float32)

//go:noescape
func addRowF64AVX2(dst, b []float64)

//go:noescape
func addRowF32AVX512(dst, b []float32)

//go:noescape
func addRowF64AVX512(dst, b []float64)

// addColumnsF32AVX2 and its three kin do
//
//	for ; len(x) > 0; x = x[min(xRow, len(x)):] {
//		for j := range dst {
//			dst[j] += x[j]
//		}
//	}
//
// The last row of x may end before the gap that follows the others; the slices do not overlap.
//
//go:noescape
func addColumnsF32AVX2(dst, x []float32, xRow int)

//go:noescape
func addColumnsF64AVX2(dst, x []float64, xRow int)

//go:noescape
func addColumnsF32AVX512(dst, x []float32, xRow int)

//go:noescape
func addColumnsF64AVX512(dst, x []float64, xRow int)

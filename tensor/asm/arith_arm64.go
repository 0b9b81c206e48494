//go:build !purego

package asm

// arithNEON replaces the arith family by NEON kernels.
func arithNEON(s *ISA) {
	s.F32.Binary[Add], s.F64.Binary[Add] = addF32NEON, addF64NEON
	s.F32.Binary[Sub], s.F64.Binary[Sub] = subF32NEON, subF64NEON
	s.F32.Binary[Mul], s.F64.Binary[Mul] = mulF32NEON, mulF64NEON
	s.F32.Parametric[Scale], s.F64.Parametric[Scale] = scaleF32NEON, scaleF64NEON
	s.F32.Parametric[Axpy], s.F64.Parametric[Axpy] = axpyF32NEON, axpyF64NEON
	s.F32.Rows.BroadcastAdd, s.F64.Rows.BroadcastAdd = addRowF32NEON, addRowF64NEON
	s.F32.Rows.ColumnSum, s.F64.Rows.ColumnSum = addColumnsF32NEON, addColumnsF64NEON
}

// All functions need NEON and take slices of any length, empty ones
// included, at any alignment of their elements. Operands are at least as long as the destination, the first argument; a destination may
// be the very same slice as an operand, other overlap is not allowed.

// addF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = x[i] + y[i]
//	}
//
//go:noescape
func addF32NEON(dst, x, y []float32)

//go:noescape
func addF64NEON(dst, x, y []float64)

// subF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = x[i] - y[i]
//	}
//
//go:noescape
func subF32NEON(dst, x, y []float32)

//go:noescape
func subF64NEON(dst, x, y []float64)

// mulF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = x[i] * y[i]
//	}
//
//go:noescape
func mulF32NEON(dst, x, y []float32)

//go:noescape
func mulF64NEON(dst, x, y []float64)

// scaleF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = alpha * x[i]
//	}
//
//go:noescape
func scaleF32NEON(dst, x []float32, alpha float32)

//go:noescape
func scaleF64NEON(dst, x []float64, alpha float64)

// axpyF32NEON and its twin do
//
//	for i := range y {
//		y[i] = fma(alpha, x[i], y[i])
//	}
//
//go:noescape
func axpyF32NEON(y, x []float32, alpha float32)

//go:noescape
func axpyF64NEON(y, x []float64, alpha float64)

// addRowF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] += b[i%len(b)]
//	}
//
// len(dst) is a multiple of len(b); the slices do not overlap.
//
//go:noescape
func addRowF32NEON(dst, b []float32)

//go:noescape
func addRowF64NEON(dst, b []float64)

// addColumnsF32NEON and its twin do
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
func addColumnsF32NEON(dst, x []float32, xRow int)

//go:noescape
func addColumnsF64NEON(dst, x []float64, xRow int)

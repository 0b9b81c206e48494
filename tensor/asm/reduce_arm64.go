//go:build !purego

package asm

// reduceNEON replaces the reductions and the kernels between matrices and rows by NEON kernels.
func reduceNEON(s *ISA) {
	s.F32.Reduce.Dot, s.F64.Reduce.Dot = dotF32NEON, dotF64NEON
	s.F32.Reduce.Gemv, s.F64.Reduce.Gemv = gemvF32NEON, gemvF64NEON
	s.F32.Reduce.Sum, s.F64.Reduce.Sum = sumF32NEON, sumF64NEON
	s.F32.Reduce.Max, s.F64.Reduce.Max = maxF32NEON, maxF64NEON
	s.F32.Rows.BroadcastAdd, s.F64.Rows.BroadcastAdd = broadcastAddF32NEON, broadcastAddF64NEON
	s.F32.Rows.ColumnSum, s.F64.Rows.ColumnSum = columnSumF32NEON, columnSumF64NEON
	s.F32.Rows.Distances, s.F64.Rows.Distances = distancesF32NEON, distancesF64NEON
	s.F32.Rows.Rotate, s.F64.Rows.Rotate = rotateF32NEON, rotateF64NEON
}

// All functions need NEON and take slices of any length, empty ones included, at any alignment of
// their elements. Operands are at least as long as the destination, the first argument; a
// destination may be the very same slice as an operand, other overlap is not allowed.

// gemvF32NEON and its variant do, for each row r of len(dst),
//
//	var lane [L]T // L is 64 for float32, 32 for float64
//	for i := range y {
//		lane[i%L] = fma(x[r*xRow+i], y[i], lane[i%L])
//	}
//	dst[r] = fold(lane)
//
// fold adds the lanes in halves: lane l takes lane l+L/2, then l+L/4, …, l+1.
//
//go:noescape
func gemvF32NEON(dst, x []float32, xRow int, y []float32)

//go:noescape
func gemvF64NEON(dst, x []float64, xRow int, y []float64)

func dotF32NEON(x, y []float32) float32 {
	var d [1]float32
	gemvF32NEON(d[:], x, 0, y[:len(x)])
	return d[0]
}

func dotF64NEON(x, y []float64) float64 {
	var d [1]float64
	gemvF64NEON(d[:], x, 0, y[:len(x)])
	return d[0]
}

// sumF32NEON and its variant do
//
//	var lane [L]T
//	for i := range x {
//		lane[i%L] += x[i]
//	}
//	return fold(lane)
//
//go:noescape
func sumF32NEON(x []float32) float32

//go:noescape
func sumF64NEON(x []float64) float64

// maxF32NEON and its variant do
//
//	m := -inf
//	for i := range x {
//		if x[i] > m || isNaN(x[i]) {
//			m = x[i]
//		}
//	}
//	return m + 0
//
//go:noescape
func maxF32NEON(x []float32) float32

//go:noescape
func maxF64NEON(x []float64) float64

// broadcastAddF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] += b[i%len(b)]
//	}
//
// len(dst) is a multiple of len(b); the slices do not overlap.
//
//go:noescape
func broadcastAddF32NEON(dst, b []float32)

//go:noescape
func broadcastAddF64NEON(dst, b []float64)

// columnSumF32NEON and its variant do
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
func columnSumF32NEON(dst, x []float32, xRow int)

//go:noescape
func columnSumF64NEON(dst, x []float64, xRow int)

// distancesF32NEON and its variants are [Rows.Distances].
//
//go:noescape
func distancesF32NEON(dst, x, columns []float32)

//go:noescape
func distancesF64NEON(dst, x, columns []float64)

// rotateF32NEON and its variant are [Rows.Rotate].
//
//go:noescape
func rotateF32NEON(a, turns []float32, up bool)

//go:noescape
func rotateF64NEON(a, turns []float64, up bool)

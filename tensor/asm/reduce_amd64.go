//go:build !purego

package asm

// reduceAVX2 replaces the reductions and the kernels between matrices and rows by AVX2 and FMA
// kernels.
func reduceAVX2(s *ISA) {
	s.F32.Reduce.Dot, s.F64.Reduce.Dot = dotF32AVX2, dotF64AVX2
	s.F32.Reduce.Gemv, s.F64.Reduce.Gemv = gemvF32AVX2, gemvF64AVX2
	s.F32.Reduce.Sum, s.F64.Reduce.Sum = sumF32AVX2, sumF64AVX2
	s.F32.Reduce.Max, s.F64.Reduce.Max = maxF32AVX2, maxF64AVX2
	s.F32.Rows.BroadcastAdd, s.F64.Rows.BroadcastAdd = broadcastAddF32AVX2, broadcastAddF64AVX2
	s.F32.Rows.ColumnSum, s.F64.Rows.ColumnSum = columnSumF32AVX2, columnSumF64AVX2
	s.F32.Rows.Distances, s.F64.Rows.Distances = distancesF32AVX2, distancesF64AVX2
	s.F32.Rows.Rotate, s.F64.Rows.Rotate = rotateF32AVX2, rotateF64AVX2
}

// reduceAVX512 replaces the reductions and the kernels between matrices and rows by AVX-512
// kernels.
func reduceAVX512(s *ISA) {
	s.F32.Reduce.Dot, s.F64.Reduce.Dot = dotF32AVX512, dotF64AVX512
	s.F32.Reduce.Gemv, s.F64.Reduce.Gemv = gemvF32AVX512, gemvF64AVX512
	s.F32.Reduce.Sum, s.F64.Reduce.Sum = sumF32AVX512, sumF64AVX512
	s.F32.Reduce.Max, s.F64.Reduce.Max = maxF32AVX512, maxF64AVX512
	s.F32.Rows.BroadcastAdd, s.F64.Rows.BroadcastAdd = broadcastAddF32AVX512, broadcastAddF64AVX512
	s.F32.Rows.ColumnSum, s.F64.Rows.ColumnSum = columnSumF32AVX512, columnSumF64AVX512
	s.F32.Rows.Distances, s.F64.Rows.Distances = distancesF32AVX512, distancesF64AVX512
	s.F32.Rows.Rotate, s.F64.Rows.Rotate = rotateF32AVX512, rotateF64AVX512
}

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All
// take slices of any length, empty ones included, at any alignment of their elements. Operands are
// at least as long as the destination, the first argument; a destination may be the very same slice
// as an operand, other overlap is not allowed.

// gemvF32AVX2 and its variants do, for each row r of len(dst),
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
func gemvF32AVX2(dst, x []float32, xRow int, y []float32)

//go:noescape
func gemvF64AVX2(dst, x []float64, xRow int, y []float64)

//go:noescape
func gemvF32AVX512(dst, x []float32, xRow int, y []float32)

//go:noescape
func gemvF64AVX512(dst, x []float64, xRow int, y []float64)

func dotF32AVX2(x, y []float32) float32 {
	var d [1]float32
	gemvF32AVX2(d[:], x, 0, y[:len(x)])
	return d[0]
}

func dotF32AVX512(x, y []float32) float32 {
	var d [1]float32
	gemvF32AVX512(d[:], x, 0, y[:len(x)])
	return d[0]
}

func dotF64AVX2(x, y []float64) float64 {
	var d [1]float64
	gemvF64AVX2(d[:], x, 0, y[:len(x)])
	return d[0]
}

func dotF64AVX512(x, y []float64) float64 {
	var d [1]float64
	gemvF64AVX512(d[:], x, 0, y[:len(x)])
	return d[0]
}

// sumF32AVX2 and its variants do
//
//	var lane [L]T
//	for i := range x {
//		lane[i%L] += x[i]
//	}
//	return fold(lane)
//
//go:noescape
func sumF32AVX2(x []float32) float32

//go:noescape
func sumF64AVX2(x []float64) float64

//go:noescape
func sumF32AVX512(x []float32) float32

//go:noescape
func sumF64AVX512(x []float64) float64

// maxF32AVX2 and its variants do
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
func maxF32AVX2(x []float32) float32

//go:noescape
func maxF64AVX2(x []float64) float64

//go:noescape
func maxF32AVX512(x []float32) float32

//go:noescape
func maxF64AVX512(x []float64) float64

// broadcastAddF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] += b[i%len(b)]
//	}
//
// len(dst) is a multiple of len(b); the slices do not overlap.
//
//go:noescape
func broadcastAddF32AVX2(dst, b []float32)

//go:noescape
func broadcastAddF64AVX2(dst, b []float64)

//go:noescape
func broadcastAddF32AVX512(dst, b []float32)

//go:noescape
func broadcastAddF64AVX512(dst, b []float64)

// columnSumF32AVX2 and its variants do
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
func columnSumF32AVX2(dst, x []float32, xRow int)

//go:noescape
func columnSumF64AVX2(dst, x []float64, xRow int)

//go:noescape
func columnSumF32AVX512(dst, x []float32, xRow int)

//go:noescape
func columnSumF64AVX512(dst, x []float64, xRow int)

// distancesF32AVX2 and its variants are [Rows.Distances].
//
//go:noescape
func distancesF32AVX2(dst, x, columns []float32)

//go:noescape
func distancesF64AVX2(dst, x, columns []float64)

//go:noescape
func distancesF32AVX512(dst, x, columns []float32)

//go:noescape
func distancesF64AVX512(dst, x, columns []float64)

// rotateF32AVX2 and its variants are [Rows.Rotate].
//
//go:noescape
func rotateF32AVX2(a, turns []float32, up bool)

//go:noescape
func rotateF64AVX2(a, turns []float64, up bool)

//go:noescape
func rotateF32AVX512(a, turns []float32, up bool)

//go:noescape
func rotateF64AVX512(a, turns []float64, up bool)

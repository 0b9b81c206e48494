//go:build !purego

package asm

import "unsafe"

// gemmF32NEON is a [Multiply] for a tile of 8 rows by 12 columns, in NEON. It leaves packed alone.
//
//go:noescape
func gemmF32NEON(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemmF64NEON is a [Multiply] for a tile of 8 rows by 6 columns, in NEON. It leaves packed alone.
//
//go:noescape
func gemmF64NEON(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// gemmNEON replaces the matrix product by NEON kernels.
func gemmNEON(s *ISA) {
	s.F32.Gemm = Gemm[float32]{MR: 8, NR: 12, Pack: packNEON(transpose4F32NEON)}
	s.F64.Gemm = Gemm[float64]{MR: 8, NR: 6, Pack: packNEON(transpose2F64NEON)}
	s.F32.Gemm.Mul = packing(&s.F32.Gemm, gemmF32NEON)
	s.F64.Gemm.Mul = packing(&s.F64.Gemm, gemmF64NEON)
	s.F32.Gemm.Row = rowBy(&s.F32, 16, gemvTransposedF32NEON)
	s.F64.Gemm.Row = rowBy(&s.F64, 8, gemvTransposedF64NEON)
	s.F32.Gemm.RowBands, s.F64.Gemm.RowBands = s.F32.Gemm.Row, s.F64.Gemm.Row
}

// gemvTransposedF32NEON multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 16.
//
//go:noescape
func gemvTransposedF32NEON(c, a []float32, aCol int, b []float32, bRow, n, k int, accumulate bool)

// gemvTransposedF64NEON multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 8.
//
//go:noescape
func gemvTransposedF64NEON(c, a []float64, aCol int, b []float64, bRow, n, k int, accumulate bool)

// rowBy returns a [Gemm.Row] that gives as many columns as fit to a kernel for multiples of width,
// and the rest to the tile.
func rowBy[T Float](
	table *Kernels[T], width int,
	kernel func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool),
) Multiply[T] {
	mul := table.Gemm.Mul
	return func(cp, ap, bp, _ *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		cn, an, bn := l.extents(table.Gemm.NR)
		c, a, b := unsafe.Slice(cp, cn), unsafe.Slice(ap, an), unsafe.Slice(bp, bn)
		whole := l.N / width * width
		if whole > 0 {
			kernel(c, a, l.ACol, b, l.BRow, whole, l.K, accumulate)
		}
		if whole < l.N {
			rest := *l
			rest.N -= whole
			mul(&c[whole], ap, &b[whole], nil, Noescape(&rest), accumulate, nil)
		}
		if epilogue != nil {
			epilogue.Apply(table, c[:l.N], 0)
		}
	}
}

// copyPanelNEON copies rows of row bytes, at least 16, from src to dst, whose rows start srcStep
// and dstStep bytes apart.
//
//go:noescape
func copyPanelNEON(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)

// transpose4F32NEON packs 4 lanes: dst[p·width+l] = src[l·lane+p] for l < 4 and p < k, where k ≥ 4.
//
//go:noescape
func transpose4F32NEON(dst []float32, width int, src []float32, lane, k int)

// transpose2F64NEON packs 2 lanes, where k ≥ 2.
//
//go:noescape
func transpose2F64NEON(dst []float64, width int, src []float64, lane, k int)

// packNEON returns a [Gemm.Pack] that copies contiguous lanes and transposes contiguous steps, a
// register of lanes at a time, of which the last overlaps the one before it. What is smaller than a
// register or has neither contiguous is left to Go.
func packNEON[T Float](transpose func(dst []T, width int, src []T, lane, k int)) Pack[T] {
	var zero T
	elem := int(unsafe.Sizeof(zero))
	register := 16 / elem
	return func(dst []T, width int, src []T, lane, step, lanes, k int) {
		switch {
		case lane == 1 && lanes >= register:
			to, from := unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0])
			copyPanelNEON(to, from, width*elem, step*elem, lanes*elem, k)
		case step == 1 && lanes >= register && k >= register:
			for l := 0; l < lanes; l += register {
				l = min(l, lanes-register)
				transpose(dst[l:], width, src[l*lane:], lane, k)
			}
		default:
			pack(dst, width, src, lane, step, lanes, k)
		}
	}
}

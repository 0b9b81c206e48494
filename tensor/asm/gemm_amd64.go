//go:build !purego

package asm

import (
	"math"
	"unsafe"
)

// gemmAVX2 replaces the matrix product by AVX2 and FMA kernels.
func gemmAVX2(s *ISA) {
	s.F32.Gemm = Gemm[float32]{MR: 6, NR: 16, Mul: gemmF32AVX2, Row: gemvTransposedF32AVX2,
		RowColumns: 64, RowBands: rowBands(gemvTransposedF32AVX2, gemvBandsF32AVX2, nil),
		BandsOfRows: math.MaxInt,
		Pack:        packSix(packThrees(packAVX2(transposersF32AVX2...)), 8, pack6F32AVX2)}
	s.F64.Gemm = Gemm[float64]{MR: 6, NR: 8, Mul: gemmF64AVX2, Row: gemvTransposedF64AVX2,
		RowColumns: 32, RowBands: rowBands(gemvTransposedF64AVX2, gemvBandsF64AVX2, nil),
		BandsOfRows: math.MaxInt,
		Pack:        packSix(packAVX2(transposersF64AVX2...), 4, pack6F64AVX2)}
	s.F32.Gemm.Mul = rowByPanels(gemmF32AVX2, 16, gemvPanelsF32AVX2)
	s.F64.Gemm.Mul = rowByPanels(gemmF64AVX2, 8, gemvPanelsF64AVX2)
}

// gemmAVX512 replaces the matrix product by AVX-512 kernels.
func gemmAVX512(s *ISA) {
	s.F32.Gemm = Gemm[float32]{MR: 14, NR: 32, Mul: gemmF32AVX512, Row: gemvTransposedF32AVX512,
		RowColumns: 128, BandsOfRows: 12,
		RowBands: rowBands(gemvTransposedF32AVX512, gemvBandsF32AVX512, bandRowsF32AVX512),
		Pack:     packThrees(packAVX2(transposersF32AVX512...))}
	s.F32.Gemm.Skinny, s.F32.Gemm.SkinnyMax = byBlocks(s.F32.Gemm.Mul, 16, skinnyF32AVX512), 12
	s.F32.Gemm.Few, s.F32.Gemm.FewMax = fewRows(s.F32.Gemm.Mul, 128, gemmFewF32AVX512), 3
	s.F64.Gemm = Gemm[float64]{MR: 14, NR: 16, Mul: gemmF64AVX512, Row: gemvTransposedF64AVX512,
		RowColumns: 64, BandsOfRows: 12,
		RowBands: rowBands(gemvTransposedF64AVX512, gemvBandsF64AVX512, bandRowsF64AVX512),
		Pack:     packAVX2(transposersF64AVX512...)}
	s.F64.Gemm.Few, s.F64.Gemm.FewMax = fewRows(s.F64.Gemm.Mul, 64, gemmFewF64AVX512), 3
	s.F32.Gemm.Wide, s.F64.Gemm.Wide = wideF32AVX512, wideF64AVX512
	s.F32.Gemm.Mul = rowByPanels(gemmF32AVX512, 32, gemvPanelsF32AVX512)
	s.F64.Gemm.Mul = rowByPanels(gemmF64AVX512, 16, gemvPanelsF64AVX512)
}

// gemmF32AVX2 is a [Multiply] for a tile of 6 rows by 16 columns, in AVX2 and FMA.
//
//go:noescape
func gemmF32AVX2(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemmF64AVX2 is a [Multiply] for a tile of 6 rows by 8 columns, in AVX2 and FMA.
//
//go:noescape
func gemmF64AVX2(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// gemmF32AVX512 is a [Multiply] for a tile of 14 rows by 32 columns, in AVX-512 F.
//
//go:noescape
func gemmF32AVX512(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemmF64AVX512 is a [Multiply] for a tile of 14 rows by 16 columns, in AVX-512 F.
//
//go:noescape
func gemmF64AVX512(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// wideF32AVX512 is a [Gemm.Wide] in AVX-512 F.
//
//go:noescape
func wideF32AVX512(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// wideF64AVX512 is a [Gemm.Wide] in AVX-512 F.
//
//go:noescape
func wideF64AVX512(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// skinnyF32AVX512 is a [Gemm.Skinny] for multiples of 16 rows, in AVX-512 F.
//
//go:noescape
func skinnyF32AVX512(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemmFewF32AVX512 is a [Gemm.Few] for whole tiles of 128 columns, in AVX-512 F.
//
//go:noescape
func gemmFewF32AVX512(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemmFewF64AVX512 is a [Gemm.Few] for whole tiles of 64 columns, in AVX-512 F.
//
//go:noescape
func gemmFewF64AVX512(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// gemvTransposedF32AVX2 multiplies a row by a matrix, see [Gemm.Row], in AVX2 and FMA.
//
//go:noescape
func gemvTransposedF32AVX2(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemvTransposedF64AVX2 multiplies a row by a matrix, see [Gemm.Row], in AVX2 and FMA.
//
//go:noescape
func gemvTransposedF64AVX2(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// gemvTransposedF32AVX512 multiplies a row by a matrix, see [Gemm.Row].
//
//go:noescape
func gemvTransposedF32AVX512(
	c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32],
)

// gemvTransposedF64AVX512 multiplies a row by a matrix, see [Gemm.Row].
//
//go:noescape
func gemvTransposedF64AVX512(
	c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64],
)

// gemvBandsF32AVX2 and its variants continue the chains of a row of C over a multiple of eight rows
// of a B that no cache holds: c[j] ← fma(a[p·aCol], b[p·bRow+j], c[j]) over ascending p < k. What
// stands ahead elements behind an element of B is fetched with it.
//
//go:noescape
func gemvBandsF32AVX2(c, a, b *float32, n, k, aCol, bRow, ahead int)

//go:noescape
func gemvBandsF64AVX2(c, a, b *float64, n, k, aCol, bRow, ahead int)

//go:noescape
func gemvBandsF32AVX512(c, a, b *float32, n, k, aCol, bRow, ahead int)

//go:noescape
func gemvBandsF64AVX512(c, a, b *float64, n, k, aCol, bRow, ahead int)

// bandRowsF32AVX512 and bandRowsF64AVX512 continue the chains of the rows of C over eight rows of a B
// that no cache holds, which they read once: C(i,j) ← fma(A(i,p), B(p,j), C(i,j)) over ascending p < 8
// as l says.
//
//go:noescape
func bandRowsF32AVX512(c, a, b *float32, l *Layout)

//go:noescape
func bandRowsF64AVX512(c, a, b *float64, l *Layout)

// fewRows returns a [Gemm.Few] that gives whole tiles, of so many columns, to a kernel and the rest
// to Mul.
func fewRows[T Float](mul Multiply[T], tile int, kernel Multiply[T]) Multiply[T] {
	return func(c, a, b, _ *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		part, rest := *l, l.N%tile
		if part.N -= rest; part.N > 0 {
			kernel(c, a, b, nil, Noescape(&part), accumulate, epilogue)
		}
		if rest == 0 {
			return
		}
		whole := part.N
		part.N = rest
		var end Epilogue[T]
		if epilogue != nil {
			end = epilogue.From(whole, whole, rest)
			epilogue = Noescape(&end)
		}
		mul(element(c, whole), a, element(b, whole), nil, Noescape(&part), accumulate, epilogue)
	}
}

// bandBytes is how much of each row of a band of eight rows of B several rows of A meet before the
// rest: what L1 keeps meanwhile.
const bandBytes = 2048

// rowBands returns a [Gemm.RowBands] that leaves the last one to eight rows of B, and the epilogue,
// to Row. The first of several rows of A fetches a part of a band, which the others find in L1.
func rowBands[T Float](
	row Multiply[T], bands func(c, a, b *T, n, k, aCol, bRow, ahead int),
	rows func(c, a, b *T, l *Layout),
) Multiply[T] {
	return func(c, a, b, _ *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		last, whole := *l, (l.K-1)&^7
		last.M, last.K = 1, l.K-whole
		for i := 0; i < l.M && whole > 0 && !accumulate; i++ {
			clear(unsafe.Slice(element(c, i*l.LDC), l.N))
		}
		depth, columns := 8, bandBytes/int(unsafe.Sizeof(*a))
		switch {
		case l.M == 1:
			depth, columns = max(whole, 1), l.N
		case rows != nil:
			for p := 0; p < whole; p += 8 {
				rows(c, element(a, p*l.ACol), element(b, p*l.BRow), l)
			}
			depth = l.K
		}
		for p := 0; p+depth <= whole; p += depth {
			for j := 0; j < l.N; j += columns {
				n, part := min(columns, l.N-j), element(b, p*l.BRow+j)
				for i := range l.M {
					bands(element(c, i*l.LDC+j), element(a, i*l.ARow+p*l.ACol), part, n, depth, l.ACol, l.BRow,
						l.Ahead)
				}
			}
		}
		for i := range l.M {
			row(element(c, i*l.LDC), element(a, i*l.ARow+whole*l.ACol), element(b, whole*l.BRow), nil,
				Noescape(&last), accumulate || whole > 0, epilogue)
		}
	}
}

// gemvPanelsF32AVX2 and its variants continue the chains of a row of C over groups of four panels of
// B: c[j] ← fma(a[p·aCol], B(p,j), c[j]) over ascending p < k, at least one.
//
//go:noescape
func gemvPanelsF32AVX2(c, a, b *float32, groups, k, aCol, bPanel int)

//go:noescape
func gemvPanelsF64AVX2(c, a, b *float64, groups, k, aCol, bPanel int)

//go:noescape
func gemvPanelsF32AVX512(c, a, b *float32, groups, k, aCol, bPanel int)

//go:noescape
func gemvPanelsF64AVX512(c, a, b *float64, groups, k, aCol, bPanel int)

// leastPanelDepth is the depth from which a row is multiplied by four panels at a time.
const leastPanelDepth = 16

// rowByPanels returns a [Gemm.Mul] that lets a row meet panels of nr columns four at a time, but for
// the last step, whose epilogue is the tile's. An epilogue may read C, which must wait for it then.
// Panels that are to be fetched ahead come from memory, one after the other.
//
// Zen 5, networks of a row by 1,536×128 and little more, µs by one panel at a time and by four:
// AVX-512 6.7 and 5.1, AVX2 11.8 and 5.6. From memory four took a tenth longer in AVX2.
func rowByPanels[T Float](
	mul Multiply[T], nr int, chains func(c, a, b *T, groups, k, aCol, bPanel int),
) Multiply[T] {
	return func(c, a, b, packed *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		groups := l.N / (4 * nr)
		if l.M != 1 || groups == 0 || l.BRow != nr || l.K < leastPanelDepth || l.Ahead != 0 ||
			packed != nil || epilogue != nil && epilogue.Mask != nil {
			mul(c, a, b, packed, l, accumulate, epilogue)
			return
		}
		part, columns := *l, groups*4*nr
		if !accumulate {
			clear(unsafe.Slice(c, columns))
		}
		part.K--
		chains(c, a, b, groups, part.K, l.ACol, l.BPanel)
		if part.N -= columns; part.N > 0 {
			mul(element(c, columns), a, element(b, 4*groups*l.BPanel), nil, Noescape(&part), accumulate,
				nil)
		}
		a, b = element(a, part.K*l.ACol), element(b, part.K*nr)
		part.N, part.K = l.N, 1
		mul(c, a, b, nil, Noescape(&part), true, epilogue)
	}
}

// byBlocks returns a [Gemm.Skinny] that gives as many rows as fit to a kernel for multiples of
// rows, and the rest to the tile; or, if they are more than the columns, again to the kernel, with
// those before them, whose bits come out the same unless C is added to.
//
// Zen 5, AVX-512, ns with the rest given to the tile and to the kernel: transposed A, 31×3×64 213
// and 109, 25×6×10 40 and 38, 31×10×64 254 and 202; but 22×10×64 169 and 201, 100×10×128 1082 and
// 1160. Plain A, 31×3×64 218 and 121, 31×10×64 281 and 209.
func byBlocks[T Float](mul Multiply[T], rows int, kernel Multiply[T]) Multiply[T] {
	return func(c, a, b, _ *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		rest := l.M % rows
		if rest == 0 {
			kernel(c, a, b, nil, l, accumulate, epilogue)
			return
		}
		part, whole := *l, l.M-rest
		if whole > 0 {
			part.M = whole
			kernel(c, a, b, nil, Noescape(&part), accumulate, epilogue)
			if rest > l.N && !accumulate {
				part.M, whole = rows, l.M-rows
				c, a = element(c, whole*l.LDC), element(a, whole*l.ARow)
				kernel(c, a, b, nil, Noescape(&part), false, epilogue)
				return
			}
			c, a = element(c, whole*l.LDC), element(a, whole*l.ARow)
		}
		part.M, part.MR = rest, min(rest, l.MR)
		part.APanel = part.MR * l.ARow
		mul(c, a, b, nil, Noescape(&part), accumulate, epilogue)
	}
}

// copyPanelAVX2 copies rows of row bytes, at least 16, from src to dst, whose rows start srcStep
// and dstStep bytes apart.
//
//go:noescape
func copyPanelAVX2(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)

// transpose8F32AVX2 packs 8 lanes: dst[p·width+l] = src[l·lane+p] for l < 8 and p < k, where k ≥ 4.
//
//go:noescape
func transpose8F32AVX2(dst []float32, width int, src []float32, lane, k int)

// transpose4F32AVX2 packs 4 lanes, where k ≥ 4.
//
//go:noescape
func transpose4F32AVX2(dst []float32, width int, src []float32, lane, k int)

// transpose4F64AVX2 packs 4 lanes, where k ≥ 2.
//
//go:noescape
func transpose4F64AVX2(dst []float64, width int, src []float64, lane, k int)

// transpose2F64AVX2 packs 2 lanes, where k ≥ 2.
//
//go:noescape
func transpose2F64AVX2(dst []float64, width int, src []float64, lane, k int)

// transpose16F32AVX512 packs 16 lanes, where k ≥ 4.
//
//go:noescape
func transpose16F32AVX512(dst []float32, width int, src []float32, lane, k int)

// transpose8F64AVX512 packs 8 lanes, where k ≥ 2.
//
//go:noescape
func transpose8F64AVX512(dst []float64, width int, src []float64, lane, k int)

// interleave3F32AVX2 packs 3 lanes next to each other: dst[3p+l] = src[l·run+p] for l < 3 and p <
// k, where k ≥ 8.
//
//go:noescape
func interleave3F32AVX2(dst, src []float32, run, k int)

// deinterleave3F32AVX2 packs 3 steps that stand next to each other: dst[l·run+p] = src[3p+l] for l
// < 3 and p < k, where k ≥ 8.
//
//go:noescape
func deinterleave3F32AVX2(dst, src []float32, run, k int)

// pack6F32AVX2 packs 6 lanes next to each other: dst[6p+l] = src[l·lane+p] for l < 6 and p < k, where
// k ≥ 8.
//
//go:noescape
func pack6F32AVX2(dst, src []float32, lane, k int)

// pack6F64AVX2 does the same, where k ≥ 4.
//
//go:noescape
func pack6F64AVX2(dst, src []float64, lane, k int)

// packSix returns a [Gemm.Pack] that gives the rows of AVX2's tile to a kernel of their own if there
// are so many steps at least.
func packSix[T Float](pack Pack[T], least int, kernel func(dst, src []T, lane, k int)) Pack[T] {
	return func(dst []T, width int, src []T, lane, step, lanes, k int) {
		if step == 1 && lanes == 6 && width == 6 && k >= least {
			kernel(dst, src, lane, k)
			return
		}
		pack(dst, width, src, lane, step, lanes, k)
	}
}

// threes are the permutations of the two kernels: the lanes of a run's register in the order of the
// threes, for each run, and back.
//
//lint:ignore U1000 read by the assembly
var threes = [6][8]int32{
	{0, 3, 6, 1, 4, 7, 2, 5}, {5, 0, 3, 6, 1, 4, 7, 2}, {2, 5, 0, 3, 6, 1, 4, 7},
	{0, 3, 6, 1, 4, 7, 2, 5}, {1, 4, 7, 2, 5, 0, 3, 6}, {2, 5, 0, 3, 6, 1, 4, 7},
}

// packThrees returns a [Gemm.Pack] that packs three lanes, and three steps, by kernels of their
// own: those of a classifier's weights, whose classes are often three.
func packThrees(pack Pack[float32]) Pack[float32] {
	return func(dst []float32, width int, src []float32, lane, step, lanes, k int) {
		switch {
		case step == 1 && lanes == 3 && width == 3 && k >= 8:
			interleave3F32AVX2(dst, src, lane, k)
		case step == 1 && k == 3 && lane == 3 && lanes >= 8:
			deinterleave3F32AVX2(dst, src, width, lanes)
		default:
			pack(dst, width, src, lane, step, lanes, k)
		}
	}
}

// The transposing kernels, from wide to narrow. Those of AVX-512 come before those of AVX2.
var (
	transposersF32AVX2 = []transposer[float32]{{8, 4, transpose8F32AVX2}, {4, 4, transpose4F32AVX2}}
	transposersF64AVX2 = []transposer[float64]{{4, 2, transpose4F64AVX2}, {2, 2, transpose2F64AVX2}}

	transposersF32AVX512 = append(
		[]transposer[float32]{{16, 4, transpose16F32AVX512}}, transposersF32AVX2...)
	transposersF64AVX512 = append(
		[]transposer[float64]{{8, 2, transpose8F64AVX512}}, transposersF64AVX2...)
)

// packAVX2 returns a [Gemm.Pack] that copies contiguous lanes and transposes contiguous steps by
// the first of the kernels that fits. The last group of lanes overlaps the
// one before it. What is too small or has neither contiguous is left to Go.
func packAVX2[T Float](transposers ...transposer[T]) Pack[T] {
	return func(dst []T, width int, src []T, lane, step, lanes, k int) {
		elem := int(unsafe.Sizeof(dst[0]))
		if lane == 1 && lanes*elem >= 16 {
			to, from := unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0])
			copyPanelAVX2(to, from, width*elem, step*elem, lanes*elem, k)
			return
		}
		if step == 1 {
			for i := range transposers {
				if t := &transposers[i]; lanes >= t.lanes && k >= t.steps {
					for l := 0; l < lanes; l += t.lanes {
						l = min(l, lanes-t.lanes)
						t.run(dst[l:], width, src[l*lane:], lane, k)
					}
					return
				}
			}
		}
		pack(dst, width, src, lane, step, lanes, k)
	}
}

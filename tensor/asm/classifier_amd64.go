//go:build !purego

package asm

import "unsafe"

// classifierAVX2 replaces the classifiers' kernels by AVX2 and FMA kernels.
func classifierAVX2(s *ISA) {
	composeSoftmax(&s.F32, softmaxParts[float32]{
		scaleMax: scaleMaxF32AVX2, expSub: expSubRowsF32AVX2,
		divide: divideRowsF32AVX2, mulDifference: mulDifferenceF32AVX2,
		maxColumns: 16, maxGradColumns: 8, gradRows: softmaxGradRowsF32AVX2,
		rows: softmaxBy2Rows(8, softmax2RowF32AVX2,
			softmaxBy2Registers(8, softmaxRowsF32AVX2, softmax2RegisterF32AVX2)),
	})
	composeSoftmax(&s.F64, softmaxParts[float64]{
		scaleMax: scaleMaxF64AVX2, expSub: expSubRowsF64AVX2,
		divide: divideRowsF64AVX2, mulDifference: mulDifferenceF64AVX2,
		maxColumns: 8, maxGradColumns: 4, gradRows: softmaxGradRowsF64AVX2,
		rows: softmaxBy2Rows(4, softmax2RowF64AVX2,
			softmaxBy2Registers(4, softmaxRowsF64AVX2, softmax2RegisterF64AVX2)),
	})
	composeCrossEntropy(&s.F32, 16, crossEntropyBy2Rows(8, crossEntropy2RowF32AVX2,
		crossEntropyBy2Registers(8, crossEntropyRowsF32AVX2, crossEntropy2RegisterF32AVX2)))
	composeCrossEntropy(&s.F64, 8, crossEntropyBy2Rows(4, crossEntropy2RowF64AVX2,
		crossEntropyBy2Registers(4, crossEntropyRowsF64AVX2, crossEntropy2RegisterF64AVX2)))
	composeBinaryCrossEntropy(&s.F32,
		binaryParts[float32]{likelier: likelierF32AVX2, margin: marginF32AVX2})
	composeBinaryCrossEntropy(&s.F64,
		binaryParts[float64]{likelier: likelierF64AVX2, margin: marginF64AVX2})
}

// classifierAVX512 replaces the classifiers' kernels by AVX-512 kernels.
func classifierAVX512(s *ISA) {
	composeSoftmax(&s.F32, softmaxParts[float32]{
		scaleMax: scaleMaxF32AVX512, expSub: expSubRowsF32AVX512,
		divide: divideRowsF32AVX512, mulDifference: mulDifferenceF32AVX512,
		maxColumns: 64, maxGradColumns: 16, gradRows: softmaxGradRowsF32AVX512,
		rows: softmaxByRows(16, softmax4RowF32AVX512, softmax2RowF32AVX512, softmaxRowsF32AVX512,
			softmax2RegisterF32AVX512, softmax4RegisterF32AVX512),
	})
	composeSoftmax(&s.F64, softmaxParts[float64]{
		scaleMax: scaleMaxF64AVX512, expSub: expSubRowsF64AVX512,
		divide: divideRowsF64AVX512, mulDifference: mulDifferenceF64AVX512,
		maxColumns: 32, maxGradColumns: 8, gradRows: softmaxGradRowsF64AVX512,
		rows: softmaxByRows(8, softmax4RowF64AVX512, softmax2RowF64AVX512, softmaxRowsF64AVX512,
			softmax2RegisterF64AVX512, softmax4RegisterF64AVX512),
	})
	composeCrossEntropy(&s.F32, 16, crossEntropyByRows(16,
		crossEntropy4RowF32AVX512, crossEntropy2RowF32AVX512, crossEntropyRowsF32AVX512))
	composeCrossEntropy(&s.F64, 8, crossEntropyByRows(8,
		crossEntropy4RowF64AVX512, crossEntropy2RowF64AVX512, crossEntropyRowsF64AVX512))
	composeBinaryCrossEntropy(&s.F32,
		binaryParts[float32]{likelier: likelierF32AVX512, margin: marginF32AVX512})
	composeBinaryCrossEntropy(&s.F64,
		binaryParts[float64]{likelier: likelierF64AVX512, margin: marginF64AVX512})
}

// softmaxByRows returns a kernel for rows that fit four registers of so many lanes: four rows to a
// register where they have at most a quarter of its columns, two where at most half, one to a
// register, to two, or to four.
func softmaxByRows[T Float](lanes int, four, two, one, by2, by4 softmaxRows[T]) softmaxRows[T] {
	return func(dst, x []T, columns int) {
		switch {
		case columns <= lanes/4:
			four(dst, x, columns)
		case columns <= lanes/2:
			two(dst, x, columns)
		case columns <= lanes:
			one(dst, x, columns)
		case columns <= 2*lanes:
			by2(dst, x, columns)
		default:
			by4(dst, x, columns)
		}
	}
}

// crossEntropyByRows does the same for cross entropy.
func crossEntropyByRows[T Float](
	lanes int, four, two, one crossEntropyRows[T],
) crossEntropyRows[T] {
	return func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		rows := one
		switch {
		case columns <= lanes/4:
			rows = four
		case columns <= lanes/2:
			rows = two
		}
		rows(g, p, top, peak, z, columns, class, weight, scale)
	}
}

// fit2Rows reports whether two rows fit a register of so many lanes, and have 8 bytes at least.
func fit2Rows[T Float](lanes, columns int) bool {
	return columns <= lanes/2 && columns*int(unsafe.Sizeof(T(0))) >= 8
}

// softmaxBy2Rows returns a kernel that gives as many rows as make fours, where two fit a register
// of so many lanes, to a kernel that takes four per iteration, and all others to another.
func softmaxBy2Rows[T Float](lanes int, two, others softmaxRows[T]) softmaxRows[T] {
	return func(dst, x []T, columns int) {
		if n := len(dst) / (4 * columns) * 4 * columns; fit2Rows[T](lanes, columns) && n > 0 {
			two(dst[:n], x, columns)
			dst, x = dst[n:], x[n:]
		}
		others(dst, x, columns)
	}
}

// crossEntropyBy2Rows does the same for cross entropy.
func crossEntropyBy2Rows[T Float](lanes int, two, others crossEntropyRows[T]) crossEntropyRows[T] {
	return func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		if rows := len(class) / 4 * 4; fit2Rows[T](lanes, columns) && rows > 0 {
			two(g, p, top, peak, z, columns, class[:rows], weight, scale)
			n := rows * columns
			g, p, z = g[n:], p[n:], z[n:]
			top, peak, class = top[rows:], peak[rows:], class[rows:]
			weight, scale = weight[rows:], scale[rows:]
		}
		others(g, p, top, peak, z, columns, class, weight, scale)
	}
}

// softmaxBy2Registers returns a kernel for rows that fit two registers of so many lanes, which
// gives those that fit one to a kernel of their own.
func softmaxBy2Registers[T Float](lanes int, one, two softmaxRows[T]) softmaxRows[T] {
	return func(dst, x []T, columns int) {
		if columns <= lanes {
			one(dst, x, columns)
			return
		}
		two(dst, x, columns)
	}
}

// crossEntropyBy2Registers does the same for cross entropy.
func crossEntropyBy2Registers[T Float](
	lanes int, one, two crossEntropyRows[T],
) crossEntropyRows[T] {
	return func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		rows := two
		if columns <= lanes {
			rows = one
		}
		rows(g, p, top, peak, z, columns, class, weight, scale)
	}
}

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All
// take slices of any length, empty ones included, at any alignment of their elements. Operands are
// at least as long as the destination, the first argument; a destination may be the very same slice
// as an operand, other overlap is not allowed.

// scaleMaxF32AVX2 and its variants are [softmaxParts].scaleMax.
//
//go:noescape
func scaleMaxF32AVX2(peak, dst, x []float32, columns, seen, step int, scale float32)

//go:noescape
func scaleMaxF64AVX2(peak, dst, x []float64, columns, seen, step int, scale float64)

//go:noescape
func scaleMaxF32AVX512(peak, dst, x []float32, columns, seen, step int, scale float32)

//go:noescape
func scaleMaxF64AVX512(peak, dst, x []float64, columns, seen, step int, scale float64)

// expSubRowsF32AVX2 and its variants are [softmaxParts].expSub.
//
//go:noescape
func expSubRowsF32AVX2(dst, peak []float32, columns, seen, step int)

//go:noescape
func expSubRowsF64AVX2(dst, peak []float64, columns, seen, step int)

//go:noescape
func expSubRowsF32AVX512(dst, peak []float32, columns, seen, step int)

//go:noescape
func expSubRowsF64AVX512(dst, peak []float64, columns, seen, step int)

// divideRowsF32AVX2 and its variants are [softmaxParts].divide.
//
//go:noescape
func divideRowsF32AVX2(dst, total []float32, columns, seen, step int)

//go:noescape
func divideRowsF64AVX2(dst, total []float64, columns, seen, step int)

//go:noescape
func divideRowsF32AVX512(dst, total []float32, columns, seen, step int)

//go:noescape
func divideRowsF64AVX512(dst, total []float64, columns, seen, step int)

// mulDifferenceF32AVX2 and its variants are [softmaxParts].mulDifference.
//
//go:noescape
func mulDifferenceF32AVX2(dst, g, p, by []float32, columns int, scale float32)

//go:noescape
func mulDifferenceF64AVX2(dst, g, p, by []float64, columns int, scale float64)

//go:noescape
func mulDifferenceF32AVX512(dst, g, p, by []float32, columns int, scale float32)

//go:noescape
func mulDifferenceF64AVX512(dst, g, p, by []float64, columns int, scale float64)

// softmaxRowsF32AVX2 and its variants are [Classifier.Softmax] for rows of 1 to as many columns as
// a register has lanes.
//
//go:noescape
func softmaxRowsF32AVX2(dst, x []float32, columns int)

//go:noescape
func softmaxRowsF64AVX2(dst, x []float64, columns int)

//go:noescape
func softmaxRowsF32AVX512(dst, x []float32, columns int)

//go:noescape
func softmaxRowsF64AVX512(dst, x []float64, columns int)

// softmaxGradRowsF32AVX2 and its variants are [Classifier.SoftmaxGradient] for rows of 1 to as many
// columns as a register has lanes.
//
//go:noescape
func softmaxGradRowsF32AVX2(dst, g, p []float32, columns int)

//go:noescape
func softmaxGradRowsF64AVX2(dst, g, p []float64, columns int)

//go:noescape
func softmaxGradRowsF32AVX512(dst, g, p []float32, columns int)

//go:noescape
func softmaxGradRowsF64AVX512(dst, g, p []float64, columns int)

// softmax4RowF32AVX512 and its variants are [Classifier.Softmax] for rows of 1 to as many columns
// as a quarter of a register (4row) or half of it (2row) has lanes.
//
//go:noescape
func softmax4RowF32AVX512(dst, x []float32, columns int)

//go:noescape
func softmax2RowF32AVX512(dst, x []float32, columns int)

//go:noescape
func softmax4RowF64AVX512(dst, x []float64, columns int)

//go:noescape
func softmax2RowF64AVX512(dst, x []float64, columns int)

// softmax2RegisterF32AVX512 and its variants are [Classifier.Softmax] for rows of more columns than a
// register has lanes, up to twice as many (2register), or of more than that up to four times as many.
//
//go:noescape
func softmax2RegisterF32AVX512(dst, x []float32, columns int)

//go:noescape
func softmax4RegisterF32AVX512(dst, x []float32, columns int)

//go:noescape
func softmax2RegisterF64AVX512(dst, x []float64, columns int)

//go:noescape
func softmax4RegisterF64AVX512(dst, x []float64, columns int)

// crossEntropy4RowF32AVX512 and its variants are [Classifier.CrossEntropy] for rows of 1 to as many
// columns as a quarter of a register (4row) or half of it (2row) has lanes. No slices overlap.
//
//go:noescape
func crossEntropy4RowF32AVX512(
	g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32,
)

//go:noescape
func crossEntropy2RowF32AVX512(
	g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32,
)

//go:noescape
func crossEntropy4RowF64AVX512(
	g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64,
)

//go:noescape
func crossEntropy2RowF64AVX512(
	g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64,
)

// softmax2RowF32AVX2 is [Classifier.Softmax] for fours of rows of 2 to 4 columns.
//
//go:noescape
func softmax2RowF32AVX2(dst, x []float32, columns int)

// softmax2RowF64AVX2 is that for 1 or 2 columns.
//
//go:noescape
func softmax2RowF64AVX2(dst, x []float64, columns int)

// crossEntropy2RowF32AVX2 is [Classifier.CrossEntropy] for fours of rows of 2 to 4 columns. No
// slices overlap.
//
//go:noescape
func crossEntropy2RowF32AVX2(
	g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32,
)

// crossEntropy2RowF64AVX2 is that for 1 or 2 columns.
//
//go:noescape
func crossEntropy2RowF64AVX2(
	g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64,
)

// softmax2RegisterF32AVX2 is [Classifier.Softmax] for rows of 9 to 16 columns.
//
//go:noescape
func softmax2RegisterF32AVX2(dst, x []float32, columns int)

// softmax2RegisterF64AVX2 is that for 5 to 8 columns.
//
//go:noescape
func softmax2RegisterF64AVX2(dst, x []float64, columns int)

// crossEntropy2RegisterF32AVX2 is [Classifier.CrossEntropy] for rows of 9 to 16 columns. No slices
// overlap.
//
//go:noescape
func crossEntropy2RegisterF32AVX2(
	g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32,
)

// crossEntropy2RegisterF64AVX2 is that for 5 to 8 columns.
//
//go:noescape
func crossEntropy2RegisterF64AVX2(
	g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64,
)

// laneNumbers32 numbers the lanes of a register.
//
//lint:ignore U1000 read by the assembly
var laneNumbers32 = [16]int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// laneNumbers64 does so for elements of 64 bits.
//
//lint:ignore U1000 read by the assembly
var laneNumbers64 = [8]int64{0, 1, 2, 3, 4, 5, 6, 7}

// crossEntropyRowsF32AVX2 and its variants are [Classifier.CrossEntropy] for rows of 1 to as many
// columns as a register has lanes. No slices overlap.
//
//go:noescape
func crossEntropyRowsF32AVX2(
	g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32,
)

//go:noescape
func crossEntropyRowsF64AVX2(
	g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64,
)

//go:noescape
func crossEntropyRowsF32AVX512(
	g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32,
)

//go:noescape
func crossEntropyRowsF64AVX512(
	g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64,
)

// likelierF32AVX2 and its variants set dst[i] to max(p[i], 1-p[i]).
//
//go:noescape
func likelierF32AVX2(dst, p []float32)

//go:noescape
func likelierF64AVX2(dst, p []float64)

//go:noescape
func likelierF32AVX512(dst, p []float32)

//go:noescape
func likelierF64AVX512(dst, p []float64)

// marginF32AVX2 and its variants set dst[i] to fma(-y[i], z[i], max(z[i], 0)).
//
//go:noescape
func marginF32AVX2(dst, z, y []float32)

//go:noescape
func marginF64AVX2(dst, z, y []float64)

//go:noescape
func marginF32AVX512(dst, z, y []float32)

//go:noescape
func marginF64AVX512(dst, z, y []float64)

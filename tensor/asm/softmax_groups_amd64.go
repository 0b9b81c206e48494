//go:build !purego

package asm

// groupedSoftmax returns a kernel for rows that fit a register, which leaves those of at most half and of at most quarter as many columns as the
// register has lanes to kernels that take two rows and four rows a register.
func groupedSoftmax[T Float](lanes int, quarter, half, whole func(dst, x []T, columns int)) func(dst, x []T, columns int) {
	return func(dst, x []T, columns int) {
		switch {
		case columns <= lanes/4:
			quarter(dst, x, columns)
		case columns <= lanes/2:
			half(dst, x, columns)
		default:
			whole(dst, x, columns)
		}
	}
}

// groupedCrossEntropy does the same for cross entropy.
func groupedCrossEntropy[T Float](lanes int, quarter, half, whole crossEntropyRows[T]) crossEntropyRows[T] {
	return func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		rows := whole
		switch {
		case columns <= lanes/4:
			rows = quarter
		case columns <= lanes/2:
			rows = half
		}
		rows(g, p, top, peak, z, columns, class, weight, scale)
	}
}

// softmaxGroupsOf4F32AVX512 and its kin are [Kernels.Softmax] for rows of 1 to as many columns as their names say. They need AVX-512 F, DQ
// and VL. The slices need no alignment; dst may be x.
//
//go:noescape
func softmaxGroupsOf4F32AVX512(dst, x []float32, columns int)

//go:noescape
func softmaxGroupsOf8F32AVX512(dst, x []float32, columns int)

//go:noescape
func softmaxGroupsOf2F64AVX512(dst, x []float64, columns int)

//go:noescape
func softmaxGroupsOf4F64AVX512(dst, x []float64, columns int)

// crossEntropyGroupsOf4F32AVX512 and its kin are [Kernels.CrossEntropy] for rows of 1 to as many columns as their names say. They need
// AVX-512 F, DQ and VL. The slices need no alignment and do not overlap.
//
//go:noescape
func crossEntropyGroupsOf4F32AVX512(g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32)

//go:noescape
func crossEntropyGroupsOf8F32AVX512(g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32)

//go:noescape
func crossEntropyGroupsOf2F64AVX512(g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64)

//go:noescape
func crossEntropyGroupsOf4F64AVX512(g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64)

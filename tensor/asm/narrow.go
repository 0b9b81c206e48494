//go:build !purego && amd64

package asm

// byBlocks returns a [Gemm.Narrow] that gives as many rows as fit to a kernel for multiples of rows, and the rest to the tile;
// or, if they are more than the columns, again to the kernel, with those before them, whose bits come out the same unless C is added to.
//
// Zen 5, AVX-512, ns with the rest given to the tile and to the kernel: transposed A, 31×3×64 213 and 109, 25×6×10 40 and 38, 31×10×64 254
// and 202; but 22×10×64 169 and 201, 100×10×128 1082 and 1160. Plain A, 31×3×64 218 and 121, 31×10×64 281 and 209.
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
				kernel(element(c, whole*l.LDC), element(a, whole*l.ARow), b, nil, Noescape(&part), false, epilogue)
				return
			}
			c, a = element(c, whole*l.LDC), element(a, whole*l.ARow)
		}
		part.M, part.MR = rest, min(rest, l.MR)
		part.APanel = part.MR * l.ARow
		mul(c, a, b, nil, Noescape(&part), accumulate, epilogue)
	}
}

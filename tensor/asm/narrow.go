//go:build !purego && amd64

package asm

// byBlocks returns a [Gemm.Narrow] that gives as many rows as fit to a kernel for multiples of rows, and the rest to the tile.
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
			kernel(c, a, b, nil, Borrow(&part), accumulate, epilogue)
			c, a = element(c, whole*l.LDC), element(a, whole*l.ARow)
		}
		part.M, part.MR = rest, min(rest, l.MR)
		part.APanel = part.MR * l.ARow
		mul(c, a, b, nil, Borrow(&part), accumulate, epilogue)
	}
}

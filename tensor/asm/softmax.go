package asm

// softmaxPure fills in the pure-Go kernels of softmax.
func softmaxPure[T Float](k *Kernels[T]) {
	composeSoftmax(k, softmaxParts[T]{
		scaleMax: scaleMax[T],
		expSub: func(dst, peak []T, columns, seen, step int) {
			for i, m := range peak {
				row := dst[i*columns:][:seenOf(i, columns, seen, step)]
				k.Parametric[ExpSub](row, row, m)
			}
		},
		divide:        divideRows[T],
		mulDifference: mulDifference[T],
	})
}

// softmaxRows is [Classifier.Softmax] for rows that fit a few registers.
type softmaxRows[T Float] func(dst, x []T, columns int)

// softmaxParts holds what softmax and its gradient need besides the kernels of an ISA. The first
// three take rows of which the first one sees as many of its columns, each further one step more,
// none more than there are: see [Classifier.MaskedSoftmax]. They may count a few elements that a
// row does not see among those that it does, as −∞ and then as 0.
type softmaxParts[T Float] struct {
	// scaleMax sets dst to scale·x where the rows see it and to 0 else, and peak to the largest of
	// what each row sees, or any element if NaN is among them.
	scaleMax func(peak, dst, x []T, columns, seen, step int, scale T)
	expSub   func(dst, peak []T, columns, seen, step int)  // dst = exp(dst−peak[r]), where seen
	divide   func(dst, total []T, columns, seen, step int) // dst = dst/total[r]; everywhere by NaN
	// mulDifference sets dst = p·(g−by[r])·scale.
	mulDifference func(dst, g, p, by []T, columns int, scale T)

	// rows is Softmax for rows of at most maxColumns columns, which fit a few registers; gradRows
	// is SoftmaxGradient, by 1, for rows of at most maxGradColumns columns, which fit a register.
	maxColumns, maxGradColumns int
	rows                       softmaxRows[T]
	gradRows                   func(dst, g, p []T, columns int)
}

// softmaxBlock is about how many elements the rows have that stay in L1 from one part to the next,
// and softmaxBlockRows the largest number of them.
const (
	softmaxBlock     = 4096
	softmaxBlockRows = 32
)

// composeSoftmax builds Softmax, MaskedSoftmax and SoftmaxGradient from their parts and k's own
// sums over rows, as they are at the time of a call.
func composeSoftmax[T Float](k *Kernels[T], parts softmaxParts[T]) {
	// wide is a softmax of rows that may see only some of their elements.
	wide := func(dst, x []T, columns, seen, step int, scale T) {
		var room struct{ zeros, peak, total [softmaxBlockRows]T }
		s := Noescape(&room)
		rows := max(min(softmaxBlock/columns, softmaxBlockRows), 1)
		for len(dst) > 0 {
			n := min(rows, len(dst)/columns)
			to, peak, total := dst[:n*columns], s.peak[:n], s.total[:n]
			parts.scaleMax(peak, to, x, columns, seen, step, scale)
			parts.expSub(to, peak, columns, seen, step)
			k.RowNorm.Sums(total, to, s.zeros[:n], columns)
			parts.divide(to, total, columns, seen, step)
			dst, x, seen = dst[n*columns:], x[n*columns:], seen+n*step
		}
	}
	k.Classifier.Softmax = func(dst, x []T, columns int) {
		if columns <= parts.maxColumns {
			parts.rows(dst, x, columns)
			return
		}
		wide(dst, x, columns, columns, 0, 1)
	}
	k.Classifier.MaskedSoftmax = func(dst []T, columns, seen, step int, scale T) {
		if columns <= parts.maxColumns && seen >= columns && step >= 0 {
			k.Parametric[Scale](dst, dst, scale)
			parts.rows(dst, dst, columns)
			return
		}
		wide(dst, dst, columns, seen, step, scale)
	}
	k.Classifier.SoftmaxGradient = func(dst, g, p []T, columns int, scale T) {
		if columns <= parts.maxGradColumns {
			parts.gradRows(dst, g, p, columns)
			k.Parametric[Scale](dst, dst, scale)
			return
		}
		var room [softmaxBlockRows]T
		dots := Noescape(&room)
		rows := max(min(softmaxBlock/columns, softmaxBlockRows), 1)
		for len(dst) > 0 {
			n := min(rows, len(dst)/columns)
			k.RowNorm.Dots(dots[:n], p, g, columns)
			parts.mulDifference(dst[:n*columns], g, p, dots[:n], columns, scale)
			dst, g, p = dst[n*columns:], g[n*columns:], p[n*columns:]
		}
	}
}

// seenOf returns how many of its columns row i sees.
func seenOf(i, columns, seen, step int) int { return max(min(seen+i*step, columns), 0) }

func scaleMax[T Float](peak, dst, x []T, columns, seen, step int, scale T) {
	for i := range peak {
		row, of := dst[i*columns:][:columns], x[i*columns:]
		n := seenOf(i, columns, seen, step)
		for j := range n {
			row[j] = of[j] * scale
		}
		peak[i] = maximum(row[:n])
		clear(row[n:])
	}
}

func divideRows[T Float](dst, total []T, columns, seen, step int) {
	for i, by := range total {
		n := columns
		if by == by {
			n = seenOf(i, columns, seen, step)
		}
		for j, v := range dst[i*columns:][:n] {
			dst[i*columns+j] = v / by
		}
	}
}

func mulDifference[T Float](dst, g, p, by []T, columns int, scale T) {
	for i, d := range by {
		to, up, of := dst[i*columns:][:columns], g[i*columns:], p[i*columns:]
		for j := range to {
			to[j] = T(of[j]*(up[j]-d)) * scale
		}
	}
}

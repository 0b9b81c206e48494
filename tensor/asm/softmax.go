package asm

// softmaxParts holds what Softmax and SoftmaxGrad need besides the kernels of a set.
type softmaxParts[T Float] struct {
	divide        func(dst []T, by T)       // dst[i] = dst[i]/by
	mulDifference func(dst, g, p []T, by T) // dst[i] = p[i]·(g[i]−by)

	// rows is Softmax for rows of at most narrow columns, which fit a register or two; gradRows is SoftmaxGrad for rows of at most
	// narrowGrad columns, which fit a register.
	narrow, narrowGrad int
	rows               func(dst, x []T, columns int)
	gradRows           func(dst, g, p []T, columns int)
}

// composeSoftmax builds Softmax and SoftmaxGrad from k's own Max, ExpSub, Sum and Dot, as they are at the time of a call.
func composeSoftmax[T Float](k *Kernels[T], parts softmaxParts[T]) {
	k.Classifier.Softmax = func(dst, x []T, columns int) {
		if columns <= parts.narrow {
			parts.rows(dst, x, columns)
			return
		}
		for at := 0; at < len(dst); at += columns {
			to, row := dst[at:at+columns], x[at:at+columns]
			k.Parametric[ExpSub](to, row, k.Reduce.Max(row))
			parts.divide(to, k.Reduce.Sum(to))
		}
	}
	k.Classifier.SoftmaxGradient = func(dst, g, p []T, columns int) {
		if columns <= parts.narrowGrad {
			parts.gradRows(dst, g, p, columns)
			return
		}
		for at := 0; at < len(dst); at += columns {
			from, row := g[at:at+columns], p[at:at+columns]
			parts.mulDifference(dst[at:at+columns], from, row, k.Reduce.Dot(row, from))
		}
	}
}

func divide[T Float](dst []T, by T) {
	for i := range dst {
		dst[i] /= by
	}
}

func mulDifference[T Float](dst, g, p []T, by T) {
	g, p = g[:len(dst)], p[:len(dst)]
	for i := range dst {
		dst[i] = p[i] * (g[i] - by)
	}
}

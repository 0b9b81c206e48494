package asm

// composeSoftmax builds Softmax and SoftmaxGrad from k's own Max, ExpSub, Sum and Dot, so that a set that replaces one of these has to call it
// again. quotient sets dst[i] = dst[i]/by, and product dst[i] = p[i]·(g[i]−by).
func composeSoftmax[T Float](k *Kernels[T], quotient func(dst []T, by T), product func(dst, g, p []T, by T)) {
	k.Softmax = func(dst, x []T, columns int) {
		for at := 0; at < len(dst); at += columns {
			to, row := dst[at:at+columns], x[at:at+columns]
			k.ExpSub(to, row, k.Max(row))
			quotient(to, k.Sum(to))
		}
	}
	k.SoftmaxGrad = func(dst, g, p []T, columns int) {
		for at := 0; at < len(dst); at += columns {
			from, row := g[at:at+columns], p[at:at+columns]
			product(dst[at:at+columns], from, row, k.Dot(row, from))
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

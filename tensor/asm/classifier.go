package asm

// classifierPure fills in the pure-Go kernels of classifiers.
func classifierPure[T Float](k *Kernels[T], r rounding) {
	composeCrossEntropy(k, 0, nil)
	composeBinaryCrossEntropy(k, binaryParts[T]{
		likelier: likelier[T],
		margin:   func(dst, z, y []T) { margin(r, dst, z, y) },
	})
}

// crossEntropyRows is [Classifier.CrossEntropy] for rows that fit a register.
type crossEntropyRows[T Float] func(
	g, p, top, peak, z []T, columns int, class []int, weight, scale []T,
)

// composeCrossEntropy builds CrossEntropy from k's own Softmax, Max and Scale, as they are at the
// time of a call, and from a kernel of its own for rows of at most maxColumns columns.
func composeCrossEntropy[T Float](k *Kernels[T], maxColumns int, rows crossEntropyRows[T]) {
	k.Classifier.CrossEntropy = func(
		g, p, top, peak, z []T, columns int, class []int, weight, scale []T,
	) {
		if columns <= maxColumns {
			rows(g, p, top, peak, z, columns, class, weight, scale)
			return
		}
		k.Classifier.Softmax(p[:len(g)], z, columns)
		for i, c := range class {
			from, to := p[i*columns:(i+1)*columns], g[i*columns:(i+1)*columns]
			peak[i] = k.Reduce.Max(from)
			top[i] = k.Reduce.Max(z[i*columns:(i+1)*columns]) + (peak[i] - peak[i])
			k.Parametric[Scale](to, from, weight[i])
			k.Parametric[Scale](to, to, scale[i])
			to[c] = scale[i] * (T(from[c]*weight[i]) - weight[i])
		}
	}
}

// binaryParts holds what BinaryCrossEntropy needs besides the kernels of an ISA.
type binaryParts[T Float] struct {
	likelier func(dst, p []T)    // dst[i] = max(p[i], 1−p[i])
	margin   func(dst, z, y []T) // dst[i] = fma(−y[i], z[i], max(z[i], +0))
}

// composeBinaryCrossEntropy builds BinaryCrossEntropy from k's own Sigmoid, Log and Sub, as they
// are at the time of a call. It works on blocks that stay in the L1 from one of them to the next.
func composeBinaryCrossEntropy[T Float](k *Kernels[T], parts binaryParts[T]) {
	const block = 1024
	k.Classifier.BinaryCrossEntropy = func(loss, g, p, z, y []T) {
		for len(loss) > 0 {
			n := min(block, len(loss))
			k.Unary[Sigmoid](p[:n], z)
			parts.likelier(g[:n], p)
			k.Unary[Log](g[:n], g)
			parts.margin(loss[:n], z, y)
			k.Binary[Sub](loss[:n], loss, g)
			k.Binary[Sub](g[:n], p, y)
			loss, g, p, z, y = loss[n:], g[n:], p[n:], z[n:], y[n:]
		}
	}
}

func likelier[T Float](dst, p []T) {
	p = p[:len(dst)]
	for i := range dst {
		dst[i] = max(p[i], 1-p[i])
	}
}

func margin[T Float](r rounding, dst, z, y []T) {
	z, y = z[:len(dst)], y[:len(dst)]
	for i := range dst {
		var positive T
		if z[i] > 0 {
			positive = z[i]
		}
		dst[i] = fma(r, -y[i], z[i], positive)
	}
}

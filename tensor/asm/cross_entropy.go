package asm

// crossEntropyRows is [Kernels.CrossEntropy] for rows that fit a register.
type crossEntropyRows[T Float] func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T)

// composeCrossEntropy builds CrossEntropy from k's own Softmax, Max and Scale, as they are at the time of a call, and from a kernel of its own
// for rows of at most narrow columns.
func composeCrossEntropy[T Float](k *Kernels[T], narrow int, rows crossEntropyRows[T]) {
	k.Classifier.CrossEntropy = func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		if columns <= narrow {
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

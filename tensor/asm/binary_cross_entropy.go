package asm

// binaryParts holds what BinaryCrossEntropy needs besides the kernels of a set.
type binaryParts[T Float] struct {
	likelier func(dst, p []T)    // dst[i] = max(p[i], 1−p[i])
	margin   func(dst, z, y []T) // dst[i] = fma(−y[i], z[i], max(z[i], +0))
}

// composeBinaryCrossEntropy builds BinaryCrossEntropy from k's own Sigmoid, Log and Sub, as they are at the time of a call. It works on blocks
// that stay in the first-level cache from one of them to the next.
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

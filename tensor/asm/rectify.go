package asm

// rectifyPure fills in the pure-Go kernels of the rectify family.
func rectifyPure[T Float](k *Kernels[T], r rounding) {
	k.Unary[Relu] = relu[T]
	k.UnaryGradient[Relu] = reluGrad[T]
	k.Parametric[LeakyRelu] = leakyRelu[T]
	k.ParametricGradient[LeakyRelu] = leakyReluGrad[T]
	k.UnaryGradient[Tanh] = func(dst, g, a []T) { tanhGrad(r, dst, g, a) }
	k.UnaryGradient[Sigmoid] = func(dst, g, a []T) { sigmoidGrad(r, dst, g, a) }
}

func relu[T Float](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		v := x[i]
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

func reluGrad[T Float](dst, g, x []T) {
	g, x = g[:len(dst)], x[:len(dst)]
	for i := range dst {
		d := g[i]
		if x[i] <= 0 {
			d = 0
		}
		dst[i] = d
	}
}

func leakyRelu[T Float](dst, x []T, slope T) {
	x = x[:len(dst)]
	for i := range dst {
		v := x[i]
		if v < 0 {
			v *= slope
		}
		dst[i] = v
	}
}

func leakyReluGrad[T Float](dst, g, x []T, slope T) {
	g, x = g[:len(dst)], x[:len(dst)]
	for i := range dst {
		d := g[i]
		if x[i] <= 0 {
			d *= slope
		}
		dst[i] = d
	}
}

func tanhGrad[T Float](r rounding, dst, g, a []T) {
	g, a = g[:len(dst)], a[:len(dst)]
	for i := range dst {
		dst[i] = g[i] * fma(r, -a[i], a[i], 1)
	}
}

func sigmoidGrad[T Float](r rounding, dst, g, a []T) {
	g, a = g[:len(dst)], a[:len(dst)]
	for i := range dst {
		dst[i] = g[i] * fma(r, -a[i], a[i], a[i])
	}
}

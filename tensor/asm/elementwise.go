package asm

import "math"

// elementwisePure fills in the pure-Go element-wise functions of plain arithmetic.
func elementwisePure[T Float](k *Kernels[T], r rounding) {
	k.Binary[Add] = add[T]
	k.Binary[Sub] = sub[T]
	k.Binary[Mul] = mul[T]
	k.Binary[Div] = div[T]
	k.Binary[Minimum] = smaller[T]
	k.Binary[Maximum] = larger[T]
	k.Clamp = clampAll[T]
	k.HardGate = hardGate[T]
	k.Unary[Sqrt] = sqrt[T]
	k.Parametric[Scale] = scale[T]
	k.Parametric[Axpy] = func(y, x []T, alpha T) { axpy(r, y, x, alpha) }
	k.Unary[Relu] = relu[T]
	k.UnaryGradient[Relu] = reluGrad[T]
	k.Parametric[LeakyRelu] = leakyRelu[T]
	k.ParametricGradient[LeakyRelu] = leakyReluGrad[T]
	k.UnaryGradient[Tanh] = func(dst, g, a []T) { tanhGrad(r, dst, g, a) }
	k.UnaryGradient[Sigmoid] = func(dst, g, a []T) { sigmoidGrad(r, dst, g, a) }
}

// The loops below take slices of one length first, so that the compiler checks bounds once and not
// at every element.

func add[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

func sub[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}

func mul[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func div[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] / y[i]
	}
}

func smaller[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = min(x[i], y[i])
	}
}

func larger[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = max(x[i], y[i])
	}
}

func clampAll[T Float](dst, x []T, low, high T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = min(max(x[i], low), high)
	}
}

func hardGate[T Float](dst, x []T, shift, low, high, by T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * min(max(x[i]+shift, low), high) / by
	}
}

// The square root of a float32 is rounded correctly by way of float64, whose precision is more than
// twice as high.
func sqrt[T Float](dst, x []T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Sqrt(float64(x[i])))
	}
}

func scale[T Float](dst, x []T, alpha T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = alpha * x[i]
	}
}

func axpy[T Float](r rounding, y, x []T, alpha T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = fma(r, alpha, x[i], y[i])
	}
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

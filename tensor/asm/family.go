package asm

// This file names the kernels that come in families: each family is an array of [Kernels] whose
// index is an enum. Tests, benchmarks and commands range over the enums and read what they need to
// know of a function beside its name, so that nothing else lists them.

// Unary names an element-wise function of one argument.
type Unary uint8

// The functions of [Kernels.Unary], and of [Kernels.UnaryGradient] where Gradient says so.
const (
	// Relu is 0 where x < 0, else x: −0 and NaN stay as they are. Its gradient is 0 where x ≤ 0,
	// else g, and x there may be the input or the output of Relu.
	Relu Unary = iota
	// Exp is exp(x).
	Exp
	// Log is ln(x): −∞ at zeros, NaN below.
	Log
	// Tanh is tanh(x); its gradient, of the output a, is g·fma(−a, a, 1).
	Tanh
	// Sigmoid is 1/(1+exp(−x)); its gradient, of the output a, is g·fma(−a, a, a).
	Sigmoid
	// Silu is x·sigmoid(x): NaN at −∞. Its gradient is g·fma(s·x, 1−s, s) with s = sigmoid(x).
	Silu
	// Gelu is x·Φ(x), with Φ the distribution function of the standard normal distribution,
	// ½(1+erf(x/√2)): NaN at −∞. Its gradient is g·(Φ(x) + x·φ(x)), with φ the density: g·0 at −∞
	// and g at +∞.
	Gelu
	// GeluTanh is ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), which approximates Gelu: NaN at −∞. Its
	// gradient is g·0 at −∞ and g at +∞.
	GeluTanh
	// Erf is 2/√π·∫exp(−t²)dt from 0 to x; its gradient, of the input, is g·(2/√π·exp(−x²)).
	Erf
	// Softplus is ln(1+exp(x)). Its gradient is g·sigmoid(x).
	Softplus
	// Hardswish is x·min(max(x+3, 0), 6)/6: NaN at −∞. Its gradient is g·0 where x ≤ −3, g where x
	// ≥ 3, and g·fma(x, ⅓, ½) between.
	Hardswish
	// Mish is x·tanh(ln(1+exp(x))): NaN at −∞. Its gradient is g·(−0) at −∞ and g at +∞.
	Mish
	// Sqrt is the square root, correctly rounded: NaN below zero, −0 at −0.
	Sqrt
	// Unaries is the number of them.
	Unaries
)

// Parametric names an element-wise function of one argument and one scalar alpha.
type Parametric uint8

// The functions of [Kernels.Parametric], and of [Kernels.ParametricGradient] where Gradient says
// so.
const (
	// Scale is alpha·x.
	Scale Parametric = iota
	// Axpy is fma(alpha, x, dst): it alone reads what it overwrites.
	Axpy
	// ExpSub is exp(x − alpha), the difference rounded once.
	ExpSub
	// LeakyRelu is alpha·x where x < 0, else x; its gradient is alpha·g where x ≤ 0, else g.
	LeakyRelu
	// Elu is alpha·(exp(x)−1) where x < 0, without cancellation, else x; its gradient is
	// g·(alpha·exp(x)) where x ≤ 0, else g.
	Elu
	// Parametrics is the number of them.
	Parametrics
)

// Binary names an element-wise function of two arguments.
type Binary uint8

// The functions of [Kernels.Binary].
const (
	Add Binary = iota // x + y
	Sub               // x − y
	Mul               // x·y
	Div               // x/y
	// Minimum is the smaller of x and y, and Maximum the larger one: NaN where either is NaN, and −0
	// counts as less than +0.
	Minimum
	Maximum
	// Binaries is the number of them.
	Binaries
)

// Gradient says what the gradient of an element-wise function is a function of.
type Gradient uint8

// A function has no gradient kernel, or one of its output, or one of its input.
const (
	NoGradient Gradient = iota
	OfOutput
	OfInput
)

// elementwise is what is known of an element-wise function besides its kernels.
type elementwise struct {
	name     string
	flops    int
	gradient Gradient
}

var (
	unaries = [Unaries]elementwise{
		Relu:      {"relu", 1, OfOutput},
		Exp:       {"exp", 23, NoGradient},
		Log:       {"log", 25, NoGradient},
		Tanh:      {"tanh", 19, OfOutput},
		Sigmoid:   {"sigmoid", 39, OfOutput},
		Silu:      {"silu", 44, OfInput},
		Gelu:      {"gelu", 64, OfInput},
		GeluTanh:  {"gelu_tanh", 68, OfInput},
		Erf:       {"erf", 21, OfInput},
		Softplus:  {"softplus", 63, OfInput},
		Hardswish: {"hardswish", 15, OfInput},
		Mish:      {"mish", 58, OfInput},
		Sqrt:      {"sqrt", 1, NoGradient},
	}
	parametrics = [Parametrics]elementwise{
		Scale:     {"scale", 1, NoGradient},
		Axpy:      {"axpy", 2, NoGradient},
		ExpSub:    {"exp_sub", 24, NoGradient},
		LeakyRelu: {"leaky_relu", 2, OfInput},
		Elu:       {"elu", 30, OfInput},
	}
	binaries = [Binaries]elementwise{
		Add: {"add", 1, NoGradient},
		Sub: {"sub", 1, NoGradient},
		Mul: {"mul", 1, NoGradient},
		Div: {"div", 1, NoGradient},

		Minimum: {"minimum", 1, NoGradient},
		Maximum: {"maximum", 1, NoGradient},
	}
)

// String returns the function's name as commands and files have it: "gelu_tanh".
func (f Unary) String() string { return unaries[f].name }

// Flops returns the arithmetic for each float32 element by the formula of this package: a fused
// multiply-add counts two; a sum, product, quotient, comparison or maximum one; what only moves
// bits nothing.
func (f Unary) Flops() int { return unaries[f].flops }

// Gradient returns what the function's gradient is a function of.
func (f Unary) Gradient() Gradient { return unaries[f].gradient }

// String returns the function's name as commands and files have it: "leaky_relu".
func (f Parametric) String() string { return parametrics[f].name }

// Flops returns the arithmetic for each element, counted as [Unary.Flops] does.
func (f Parametric) Flops() int { return parametrics[f].flops }

// Gradient returns what the function's gradient is a function of.
func (f Parametric) Gradient() Gradient { return parametrics[f].gradient }

// String returns the function's name as commands and files have it: "add".
func (f Binary) String() string { return binaries[f].name }

// Flops returns the arithmetic for each element, counted as [Unary.Flops] does.
func (f Binary) Flops() int { return binaries[f].flops }

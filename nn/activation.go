package nn

import (
	"fmt"
	"strconv"
	"strings"

	"simdnn/tensor"
)

// Activation describes a function a = act(z) that a layer applies to its weighted sums. Its String is a name that
// [ParseActivation] understands. The zero Activation is invalid.
type Activation struct {
	name string
	he   bool // layers with it are initialised by He's rule, see initFor
	// parameter is the slope or alpha, 0 if there is none.
	parameter float64
	f32       activation[float32]
	f64       activation[float64]
}

// activation is an Activation for one element type. Slices hold rows of the given number of columns.
type activation[T tensor.Float] struct {
	// forward sets a = act(z). a may be z itself.
	forward func(k *tensor.Kernels[T], a, z []T, columns int)
	// end, unless nil, returns forward as the epilogue of a product, which a Dense layer's then has; its bias is the layer's. That of an
	// activation that needs its input can go into another matrix.
	end func(k *tensor.Kernels[T]) tensor.Epilogue[T]

	// gradient, unless nil, sets dst = g·act'(z), where x is z if needsInput is set and else a. dst may be g.
	gradient func(k *tensor.Kernels[T], dst, g, x []T)
	// mask is gradient as a kernel applies it to a product, or NoActivation.
	mask tensor.Activation
	// jacobian, unless nil, sets dst to the product of g with the transposed Jacobian at a. It is there if act is no function of single
	// elements. dst may be g.
	jacobian func(k *tensor.Kernels[T], dst, g, a []T, columns int)
	// needsInput tells that gradient is one of z, so that a must not overwrite it.
	needsInput bool
}

// backward sets dz to the product of da with the transposed Jacobian ∂a/∂z. dz may be da itself. z is nil unless needsInput is set.
func (f *activation[T]) backward(k *tensor.Kernels[T], dz, da, z, a []T, columns int) {
	switch {
	case f.jacobian != nil:
		f.jacobian(k, dz, da, a, columns)
	case f.gradient != nil:
		f.gradient(k, dz, da, f.argument(z, a))
	default:
		move(dz, da)
	}
}

// argument returns what gradient is a function of.
func (f *activation[T]) argument(z, a []T) []T {
	if f.needsInput {
		return z
	}
	return a
}

// gradientEnd returns backward as the epilogue of the product that makes da, if it is one. Its mask is the gradient's argument.
func (f *activation[T]) gradientEnd(k *tensor.Kernels[T]) (e tensor.Epilogue[T], ok bool) {
	if f.gradient == nil {
		return e, false
	}
	if e.Activation = f.mask; f.mask == tensor.NoActivation {
		gradient := f.gradient
		e.Gradient = func(dst, g, x []T) { gradient(k, dst, g, x) }
	}
	return e, true
}

// activationOf returns the activation for the element type T.
func activationOf[T tensor.Float](a Activation) activation[T] {
	return instance[activation[T]](a.f32, a.f64)
}

// String returns the activation's name, with its parameter if it has one: "relu", "leaky_relu:0.01".
func (a Activation) String() string { return a.name }

// valid tells whether the activation was made by this package and not left zero.
func (a Activation) valid() bool { return a.name != "" }

// Activations returns the names that [ParseActivation] understands.
func Activations() []string {
	var names []string
	for _, p := range parametricActivations() {
		names = append(names, p.name, p.name+":"+strings.ToUpper(p.parameter))
	}
	for _, a := range plainActivations() {
		names = append(names, a.name)
	}
	return names
}

// plainActivations lists the activations without a parameter.
func plainActivations() []Activation {
	return []Activation{
		GELU, GELUTanh, Linear, ReLU, Sigmoid, SiLU, Softmax, Tanh,
		Softplus,
		Hardswish,
		Mish,
	}
}

// parametricActivation is a kind of activation with a parameter, and its default.
type parametricActivation struct {
	name, parameter string
	standard        float64
	with            func(parameter float64) Activation
}

func parametricActivations() []parametricActivation {
	return []parametricActivation{
		{"leaky_relu", "slope", 0.01, LeakyReLU},
		{"elu", "alpha", 1, ELU},
	}
}

// ParseActivation returns the activation of that name: one of [Activations], such as "relu",
// "gelu_tanh", "leaky_relu" (with its default slope 0.01) or "leaky_relu:0.1".
func ParseActivation(name string) (Activation, error) {
	for _, a := range plainActivations() {
		if a.name == name {
			return a, nil
		}
	}
	kind, text, given := strings.Cut(name, ":")
	for _, p := range parametricActivations() {
		if p.name != kind {
			continue
		}
		if !given {
			return p.with(p.standard), nil
		}
		parameter, err := strconv.ParseFloat(text, 64)
		if single := float32(parameter); err != nil || single-single != 0 { // NaN or infinite
			return Activation{}, fmt.Errorf("nn: activation %q: the %s %q is not a finite number",
				name, p.parameter, text)
		}
		return p.with(parameter), nil
	}
	return Activation{}, fmt.Errorf("nn: unknown activation %q; known: %s", name, strings.Join(Activations(), ", "))
}

// Apply returns act(z) for one row z.
func Apply[T tensor.Float](act Activation, z []T) []T {
	a := make([]T, len(z))
	activationOf[T](act).forward(tensor.Default[T]().Kernels(), a, z, len(z))
	return a
}

// Gradient returns dL/dz for one row z, given upstream = dL/da: the product of the upstream gradient with the transposed Jacobian
// ∂a/∂z. For all activations but softmax that is upstream[i]·act'(z[i]).
func Gradient[T tensor.Float](act Activation, z, upstream []T) []T {
	if len(upstream) != len(z) {
		panic(fmt.Sprintf("nn: Gradient: %d upstream gradients for %d inputs", len(upstream), len(z)))
	}
	k := tensor.Default[T]().Kernels()
	f := activationOf[T](act)
	a, dz := make([]T, len(z)), make([]T, len(z))
	f.forward(k, a, z, len(z))
	f.backward(k, dz, upstream, z, a, len(z))
	return dz
}

// Derivative returns ∂a[i]/∂z[i] for one row z: act'(z[i]), and for softmax the diagonal of its Jacobian.
func Derivative[T tensor.Float](act Activation, z []T) []T {
	diagonal, unit := make([]T, len(z)), make([]T, len(z))
	for i := range z {
		unit[i] = 1
		diagonal[i] = Gradient(act, z, unit)[i]
		unit[i] = 0
	}
	return diagonal
}

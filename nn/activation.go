package nn

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Activation is a function a = act(z), which a layer applies to its weighted sums, or which is a
// layer itself. Its String is a name that [ParseActivation] understands. The zero Activation is
// invalid.
type Activation struct {
	name string
	he   bool // layers with it are initialised by He's rule, see initFor
	// parameter is the slope or alpha, 0 if there is none.
	parameter float64
	function  func(b *graph.Builder, z *graph.Value) *graph.Value
}

// Linear is the identity: a = z, act'(z) = 1.
var Linear = Activation{name: "linear",
	function: func(_ *graph.Builder, z *graph.Value) *graph.Value { return z }}

// ReLU is the activation: a = max(0, z), act'(z) = 1 where z > 0, else 0.
var ReLU = smooth(tensor.Relu)

// Sigmoid is the logistic function: a = 1/(1+exp(−z)), act'(z) = a·(1−a).
var Sigmoid = unary(tensor.Sigmoid)

// Tanh is the hyperbolic tangent: a = tanh(z), act'(z) = 1−a².
var Tanh = unary(tensor.Tanh)

// Softmax turns each row into probabilities: a[j] = exp(z[j]) / Σ exp(z[i]), computed after
// subtracting the row's largest value. Its Jacobian is ∂a[i]/∂z[j] = a[i]·(δij − a[j]), so that
// dz = a·(da − Σ a[i]·da[i]).
var Softmax = Activation{name: "softmax", function: op.Softmax}

// SiLU is the sigmoid linear unit: a = z·σ(z), act'(z) = σ(z)·(1 + z·(1−σ(z))) with σ the logistic
// function.
var SiLU = smooth(tensor.Silu)

// GELU is the Gaussian error linear unit (Hendrycks and Gimpel 2016): a = z·Φ(z), act'(z) = Φ(z) +
// z·φ(z), with Φ and φ the distribution function and the density of the standard normal
// distribution: Φ(z) = ½(1+erf(z/√2)), φ(z) = exp(−z²/2)/√(2π).
var GELU = smooth(tensor.Gelu)

// GELUTanh is the approximation of GELU that PyTorch calls approximate="tanh", which some published
// weights were trained with: a = ½·z·(1 + tanh(√(2/π)·(z + 0.044715·z³))). It differs from GELU by
// at most 0.0005.
var GELUTanh = smooth(tensor.GeluTanh)

// Softplus is a = ln(1+exp(z)), act'(z) = σ(z) with σ the logistic function.
var Softplus = smooth(tensor.Softplus)

// Hardswish is the swish of MobileNetV3 (Howard et al. 2019): a = z·min(max(z+3, 0), 6)/6; act'(z)
// is 0 up to −3, 1 from 3 on, and z/3 + ½ between.
var Hardswish = smooth(tensor.Hardswish)

// Mish is a = z·tanh(ln(1+exp(z))) (Misra 2019); act'(z) = t + z·σ(z)·(1−t²) with t =
// tanh(ln(1+exp(z))) and σ the logistic function. Where exp(z) is subnormal, below −87 in
// float32, the computed act' has an absolute error of up to 1e-42, and is −0 from about −103 on.
var Mish = smooth(tensor.Mish)

// LeakyReLU returns the activation that lets a share of the negative values through: a = z where
// z ≥ 0, else slope·z; act'(z) = 1 where z > 0, else slope.
func LeakyReLU(slope float64) Activation { return parametric(tensor.LeakyRelu, slope) }

// ELU returns the exponential linear unit (Clevert, Unterthiner and Hochreiter 2015): a = z where
// z ≥ 0, else alpha·(exp(z)−1); act'(z) = 1 where z > 0, else alpha·exp(z).
func ELU(alpha float64) Activation { return parametric(tensor.Elu, alpha) }

// unary returns the activation whose kernels have the name f.
func unary(f tensor.Unary) Activation {
	return Activation{name: f.String(), function: func(b *graph.Builder, z *graph.Value) *graph.Value {
		return op.Apply(b, f, z)
	}}
}

// smooth is unary for a rectifier or one of its smooth variants.
func smooth(f tensor.Unary) Activation {
	a := unary(f)
	a.he = true
	return a
}

// parametric returns a variant of the rectifier that has a number.
func parametric(f tensor.Parametric, alpha float64) Activation {
	return Activation{name: fmt.Sprintf("%v:%g", f, alpha), he: true, parameter: alpha,
		function: func(b *graph.Builder, z *graph.Value) *graph.Value {
			return b.Apply(op.Parametric{Function: f, Alpha: alpha}, z)
		}}
}

// RegisterActivation returns an activation made of operators, which [ParseActivation] and files of
// models know by its name. Layers with it are initialised by Glorot's rule. Call it when the
// program starts; it panics if the name is taken.
func RegisterActivation(name string, f func(b *graph.Builder, z *graph.Value) *graph.Value) Activation {
	if _, err := ParseActivation(name); err == nil || strings.Contains(name, ":") || name == "" {
		panic(fmt.Sprintf("nn: RegisterActivation: the name %q is taken, or none", name))
	}
	a := Activation{name: name, function: f}
	registeredActivations = append(registeredActivations, a)
	return a
}

var registeredActivations []Activation

// Apply returns act(x), which makes an activation a layer.
func (a Activation) Apply(b *Builder, x *graph.Value) *graph.Value {
	if !a.valid() {
		b.Fail("the activation is missing")
		return x
	}
	return a.function(b.Builder, x)
}

// Incremental returns true: each step is for itself.
func (a Activation) Incremental() bool { return true }

// String returns the activation's name, with its parameter if it has one: "relu",
// "leaky_relu:0.01".
func (a Activation) String() string { return a.name }

// valid reports whether the activation was made by this package and not left zero.
func (a Activation) valid() bool { return a.name != "" }

// activationRecord is an activation in a file.
type activationRecord struct {
	Function string `json:"function"`
}

// MarshalJSON returns the name.
func (a Activation) MarshalJSON() ([]byte, error) { return json.Marshal(activationRecord{a.name}) }

// UnmarshalJSON reads what MarshalJSON returns, or a string with the name, as people write it.
func (a *Activation) UnmarshalJSON(text []byte) (err error) {
	var r activationRecord
	if text[0] == '"' {
		err = json.Unmarshal(text, &r.Function)
	} else {
		err = json.Unmarshal(text, &r)
	}
	if err == nil {
		*a, err = ParseActivation(r.Function)
	}
	return err
}

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
	return append([]Activation{
		GELU, GELUTanh, Linear, ReLU, Sigmoid, SiLU, Softmax, Tanh, Softplus, Hardswish, Mish,
	}, registeredActivations...)
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
	return Activation{}, fmt.Errorf("nn: unknown activation %q; known: %s", name,
		strings.Join(Activations(), ", "))
}

// lastActivation returns the activation whose operator gives a value: Linear for a sum or a
// product, the zero Activation for an operator that is none.
func lastActivation(v *graph.Value) Activation {
	n, _ := v.Node()
	if n == nil {
		return Linear
	}
	switch o := n.Operator.(type) {
	case op.SoftmaxRows:
		return Softmax
	case op.Unary:
		a, _ := ParseActivation(o.Name())
		return a
	case op.Parametric:
		return parametric(o.Function, o.Alpha)
	case op.Binary, op.Product:
		return Linear
	}
	return Activation{}
}

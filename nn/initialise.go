package nn

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"simdnn/tensor"
)

// Init describes how a layer's parameters are drawn before training. in and out are the widths of
// the layer. Its String is a name that [ParseInit] understands. The zero Init is invalid.
type Init struct {
	name   string
	weight drawing
	bias   drawing // nil: zeros
	// largest is a bound of what is drawn by the user's own numbers; NaN if these can't be.
	largest float64
}

// drawing returns one initial value of a parameter of a layer with the given widths.
type drawing func(r *rand.Rand, in, out int) float64

// String returns the name of the initialisation, with its parameters if it has any: "he_normal",
// "uniform:-1,1".
func (i Init) String() string { return i.name }

// Normal draws weights and biases from the normal distribution N(mean, std²). Both must be finite,
// also in the model's element type, and std not negative; [Model.Add] refuses others.
func Normal(mean, std float64) Init {
	d := func(r *rand.Rand, _, _ int) float64 { return float64(std*normal(r)) + mean }
	largest := math.NaN()
	if std >= 0 {
		largest = math.Abs(mean) + float64(farthest*std)
	}
	return Init{name: fmt.Sprintf("normal:%g,%g", mean, std), weight: d, bias: d, largest: largest}
}

// farthest is beyond what can be drawn from N(0, 1) with 53 random bits.
const farthest = 13

// Uniform draws weights evenly from [lo, hi); biases start at 0. Both must be finite, also in the
// model's element type, and lo not above hi; [Model.Add] refuses others.
func Uniform(lo, hi float64) Init {
	largest := math.NaN()
	if lo <= hi {
		largest = max(math.Abs(lo), math.Abs(hi), hi-lo)
	}
	return Init{
		name:   fmt.Sprintf("uniform:%g,%g", lo, hi),
		weight: func(r *rand.Rand, _, _ int) float64 { return float64((hi-lo)*r.Float64()) + lo },

		largest: largest,
	}
}

// GlorotUniform draws weights evenly from ±√(6/(in+out)) (Glorot and Bengio 2010); biases start at
// 0.
var GlorotUniform = Init{name: "glorot_uniform", weight: func(r *rand.Rand, in, out int) float64 {
	return symmetric(r, math.Sqrt(6/float64(in+out)))
}}

// GlorotNormal draws weights from N(0, 2/(in+out)) (Glorot and Bengio 2010); biases start at 0.
var GlorotNormal = Init{name: "glorot_normal", weight: func(r *rand.Rand, in, out int) float64 {
	return math.Sqrt(2/float64(in+out)) * normal(r)
}}

// HeUniform draws weights evenly from ±√(6/in) (He et al. 2015); biases start at 0.
var HeUniform = Init{name: "he_uniform", weight: func(r *rand.Rand, in, _ int) float64 {
	return symmetric(r, math.Sqrt(6/float64(in)))
}}

// HeNormal draws weights from N(0, 2/in) (He et al. 2015); biases start at 0.
var HeNormal = Init{name: "he_normal", weight: func(r *rand.Rand, in, _ int) float64 {
	return math.Sqrt(2/float64(in)) * normal(r)
}}

// TorchUniform draws weights and biases evenly from ±1/√in, as PyTorch's Linear does by default.
var TorchUniform = Init{name: "torch", weight: torch, bias: torch}

func torch(r *rand.Rand, in, _ int) float64 { return symmetric(r, 1/math.Sqrt(float64(in))) }

// symmetric returns a number drawn evenly from [−bound, bound).
func symmetric(r *rand.Rand, bound float64) float64 { return float64(2*bound*r.Float64()) - bound }

// Weights returns what draws the weights of a layer with the given numbers of inputs and outputs,
// for [Spec].
func (i Init) Weights(in, out int) Draw { return i.weight.of(in, out) }

// Biases returns what draws the biases of a layer with the given numbers of inputs and outputs.
func (i Init) Biases(in, out int) Draw { return i.bias.of(in, out) }

func (d drawing) of(in, out int) Draw {
	if d == nil {
		return nil
	}
	return func(r *rand.Rand) float64 { return d(r, in, out) }
}

// validate says why there can be no parameters of the element type drawn like this.
func (i Init) validate(t tensor.DType) error {
	switch {
	case i.weight == nil:
		return errors.New("the initialisation is missing")
	case math.IsNaN(i.largest):
		return fmt.Errorf("the initialisation %s needs numbers, of which %s", i,
			"normal's STD is not negative and uniform's LO not above its HI")
	case math.IsInf(rounded(t, i.largest), 0):
		return fmt.Errorf("the initialisation %s draws values that are infinite in %s", i,
			t)
	}
	return nil
}

// initFor returns the default initialisation of a layer: He's for the rectifiers and their smooth
// variants, Glorot's for the rest.
func initFor(a Activation) Init {
	if a.he {
		return HeNormal
	}
	return GlorotUniform
}

// plainInits lists the initialisations without parameters.
func plainInits() []Init {
	return []Init{GlorotNormal, GlorotUniform, HeNormal, HeUniform, TorchUniform}
}

// Inits returns the names that [ParseInit] understands.
func Inits() []string {
	var names []string
	for _, i := range plainInits() {
		names = append(names, i.name)
	}
	return append(names, "normal", "normal:MEAN,STD", "uniform:LO,HI")
}

// ParseInit returns the initialisation of that name: "normal" is N(0, 1), the others are what
// [Init.String] returns.
func ParseInit(name string) (Init, error) {
	for _, i := range plainInits() {
		if i.name == name {
			return i, nil
		}
	}
	if name == "normal" {
		return Normal(0, 1), nil
	}
	kind, text, _ := strings.Cut(name, ":")
	if kind != "normal" && kind != "uniform" {
		return Init{}, fmt.Errorf("nn: unknown initialisation %q; known: %s", name,
			strings.Join(Inits(), ", "))
	}
	first, second, _ := strings.Cut(text, ",")
	a, errA := strconv.ParseFloat(first, 64)
	b, errB := strconv.ParseFloat(second, 64)
	if errA != nil || errB != nil {
		return Init{}, fmt.Errorf("nn: initialisation %q: expected two numbers, as in %s:0,1", name, kind)
	}
	i := Uniform(a, b)
	if kind == "normal" {
		i = Normal(a, b)
	}
	if err := i.validate(tensor.Float64Type); err != nil {
		return Init{}, fmt.Errorf("nn: %w", err)
	}
	return i, nil
}

// logarithm is that of the reference kernels, which has the same bits on every processor and
// whichever set is in use.
var logarithm = tensor.AvailableISAs()[0].F64.Unary[tensor.Log]

// normal returns a number drawn from N(0, 1) by the polar method (Marsaglia and Bray 1964), the
// same for a seed everywhere; rand.NormFloat64 promises that only as far as math.Log does.
func normal(r *rand.Rand) float64 {
	for {
		u, v := 2*float64(r.Float64())-1, 2*float64(r.Float64())-1
		if s := float64(u*u) + float64(v*v); s > 0 && s < 1 {
			log := []float64{s}
			logarithm(log, log)
			return u * math.Sqrt(-2*log[0]/s)
		}
	}
}

// rounded returns a number as the element type has it.
func rounded(t tensor.DType, v float64) float64 {
	if t == tensor.Float32Type {
		return float64(float32(v))
	}
	return v
}

// requireRepresentable returns an error if a setting can't be what it says in the element type: it
// is not a number, infinite, or not 0 but rounds to 0.
func requireRepresentable(t tensor.DType, name string, value float64) error {
	if r := rounded(t, value); !finite(r) || r == 0 && value != 0 {
		return fmt.Errorf("the %s %g is %g in %v", name, value, r, t)
	}
	return nil
}

// finite reports whether v is neither infinite nor NaN.
func finite(v float64) bool { return !math.IsInf(v, 0) && v == v }

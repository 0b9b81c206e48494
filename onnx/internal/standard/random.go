package standard

import (
	"fmt"
	"math"

	"simdnn/internal/portable"
	"simdnn/onnx/internal/formats"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// randoms are the operators that draw random numbers. What they draw is a function of the node's
// attribute seed (without one, of the session's), of the node's name, of how many runs of
// the session began before, of how often the node has run in this one (within a loop), and of the
// element's place: processors and threads don't show, and nodes of one seed don't draw the same.
// See [tensor.Random].
var randoms = []plan.Operator{
	{Name: "Bernoulli", Since: 15, Min: 1, Max: 1, Attributes: "dtype seed", Host: bernoulli,
		Impure: true},
	{Name: "Multinomial", Since: 7, Min: 1, Max: 1, Attributes: "dtype sample_size seed",
		Host: multinomial, Impure: true},
	{Name: "RandomNormal", Since: 1, Attributes: "dtype mean scale seed shape",
		Host:   func(h *plan.HostCall) ([]*value.Value, error) { return filled(h, normal) },
		Impure: true},
	{Name: "RandomNormalLike", Since: 1, Min: 1, Max: 1, Attributes: "dtype mean scale seed",
		Host:   func(h *plan.HostCall) ([]*value.Value, error) { return filled(h, normal) },
		Impure: true},
	{Name: "RandomUniform", Since: 1, Attributes: "dtype high low seed shape",
		Host:   func(h *plan.HostCall) ([]*value.Value, error) { return filled(h, uniform) },
		Impure: true},
	{Name: "RandomUniformLike", Since: 1, Min: 1, Max: 1, Attributes: "dtype high low seed",
		Host:   func(h *plan.HostCall) ([]*value.Value, error) { return filled(h, uniform) },
		Impure: true},
}

// filled returns random floats of the type and the shape that attributes or the input give.
func filled(h *plan.HostCall, fill func(*plan.HostCall, *tensor.Array,
	tensor.Random)) ([]*value.Value, error) {
	e, shape := value.Float, h.Call.AttrInts("shape")
	if h.Has(0) {
		e, shape = h.Input(0).Element(), h.Input(0).Dims()
	}
	if a := h.Call.Attribute("dtype"); a != nil {
		e = value.ElementType(a.Int)
	}
	stored := e.Storage()
	if e.IsHalf() {
		stored = tensor.Float32Type // and rounded
	}
	if !stored.IsFloat() {
		h.Fail("random numbers of type %v", e)
	}
	bytes := float64(stored.Bytes())
	for _, n := range shape {
		if n < 0 {
			h.Fail("the shape %v", shape)
		}
		bytes *= float64(n)
	}
	h.Session.CheckBytes(bytes, "numbers of the shape %v", shape)
	a := tensor.NewArray(stored, shape...)
	fill(h, a, h.Random())
	return []*value.Value{narrowed(a, e)}, nil
}

// narrowed returns floats as elements of a type: rounded, if that is a half.
func narrowed(a *tensor.Array, e value.ElementType) *value.Value {
	if !e.IsHalf() {
		return value.NewTensor(a)
	}
	half := tensor.NewArray(e.Storage(), a.Shape()...)
	for i, x := range tensor.Elements[float32](a) {
		tensor.Words[uint16](half)[i] = uint16(formats.Of(e).Encode(x, false))
	}
	return value.Of(e, half)
}

func normal(h *plan.HostCall, a *tensor.Array, r tensor.Random) {
	mean, deviation := h.Call.AttrFloat("mean", 0), h.Call.AttrFloat("scale", 1)
	if !(deviation >= 0) {
		h.Fail("the scale %v, which is not 0 or more", deviation)
	}
	if a.DType() == tensor.Float32Type {
		tensor.FillNormal(tensorOf[float32](a), r, float32(mean), float32(deviation))
	} else {
		tensor.FillNormal(tensorOf[float64](a), r, mean, deviation)
	}
}

func uniform(h *plan.HostCall, a *tensor.Array, r tensor.Random) {
	low, high := h.Call.AttrFloat("low", 0), h.Call.AttrFloat("high", 1)
	if !(low <= high) || math.IsInf(high-low, 0) || math.IsInf(float64(float32(high-low)), 0) {
		h.Fail("numbers from %v to %v", low, high)
	}
	if a.DType() == tensor.Float32Type {
		tensor.FillUniform(tensorOf[float32](a), r, float32(low), float32(high))
	} else {
		tensor.FillUniform(tensorOf[float64](a), r, low, high)
	}
}

// counts returns small whole numbers as elements of a type.
func counts(e value.ElementType, shape []int, values []uint64) (*value.Value, error) {
	stored := e.Storage()
	if e.IsHalf() {
		stored = tensor.Float32Type
	}
	switch {
	case stored == tensor.Float32Type:
		a := tensor.NewArray(stored, shape...)
		for i, v := range values {
			tensor.Elements[float32](a)[i] = float32(v)
		}
		return narrowed(a, e), nil
	case stored == tensor.Float64Type:
		a := tensor.NewArray(stored, shape...)
		for i, v := range values {
			tensor.Elements[float64](a)[i] = float64(v)
		}
		return value.NewTensor(a), nil
	case !stored.IsInteger() && stored != tensor.BoolType || e.IsTiny() || e.IsNibble():
		return nil, fmt.Errorf("random numbers of type %v", e)
	}
	return tensors.Wholes(e, shape, values)
}

// tensorOf returns a tensor over the elements of an array.
func tensorOf[T tensor.Float](a *tensor.Array) *tensor.Tensor[T] {
	return tensor.FromSlice(tensor.Elements[T](a), a.Shape()...)
}

// bernoulli gives 1 with the probability that is the input, else 0: where a number of 32 bits, over
// 2³², is below it.
func bernoulli(h *plan.HostCall) ([]*value.Value, error) {
	x, r := h.Input(0), h.Random()
	e := x.Element()
	if a := h.Call.Attribute("dtype"); a != nil {
		e = value.ElementType(a.Int)
	}
	if !x.Element().IsFloat() {
		h.Fail("its input is %v, not probabilities", x)
	}
	drawn := make([]uint64, x.Len())
	for i, p := range tensors.Floats(x) {
		if !(p >= 0 && p <= 1) {
			h.Fail("the probability %v of element %d", p, i)
		}
		if float64(r.Draw(uint64(i / 4))[i%4]) < p*(1<<32) {
			drawn[i] = 1
		}
	}
	v, err := counts(e, x.Dims(), drawn)
	return []*value.Value{v}, err
}

// multinomial draws classes whose probabilities are those of the softmax of a row: by the sums of
// the probabilities, in order, and a number of 53 bits.
func multinomial(h *plan.HostCall) ([]*value.Value, error) {
	x, r, samples := h.Input(0), h.Random(), h.Call.AttrInt("sample_size", 1)
	e := value.ElementType(h.Call.AttrInt("dtype", int(value.Int32)))
	if len(x.Dims()) != 2 || x.Dims()[1] == 0 || !x.Element().IsFloat() || samples < 1 ||
		e != value.Int32 && e != value.Int64 {
		h.Fail("%d classes of type %v drawn by rows of %v", samples, e, x)
	}
	rows, classes := x.Dims()[0], x.Dims()[1]
	h.Session.CheckBytes(16*float64(rows)*float64(samples), "%d samples of %d rows", samples, rows)
	out := make([]uint64, rows*samples)
	sums, logits := make([]float64, classes), tensors.Floats(x)
	for row := range rows {
		sumWeights(sums, logits[row*classes:][:classes])
		if !(sums[classes-1] > 0) {
			h.Fail("row %d has no probabilities", row)
		}
		for i := range samples {
			at := row*samples + i
			drawn, half := r.Draw(uint64(at/2)), 2*(at%2)
			bits := uint64(drawn[half])<<32 | uint64(drawn[half+1])
			u := float64(bits>>11) * 0x1p-53 * sums[classes-1]
			class := 0
			for class < classes-1 && u >= sums[class] {
				class++
			}
			out[at] = uint64(class)
		}
	}
	v, err := counts(e, []int{rows, samples}, out)
	return []*value.Value{v}, err
}

// sumWeights sets sums to those of e^(x − max x) up to each element.
func sumWeights(sums, x []float64) {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	sum := 0.0
	for i, v := range x {
		sum += portable.Expm1(v-largest) + 1
		sums[i] = sum
	}
}

// trainingDropout sets elements to 0 with the probability of its second input, and multiplies the
// others by what makes up for that. The mask says which ones are left.
func trainingDropout(h *plan.HostCall) ([]*value.Value, error) {
	x, r, ratio := h.Input(0), h.Random(), h.Call.AttrFloat("ratio", 0.5)
	if h.Call.Version() >= 12 && h.Has(1) {
		ratio = tensors.Floats(h.Input(1))[0]
	}
	if !(ratio >= 0 && ratio <= 1) || !x.Element().IsFloat() {
		h.Fail("a share of %v of %v", ratio, x)
	}
	kept := make([]uint64, x.Len())
	stored, scale := x.Element().Storage(), 0.0
	if x.Element().IsHalf() {
		stored = tensor.Float32Type
	}
	if ratio < 1 {
		scale = 1 / (1 - ratio)
	}
	y := tensor.NewArray(stored, x.Dims()...)
	for i, v := range tensors.Floats(x) {
		if float64(r.Draw(uint64(i / 4))[i%4]) < ratio*(1<<32) {
			continue
		}
		kept[i] = 1
		if stored == tensor.Float32Type {
			tensor.Elements[float32](y)[i] = float32(v) * float32(scale)
		} else {
			tensor.Elements[float64](y)[i] = v * scale
		}
	}
	e := value.Bool
	if h.Call.Version() < 10 {
		e = x.Element()
	}
	mask, err := counts(e, x.Dims(), kept)
	return []*value.Value{narrowed(y, x.Element()), mask}, err
}

package onnx

import (
	"fmt"
	"hash/fnv"
	"math"

	"simdnn/internal/portable"
	"simdnn/tensor"
)

// randoms are the operators that draw random numbers. What they draw is a function of the node's
// attribute seed (without one, of [SessionOptions].Seed), of the node's name, of how many runs of
// the session began before, of how often the node has run in this one (within a loop), and of the
// element's place: processors and threads don't show, and nodes of one seed don't draw the same.
// See [tensor.Random].
var randoms = []operator{
	{name: "Bernoulli", since: 15, min: 1, max: 1, attributes: "dtype seed", host: bernoulli,
		impure: true},
	{name: "Multinomial", since: 7, min: 1, max: 1, attributes: "dtype sample_size seed",
		host: multinomial, impure: true},
	{name: "RandomNormal", since: 1, attributes: "dtype mean scale seed shape",
		host: func(h *hostCall) ([]*Value, error) { return h.filled(h.normal) }, impure: true},
	{name: "RandomNormalLike", since: 1, min: 1, max: 1, attributes: "dtype mean scale seed",
		host: func(h *hostCall) ([]*Value, error) { return h.filled(h.normal) }, impure: true},
	{name: "RandomUniform", since: 1, attributes: "dtype high low seed shape",
		host: func(h *hostCall) ([]*Value, error) { return h.filled(h.uniform) }, impure: true},
	{name: "RandomUniformLike", since: 1, min: 1, max: 1, attributes: "dtype high low seed",
		host: func(h *hostCall) ([]*Value, error) { return h.filled(h.uniform) }, impure: true},
}

// draws counts what is drawn in a run.
type draws struct {
	run  uint64               // the number of the session's runs that began before
	node map[*nodeInfo]uint32 // how often each node has drawn in this run
}

// begin begins a run.
func (d *draws) begin(run uint64) {
	d.run = run
	clear(d.node)
}

// random returns the node's numbers of this time.
func (h *hostCall) random() tensor.Random {
	r := tensor.Random{Seed: h.session.seed}
	if a := h.call.attribute("seed"); a != nil {
		r.Seed = uint64(math.Float32bits(a.Float))
	}
	name := fnv.New64a()
	name.Write([]byte(h.call.node.scope()))
	r.Stream = name.Sum64()
	n := h.call.node
	r.Step = h.draws.run<<32 | uint64(h.draws.node[n])
	h.draws.node[n]++
	return r
}

// filled returns random floats of the type and the shape that attributes or the input give.
func (h *hostCall) filled(fill func(*tensor.Array, tensor.Random)) ([]*Value, error) {
	e, shape := Float, h.call.attrInts("shape")
	if h.has(0) {
		e, shape = h.input(0).element, h.input(0).shape
	}
	if a := h.call.attribute("dtype"); a != nil {
		e = ElementType(a.Int)
	}
	stored := e.storage()
	if e.isHalf() {
		stored = tensor.Float32Type // and rounded
	}
	if !stored.IsFloat() {
		h.fail("random numbers of type %v", e)
	}
	bytes := float64(stored.Bytes())
	for _, n := range shape {
		if n < 0 {
			h.fail("the shape %v", shape)
		}
		bytes *= float64(n)
	}
	h.session.checkBytes(bytes, "numbers of the shape %v", shape)
	a := tensor.NewArray(stored, shape...)
	fill(a, h.random())
	return []*Value{narrowed(a, e)}, nil
}

// narrowed returns floats as elements of a type: rounded, if that is a half.
func narrowed(a *tensor.Array, e ElementType) *Value {
	if !e.isHalf() {
		return NewTensor(a)
	}
	half := tensor.NewArray(e.storage(), a.Shape()...)
	for i, x := range tensor.Elements[float32](a) {
		tensor.Words[uint16](half)[i] = uint16(formatOf(e).Encode(x, false))
	}
	return newTensor(e, half)
}

func (h *hostCall) normal(a *tensor.Array, r tensor.Random) {
	mean, deviation := h.call.attrFloat("mean", 0), h.call.attrFloat("scale", 1)
	if !(deviation >= 0) {
		h.fail("the scale %v, which is not 0 or more", deviation)
	}
	if a.DType() == tensor.Float32Type {
		tensor.FillNormal(tensorOf[float32](a), r, float32(mean), float32(deviation))
	} else {
		tensor.FillNormal(tensorOf[float64](a), r, mean, deviation)
	}
}

func (h *hostCall) uniform(a *tensor.Array, r tensor.Random) {
	low, high := h.call.attrFloat("low", 0), h.call.attrFloat("high", 1)
	if !(low <= high) || math.IsInf(high-low, 0) || math.IsInf(float64(float32(high-low)), 0) {
		h.fail("numbers from %v to %v", low, high)
	}
	if a.DType() == tensor.Float32Type {
		tensor.FillUniform(tensorOf[float32](a), r, float32(low), float32(high))
	} else {
		tensor.FillUniform(tensorOf[float64](a), r, low, high)
	}
}

// counts returns small whole numbers as elements of a type.
func counts(e ElementType, shape []int, values []uint64) (*Value, error) {
	stored := e.storage()
	if e.isHalf() {
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
		return NewTensor(a), nil
	case !stored.IsInteger() && stored != tensor.BoolType || e.isTiny() || e.isNibble():
		return nil, fmt.Errorf("random numbers of type %v", e)
	}
	return wholes(e, shape, values)
}

// tensorOf returns a tensor over the elements of an array.
func tensorOf[T tensor.Float](a *tensor.Array) *tensor.Tensor[T] {
	return tensor.FromSlice(tensor.Elements[T](a), a.Shape()...)
}

// bernoulli gives 1 with the probability that is the input, else 0: where a number of 32 bits, over
// 2³², is below it.
func bernoulli(h *hostCall) ([]*Value, error) {
	x, r := h.input(0), h.random()
	e := x.element
	if a := h.call.attribute("dtype"); a != nil {
		e = ElementType(a.Int)
	}
	if !x.element.isFloat() {
		h.fail("its input is %v, not probabilities", x)
	}
	drawn := make([]uint64, x.len())
	for i, p := range Floats(x) {
		if !(p >= 0 && p <= 1) {
			h.fail("the probability %v of element %d", p, i)
		}
		if float64(r.Draw(uint64(i / 4))[i%4]) < p*(1<<32) {
			drawn[i] = 1
		}
	}
	v, err := counts(e, x.shape, drawn)
	return []*Value{v}, err
}

// multinomial draws classes whose probabilities are those of the softmax of a row: by the sums of
// the probabilities, in order, and a number of 53 bits.
func multinomial(h *hostCall) ([]*Value, error) {
	x, r, samples := h.input(0), h.random(), h.call.attrInt("sample_size", 1)
	e := ElementType(h.call.attrInt("dtype", int(Int32)))
	if len(x.shape) != 2 || x.shape[1] == 0 || !x.element.isFloat() || samples < 1 ||
		e != Int32 && e != Int64 {
		h.fail("%d classes of type %v drawn by rows of %v", samples, e, x)
	}
	rows, classes := x.shape[0], x.shape[1]
	h.session.checkBytes(16*float64(rows)*float64(samples), "%d samples of %d rows", samples, rows)
	out := make([]uint64, rows*samples)
	sums, logits := make([]float64, classes), Floats(x)
	for row := range rows {
		sumWeights(sums, logits[row*classes:][:classes])
		if !(sums[classes-1] > 0) {
			h.fail("row %d has no probabilities", row)
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
	return []*Value{v}, err
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
func trainingDropout(h *hostCall) ([]*Value, error) {
	x, r, ratio := h.input(0), h.random(), h.call.attrFloat("ratio", 0.5)
	if h.call.version() >= 12 && h.has(1) {
		ratio = Floats(h.input(1))[0]
	}
	if !(ratio >= 0 && ratio <= 1) || !x.element.isFloat() {
		h.fail("a share of %v of %v", ratio, x)
	}
	kept := make([]uint64, x.len())
	stored, scale := x.element.storage(), 0.0
	if x.element.isHalf() {
		stored = tensor.Float32Type
	}
	if ratio < 1 {
		scale = 1 / (1 - ratio)
	}
	y := tensor.NewArray(stored, x.shape...)
	for i, v := range Floats(x) {
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
	e := Bool
	if h.call.version() < 10 {
		e = x.element
	}
	mask, err := counts(e, x.shape, kept)
	return []*Value{narrowed(y, x.element), mask}, err
}

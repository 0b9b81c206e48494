package op

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// ArgOf finds the index, int64, of the largest or the smallest element along an axis: of the first
// NaN if there is one, and of equal elements the first, or the last one if that is wanted.
type ArgOf struct {
	By       Reduction `json:"by"` // MaxOf or MinOf
	Axis     int       `json:"axis"`
	KeepDims bool      `json:"keepDims,omitempty"`
	Last     bool      `json:"last,omitempty"`
}

// ArgMax returns the indices of the largest elements of x along an axis.
func ArgMax(b *graph.Builder, x *graph.Value, axis int) *graph.Value {
	return argOf(b, MaxOf, x, axis)
}

// ArgMin returns the indices of the smallest elements of x along an axis.
func ArgMin(b *graph.Builder, x *graph.Value, axis int) *graph.Value {
	return argOf(b, MinOf, x, axis)
}

func argOf(b *graph.Builder, by Reduction, x *graph.Value, axis int) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("an index of the %s along %w", by, err)
		return x
	}
	return b.Apply(ArgOf{By: by, Axis: a}, x)
}

// Name returns "arg".
func (ArgOf) Name() string { return "arg" }

// Infer returns int64 without the axis.
func (o ArgOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := numbers(1, in); err != nil {
		return nil, err
	}
	shape := in[0].Shape
	if o.Axis < 0 || o.Axis >= len(shape) || shape[o.Axis].Is(0) || o.By != MaxOf && o.By != MinOf {
		return nil, fmt.Errorf("the index of the %s along axis %d of %v", o.By, o.Axis, in[0])
	}
	reduced, err := Reduce{By: o.By, Axes: IntsOf(o.Axis), KeepDims: o.KeepDims}.Infer(in)
	if err != nil {
		return nil, err
	}
	return []graph.Type{{DType: tensor.Int64Type, Shape: reduced[0].Shape}}, nil
}

// Scratch returns the size of integers that are widened.
func (o ArgOf) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that goes through the elements.
func (o ArgOf) Bind(b *graph.Binding) (graph.Step, error) {
	return forNumber(b, o, bindArg[float32], bindArg[float64], bindArg[int32], bindArg[int64],
		bindArg[uint64])
}

func bindArg[T number](o ArgOf, b *graph.Binding) (graph.Step, error) {
	index, x := tensor.Slot[int64](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	shape := b.Inputs[0].Shape()
	outer, n, inner := product(shape[:o.Axis]), shape[o.Axis], product(shape[o.Axis+1:])
	return func() {
		for i := range outer * inner {
			row := (*x)[i/inner*n*inner+i%inner:]
			best := 0
			for k := 1; k < n; k++ {
				v, top := row[k*inner], row[best*inner]
				isBetter := v > top || o.Last && v == top
				if o.By == MinOf {
					isBetter = v < top || o.Last && v == top
				}
				if top == top && (isBetter || v != v) {
					best = k
				}
			}
			(*index)[i] = int64(best)
		}
	}, nil
}

// Gradient is none: an index is constant but for jumps.
func (o ArgOf) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}

// TopKOf finds the K largest or smallest elements along an axis and their indices, int64: the best
// ones first, and of equal elements that with the lower index. NaN counts as larger than all
// others.
type TopKOf struct {
	K        int  `json:"k"`
	Axis     int  `json:"axis"`
	Smallest bool `json:"smallest,omitempty"`
}

// TopK returns the k largest elements of x along an axis, and their indices.
func TopK(b *graph.Builder, x *graph.Value, k, axis int) (values, indices *graph.Value) {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("the largest elements along %w", err)
		return x, x
	}
	outputs := b.ApplyAll(TopKOf{K: k, Axis: a}, x)
	return outputs[0], outputs[len(outputs)-1]
}

// Name returns "top_k".
func (TopKOf) Name() string { return "top_k" }

// Infer returns the shape with K elements along the axis, of values and of indices.
func (o TopKOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := numbers(1, in); err != nil {
		return nil, err
	}
	if o.Axis < 0 || o.Axis >= len(in[0].Shape) || o.K < 0 {
		return nil, fmt.Errorf("the best %d along axis %d of %v", o.K, o.Axis, in[0])
	}
	shape := slices.Clone(in[0].Shape)
	if n, known := shape[o.Axis].Value(); known && o.K > n {
		return nil, fmt.Errorf("the best %d of only %d elements", o.K, n)
	}
	shape[o.Axis] = graph.Fixed(o.K)
	return []graph.Type{in[0].With(shape), {DType: tensor.Int64Type, Shape: shape}}, nil
}

// Scratch returns the size of integers that are widened.
func (o TopKOf) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that sorts the indices of each row.
func (o TopKOf) Bind(b *graph.Binding) (graph.Step, error) {
	return forNumber(b, o, bindTopK[float32], bindTopK[float64], bindTopK[int32], bindTopK[int64],
		bindTopK[uint64])
}

func bindTopK[T number](o TopKOf, b *graph.Binding) (graph.Step, error) {
	best, index := tensor.Slot[T](b.Outputs[0]), tensor.Slot[int64](b.Outputs[1])
	x, shape := tensor.Slot[T](b.Inputs[0]), b.Inputs[0].Shape()
	outer, n, inner := product(shape[:o.Axis]), shape[o.Axis], product(shape[o.Axis+1:])
	order := make([]int, n)
	var row []T
	// better orders indices, NaN being lower than all others in cmp.Compare.
	better := func(i, j int) int {
		c := cmp.Compare(row[j*inner], row[i*inner])
		if iNaN, jNaN := row[i*inner] != row[i*inner], row[j*inner] != row[j*inner]; iNaN != jNaN {
			c = -c
		}
		if o.Smallest {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(i, j))
	}
	return func() {
		for i := range outer * inner {
			row = (*x)[i/inner*n*inner+i%inner:]
			for k := range order {
				order[k] = k
			}
			slices.SortFunc(order, better)
			at := i/inner*o.K*inner + i%inner
			for k, j := range order[:o.K] {
				(*best)[at+k*inner], (*index)[at+k*inner] = row[j*inner], int64(j)
			}
		}
	}, nil
}

// Gradient puts the upstream gradient of the values where they came from, among zeros.
func (o TopKOf) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x := n.Inputs[0]
	if g[0] == nil || !x.DType().IsFloat() {
		return []*graph.Value{nil}
	}
	zeros := Expand(b, Scalar(b, x.DType(), 0), x)
	return []*graph.Value{b.Apply(ScatterEach{Axis: o.Axis}, zeros, n.Outputs[1], g[0])}
}

// OneHotOf makes of each index, int64 or int32, a new dimension of Depth numbers: On at the index,
// from the end if it is negative, and else Off, all if it is out of range.
type OneHotOf struct {
	Depth int          `json:"depth"`
	Axis  int          `json:"axis"` // where the dimension is inserted
	To    tensor.DType `json:"to"`
	On    Number       `json:"on"`
	Off   Number       `json:"off"`
}

// OneHot returns 1 at the indices, and else 0, along a new last dimension of depth elements.
func OneHot(b *graph.Builder, indices *graph.Value, depth int, to tensor.DType) *graph.Value {
	return b.Apply(OneHotOf{Depth: depth, Axis: len(indices.Shape()), To: to, On: 1}, indices)
}

// Name returns "one_hot".
func (OneHotOf) Name() string { return "one_hot" }

// Infer returns the shape with the new dimension.
func (o OneHotOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || !isIndex(in[0].DType) || o.Depth < 0 || o.Axis < 0 ||
		o.Axis > len(in[0].Shape) {
		return nil, fmt.Errorf("%d numbers along a new axis %d for each index of %v", o.Depth, o.Axis,
			in)
	}
	for _, v := range []Number{o.On, o.Off} {
		if _, err := scalarOf(o.To, float64(v)); err != nil {
			return nil, err
		}
	}
	shape := slices.Insert(slices.Clone(in[0].Shape), o.Axis, graph.Fixed(o.Depth))
	return []graph.Type{{DType: o.To, Shape: shape}}, nil
}

// Bind returns a step that fills the output and goes through the indices.
func (o OneHotOf) Bind(b *graph.Binding) (graph.Step, error) {
	switch o.To.Bytes() {
	case 1:
		return bindOneHot[uint8](o, b), nil
	case 2:
		return bindOneHot[uint16](o, b), nil
	case 4:
		return bindOneHot[uint32](o, b), nil
	}
	return bindOneHot[uint64](o, b), nil
}

func bindOneHot[U tensor.Word](o OneHotOf, b *graph.Binding) graph.Step {
	out, indices := b.Outputs[0], b.Inputs[0]
	on, off := wordOf[U](o.To, o.On), wordOf[U](o.To, o.Off)
	inner, n := product(indices.Shape()[o.Axis:]), indices.Len()
	index := func(i int) int64 { return tensor.Elements[int64](indices)[i] }
	if indices.DType() == tensor.Int32Type {
		index = func(i int) int64 { return int64(tensor.Elements[int32](indices)[i]) }
	}
	return func() {
		to := tensor.Words[U](out)
		for i := range to {
			to[i] = off
		}
		for i := range n {
			j := index(i)
			if j < 0 {
				j += int64(o.Depth)
			}
			if 0 <= j && j < int64(o.Depth) {
				to[(i/inner*o.Depth+int(j))*inner+i%inner] = on
			}
		}
	}
}

// wordOf returns the bits of a number that is known to be one of its type.
func wordOf[U tensor.Word](d tensor.DType, v Number) U {
	a, err := scalarOf(d, float64(v))
	if err != nil {
		return 0
	}
	return tensor.Words[U](a)[0]
}

// Gradient is none: indices are no floats.
func (o OneHotOf) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}

// Number is a float64 attribute of an operator: in files, those that JSON hasn't are "NaN", "+Inf"
// and "-Inf".
type Number float64

// MarshalJSON returns the number, or its name.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return json.Marshal(fmt.Sprintf("%+v", v))
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON returns.
func (n *Number) UnmarshalJSON(data []byte) error {
	names := map[string]float64{`"NaN"`: math.NaN(), `"+Inf"`: math.Inf(1), `"-Inf"`: math.Inf(-1)}
	if v, ok := names[string(data)]; ok {
		*n = Number(v)
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

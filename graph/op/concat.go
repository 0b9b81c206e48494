package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// ConcatAxis puts its inputs one after the other along an axis.
type ConcatAxis struct {
	Axis int `json:"axis"`
}

// Concat returns values one after the other along an axis. Negative axes count from the last.
func Concat(b *graph.Builder, axis int, values ...*graph.Value) *graph.Value {
	if len(values) == 0 {
		b.Fail("nothing to concatenate")
		return nil
	}
	a, err := values[0].Shape().Axis(axis)
	if err != nil {
		b.Fail("a concatenation along %w", err)
		return values[0]
	}
	return b.Apply(ConcatAxis{a}, values...)
}

// Split returns parts of these lengths along an axis, which together are as long as x.
func Split(b *graph.Builder, x *graph.Value, axis int, lengths ...int) []*graph.Value {
	parts, at := make([]*graph.Value, len(lengths)), 0
	for i, n := range lengths {
		if n < 0 {
			b.Fail("a split of %v along axis %d into %v: a length below 0", x, axis, lengths)
		}
		parts[i] = Slice(b, x, axis, at, at+n, 1)
		at += n
	}
	if a, err := x.Shape().Axis(axis); err == nil && !x.Shape()[a].Is(at) {
		b.Fail("a split of %v along axis %d into %v, which is %d", x, axis, lengths, at)
	}
	return parts
}

// Name returns "concat".
func (ConcatAxis) Name() string { return "concat" }

// Infer returns the shape with the sum of the lengths along the axis.
func (o ConcatAxis) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) == 0 || o.Axis < 0 || o.Axis >= len(in[0].Shape) {
		return nil, fmt.Errorf("a concatenation of %d inputs along axis %d", len(in), o.Axis)
	}
	shape := slices.Clone(in[0].Shape)
	for _, t := range in[1:] {
		if t.DType != in[0].DType || len(t.Shape) != len(shape) {
			return nil, fmt.Errorf("a concatenation of %v and %v", in[0], t)
		}
		for d := range shape {
			switch {
			case d == o.Axis:
				shape[d] = shape[d].Plus(t.Shape[d])
			case shape[d] != t.Shape[d]:
				return nil, fmt.Errorf("a concatenation of %v and %v along axis %d: %v against %v", in[0], t,
					o.Axis, shape[d], t.Shape[d])
			}
		}
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// JoinsAlong returns the axis.
func (o ConcatAxis) JoinsAlong() int { return o.Axis }

// TakesGaps says that all may be parts of others.
func (ConcatAxis) TakesGaps([]graph.Type, int, int) bool { return true }

// Bind returns a step that copies one input after the other, or row after row, on several threads,
// where that pays, but for those that stand in their place.
func (o ConcatAxis) Bind(b *graph.Binding) (graph.Step, error) {
	if step := concatInParts(o, b); step != nil {
		return step, nil
	}
	return forSize(b, o, bindConcat[uint8], bindConcat[uint16], bindConcat[uint32],
		bindConcat[uint64])
}

// isPlaced reports whether an input stands in its place.
func isPlaced(b *graph.Binding, input int) bool { return b.Placed != nil && b.Placed[input] }

func bindConcat[U tensor.Word](o ConcatAxis, b *graph.Binding) graph.Step {
	dst := stridesOf(b.Outputs[0])
	var copies []graph.Step
	at := 0
	for i, in := range b.Inputs {
		if !isPlaced(b, i) {
			part := *b
			part.Inputs = []*tensor.Array{in}
			copies = append(copies, move[U](&part, in.Shape(), dst, at*dst[o.Axis], stridesOf(in), 0))
		}
		at += in.Shape()[o.Axis]
	}
	return func() {
		for _, step := range copies {
			step()
		}
	}
}

// concatInParts returns a step that copies rows of all inputs on several threads, nil where that
// does not pay.
func concatInParts(o ConcatAxis, b *graph.Binding) graph.Step {
	out := b.Outputs[0]
	bytes := out.DType().Bytes()
	rows, row := product(out.Shape()[:o.Axis]), product(out.Shape()[o.Axis:])*bytes
	type copied struct {
		in              *tensor.Array
		at, bytes, step int
	}
	var all []copied
	at := 0
	for i, in := range b.Inputs {
		n := product(in.Shape()[o.Axis:]) * bytes
		if !isPlaced(b, i) {
			all = append(all, copied{in, at, n, stepOfRows(in, rows)})
		}
		at += n
	}
	step := stepOfRows(out, rows)
	if step < 0 || slices.ContainsFunc(all, func(c copied) bool { return c.step < 0 }) {
		return nil
	}
	return rowsInParts(b, rows, row/bytes, func(lo, hi int) {
		to := out.Bytes()
		for _, c := range all {
			from := c.in.Bytes()
			for r := lo; r < hi; r++ {
				copy(to[r*step+c.at:][:c.bytes], from[r*c.step:])
			}
		}
	})
}

// stepOfRows returns how many bytes apart so many rows of an array begin, −1 if they do not stand
// like that.
func stepOfRows(a *tensor.Array, rows int) int {
	row := a.Len() / max(rows, 1)
	switch length, step := a.Rows(); {
	case !a.HasGaps():
		return row * a.DType().Bytes()
	case length == row:
		return step * a.DType().Bytes()
	}
	return -1
}

// Gradient cuts the upstream gradient into the inputs' parts.
func (o ConcatAxis) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	parts := make([]*graph.Value, len(n.Inputs))
	for i := range parts {
		parts[i] = b.Apply(PartOf{o.Axis, i}, append([]*graph.Value{g[0]}, n.Inputs...)...)
	}
	return parts
}

// PartOf takes from its first input what stands where input Part of the others stands in their
// concatenation. Of those it reads the shapes alone.
type PartOf struct {
	Axis int `json:"axis"`
	Part int `json:"part"`
}

// Name returns "part".
func (PartOf) Name() string { return "part" }

// ReadsShapeOnly says that only the shapes of all inputs but the first matter.
func (PartOf) ReadsShapeOnly(input int) bool { return input > 0 }

// Infer returns the shape of the part.
func (o PartOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) < 2 || o.Part < 0 || o.Part >= len(in)-1 {
		return nil, fmt.Errorf("part %d of %d", o.Part, len(in)-1)
	}
	whole, err := ConcatAxis{o.Axis}.Infer(in[1:])
	if err == nil && !whole[0].Equal(in[0]) {
		err = fmt.Errorf("%v is not the concatenation %v", in[0], whole[0])
	}
	return []graph.Type{in[1+o.Part]}, err
}

// Bind returns a step that copies the part.
func (o PartOf) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindPart[uint8], bindPart[uint16], bindPart[uint32], bindPart[uint64])
}

func bindPart[U tensor.Word](o PartOf, b *graph.Binding) graph.Step {
	at := 0
	for _, in := range b.Inputs[1 : 1+o.Part] {
		at += in.Shape()[o.Axis]
	}
	shape, src := b.Outputs[0].Shape(), strides(b.Inputs[0].Shape())
	return move[U](b, shape, strides(shape), 0, src, at*src[o.Axis])
}

// Gradient puts the upstream gradient among zeros, as the concatenation with zeros does.
func (o PartOf) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	parts := make([]*graph.Value, len(n.Inputs)-1)
	for i, v := range n.Inputs[1:] {
		parts[i] = g[0]
		if i != o.Part {
			parts[i] = Expand(b, Scalar(b, v.DType(), 0), v)
		}
	}
	gradients := make([]*graph.Value, len(n.Inputs))
	gradients[0] = b.Apply(ConcatAxis{o.Axis}, parts...)
	return gradients
}

// SlicesSum adds up its inputs, each in a slice of its own along an axis among zeros: their
// concatenation in which −0 has become +0. The rewriting of graphs makes it; it has no gradient.
type SlicesSum struct {
	Axis int `json:"axis"`
}

// Name returns "slices_sum".
func (SlicesSum) Name() string { return "slices_sum" }

// Infer returns the type of the concatenation.
func (o SlicesSum) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(len(in), in); err != nil {
		return nil, err
	}
	return ConcatAxis(o).Infer(in)
}

// Bind returns a step that goes over the output in the order of memory, on several threads where
// that pays.
func (o SlicesSum) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSlicesSum[float32], bindSlicesSum[float64])
}

func bindSlicesSum[T tensor.Float](o SlicesSum, b *graph.Binding) (graph.Step, error) {
	rows, row := product(b.Outputs[0].Shape()[:o.Axis]), product(b.Outputs[0].Shape()[o.Axis:])
	to, from := tensor.Slot[T](b.Outputs[0]), make([]*[]T, len(b.Inputs))
	lengths, longest := make([]int, len(b.Inputs)), 0
	for i, in := range b.Inputs {
		from[i], lengths[i] = tensor.Slot[T](in), product(in.Shape()[o.Axis:])
		longest = max(longest, lengths[i])
	}
	if rows*row == 0 {
		return nil, nil
	}
	add, zeros := graph.Engine[T](b).Kernels().Binary[tensor.Add], make([]T, longest)
	count := min(partsOf(b, rows*row), rows)
	b.Shared = b.Shared || count > 1
	p := &parts{rows, 1, count, graph.Engine[T](b).Threads(), func(_, lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * row
			for i, n := range lengths {
				add((*to)[at:][:n], (*from[i])[r*n:][:n], zeros)
				at += n
			}
		}
	}}
	if count < 2 {
		return func() { p.work(0, 0, rows) }, nil
	}
	return func() { tensor.Parallel(p, p.count, p.threads) }, nil
}

// Gradient says that there is none.
func (o SlicesSum) Gradient(b *graph.Builder, n *graph.Node, _ []*graph.Value) []*graph.Value {
	b.Fail("%v has no gradient: take that of the sum", n)
	return make([]*graph.Value, len(n.Inputs))
}

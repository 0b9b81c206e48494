package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// Relation names how [Compare] compares.
type Relation string

// The relations. None but NotEqual holds for NaN.
const (
	IsEqual        Relation = "equal"
	IsNotEqual     Relation = "not_equal"
	IsLess         Relation = "less"
	IsLessEqual    Relation = "less_equal"
	IsGreater      Relation = "greater"
	IsGreaterEqual Relation = "greater_equal"
)

// relations lists them.
var relations = []Relation{IsEqual, IsNotEqual, IsLess, IsLessEqual, IsGreater, IsGreaterEqual}

// Compare compares two values of one type element by element, broadcast as NumPy does, and makes
// bools.
type Compare struct {
	By Relation `json:"-"` // its name is the operator's
}

// Less returns whether x < y, element by element.
func Less(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Compare{IsLess}, x, y)
}

// Equal returns whether x = y, element by element.
func Equal(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Compare{IsEqual}, x, y)
}

// Name returns the relation: "less_equal".
func (o Compare) Name() string { return string(o.By) }

// Infer returns bools in the shape that the inputs are broadcast to.
func (o Compare) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := numbers(2, in); err != nil {
		return nil, err
	}
	shape, err := graph.Broadcast(in[0].Shape, in[1].Shape)
	return []graph.Type{{DType: tensor.BoolType, Shape: shape}}, err
}

// Scratch returns the size of integers that are widened.
func (o Compare) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that compares row by row.
func (o Compare) Bind(b *graph.Binding) (graph.Step, error) {
	return forNumber(b, o, bindCompare[float32], bindCompare[float64], bindCompare[int32],
		bindCompare[int64], bindCompare[uint64])
}

func bindCompare[T number](o Compare, b *graph.Binding) (graph.Step, error) {
	return byRows(b, comparison[T](o.By)), nil
}

// comparison returns what compares elements by a relation.
func comparison[T number](by Relation) func(z []bool, x, y []T) {
	switch by {
	case IsEqual:
		return tensor.Comparer[T](tensor.Equal)
	case IsNotEqual:
		return tensor.Comparer[T](tensor.NotEqual)
	case IsLess:
		return tensor.Comparer[T](tensor.Less)
	case IsLessEqual:
		return tensor.Comparer[T](tensor.LessEqual)
	}
	opposite := map[Relation]Relation{IsGreater: IsLess, IsGreaterEqual: IsLessEqual}[by]
	f := comparison[T](opposite)
	return func(z []bool, x, y []T) { f(z, y, x) }
}

// Gradient is none: a comparison is constant but for jumps.
func (o Compare) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil, nil}
}

// Choose takes elements of its second input where its first, of bools, is true, and else of its
// third; all are broadcast as NumPy does.
type Choose struct{}

// Where returns x where condition is true, and else y.
//
//go:noinline
func Where(b *graph.Builder, condition, x, y *graph.Value) *graph.Value {
	return b.Apply(Choose{}, condition, x, y)
}

// Name returns "where".
func (Choose) Name() string { return "where" }

// Infer returns the type of the second and third input, in the shape that all are broadcast to.
func (Choose) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 || in[0].DType != tensor.BoolType || in[1].DType != in[2].DType {
		return nil, fmt.Errorf("a choice needs bools and two inputs of one type")
	}
	shape, err := graph.Broadcast(in[1].Shape, in[2].Shape)
	if err == nil {
		shape, err = graph.Broadcast(in[0].Shape, shape)
	}
	return []graph.Type{in[1].With(shape)}, err
}

// Bind returns a step that chooses row by row.
func (o Choose) Bind(b *graph.Binding) (graph.Step, error) {
	switch b.Inputs[1].DType().Bytes() {
	case 1:
		return bindChoose[uint8](b), nil
	case 2:
		return bindChoose[uint16](b), nil
	case 4:
		return bindChoose[uint32](b), nil
	}
	return bindChoose[uint64](b), nil
}

func bindChoose[U tensor.Word](b *graph.Binding) graph.Step {
	c, x, y := b.Inputs[0], b.Inputs[1], b.Inputs[2]
	w := newBlockWalk(b.Outputs[0].Shape(), c.Shape(), x.Shape(), y.Shape())
	cs, xs, ys := newRepeated[uint8](w, 0), newRepeated[U](w, 1), newRepeated[U](w, 2)
	return func() {
		z, cond := tensor.Words[U](b.Outputs[0]), tensor.Words[uint8](c)
		xw, yw := tensor.Words[U](x), tensor.Words[U](y)
		for r := range w.rows() {
			to := z[r*w.inner:][:w.inner]
			cs.begin(cond)
			xs.begin(xw)
			ys.begin(yw)
			for lo := 0; lo < w.inner; lo += w.block {
				hi := min(lo+w.block, w.inner)
				tensor.Select(to[lo:hi], xs.part(lo, hi), ys.part(lo, hi), cs.part(lo, hi))
			}
			w.next()
		}
	}
}

// Gradient gives the upstream gradient to where the elements came from.
func (Choose) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	c, x, y := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil, nil, nil}
	}
	zero := Scalar(b, x.DType(), 0)
	return []*graph.Value{nil, SumLike(b, Where(b, c, g[0], zero), x),
		SumLike(b, Where(b, c, zero, g[0]), y)}
}

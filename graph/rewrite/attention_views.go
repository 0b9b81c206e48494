package rewrite

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// strided says where the elements of a value are among those of another one that it shows: each
// dimension counts through factors, the last of them fastest, whose neighbours are a step apart.
type strided struct {
	offset int
	dims   [][]factor
}

// factor is what a dimension or a part of it counts through.
type factor struct{ size, step int }

// shown returns a strided that shows an array of this shape as it is.
func shown(shape []int) strided {
	s := strided{dims: make([][]factor, len(shape))}
	step := 1
	for d, n := range slices.Backward(shape) {
		if n > 1 {
			s.dims[d] = []factor{{n, step}}
		}
		step *= n
	}
	return s
}

// permuted moves dimensions, as a transpose does.
func (s strided) permuted(axes []int) strided {
	dims := make([][]factor, len(axes))
	for i, a := range axes {
		dims[i] = s.dims[a]
	}
	return strided{s.offset, dims}
}

// reshaped gives the elements dimensions of other sizes, or returns false where factors don't fit.
func (s strided) reshaped(shape []int) (strided, bool) {
	left := slices.Concat(s.dims...)
	dims := make([][]factor, len(shape))
	for d, n := range shape {
		for n > 1 {
			switch {
			case len(left) == 0:
				return s, false
			case n%left[0].size == 0:
				n /= left[0].size
				dims[d], left = append(dims[d], left[0]), left[1:]
			case left[0].size%n == 0:
				rest := left[0].size / n
				dims[d] = append(dims[d], factor{n, left[0].step * rest})
				left = slices.Concat([]factor{{rest, left[0].step}}, left[1:])
				n = 1
			default:
				return s, false
			}
		}
	}
	return strided{s.offset, dims}, len(left) == 0
}

// expanded repeats the elements to a shape to which the one they have is broadcast.
func (s strided) expanded(from, to []int) strided {
	dims := make([][]factor, len(to))
	for d, n := range to {
		switch f := d - len(to) + len(from); {
		case f >= 0 && from[f] == n:
			dims[d] = s.dims[f]
		case n > 1:
			dims[d] = []factor{{n, 0}}
		}
	}
	return strided{s.offset, dims}
}

// sliced leaves some of a dimension: so many from a first one on, each a step behind.
func (s strided) sliced(axis, first, count, step int) (strided, bool) {
	if len(s.dims[axis]) > 1 || step < 1 || count < 1 {
		return s, false
	}
	s.dims = slices.Clone(s.dims)
	if all := s.dims[axis]; len(all) == 1 {
		s.offset += first * all[0].step
		s.dims[axis] = []factor{{count, step * all[0].step}}
		if count == 1 {
			s.dims[axis] = nil
		}
	}
	return s, true
}

// view returns how heads see matrices that the last two dimensions are: false where a row or a
// column is no single step behind the one before.
func (s strided) view() (v op.HeadView, ok bool) {
	last := len(s.dims) - 2
	rows, columns := joined(s.dims[last]), joined(s.dims[last+1])
	if len(rows) > 1 || len(columns) > 1 {
		return v, false
	}
	v.Offset = s.offset
	for _, f := range rows {
		v.Row = f.step
	}
	for _, f := range columns {
		v.Column = f.step
	}
	var sizes, steps []int
	for _, f := range joined(slices.Concat(s.dims[:last]...)) {
		sizes, steps = append(sizes, f.size), append(steps, f.step)
	}
	v.Sizes, v.Steps = op.IntsOf(sizes...), op.IntsOf(steps...)
	return v, true
}

// joined takes factors together where one goes on where the next one stops.
func joined(factors []factor) []factor {
	var all []factor
	for _, f := range factors {
		if last := len(all) - 1; last >= 0 && all[last].step == f.size*f.step {
			all[last] = factor{all[last].size * f.size, f.step}
		} else {
			all = append(all, f)
		}
	}
	return all
}

// after returns what a node's output shows of what its input shows, or false if the node computes
// something. All shapes are known.
func (s strided) after(n *graph.Node) (strided, bool) {
	from, known := n.Inputs[0].Shape().Ints()
	to, alsoKnown := n.Outputs[0].Shape().Ints()
	if !known || !alsoKnown || slices.Contains(from, 0) || slices.Contains(to, 0) {
		return s, false
	}
	switch o := n.Operator.(type) {
	case op.PermuteAxes:
		return s.permuted(o.Axes.Values()), true
	case op.ExpandTo, op.ExpandLike:
		return s.expanded(from, to), true
	case op.SliceAxis:
		axis, first := o.Axis, o.Start
		if axis < 0 {
			axis += len(from)
		}
		if first < 0 {
			first += from[axis]
		}
		return s.sliced(axis, max(first, 0), to[axis], o.Step)
	case op.GatherAxis:
		return s.chosen(n, o, from)
	}
	if !isView(n) {
		return s, false
	}
	return s.reshaped(to)
}

// chosen takes what one constant number chooses along an axis.
func (s strided) chosen(n *graph.Node, o op.GatherAxis, from []int) (strided, bool) {
	at := numberOf(n.Inputs[1])
	if at == nil || len(n.Inputs[1].Shape()) > 0 || o.Axis < 0 {
		return s, false
	}
	first := int(*at)
	if first < 0 {
		first += from[o.Axis]
	}
	if first < 0 || first >= from[o.Axis] {
		return s, false
	}
	one, ok := s.sliced(o.Axis, first, 1, 1)
	if ok {
		one.dims = slices.Delete(one.dims, o.Axis, o.Axis+1)
	}
	return one, ok
}

// showsInput reports whether a node's output shows elements of its first input, see
// [strided.after].
func showsInput(n *graph.Node) bool {
	switch n.Operator.(type) {
	case op.PermuteAxes, op.ExpandTo, op.ExpandLike, op.SliceAxis, op.GatherAxis:
		return true
	}
	return isView(n)
}

// operand is what an attention reads: where its matrices are in a value, and what they are
// multiplied by.
type operand struct {
	of     *graph.Value
	view   op.HeadView
	factor float64
}

// matrices returns where the matrices of a value, broadcast along the dimensions before them, are,
// see [fusion.operand].
func (f fusion) matrices(v *graph.Value, heads []int, transposed bool) (found operand, ok bool) {
	from, known := v.Shape().Ints()
	if !known || len(from) < 2 {
		return found, false
	}
	return f.operand(v, slices.Concat(heads, from[len(from)-2:]), transposed, false)
}

// operand returns where the matrices of a value, broadcast to a shape, are in the value furthest
// before it of which it shows elements, or a multiple of them. With transposed rows and columns are
// exchanged. A mask is no multiple, and its columns are neighbours.
func (f fusion) operand(v *graph.Value, to []int, transposed, isMask bool) (found operand,
	ok bool) {
	from, known := v.Shape().Ints()
	if !known || slices.Contains(from, 0) {
		return found, false
	}
	var path []*graph.Node // from v back
	for base, factor := v, 1.0; ; {
		if s, fits := along(base, path); fits {
			s = s.expanded(from, to)
			if last := len(to) - 1; transposed {
				s.dims[last-1], s.dims[last] = s.dims[last], s.dims[last-1]
			}
			if view, isOne := s.view(); isOne && !(isMask && view.Column > 1) {
				found, ok = operand{base, view, factor}, true
			}
		}
		n := nodeOf(base)
		if n == nil || len(n.Outputs) != 1 {
			return found, ok
		}
		x, by := multipleOf(base)
		switch {
		case x != nil && factor == 1 && !isMask && f.isOnlyOnce(base):
			base, factor = x, by
		case x == nil && showsInput(n):
			path, base = append(path, n), n.Inputs[0]
		default:
			return found, ok
		}
	}
}

// along returns what the first of some nodes shows of a value before the last one.
func along(base *graph.Value, path []*graph.Node) (s strided, ok bool) {
	shape, known := base.Shape().Ints()
	if !known {
		return s, false
	}
	s = shown(shape)
	for _, n := range slices.Backward(path) {
		if s, ok = s.after(n); !ok {
			return s, false
		}
	}
	return s, true
}

// isOnlyOnce reports whether one node alone needs a value, once.
func (f fusion) isOnlyOnce(v *graph.Value) bool {
	return len(f.consumers.Of(v)) == 1 && !f.graph.IsUsedOutside(v)
}

// multipleOf returns x and the factor of which a value is the product, nil if it is none. A
// quotient by a power of two is one.
func multipleOf(v *graph.Value) (x *graph.Value, factor float64) {
	if n := nodeOf(v); n != nil {
		if o, ok := n.Operator.(op.Parametric); ok && o.Function == tensor.Scale {
			return n.Inputs[0], o.Alpha
		}
	}
	if x, factor, ok := withNumber(v, tensor.Mul); ok {
		return x, factor
	}
	if x, by, ok := withNumber(v, tensor.Div); ok {
		if fraction, _ := math.Frexp(by); math.Abs(fraction) == 0.5 {
			return x, 1 / by
		}
	}
	return nil, 0
}

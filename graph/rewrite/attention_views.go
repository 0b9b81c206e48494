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
type strided [][]factor

// factor is what a dimension or a part of it counts through.
type factor struct{ size, step int }

// shown returns a strided that shows an array of this shape as it is.
//
//go:noinline
func shown(shape []int) strided {
	s, step := make(strided, len(shape)), 1
	for d, n := range slices.Backward(shape) {
		if n > 1 {
			s[d] = []factor{{n, step}}
		}
		step *= n
	}
	return s
}

// permuted moves dimensions as a transpose does, or back.
func (s strided) permuted(axes []int, back bool) strided {
	moved := make(strided, len(axes))
	for i, a := range axes {
		if back {
			moved[a] = s[i]
		} else {
			moved[i] = s[a]
		}
	}
	return moved
}

// flat returns the factors of all dimensions.
func (s strided) flat() []factor {
	var all []factor
	for _, f := range s {
		all = append(all, f...)
	}
	return all
}

// reshaped gives the elements dimensions of other sizes, or nil where factors don't fit.
func (s strided) reshaped(shape []int) strided {
	left, other := s.flat(), make(strided, len(shape))
	for d, n := range shape {
		for n > 1 {
			if len(left) == 0 {
				return nil
			}
			f := left[0]
			if n%f.size == 0 {
				left = left[1:]
			} else if rest := f.size / n; rest*n == f.size {
				left[0].size, f = rest, factor{n, f.step * rest}
			} else {
				return nil
			}
			other[d] = append(other[d], f)
			n /= f.size
		}
	}
	return other
}

// expanded repeats the elements, of dimensions of these sizes, to a shape to which they are
// broadcast.
//
//go:noinline
func (s strided) expanded(from, to []int) strided {
	all := make(strided, len(to))
	for d, n := range to {
		if f := d - len(to) + len(from); f >= 0 && from[f] == n {
			all[d] = s[f]
		} else if n > 1 {
			all[d] = []factor{{n, 0}}
		}
	}
	return all
}

// view returns how heads see matrices that the last two dimensions are: false where a row or a
// column is no single step behind the one before.
//
//go:noinline
func (s strided) view() (v op.HeadView, ok bool) {
	last := len(s) - 2
	var isOne bool
	v.Row, ok = single(s[last])
	v.Column, isOne = single(s[last+1])
	v.At = []int{0}
	for _, f := range s[:last].flat() {
		longer := make([]int, 0, len(v.At)*f.size)
		for _, at := range v.At {
			for i := range f.size {
				longer = append(longer, at+i*f.step)
			}
		}
		v.At = longer
	}
	return v, ok && isOne
}

// single returns the step of a dimension, or false if there are several.
func single(factors []factor) (step int, ok bool) {
	for i, f := range factors {
		if i > 0 && step != f.size*f.step {
			return 0, false
		}
		step = f.step
	}
	return step, true
}

// cut returns the first of the elements along a dimension, nil where that counts through several
// factors.
func (s strided) cut(axis, count int) strided {
	if len(s[axis]) > 1 {
		return nil
	}
	first := slices.Clone(s)
	if first[axis] = nil; count > 1 {
		first[axis] = []factor{{count, s[axis][0].step}}
	}
	return first
}

// after returns what a node's output shows of what its input shows, nil if it computes something.
func (s strided) after(n *graph.Node, from, to []int) strided {
	switch o := n.Operator.(type) {
	case op.PermuteAxes:
		return s.permuted(o.Axes.Values(), false)
	case op.ExpandTo:
		return s.expanded(from, to)
	case op.SliceAxis:
		return s.cut(o.Axis, to[o.Axis])
	}
	return s.reshaped(to)
}

// shows reports whether a node's output shows elements of its first input, see [strided.after].
func shows(n *graph.Node) bool {
	switch o := n.Operator.(type) {
	case op.PermuteAxes, op.ExpandTo:
		return true
	case op.SliceAxis:
		return o.Start == 0 && o.Step == 1
	}
	return isView(n)
}

// sizes returns a shape in numbers, nil unless all are known and there are elements.
//
//go:noinline
func sizes(v *graph.Value) []int {
	shape, known := v.Shape().Ints()
	if !known || slices.Contains(shape, 0) {
		return nil
	}
	return shape
}

// operand is what an attention reads: where its matrices are in a value, and what they are
// multiplied by.
type operand struct {
	of     *graph.Value
	view   op.HeadView
	factor float64
}

// operand returns where the matrices of a value, broadcast to a shape, are in the value furthest
// before it of which it shows elements, or a multiple of them; nil if there is none. With
// transposed rows and columns are exchanged. A mask is no multiple, and its columns are neighbours.
func (f fusion) operand(v *graph.Value, to []int, transposed, isMask bool) *operand {
	from := sizes(v)
	var found *operand
	var path []*graph.Node // from v back
	for base, factor := v, 1.0; from != nil; {
		if s := along(base, path); s != nil {
			s = s.expanded(from, to)
			if last := len(to) - 1; transposed {
				s[last-1], s[last] = s[last], s[last-1]
			}
			if view, ok := s.view(); ok && !(isMask && view.Column > 1) {
				found = &operand{base, view, factor}
			}
		}
		n := nodeOf(base)
		if n == nil {
			break
		}
		x, by := multipleOf(base)
		if x != nil && factor == 1 && !isMask && f.isOnlyOnce(base) {
			base, factor = x, by
		} else if x == nil && shows(n) {
			path, base = append(path, n), n.Inputs[0]
		} else {
			break
		}
	}
	return found
}

// along returns what the first of some nodes shows of a value before the last one, nil if that
// can't be said.
func along(base *graph.Value, path []*graph.Node) strided {
	from := sizes(base)
	if from == nil {
		return nil
	}
	s := shown(from)
	for _, n := range slices.Backward(path) {
		to := sizes(n.Outputs[0])
		if s = s.after(n, from, to); s == nil {
			return nil
		}
		from = to
	}
	return s
}

// isOnlyOnce reports whether one node alone needs a value, once.
func (f fusion) isOnlyOnce(v *graph.Value) bool {
	return len(f.consumers.Of(v)) == 1 && !f.graph.IsUsedOutside(v)
}

// multipleOf returns x and the factor of which a value is the product, nil if it is none. A
// quotient by a power of two is one.
//
//go:noinline
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

package plan

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// deferred is a constant that a node makes of others, once its elements are needed and without
// those between: of weights that are kept as bytes, say, floats stand in memory for the moment in
// which they are packed, and of a table just the rows are made that are looked up.
type deferred struct {
	node   *file.Node
	inputs []*Val
	value  *value.Value
}

// deferBytes is the size from which on constants are deferred.
const deferBytes = 1 << 16

// Operators of which constants are deferred: they can't fail. Elements of the first ones hang on
// one element of each input; the second ones only move them.
var (
	elementwise = []string{"Add", "Cast", "Div", "Mul", "Sub"}
	moving      = []string{"Reshape", "Squeeze", "Transpose", "Unsqueeze"}
)

// deferOutput makes the only output of a node that has been translated a deferred constant, or
// reports that it is not worth it.
func (t *Tracer) deferOutput(c *Call) bool {
	name := OperatorOf(c.Node).Name
	if len(c.outputs) != 1 || file.DomainOf(c.Node.Proto.Domain) != "" ||
		!slices.Contains(elementwise, name) && !slices.Contains(moving, name) {
		return false
	}
	v := c.outputs[0]
	if v == nil || v.Node == nil || !v.Element.IsFloat() ||
		tensors.Size(v.Shape)*v.Element.Storage().Bytes() < deferBytes {
		return false
	}
	s := t.Machine.Session
	d := &deferred{node: c.Node, inputs: slices.Clone(c.Inputs)}
	lazy := tensor.NewLazy(v.Element.Storage(), v.Shape, func(a *tensor.Array) { s.fill(a, d) })
	d.value = value.Later(v.Element, lazy)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deferred == nil {
		s.deferred, s.recipes = map[*file.Node]*deferred{}, map[*tensor.Lazy]*deferred{}
	}
	if first := s.deferred[c.Node]; first != nil { // by another goroutine, meanwhile
		d = first
	}
	s.deferred[c.Node], s.recipes[d.value.Lazy()] = d, d
	c.outputs[0] = d.val()
	return true
}

// deferredBefore gives the output if it has been deferred before.
func (t *Tracer) deferredBefore(c *Call) bool {
	s := t.Machine.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.deferred[c.Node]
	if d != nil {
		c.outputs[0] = d.val()
	}
	return d != nil
}

func (d *deferred) val() *Val {
	v := ConstantVal(d.value)
	v.fixed = true
	return v
}

// recipe returns how a value is made if it is a deferred constant, else nil.
func (s *Session) recipe(v *Val) *deferred {
	if v == nil || v.Constant == nil || v.Constant.Lazy() == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recipes[v.Constant.Lazy()]
}

// maxRoom bounds the memory that a session keeps for making constants.
const maxRoom = 4 << 20

// fill computes a deferred constant, with those that it is made of as parts of its program.
func (s *Session) fill(a *tensor.Array, d *deferred) {
	room := &exec.Arena{}
	if s.making.TryLock() { // what is made for another one, or at the same time, gets its own
		defer s.making.Unlock()
		room = &s.room
	}
	t := &Tracer{segment: newSegment(), Machine: &Machine{Session: s}}
	t.builder.Output("y", t.expand(d, t.Value))
	g, err := t.builder.Graph()
	if err != nil {
		panic(failure{err})
	}
	p, err := exec.CompileIn(room, g, s.engines, nil)
	if err == nil {
		err = p.Run()
	}
	if err != nil {
		panic(failure{err})
	}
	y, err := p.Output("y")
	if err != nil {
		panic(failure{err})
	}
	copy(a.Bytes(), y.Bytes())
	if p.ArenaBytes() > maxRoom {
		*room = exec.Arena{}
	}
}

// expand builds what a deferred constant is made of: leaf gives what stands for other constants.
func (t *Tracer) expand(d *deferred, leaf func(v *Val) *graph.Value) *graph.Value {
	c := &Call{Tracer: t, Scope: &Scope{}, Node: d.node, Inputs: slices.Clone(d.inputs),
		outputs: make([]*Val, 1)}
	for i, v := range c.Inputs {
		if v == nil || i > 0 && slices.Contains(moving, OperatorOf(d.node).Name) {
			continue // a shape, or axes
		}
		var x *graph.Value
		if inner := t.Machine.Session.recipe(v); inner != nil {
			x = t.expand(inner, leaf)
		} else {
			x = leaf(v)
		}
		dims, _ := x.Shape().Ints()
		c.Inputs[i] = &Val{Element: v.Element, Shape: dims, Node: x, slot: -1}
	}
	OperatorOf(d.node).Translate(c)
	return c.outputs[0].Node
}

// isRowwise reports whether the rows of a constant can be made of rows of what it is made of.
func (s *Session) isRowwise(d *deferred) bool {
	name := OperatorOf(d.node).Name
	return slices.Contains(elementwise, name) && (d.node.Version >= 7 || name == "Cast") &&
		!slices.ContainsFunc(d.inputs, func(v *Val) bool {
			inner := s.recipe(v)
			return inner != nil && !s.isRowwise(inner)
		})
}

// leastTable is the size from which on rows of tables are made when they are looked up, if the
// table has at least leastRows times as many.
const leastTable, leastRows = 1 << 20, 4

// Rows returns the rows of an input at indices if it is a large table that was deferred, made of
// the rows of what the table is made of; else it says that there are none.
func (c *Call) Rows(i int, indices *graph.Value) (*graph.Value, bool) {
	v := c.Val(i)
	d := c.Machine.Session.recipe(v)
	count, _ := indices.Shape().Size().Value()
	if d == nil || tensors.Size(v.Shape)*v.Element.Storage().Bytes() < leastTable ||
		v.Shape[0] < leastRows*count || !c.Machine.Session.isRowwise(d) {
		return nil, false
	}
	return c.expand(d, func(part *Val) *graph.Value {
		x := c.Tracer.Value(part)
		switch {
		case len(part.Shape) < len(v.Shape):
			return x
		case part.Shape[0] == 1:
			return c.Reshape(x, part.Shape[1:]...)
		}
		return op.Gather(c.B(), x, indices, 0)
	}), true
}

package onnx

import (
	"fmt"

	"simdnn/graph"
	"simdnn/onnx/internal/proto"
)

// val is a value of the model while a run is planned. What is known of it grows: its type is known
// always; its elements are, if they are constant, or if they were asked for.
type val struct {
	kind     Kind
	element  ElementType
	shape    []int
	constant *Value
	node     *graph.Value // in the segment at hand
	slot     int          // once it stands in the run's memory; else −1
	fixed    bool         // whether a constant hangs on nothing but the file
	texts    []string     // of strings with a node: what its elements, int64, are indices into
}

// constantVal returns a value whose elements are known.
func constantVal(v *Value) *val {
	return &val{kind: v.kind, element: v.element, shape: v.shape, constant: v, slot: -1}
}

// String returns the type.
func (v *val) String() string {
	if v == nil {
		return "nothing"
	}
	return (&Value{kind: v.kind, element: v.element, shape: v.shape}).String()
}

// scope is the values of a graph whose nodes are being planned.
type scope struct {
	graph  *graphInfo
	values map[string]*val
	order  []string // of the names, as they came
	at     int      // the node at hand
	around *scope   // whose values the graph can use, too
	// attributes are those of the call of the function that the graph is in.
	attributes map[string]*proto.Attribute
}

func newScope(g *graphInfo, around *scope) *scope {
	s := &scope{graph: g, values: map[string]*val{}, around: around}
	for _, in := range g.initializers {
		v := constantVal(in.value)
		v.fixed = true
		s.set(in.name, v)
	}
	if around != nil {
		s.attributes = around.attributes
	}
	return s
}

func (s *scope) set(name string, v *val) {
	if _, ok := s.values[name]; !ok {
		s.order = append(s.order, name)
	}
	s.values[name] = v
}

func (s *scope) get(name string) *val {
	for ; s != nil; s = s.around {
		if v, ok := s.values[name]; ok {
			return v
		}
	}
	return nil
}

// segment is a graph in the making, which becomes the program of one plan.
type segment struct {
	builder   *graph.Builder
	inputs    map[*val]*graph.Value
	slots     []int // of the inputs, in their order
	names     []string
	constants map[*Value]*graph.Value
	exact     map[*graph.Value]*graph.Value // the float32 that integers were made of, and equal
	// dequantised are floats that were made of integers.
	dequantised map[*graph.Value]dequantised
}

func newSegment() *segment {
	return &segment{builder: graph.NewBuilder(), inputs: map[*val]*graph.Value{},
		constants: map[*Value]*graph.Value{}, exact: map[*graph.Value]*graph.Value{},
		dequantised: map[*graph.Value]dequantised{}}
}

// value returns what stands for a value in the segment's graph.
func (s *segment) value(v *val) *graph.Value {
	if v.constant != nil {
		if s.constants[v.constant] == nil {
			s.constants[v.constant] = s.builder.Constant(v.constant.array)
		}
		return s.constants[v.constant]
	}
	if v.node != nil {
		return v.node
	}
	if s.inputs[v] == nil {
		name := fmt.Sprintf("v%d", v.slot)
		t := graph.Type{DType: v.element.storage(), Shape: graph.ShapeOf(v.shape...)}
		s.inputs[v] = s.builder.Input(name, t)
		s.slots, s.names = append(s.slots, v.slot), append(s.names, name)
	}
	return s.inputs[v]
}

// resolve returns an attribute, or the one of the function's call that it refers to, nil if there
// is none.
func (s *scope) resolve(a *proto.Attribute) *proto.Attribute {
	if a.Reference == "" {
		return a
	}
	return s.attributes[a.Reference]
}

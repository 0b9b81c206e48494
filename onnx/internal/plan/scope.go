package plan

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Val is a value of the model while a run is planned. What is known of it grows: its type is known
// always; its elements are, if they are constant, or if they were asked for.
type Val struct {
	Kind     value.Kind
	Element  value.ElementType
	Shape    []int
	Constant *value.Value
	Node     *graph.Value // in the segment at hand
	slot     int          // once it stands in the run's memory; else −1
	fixed    bool         // whether a constant hangs on nothing but the file
	texts    []string     // of strings with a node: what its elements, int64, are indices into
}

// ConstantVal returns a value whose elements are known.
//
//go:noinline
func ConstantVal(v *value.Value) *Val {
	return &Val{Kind: v.Kind(), Element: v.Element(), Shape: v.Dims(), Constant: v, slot: -1}
}

// String returns the type.
func (v *Val) String() string {
	if v == nil {
		return "nothing"
	}
	switch v.Kind {
	case value.SequenceKind:
		return value.NewSequence().String()
	case value.OptionalKind:
		return value.NewOptional(nil).String()
	case value.MapKind:
		return "map"
	}
	return fmt.Sprintf("%v%v", v.Element, v.Shape)
}

// Scope is the values of a graph whose nodes are being planned.
type Scope struct {
	graph  *file.Graph
	values map[string]*Val
	order  []namedVal // as they came
	at     int        // the node at hand
	around *Scope     // whose values the graph can use, too
	// attributes are those of the call of the function that the graph is in.
	attributes map[string]*proto.Attribute
}

type namedVal struct {
	name string
	val  *Val
}

// NewScope returns the scope of a graph within another, which may be nil.
func NewScope(g *file.Graph, around *Scope) *Scope {
	count := len(g.Initializers) + len(g.Inputs) + len(g.Nodes)
	s := &Scope{graph: g, values: make(map[string]*Val, count), order: make([]namedVal, 0, count),
		around: around}
	for _, in := range g.Initializers {
		v := ConstantVal(in.Value)
		v.fixed = true
		s.set(in.Name, v)
	}
	if around != nil {
		s.attributes = around.attributes
	}
	return s
}

func (s *Scope) set(name string, v *Val) {
	if old, ok := s.values[name]; !ok {
		s.order = append(s.order, namedVal{name, v})
	} else if old != v {
		s.order[slices.IndexFunc(s.order, func(n namedVal) bool { return n.name == name })].val = v
	}
	s.values[name] = v
}

// Get returns a value of the graph, or of one around it, nil if there is none.
func (s *Scope) Get(name string) *Val {
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
	inputs    map[*Val]*graph.Value
	slots     []int // of the inputs, in their order
	names     []string
	constants map[*value.Value]*graph.Value
	Exact     map[*graph.Value]*graph.Value // the float32 that integers were made of, and equal
	// Dequantised are floats that were made of integers.
	Dequantised map[*graph.Value]Dequantised
	growing     []growing // caches that the program writes to
}

//go:noinline
func newSegment() *segment {
	return &segment{builder: graph.NewBuilder(), inputs: map[*Val]*graph.Value{},
		constants: map[*value.Value]*graph.Value{}, Exact: map[*graph.Value]*graph.Value{},
		Dequantised: map[*graph.Value]Dequantised{}}
}

// Value returns what stands for a value in the segment's graph.
func (s *segment) Value(v *Val) *graph.Value {
	if v.Constant != nil {
		if s.constants[v.Constant] == nil {
			s.constants[v.Constant] = s.constantOf(v.Constant)
		}
		return s.constants[v.Constant]
	}
	if v.Node != nil {
		return v.Node
	}
	if s.inputs[v] == nil {
		name := fmt.Sprintf("v%d", v.slot)
		t := graph.Type{DType: v.Element.Storage(), Shape: graph.ShapeOf(v.Shape...)}
		s.inputs[v] = s.builder.Input(name, t)
		s.slots, s.names = append(s.slots, v.slot), append(s.names, name)
	}
	return s.inputs[v]
}

// constantOf returns a constant of the segment's graph.
func (s *segment) constantOf(v *value.Value) *graph.Value {
	if l := v.Lazy(); l != nil {
		return s.builder.Lazy(l)
	}
	return s.builder.Constant(v.Array())
}

// Resolve returns an attribute, or the one of the function's call that it refers to, nil if there
// is none.
func (s *Scope) Resolve(a *proto.Attribute) *proto.Attribute {
	if a.Reference == "" {
		return a
	}
	return s.attributes[a.Reference]
}

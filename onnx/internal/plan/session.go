package plan

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/rewrite"
	"simdnn/internal/memory"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Options are the options of sessions of package onnx.
type Options struct {
	Threads int
	ISA     *tensor.ISA
	Tuning  []tensor.Option
	Seed    uint64
	Memory  int
	Without []string
}

// Session runs a model. It may be used by many goroutines: each run borrows plans, which are made
// when inputs of their shapes are first met.
type Session struct {
	Model   *file.Model
	engines exec.Engines
	packing *rewrite.Packing
	seed    uint64
	without []string      // passes
	memory  int           // see [planOptions]
	runs    atomic.Uint64 // that have begun

	mu   sync.Mutex
	free []*Machine
	// derived are constants that are made of those of the file, once for all plans.
	derived map[DerivedKey]any
	origins map[*value.Value]*Dequantised // of constants among them
	folded  map[*file.Node]foldedNode
	// deferred are constants that are made when they are needed, by their nodes, and recipes the
	// same ones by what makes them.
	deferred map[*file.Node]*deferred
	recipes  map[*tensor.Lazy]*deferred

	making sync.Mutex // of such constants, in room
	room   exec.Arena
}

// DerivedKey says of what something is made: of integers, less their zero points if there are any,
// times their scales if there are any, of one of several matrices of them; and by which operator
// and which of its settings, where these say how.
type DerivedKey struct {
	By              string
	Settings        any
	Of, Zero, Scale *value.Value
	Packed          bool
	Matrix          int
}

// Dequantised says of what integers floats were made: of codes in the graph with one scale and zero
// point, which may be missing, or of constants with some along an axis.
type Dequantised struct {
	Codes, Scale, Zero *graph.Value
	Key                DerivedKey
	Axis               int
}

// Derive returns a constant, weights or the like, made of others when they are first needed.
func Derive[V any](s *Session, key DerivedKey, make func() V) V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.derived == nil {
		s.derived = map[DerivedKey]any{}
	}
	made, ok := s.derived[key].(V)
	if !ok {
		made = make()
		s.derived[key] = made
	}
	return made
}

// SetOrigin notes of what integers a constant was made.
func (s *Session) SetOrigin(v *value.Value, d *Dequantised) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.origins == nil {
		s.origins = map[*value.Value]*Dequantised{}
	}
	s.origins[v] = d
}

// Origin returns of what integers a constant was made, nil if of none.
func (s *Session) Origin(v *value.Value) *Dequantised {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.origins[v]
}

// NewSession returns a session of a model.
func NewSession(m *file.Model, o Options) *Session {
	if o.ISA == nil {
		o.ISA = tensor.ActiveISA()
	}
	e := exec.NewEngines(o.ISA, o.Threads, o.Tuning...)
	if limit := int(memory.Available()); o.Memory <= 0 || o.Memory > limit {
		o.Memory = limit
	}
	return &Session{Model: m, seed: o.Seed, memory: o.Memory, engines: e, without: o.Without,
		packing: rewrite.NewPacking(e.Float32, e.Float64)}
}

// CheckBytes ends a run, or its planning, that would make something that takes more memory than the
// values of runs may have.
func (s *Session) CheckBytes(bytes float64, format string, args ...any) {
	if err := s.Room(bytes, format, args...); err != nil {
		panic(failure{err})
	}
}

// Room returns an error if something takes more memory than the values of runs may have.
func (s *Session) Room(bytes float64, format string, args ...any) error {
	limit := float64(s.memory)
	if bytes <= limit {
		return nil
	}
	return fmt.Errorf("%s would take %s, more than the limit of %s", fmt.Sprintf(format, args...),
		memory.Size(bytes), memory.Size(limit))
}

// passes returns what makes a graph cheaper to run, in the order in which it is run, with its
// constants packed.
func passes(p *rewrite.Packing) []rewrite.Pass {
	return append(rewrite.Imported(), rewrite.Pass{Name: "pack", Run: p.Run},
		rewrite.Pass{Name: "convchain", Run: rewrite.ConvChains},
		rewrite.Pass{Name: "dead", Run: rewrite.Dead}, // what chains were taken from
		rewrite.Pass{Name: "convbands", Run: p.ConvBands})
}

// PassNames returns the names of all passes.
func PassNames() []string { return rewrite.Names(passes(nil)) }

// rewritten returns a graph that is cheaper to run, with its constants packed for the engines.
func (s *Session) rewritten(g *graph.Graph) (*graph.Graph, error) {
	all, err := rewrite.Without(passes(s.packing), s.without)
	if err != nil {
		return nil, err
	}
	return rewrite.Run(g, all)
}

// Run runs a borrowed machine. A machine that failed is not used again.
func (s *Session) Run(m *Machine, inputs map[string]*value.Value) ([]*value.Value, error) {
	if !m.hasInputs(inputs) {
		if err := s.Arrange(m, inputs); err != nil {
			return nil, err
		}
	}
	return s.RunAgain(m)
}

// RunAgain runs a machine on the inputs that it has, whose elements may have changed.
func (s *Session) RunAgain(m *Machine) (values []*value.Value, err error) {
	switch {
	case m.straight != nil && m.Observe == nil:
		values, err = m.again()
	case m.root != nil:
		m.draws.begin(s.runs.Add(1) - 1)
		values, err = m.follow(m.root, m.list, nil)
		m.straight = m.root.straight()
	default:
		m.draws.begin(s.runs.Add(1) - 1)
		values, err = m.run(m.list, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", s.Model.Name, err)
	}
	return values, nil
}

// Borrow returns a machine that nothing else uses, until it is given back.
func (s *Session) Borrow() *Machine {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		m := s.free[n-1]
		s.free = s.free[:n-1]
		return m
	}
	return s.NewMachine()
}

// NewMachine returns what runs the model's graph.
func (s *Session) NewMachine() *Machine {
	return &Machine{Session: s, draws: &draws{node: map[*file.Node]uint32{}}, Graph: s.Model.Graph,
		symbols: map[string]int{}}
}

// GiveBack lets other runs use a borrowed machine.
func (s *Session) GiveBack(m *Machine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, m)
}

// hasInputs reports whether inputs are those that the machine has: the same tensors, whose types
// and shapes never change.
func (m *Machine) hasInputs(inputs map[string]*value.Value) bool {
	if m.root == nil {
		return false
	}
	known := 0
	for i, in := range m.Graph.Inputs {
		v, ok := inputs[in.Name]
		if v != m.list[i] || v != nil && v.Kind() != value.TensorKind {
			return false
		}
		if ok {
			known++
		}
	}
	return known == len(inputs)
}

// Arrange gives a machine its inputs, in the graph's order, once they are checked.
func (s *Session) Arrange(m *Machine, inputs map[string]*value.Value) error {
	m.root, m.straight = nil, nil
	list, err := s.arrange(m, inputs)
	if err != nil {
		return fmt.Errorf("onnx: %s: %w", s.Model.Name, err)
	}
	m.list = list
	return nil
}

// arrange puts inputs in the graph's order and checks them.
func (s *Session) arrange(m *Machine, inputs map[string]*value.Value) ([]*value.Value, error) {
	g := s.Model.Graph
	if m.list == nil {
		m.list = make([]*value.Value, len(g.Inputs))
	}
	clear(m.list)
	list, used := m.list, 0
	clear(m.symbols)
	for i, in := range g.Inputs {
		v, ok := inputs[in.Name]
		if ok {
			used++
		}
		if v == nil {
			if !g.Given[in.Name] && (in.Type == nil || in.Type.Kind != proto.OptionalKind) {
				if err := s.unknown(inputs); err != nil {
					return nil, err
				}
				return nil, fmt.Errorf("the input %q is missing", in.Name)
			}
			if !g.Given[in.Name] {
				list[i] = value.NewOptional(nil)
			}
			continue
		}
		if err := fits(v, in.Type, m.symbols); err != nil {
			return nil, fmt.Errorf("the input %q is %v: %w", in.Name, v, err)
		}
		list[i] = v
	}
	if used < len(inputs) {
		return nil, s.unknown(inputs)
	}
	return list, nil
}

// unknown returns an error if a name is that of no input.
func (s *Session) unknown(inputs map[string]*value.Value) error {
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if !s.Model.Graph.HasInput(name) {
			return fmt.Errorf("it has no input %q; it has %s", name, s.Model.InputNames())
		}
	}
	return nil
}

// valueKinds are the kinds of values, by those of their types.
var valueKinds = map[proto.Kind]value.Kind{proto.TensorKind: value.TensorKind,
	proto.SequenceKind: value.SequenceKind,
	proto.OptionalKind: value.OptionalKind, proto.MapKind: value.MapKind}

// fits says what of a value is not as it was declared.
func fits(v *value.Value, t *proto.Type, symbols map[string]int) error {
	if t == nil || t.Kind == proto.UnknownKind {
		return nil
	}
	if t.Kind == proto.OptionalKind && v.Kind() != value.OptionalKind {
		return fits(v, t.Of, symbols)
	}
	kind, ok := valueKinds[t.Kind]
	switch {
	case !ok || kind != v.Kind():
		return fmt.Errorf("the model expects %s", file.Describe(t))
	case t.Kind == proto.MapKind && (value.ElementType(t.Element) != v.Items()[0].Element() ||
		t.Of == nil ||
		value.ElementType(t.Of.Element) != v.Items()[1].Element()):
		return fmt.Errorf("the model expects %s", file.Describe(t))
	case t.Kind != proto.TensorKind:
		return nil
	case t.Element != 0 && value.ElementType(t.Element) != v.Element(),
		t.Ranked && len(t.Shape) != len(v.Dims()):
		return fmt.Errorf("the model expects %s", file.Describe(t))
	}
	for i, d := range t.Shape {
		want, known := int(d.Value), d.HasValue && d.Value >= 0
		if !known && d.Symbol != "" && d.Symbol != "?" {
			if want, known = symbols[d.Symbol]; !known {
				symbols[d.Symbol] = v.Dims()[i]
			}
		}
		if known && want != v.Dims()[i] {
			return fmt.Errorf("the model expects %s, so dimension %d is %d", file.Describe(t), i,
				want)
		}
	}
	return nil
}

// ArenaBytes returns the memory in which the values of programs stand that the session keeps.
func (s *Session) ArenaBytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, m := range s.free {
		for _, a := range m.arenas {
			total += a.Bytes()
		}
	}
	return total
}

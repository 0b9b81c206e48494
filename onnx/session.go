package onnx

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/internal/memory"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// SessionOptions say how a model runs. The zero value means one thread per processor and the best
// ISA.
type SessionOptions struct {
	Threads int
	ISA     *tensor.ISA
	Tuning  []tensor.Option
	// Seed is that of random operators that the model gives none. Two sessions of one seed draw the
	// same numbers in their first runs, in their second, and so on.
	Seed uint64
	// Memory bounds the bytes that a value of a run may take, and those that the values of a run
	// take together between two places where it depends on data; 0 stands for what the machine has. A
	// run that needs more is an error.
	Memory int
}

// Session runs a model. It may be used by many goroutines: each run borrows plans, which are made
// when inputs of their shapes are first met.
type Session struct {
	model   *Model
	engines exec.Engines
	packing *rewrite.Packing
	seed    uint64
	memory  int           // see [SessionOptions]
	runs    atomic.Uint64 // that have begun

	mu   sync.Mutex
	free []*machine
	// derived are constants that are made of those of the file, once for all plans.
	derived map[derivedKey]any
	origins map[*Value]*dequantised // of constants among them
	folded  map[*nodeInfo][]foldedOutput
}

// derivedKey says of what something is made: of integers, less their zero points if there are any,
// times their scales if there are any, of one of several matrices of them; and by which operator and
// which of its settings, where these say how.
type derivedKey struct {
	by              string
	settings        any
	of, zero, scale *Value
	packed          bool
	matrix          int
}

// derive returns a constant, or weights, made of others when they are first needed.
func derive[V *Value | *op.IntegerWeights](s *Session, key derivedKey, make func() V) V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.derived == nil {
		s.derived = map[derivedKey]any{}
	}
	made, ok := s.derived[key].(V)
	if !ok {
		made = make()
		s.derived[key] = made
	}
	return made
}

// setOrigin notes of what integers a constant was made.
func (s *Session) setOrigin(v *Value, d *dequantised) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.origins == nil {
		s.origins = map[*Value]*dequantised{}
	}
	s.origins[v] = d
}

// origin returns of what integers a constant was made, nil if of none.
func (s *Session) origin(v *Value) *dequantised {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.origins[v]
}

// Session returns a session of the model.
func (m *Model) Session(o SessionOptions) *Session {
	if o.ISA == nil {
		o.ISA = tensor.ActiveISA()
	}
	e := exec.NewEngines(o.ISA, o.Threads, o.Tuning...)
	if limit := int(memory.Available()); o.Memory <= 0 || o.Memory > limit {
		o.Memory = limit
	}
	return &Session{model: m, seed: o.Seed, memory: o.Memory, engines: e,
		packing: rewrite.NewPacking(e.Float32, e.Float64)}
}

// checkBytes ends a run, or its planning, that would make something that takes more memory than the
// values of runs may have.
func (s *Session) checkBytes(bytes float64, format string, args ...any) {
	if limit := float64(s.memory); !(bytes <= limit) {
		panic(failure{fmt.Errorf("%s would take %s, more than the limit of %s",
			fmt.Sprintf(format, args...), memory.Size(bytes), memory.Size(limit))})
	}
}

// passes make a graph cheaper to run, in the order in which they are run.
var passes = append(rewrite.Passes(), rewrite.Pass{Name: "chain", Run: rewrite.Chains},
	rewrite.Pass{Name: "dead", Run: rewrite.Dead})

// rewritten returns a graph that is cheaper to run, with its constants packed for the engines.
func (s *Session) rewritten(g *graph.Graph) (*graph.Graph, error) {
	g, err := rewrite.Run(g, passes)
	if err != nil {
		return nil, err
	}
	return s.packing.Run(g)
}

// Run runs the model on inputs by name, and returns its outputs by name. Inputs that the file gives
// a value may be left out. An input is not changed, and not needed any more when Run returns.
func (s *Session) Run(inputs map[string]*Value) (map[string]*Value, error) {
	m := s.borrow()
	values, err := s.run(m, inputs)
	if err != nil {
		return nil, err
	}
	outputs := map[string]*Value{}
	for i, name := range s.model.graph.outputs {
		outputs[name] = values[i].clone()
	}
	s.giveBack(m)
	return outputs, nil
}

// RunInto runs the model as Run does, and writes outputs to arrays that the caller gives: tensors
// of numbers whose types and shapes must be those of the results. Outputs that are not named are
// not written. Once shapes have been met, and where none depends on data, nothing is allocated.
func (s *Session) RunInto(inputs map[string]*Value, outputs map[string]*tensor.Array) error {
	m := s.borrow()
	values, err := s.run(m, inputs)
	if err != nil {
		return err
	}
	written := 0
	for i, name := range s.model.graph.outputs {
		to := outputs[name]
		if to == nil {
			continue
		}
		written++
		v := values[i]
		if v.array == nil || v.array.DType() != to.DType() || !v.array.SameShape(to) {
			return fmt.Errorf("onnx: %s: the output %q is %v, not %v", s.model.name, name, v, to)
		}
		copy(to.Bytes(), v.array.Bytes())
	}
	s.giveBack(m)
	if written < len(outputs) {
		return fmt.Errorf("onnx: %s: an output of another name than %q", s.model.name,
			s.model.graph.outputs)
	}
	return nil
}

// run runs a borrowed machine. A machine that failed is not used again.
func (s *Session) run(m *machine, inputs map[string]*Value) ([]*Value, error) {
	m.draws.begin(s.runs.Add(1) - 1)
	values, err := s.arrange(m, inputs)
	if err == nil {
		values, err = m.run(values, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", s.model.name, err)
	}
	return values, nil
}

func (s *Session) borrow() *machine {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		m := s.free[n-1]
		s.free = s.free[:n-1]
		return m
	}
	return s.newMachine()
}

// newMachine returns what runs the model's graph.
func (s *Session) newMachine() *machine {
	return &machine{session: s, draws: &draws{node: map[*nodeInfo]uint32{}}, graph: s.model.graph,
		roots: map[string]*plan{}, symbols: map[string]int{}}
}

func (s *Session) giveBack(m *machine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, m)
}

// arrange puts inputs in the graph's order and checks them.
func (s *Session) arrange(m *machine, inputs map[string]*Value) ([]*Value, error) {
	g := s.model.graph
	if m.list == nil {
		m.list = make([]*Value, len(g.inputs))
	}
	clear(m.list)
	list, used := m.list, 0
	clear(m.symbols)
	for i, in := range g.inputs {
		v, ok := inputs[in.Name]
		if ok {
			used++
		}
		if v == nil {
			if !g.given[in.Name] && (in.Type == nil || in.Type.Kind != proto.OptionalKind) {
				return nil, fmt.Errorf("the input %q is missing", in.Name)
			}
			if !g.given[in.Name] {
				list[i] = NewOptional(nil)
			}
			continue
		}
		if err := fits(v, in.Type, m.symbols); err != nil {
			return nil, fmt.Errorf("the input %q is %v: %w", in.Name, v, err)
		}
		list[i] = v
	}
	if used < len(inputs) {
		for name := range inputs {
			if !slices.ContainsFunc(g.inputs, func(v *proto.ValueInfo) bool { return v.Name == name }) {
				return nil, fmt.Errorf("it has no input %q; it has %s", name, s.model.inputNames())
			}
		}
	}
	return list, nil
}

// inputNames returns the names of the inputs, for errors.
func (m *Model) inputNames() string {
	var names []string
	for _, in := range m.graph.inputs {
		if !m.graph.given[in.Name] {
			names = append(names, printable(in.Name))
		}
	}
	return strings.Join(names, ", ")
}

// valueKinds are the kinds of values, by those of their types.
var valueKinds = map[proto.Kind]Kind{proto.TensorKind: TensorKind, proto.SequenceKind: SequenceKind,
	proto.OptionalKind: OptionalKind, proto.MapKind: MapKind}

// fits says what of a value is not as it was declared.
func fits(v *Value, t *proto.Type, symbols map[string]int) error {
	if t == nil || t.Kind == proto.UnknownKind {
		return nil
	}
	if t.Kind == proto.OptionalKind && v.kind != OptionalKind {
		return fits(v, t.Of, symbols)
	}
	kind, ok := valueKinds[t.Kind]
	switch {
	case !ok || kind != v.kind:
		return fmt.Errorf("the model expects %s", describe(t))
	case t.Kind == proto.MapKind && (ElementType(t.Element) != v.items[0].element || t.Of == nil ||
		ElementType(t.Of.Element) != v.items[1].element):
		return fmt.Errorf("the model expects %s", describe(t))
	case t.Kind != proto.TensorKind:
		return nil
	case t.Element != 0 && ElementType(t.Element) != v.element,
		t.Ranked && len(t.Shape) != len(v.shape):
		return fmt.Errorf("the model expects %s", describe(t))
	}
	for i, d := range t.Shape {
		want, known := int(d.Value), d.HasValue && d.Value >= 0
		if !known && d.Symbol != "" && d.Symbol != "?" {
			if want, known = symbols[d.Symbol]; !known {
				symbols[d.Symbol] = v.shape[i]
			}
		}
		if known && want != v.shape[i] {
			return fmt.Errorf("the model expects %s, so dimension %d is %d", describe(t), i, want)
		}
	}
	return nil
}

// describe returns a type as text: "float32[batch 3 ?]".
func describe(t *proto.Type) string {
	if t == nil {
		return "anything"
	}
	switch t.Kind {
	case proto.TensorKind, proto.SparseKind:
		shape := "of any shape"
		if t.Ranked {
			dims := make([]string, len(t.Shape))
			for i, d := range t.Shape {
				dims[i] = printable(dimText(d))
			}
			shape = "[" + strings.Join(dims, " ") + "]"
			return ElementType(t.Element).String() + shape
		}
		return ElementType(t.Element).String() + " " + shape
	case proto.SequenceKind:
		return "a sequence of " + describe(t.Of)
	case proto.OptionalKind:
		return "an optional " + describe(t.Of)
	case proto.MapKind:
		return fmt.Sprintf("a map of %v to %s", ElementType(t.Element), describe(t.Of))
	}
	return "anything"
}

// dimText returns a dimension as text: "3", "batch", or "?".
func dimText(d proto.Dim) string {
	switch {
	case d.HasValue && d.Value >= 0:
		return fmt.Sprint(d.Value)
	case d.Symbol != "":
		return d.Symbol
	}
	return "?"
}

// attributeTensor returns a tensor in an attribute.
func (m *Model) attributeTensor(t *proto.Tensor) (*Value, error) {
	if v := m.tensors[t]; v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("the tensor %q was not read", t.Name)
}

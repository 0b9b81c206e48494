// Package plan runs models that were checked. A node is planned when the run comes to it: its
// operator builds, of operators of graphs, what it computes (see [Call]), or computes it at once,
// between graphs, from values that are there (see [HostCall]). What lies between two places that
// depend on data becomes a program, which is compiled once. It knows no operator.
package plan

import (
	"slices"
	"time"

	"simdnn/graph/exec"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// A Plan is how a model runs for inputs of some types and shapes: programs, and what comes between
// them. It is a tree, since what follows a node may depend on data: on the values that a shape is
// made of, on the branch that an If takes, or on how many elements a node such as NonZero found.
// Each plan begins with a program (where nothing could be compiled there is none) and ends with an
// event, after which one of the next plans goes on.
type Plan struct {
	Program *exec.Program
	feeds   []feed
	results []result
	event   event
	next    plans
}

// feed lets an input of a program have the elements of a value.
type feed struct {
	slot int
	to   *tensor.Array
}

// result is a value that a program computes, which stands in the program's memory; if texts is not
// nil, the program computes indices into them.
type result struct {
	slot    int
	value   *value.Value
	indices *tensor.Array
	texts   []string
}

// resultOf returns the result for a value that a program computes as a.
func resultOf(v *Val, a *tensor.Array) result {
	if v.texts == nil {
		return result{slot: v.slot, value: value.Of(v.Element, a)}
	}
	strings := value.NewStrings(make([]string, a.Len()), a.Shape()...)
	return result{slot: v.slot, value: strings, indices: a, texts: v.texts}
}

// update looks up texts after a run of the program.
func (r *result) update() {
	if r.texts == nil {
		return
	}
	for i, at := range tensor.Elements[int64](r.indices) {
		r.value.Strings()[i] = r.texts[at]
	}
}

// ref is a value of a run, by its slot, or one that is always the same.
type ref struct {
	slot     int
	constant *value.Value
}

// event is what ends a plan.
type event interface {
	// happen does what there is to do between programs, and returns what the next plan depends on.
	happen(m *Machine, key []byte) ([]byte, error)
}

// reading is the event that the values of tensors matter.
type reading struct{ slots []int }

func (e *reading) happen(m *Machine, key []byte) ([]byte, error) {
	for _, s := range e.slots {
		key = tensors.AppendElements(key, m.env[s])
	}
	return key, nil
}

// hosting is the event that a node is computed that is no operator of graphs.
type hosting struct {
	call    *HostCall
	inputs  []ref
	capture []ref // what its graphs need of those around them
	outputs []int
}

func (e *hosting) happen(m *Machine, key []byte) ([]byte, error) {
	for i, r := range e.inputs {
		e.call.Inputs[i] = m.value(r)
	}
	for i, r := range e.capture {
		e.call.captured[i] = m.value(r)
	}
	outputs, err := e.call.run()
	if err != nil {
		return nil, err
	}
	for i, slot := range e.outputs {
		if slot < 0 {
			continue
		}
		m.env[slot] = outputs[i]
		key = tensors.AppendKey(key, outputs[i])
	}
	return key, nil
}

// ending is the event that the outputs are there.
type ending struct {
	outputs []ref
	lengths []int // of the machine's caches
}

func (e *ending) happen(_ *Machine, key []byte) ([]byte, error) { return key, nil }

// Machine runs one graph: it has its plans, and the values of the run at hand. It belongs to one
// goroutine at a time.
type Machine struct {
	Session *Session
	draws   *draws
	Graph   *file.Graph
	scope   *Scope // around the graph, of attributes of functions
	roots   plans
	arenas  []*exec.Arena // of programs, by how many events come before them
	caches  []*Cache
	keeping *keeping // nil without caches
	env     []*value.Value
	key     []byte
	list    []*value.Value // the inputs of a session's run
	root    *Plan          // with which the last run began, nil if its inputs are others
	// straight is root if a run is its program and nothing else, once a run has entered all values.
	straight *Plan
	out      []*value.Value
	path     []*Plan
	// Observe is told what the steps of a program took, where that is asked for, and types gets
	// those of the graph's values.
	Observe func(p *Plan, times []time.Duration)
	Types   map[string]string
	symbols map[string]int // the lengths of dimensions with a name
}

// value returns a value of the run.
func (m *Machine) value(r ref) *value.Value {
	if r.constant != nil || r.slot < 0 {
		return r.constant
	}
	return m.env[r.slot]
}

// keyOf returns what plans for inputs are known by, which holds until the next call.
func (m *Machine) keyOf(inputs []*value.Value) []byte {
	m.key = m.key[:0]
	for _, v := range inputs {
		m.key = tensors.AppendKey(m.key, v)
	}
	return m.key
}

// run runs the graph on inputs, and on what it needs of the graphs around it, which come after
// them. What it returns stands in the memory of plans, until the next run.
func (m *Machine) run(inputs []*value.Value, constant []bool) ([]*value.Value, error) {
	if len(m.env) < len(inputs) {
		m.env = make([]*value.Value, len(inputs))
	}
	copy(m.env, inputs)
	m.root = m.roots.forKey(m.keyOf(inputs))
	return m.follow(m.root, inputs, constant)
}

// follow runs the plans that begin with root, and makes those that are not there yet.
func (m *Machine) follow(root *Plan, inputs []*value.Value,
	constant []bool) ([]*value.Value, error) {
	m.path = m.path[:0]
	for p := root; p != nil && p.event != nil; p = p.next.get(m.key) {
		m.path = append(m.path, p)
		if err := m.execute(p); err != nil {
			return nil, err
		}
		if end, ok := p.event.(*ending); ok {
			return m.outputs(end), nil
		}
	}
	return m.trace(root, inputs, constant, slices.Clone(m.path))
}

// execute runs a plan, and leaves what the next one depends on in m.key.
func (m *Machine) execute(p *Plan) error {
	if p.Program != nil {
		for _, f := range p.feeds {
			f.to.Show(m.env[f.slot].Array())
		}
		var err error
		if m.Observe != nil {
			err = m.timed(p)
		} else {
			err = p.Program.Run()
		}
		if err != nil {
			return err
		}
	}
	for i := range p.results {
		r := &p.results[i]
		r.update()
		m.env[r.slot] = r.value
	}
	key, err := p.event.happen(m, m.key[:0])
	m.key = key
	return err
}

// straight returns the plan if its program is all of a run: nothing depends on data, and nothing is
// drawn.
func (p *Plan) straight() *Plan {
	if _, ok := p.event.(*ending); !ok || p.Program == nil {
		return nil
	}
	return p
}

// again repeats the last run, of a straight plan, without what stays the same: next to a small
// model's program the rest of [Machine.follow] takes its time.
func (m *Machine) again() ([]*value.Value, error) {
	p := m.straight
	for _, f := range p.feeds {
		f.to.Show(m.env[f.slot].Array())
	}
	if err := p.Program.Run(); err != nil {
		return nil, err
	}
	for i := range p.results {
		if r := &p.results[i]; r.texts != nil {
			r.update()
		}
	}
	return m.outputs(p.event.(*ending)), nil
}

// outputs returns the values at an end, and notes what caches have grown to.
func (m *Machine) outputs(end *ending) []*value.Value {
	m.out = m.out[:0]
	for _, r := range end.outputs {
		m.out = append(m.out, m.value(r))
	}
	for i, n := range end.lengths {
		m.caches[i].Len = n
	}
	return m.out
}

// timed runs a plan's program and tells the times of its steps.
func (m *Machine) timed(p *Plan) error {
	times := make([]time.Duration, p.Program.Steps())
	err := p.Program.RunTimed(times)
	if err == nil {
		m.Observe(p, times)
	}
	return err
}

// arena returns the memory for programs with so many events before them, of which one runs at a
// time.
func (m *Machine) arena(events int) *exec.Arena {
	for len(m.arenas) <= events {
		m.arenas = append(m.arenas, &exec.Arena{Limit: m.Session.memory})
	}
	return m.arenas[events]
}

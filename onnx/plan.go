package onnx

import (
	"slices"
	"time"

	"simdnn/graph/exec"
	"simdnn/tensor"
)

// A plan is how a model runs for inputs of some types and shapes: programs, and what comes between
// them. It is a tree, since what follows a node may depend on data: on the values that a shape is
// made of, on the branch that an If takes, or on how many elements a node such as NonZero found.
// Each plan begins with a program (where nothing could be compiled there is none) and ends with an
// event, after which one of the next plans goes on.
type plan struct {
	program *exec.Program
	feeds   []feed
	results []result
	event   event
	next    map[string]*plan
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
	value   *Value
	indices *tensor.Array
	texts   []string
}

// resultOf returns the result for a value that a program computes as a.
func resultOf(v *val, a *tensor.Array) result {
	if v.texts == nil {
		return result{slot: v.slot, value: newTensor(v.element, a)}
	}
	strings := NewStrings(make([]string, a.Len()), a.Shape()...)
	return result{slot: v.slot, value: strings, indices: a, texts: v.texts}
}

// update looks up texts after a run of the program.
func (r *result) update() {
	if r.texts == nil {
		return
	}
	for i, at := range tensor.Elements[int64](r.indices) {
		r.value.strings[i] = r.texts[at]
	}
}

// ref is a value of a run, by its slot, or one that is always the same.
type ref struct {
	slot     int
	constant *Value
}

// event is what ends a plan.
type event interface {
	// happen does what there is to do between programs, and returns what the next plan depends on.
	happen(m *machine, key []byte) ([]byte, error)
}

// reading is the event that the values of tensors matter.
type reading struct{ slots []int }

func (e *reading) happen(m *machine, key []byte) ([]byte, error) {
	for _, s := range e.slots {
		key = m.env[s].appendElements(key)
	}
	return key, nil
}

// hosting is the event that a node is computed that is no operator of graphs.
type hosting struct {
	call    *hostCall
	inputs  []ref
	capture []ref // what its graphs need of those around them
	outputs []int
}

func (e *hosting) happen(m *machine, key []byte) ([]byte, error) {
	for i, r := range e.inputs {
		e.call.inputs[i] = m.value(r)
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
		key = outputs[i].appendKey(key)
	}
	return key, nil
}

// ending is the event that the outputs are there.
type ending struct{ outputs []ref }

func (e *ending) happen(_ *machine, key []byte) ([]byte, error) { return key, nil }

// machine runs one graph: it has its plans, and the values of the run at hand. It belongs to one
// goroutine at a time.
type machine struct {
	session *Session
	draws   *draws
	graph   *graphInfo
	scope   *scope // around the graph, of attributes of functions
	roots   map[string]*plan
	env     []*Value
	key     []byte
	list    []*Value // the inputs of a session's run
	out     []*Value
	path    []*plan
	// observe is told what the steps of a program took, where that is asked for, and types gets those
	// of the graph's values.
	observe func(p *plan, times []time.Duration)
	types   map[string]string
	symbols map[string]int // the lengths of dimensions with a name
}

// maxPlans bounds the plans that may follow one, and those for shapes of inputs.
const maxPlans = 64

// value returns a value of the run.
func (m *machine) value(r ref) *Value {
	if r.constant != nil || r.slot < 0 {
		return r.constant
	}
	return m.env[r.slot]
}

// run runs the graph on inputs, and on what it needs of the graphs around it, which come after
// them. What it returns stands in the memory of plans, until the next run.
func (m *machine) run(inputs []*Value, constant []bool) ([]*Value, error) {
	if len(m.env) < len(inputs) {
		m.env = make([]*Value, len(inputs))
	}
	m.key = m.key[:0]
	for i, v := range inputs {
		m.env[i] = v
		m.key = v.appendKey(m.key)
	}
	p := m.roots[string(m.key)]
	m.path = m.path[:0]
	root := p
	for p != nil && p.event != nil {
		m.path = append(m.path, p)
		if err := m.execute(p); err != nil {
			return nil, err
		}
		if end, ok := p.event.(*ending); ok {
			return m.outputs(end), nil
		}
		p = p.next[string(m.key)]
	}
	if root == nil {
		root = &plan{}
		if len(m.roots) >= maxPlans {
			clear(m.roots)
		}
		m.roots[string(m.key)] = root
	}
	return m.trace(root, inputs, constant, slices.Clone(m.path))
}

// execute runs a plan, and leaves what the next one depends on in m.key.
func (m *machine) execute(p *plan) error {
	if p.program != nil {
		for _, f := range p.feeds {
			f.to.Show(m.env[f.slot].array)
		}
		var err error
		if m.observe != nil {
			err = m.timed(p)
		} else {
			err = p.program.Run()
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

// outputs returns the values at an end.
func (m *machine) outputs(end *ending) []*Value {
	m.out = m.out[:0]
	for _, r := range end.outputs {
		m.out = append(m.out, m.value(r))
	}
	return m.out
}

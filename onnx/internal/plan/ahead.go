package plan

import (
	"errors"
	"slices"

	"simdnn/onnx/value"
	"simdnn/tensor"
)

// errAhead ends the planning of a run that is yet to come: the plan is made, or what follows
// depends on data.
var errAhead = errors.New("planned ahead")

// planAhead makes the plan of a run with caches before it comes to it, where nothing in it depends
// on data; inputs are those it will have, of which the types and shapes matter alone. What is wrong
// with them the run itself says.
func (m *Machine) planAhead(inputs map[string]*value.Value) error {
	if err := m.Session.Arrange(m, inputs); err != nil {
		return err
	}
	root := m.roots.forKey(m.keyOf(m.list))
	if root.event != nil {
		return nil
	}
	t := &Tracer{segment: newSegment(), Machine: m, at: root, slots: len(m.list), ahead: true}
	if _, err := m.traceWith(t, m.list, nil); !errors.Is(err, errAhead) {
		return err
	}
	return nil
}

// hasPlan reports whether a run on inputs follows plans that are there, as far as it depends on
// their shapes.
func (m *Machine) hasPlan(inputs map[string]*value.Value) bool {
	if m.Session.Arrange(m, inputs) != nil {
		return false
	}
	p := m.roots.get(m.keyOf(m.list))
	return p != nil && p.event != nil
}

// Turns are machines that run a model with caches in turns, on a session of several threads: while
// one runs, another one plans the next run, if its inputs are as much longer as those of this run
// were than those of the run before. A session of one thread has one machine.
type Turns struct {
	session  *Session
	caches   []*Cache // how long they are now
	plans    int
	machines []*Machine
	planning chan struct{} // closed once the next run is planned
	failed   *Machine      // that could not, which the run will say
	before   map[string][]int
}

// NewTurns returns machines with caches that are kept where they are, and plans for so many lengths
// of them; 0 stands for those of sessions.
func (s *Session) NewTurns(caches []*Cache, plans int) *Turns {
	t := &Turns{session: s, caches: caches, plans: plans,
		planning: make(chan struct{}), before: map[string][]int{}}
	close(t.planning)
	t.machines = make([]*Machine, 1+min(s.engines.Float32.Threads()-1, 1))
	for i := range t.machines {
		t.machines[i] = t.newMachine()
	}
	return t
}

func (t *Turns) newMachine() *Machine {
	var own []*Cache
	for _, c := range t.caches {
		own = append(own, c.Clone())
	}
	return t.session.NewDecoder(own, t.plans)
}

// Run runs the model on inputs, those of caches among them. What it returns holds until the next
// run.
func (t *Turns) Run(inputs map[string]*value.Value) ([]*value.Value, error) {
	at := max(t.withPlan(inputs), 0)
	m := t.machines[at]
	t.planNext(at, inputs)
	values, err := t.session.Run(m, inputs)
	if err != nil { // after which a machine is not used again
		t.machines[at] = t.newMachine()
		return nil, err
	}
	for i, c := range m.caches {
		t.caches[i].Len = c.Len
	}
	return values, nil
}

// HasPlan reports whether a run on inputs follows plans that are there, as far as it depends on
// their shapes.
func (t *Turns) HasPlan(inputs map[string]*value.Value) bool { return t.withPlan(inputs) >= 0 }

// withPlan returns which machine has a plan for inputs, −1 if none has, and lets all have the caches'
// lengths.
func (t *Turns) withPlan(inputs map[string]*value.Value) int {
	<-t.planning
	at := -1
	for i, m := range t.machines {
		if m == t.failed {
			m = t.newMachine()
			t.machines[i], t.failed = m, nil
		}
		t.setLengths(m, nil)
		if m.hasPlan(inputs) {
			at = i
		}
	}
	return at
}

// setLengths gives a machine's caches the lengths of inputs, or those of now.
func (t *Turns) setLengths(m *Machine, inputs map[string]*value.Value) {
	for i, c := range m.caches {
		c.Len = t.caches[i].Len
		if v := inputs[c.Input]; v != nil && c.Axis >= 0 {
			c.Len = v.Dims()[c.Axis]
		}
	}
}

// planNext lets another machine than the one at hand plan the run after this one.
func (t *Turns) planNext(at int, inputs map[string]*value.Value) {
	if len(t.machines) < 2 {
		return
	}
	next := t.nextInputs(inputs)
	if next == nil {
		return
	}
	m := t.machines[1-at]
	for _, other := range t.machines {
		t.setLengths(other, next)
		has := other.hasPlan(next)
		t.setLengths(other, nil)
		if has {
			return
		}
	}
	t.setLengths(m, next)
	planned := make(chan struct{})
	t.planning = planned
	go func() {
		defer close(planned)
		defer func() {
			if recover() != nil {
				t.failed = m
			}
		}()
		if m.planAhead(next) != nil {
			t.failed = m
		}
	}()
}

// nextInputs returns inputs that are as much longer than these as these are than those before, nil
// if they don't fit each other.
func (t *Turns) nextInputs(inputs map[string]*value.Value) map[string]*value.Value {
	next := make(map[string]*value.Value, len(inputs))
	for name, v := range inputs {
		before := t.before[name]
		if v == nil || v.Kind() != value.TensorKind {
			return nil
		}
		dims := v.Dims()
		t.before[name] = slices.Clone(dims)
		if len(before) != len(dims) {
			next = nil
		}
		if next == nil {
			continue
		}
		longer := slices.Clone(dims)
		for i, n := range dims {
			if longer[i] += n - before[i]; longer[i] < 0 {
				return nil
			}
		}
		if next[name] = v; !slices.Equal(longer, dims) {
			// whose elements nobody reads
			next[name] = value.Later(v.Element(), tensor.NewLazy(v.Element().Storage(), longer,
				func(*tensor.Array) {}))
		}
	}
	for _, c := range t.caches {
		if next == nil || c.Axis < 0 {
			continue
		}
		length := next[c.Input].Dims()[c.Axis]
		if after := 2*length - inputs[c.Input].Dims()[c.Axis]; after > c.Limit() {
			return nil
		}
	}
	return next
}

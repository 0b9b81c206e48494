package exec

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"simdnn/graph"
	"simdnn/tensor"
)

// Run runs the program once, on the inputs that were set. It returns an error that names the node
// if the elements of an input do not suit it, such as an index out of range: variables then keep
// their values but for those that nodes before it, or in a branch beside it, have already changed.
func (p *Program) Run() error {
	if p.ways.tuner == nil {
		return p.run(p.ways.flat)
	}
	p.Begin()
	return p.Finish()
}

// RunUntil begins a run, which ends where all of some outputs have been computed: a caller that
// then decides against the rest, such as a step of training whose loss is not a number, does
// without [Program.Finish]. Variables keep their values if nothing before the outputs changes them.
// It returns an error if the graph has no such output.
func (p *Program) RunUntil(outputs ...string) error {
	stop, err := p.Stop(outputs...)
	if err != nil {
		return err
	}
	p.Begin()
	return p.RunTo(stop)
}

// Stop is a place within a run.
type Stop int

// Stop returns where a run has computed all of some outputs, for [Program.RunTo]. It returns an
// error if the graph has no such output.
func (p *Program) Stop(outputs ...string) (Stop, error) {
	done := 0
	for _, name := range outputs {
		if i := slices.IndexFunc(p.stops, func(s stop) bool { return s.output == name }); i >= 0 {
			done = max(done, p.stops[i].steps)
		} else if _, err := p.Output(name); err != nil {
			return 0, err
		}
	}
	return Stop(done), nil
}

// Begin begins a run that [Program.RunTo] continues and [Program.Finish] ends, for a caller that
// has something to do in between, such as to send gradients while others are computed.
func (p *Program) Begin() { p.steps, p.done = p.ways.begin(), 0 }

// RunTo continues a run up to a stop, unless it has come as far. After an error the run has ended.
func (p *Program) RunTo(s Stop) error {
	from := min(p.done, int(s))
	p.done = max(p.done, int(s))
	return p.run(p.steps[from:s])
}

// stop is an output that a run may be cut at, and the number of steps up to it: in a slice, since a
// map's hash takes as long as a small step.
type stop struct {
	output string
	steps  int
}

// setStop says after how many steps an output has been computed.
func (p *Program) setStop(output string, steps int) {
	for i := range p.stops {
		if p.stops[i].output == output {
			p.stops[i].steps = steps
			return
		}
	}
	p.stops = append(p.stops, stop{output, steps})
}

// Finish runs what [Program.RunUntil] or [Program.RunTo] has left.
func (p *Program) Finish() error {
	err := p.run(p.steps[p.done:])
	p.ways.end()
	return err
}

func (p *Program) run(steps []graph.Step) error {
	for _, step := range steps {
		if step(); p.failure.is.Load() {
			return p.failure.take()
		}
	}
	return nil
}

// failure is what a step has found wrong, nothing at first.
type failure struct {
	is   atomic.Bool
	mu   sync.Mutex // branches may fail at once
	node int        // of the schedule
	err  error
}

// report says what is wrong with the inputs of a node. What the first one in order says is kept.
func (f *failure) report(node int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.is.Load() || node < f.node {
		f.node, f.err = node, err
	}
	f.is.Store(true)
}

// isBefore reports whether a node before this one has failed.
func (f *failure) isBefore(node int) bool {
	if !f.is.Load() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.node < node
}

// take returns the error and forgets it.
func (f *failure) take() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.is.Store(false)
	return f.err
}

// ArenaBytes returns the size of the memory that the program's values share.
func (p *Program) ArenaBytes() int { return p.arena }

// Input returns the array of an input of the graph. Its elements may be written to, or replaced by
// [tensor.SetElements], before a run. It returns an error if the graph has no such input.
func (p *Program) Input(name string) (*tensor.Array, error) {
	if a, ok := p.inputs[name]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("exec: the graph has no input %q", name)
}

// Output returns the array of an output of the graph, which holds its value after a run and until
// the next one. It returns an error if the graph has no such output.
func (p *Program) Output(name string) (*tensor.Array, error) {
	if a, ok := p.outputs[name]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("exec: the graph has no output %q", name)
}

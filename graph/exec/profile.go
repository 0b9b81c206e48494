package exec

import (
	"time"

	"simdnn/graph"
)

// Node is a node of a program.
type Node struct {
	*graph.Node
	// Types are those of its outputs, with all dimensions known.
	Types []graph.Type
	// Step is the number of its step, or −1 if nothing is left to do when the program runs: a view
	// of another value.
	Step int
}

// Nodes returns the nodes in the order in which they run.
func (p *Program) Nodes() []Node { return p.nodes }

// Steps returns the number of steps of a run: those of the nodes, then those that copy outputs and
// variables' next values.
func (p *Program) Steps() int { return len(p.ways.flat) }

// RunTimed runs the program as [Program.Run] does, but for branches, which run one after the other,
// and writes the time of each step to times, less what reading the clock takes.
func (p *Program) RunTimed(times []time.Duration) error {
	p.steps, p.done = p.ways.oneByOne(), 0
	start := time.Now()
	last := time.Now()
	clock := last.Sub(start)
	for i, step := range p.steps {
		if step(); p.failure.is.Load() {
			return p.failure.take()
		}
		now := time.Now()
		times[i] = max(now.Sub(last)-clock, 0)
		last = now
	}
	return nil
}

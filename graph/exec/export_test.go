package exec

import "simdnn/graph"

// CompileForked compiles a graph whose runs all take a fork wherever nodes are independent, however
// little they do, and returns the number of branches of each. With inTurns the branches go step by
// step in turns, the last one first, which finds memory that they share; else side by side.
func CompileForked(g *graph.Graph, e Engines, shapes map[string][]int,
	inTurns bool) (*Program, []int, error) {
	f := forking{0, (*branches).sideBySide}
	if inTurns {
		f.run = (*branches).inTurns
	}
	c := newCompilation(&Arena{}, g, e, f)
	p, err := c.compile(shapes)
	if err != nil {
		return nil, nil, err
	}
	p.ways.tuner, p.ways.flat = nil, p.ways.all[len(p.ways.all)-1]
	var forks []int
	for _, f := range c.forks {
		forks = append(forks, len(f.branches))
	}
	return p, forks, nil
}

// inTurns runs a step of each branch, then the next of each.
func (b *branches) inTurns() {
	for i, more := 0, true; more; i++ {
		more = false
		for j := len(b.steps) - 1; j >= 0; j-- {
			if i < len(b.steps[j]) {
				more = true
				b.steps[j][i]()
			}
		}
	}
}

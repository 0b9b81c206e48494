package exec

import (
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// fork is a range of the schedule whose nodes fall into branches: no node of one needs what a node
// of another computes, so that threads may run them side by side.
type fork struct {
	first    int
	branches []int // where each ends, the last one at the end of the range
}

// end returns the node behind the fork.
func (f *fork) end() int { return f.branches[len(f.branches)-1] }

// has reports whether a node is one of the fork's.
func (f *fork) has(at int) bool { return f.first <= at && at < f.end() }

// branch returns the branch of a node of the fork.
func (f *fork) branch(at int) int {
	return slices.IndexFunc(f.branches, func(end int) bool { return at < end })
}

// forking says how little a branch may read and write, and how those of a fork are run.
type forking struct {
	bytes int
	run   func(b *branches)
}

// branchBytes is what a branch reads and writes at least: threads that meet take a microsecond or
// two, in which one goes through as much.
const branchBytes = 1 << 16

// fork finds the forks of the schedule, if there are threads for them, and lets the nodes of each
// branch follow one another. What comes before the last output stays before it, for
// [Program.RunUntil].
func (c *compilation) fork() {
	if c.engines.threads() < 2 || c.engines.fixed() {
		return
	}
	until := 0
	for i, n := range c.nodes {
		for _, o := range c.graph.Outputs() {
			if slices.Contains(n.Outputs, c.root(o.Value)) {
				until = i + 1
			}
		}
	}
	for _, part := range [][2]int{{0, until}, {until, len(c.nodes)}} {
		w := c.waits(part[0], part[1])
		first := part[0]
		for i, cut := range w.cuts() {
			if at := part[0] + i; cut {
				c.split(w, first, at)
				first = at + 1
			}
		}
		c.split(w, first, part[1])
	}
}

// waits says for nodes from first on which of the nodes among them each has to wait for.
type waits struct {
	first int
	by    [][]int
}

// waits finds what nodes of the schedule wait for: inputs, and the readers of a variable whose next
// value may take its place.
func (c *compilation) waits(first, end int) waits {
	w := waits{first, make([][]int, end-first)}
	index, readers := map[*graph.Node]int{}, map[*graph.Value][]int{}
	for i, n := range c.nodes[first:end] {
		index[n] = i
		for _, v := range n.Inputs {
			if m, _ := v.Node(); m != nil {
				if at, ok := index[m]; ok && !slices.Contains(w.by[i], at) {
					w.by[i] = append(w.by[i], at)
				}
			}
			readers[c.root(v)] = append(readers[c.root(v)], i)
		}
	}
	for _, u := range c.graph.Updates() {
		n, _ := u.Value.Node()
		i, ok := index[n]
		for _, at := range readers[u.Variable] {
			if ok && at < i && !slices.Contains(w.by[i], at) {
				w.by[i] = append(w.by[i], at)
			}
		}
	}
	return w
}

// cuts reports for each node whether all before it come before it in any order, and all behind it
// behind: the ends of forks.
func (w waits) cuts() []bool {
	behind := make([][]int, len(w.by)) // the nodes that wait for each
	for i, by := range w.by {
		for _, at := range by {
			behind[at] = append(behind[at], i)
		}
	}
	cuts := make([]bool, len(w.by))
	// nodes that none so far waits for, whose number is open
	open, waited := 0, make([]bool, len(w.by))
	for i := range w.by {
		n := 0
		for _, at := range w.by[i] {
			if !waited[at] {
				waited[at] = true
				n++
			}
		}
		cuts[i] = n == open
		open += 1 - n
	}
	open, waited = 0, make([]bool, len(w.by)) // and the same from the end
	for i := len(w.by) - 1; i >= 0; i-- {
		n := 0
		for _, at := range behind[i] {
			if !waited[at] {
				waited[at] = true
				n++
			}
		}
		cuts[i] = cuts[i] && n == open
		open += 1 - n
	}
	return cuts
}

// split makes a fork of nodes between two cuts, if enough of them are independent of others: nodes
// that wait for each other, directly or not, share a branch, and those of little work share one
// with others.
func (c *compilation) split(w waits, first, end int) {
	if end-first < 2 {
		return
	}
	group := make([]int, end-first) // the first node of each one's branch
	for i := range group {
		group[i] = i
		for _, at := range w.by[first+i-w.first] {
			if at += w.first - first; at >= 0 {
				from, to := max(group[at], group[i]), min(group[at], group[i])
				for j := range group[:i+1] {
					if group[j] == from {
						group[j] = to
					}
				}
			}
		}
	}
	f := &fork{first: first}
	nodes, bytes := make([]*graph.Node, 0, end-first), 0
	for g := range group {
		if group[g] != g {
			continue
		}
		for i, of := range group {
			if of == g {
				nodes, bytes = append(nodes, c.nodes[first+i]), bytes+c.bytesOf(c.nodes[first+i])
			}
		}
		if bytes >= c.forking.bytes {
			f.branches, bytes = append(f.branches, first+len(nodes)), 0
		}
	}
	if len(f.branches) < 2 {
		return
	}
	f.branches[len(f.branches)-1] = end
	copy(c.nodes[first:], nodes)
	c.forks = append(c.forks, f)
}

// bytesOf returns the number of bytes that a node reads and writes.
func (c *compilation) bytesOf(n *graph.Node) (bytes int) {
	if isView(n) {
		return 0
	}
	for _, v := range slices.Concat(n.Inputs, n.Outputs) {
		bytes += c.bytes(v)
	}
	return bytes
}

// forkOf returns the fork that a node is in, nil if none.
func (c *compilation) forkOf(at int) *fork {
	for _, f := range c.forks {
		if f.has(at) {
			return f
		}
	}
	return nil
}

// isUsedBeside reports whether a branch beside that of a node uses storage.
func (c *compilation) isUsedBeside(s *storage, at int) bool {
	f := c.forkOf(at)
	return f != nil && slices.ContainsFunc(s.users, func(u int) bool {
		return f.has(u) && f.branch(u) != f.branch(at)
	})
}

// widen extends the lifetimes of storage to all of a fork where they begin or end in it, but for
// what one branch alone uses.
func (c *compilation) widen(all []*storage) {
	for _, f := range c.forks {
		for _, s := range all {
			begins, ends := f.has(s.first), f.has(s.last)
			if begins && ends && f.branch(s.first) == f.branch(s.last) {
				s.fork, s.branch = f, f.branch(s.first)
				continue
			}
			if begins {
				s.first = f.first
			}
			if ends {
				s.last = f.end() - 1
			}
		}
	}
}

// branches are the steps of a fork.
type branches struct {
	program *Program
	threads int
	steps   [][]graph.Step // by branch
	ends    []int          // the nodes behind them
}

// sideBySide runs all branches, on as many threads as there are.
func (b *branches) sideBySide() { tensor.Parallel(b, len(b.steps), b.threads) }

// Run runs a branch, up to its end or to a step that fails. What fails beside it does not stop it:
// the error of a run is that of the first node of the schedule.
func (b *branches) Run(branch int) {
	for _, step := range b.steps[branch] {
		if step(); b.program.failure.isBefore(b.ends[branch]) {
			return
		}
	}
}

// forked returns the steps with those of forks side by side: a fork takes the place of its first
// step, and nothing that of the others, so that steps keep their numbers. serial are the steps on
// one thread.
func (c *compilation) forked(p *Program, steps, serial []graph.Step) []graph.Step {
	steps = slices.Clone(steps)
	for _, f := range c.forks {
		b := &branches{program: p, threads: c.engines.threads()}
		place, first := -1, f.first
		for _, end := range f.branches {
			var branch []graph.Step
			for _, n := range p.nodes[first:end] {
				if n.Step < 0 {
					continue
				}
				if place < 0 {
					place = n.Step
				}
				branch = append(branch, serial[n.Step])
				steps[n.Step] = func() {}
			}
			b.steps, b.ends, first = append(b.steps, branch), append(b.ends, end), end
		}
		if place >= 0 {
			steps[place] = func() { c.forking.run(b) }
		}
	}
	return steps
}

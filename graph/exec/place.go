package exec

import (
	"cmp"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// storage is memory in which values stand, one after the other, or as views of each other.
type storage struct {
	bytes       int
	first, last int           // the nodes from which to which it is needed
	array       *tensor.Array // of a source; nil in the arena
	offset      int           // in the arena
	users       []int         // the nodes that read or write it
	fork        *fork         // in one branch of which alone it is used, nil if there is none
	branch      int
}

// place decides where values stand: views where what they show does, results of operators that
// work in place where an input did that nobody needs any more, the next value of a variable in the
// variable, and all else in an arena, in which memory is used again as soon as it is free. It
// refuses what takes more memory than the arena may have.
func (c *compilation) place() error {
	if err := c.checkSizes(); err != nil {
		return err
	}
	for _, v := range c.graph.Sources() {
		c.storage[v] = &storage{array: c.source(v), bytes: c.bytes(v), first: -1, last: -1}
	}
	c.findParts()
	last := c.lastUses()
	wholes := c.wholes(last)
	next := map[*graph.Value]*graph.Value{} // the variable that a value is the next one of
	for _, u := range c.graph.Updates() {
		next[u.Value] = u.Variable
	}
	var arena []*storage
	for at, n := range c.nodes {
		taken := map[*storage]bool{}
		for i, v := range n.Outputs {
			s := wholes[v]
			if s == nil {
				s = c.inherit(n, i, at, next[v], taken)
			}
			if s == nil {
				s = &storage{bytes: c.bytes(v), first: at, last: at}
			}
			if s.array == nil && len(s.users) == 0 {
				s.first = at
				arena = append(arena, s)
			}
			taken[s] = true
			c.storage[v] = s
			s.last = max(s.last, last[c.root(v)])
			s.users = append(append(s.users, at), c.readers[v]...)
		}
		if n := c.scratchBytes(n); n > 0 {
			s := &storage{bytes: n, first: at, last: at}
			arena = append(arena, s)
			c.scratch[c.nodes[at]] = s
		}
	}
	c.widen(arena)
	n := arrange(arena)
	if err := c.memory.check(float64(n)); err != nil {
		return err
	}
	c.arena = c.memory.take(n)
	return nil
}

// checkSizes refuses values that take more memory than the arena may have, whose sizes an int may
// not hold.
func (c *compilation) checkSizes() error {
	for v := range c.types {
		bytes := float64(v.DType().Bytes())
		for _, d := range c.shape(v) {
			bytes *= float64(d)
		}
		if err := c.memory.check(bytes); err != nil && v.Kind() != graph.VariableValue &&
			v.Kind() != graph.Constant {
			return fmt.Errorf("%w for %v", err, v)
		}
	}
	return nil
}

// scratchBytes returns how much memory a node's step needs for itself, by whatever engines it is
// bound.
func (c *compilation) scratchBytes(n *graph.Node) int {
	o, ok := n.Operator.(graph.Scratcher)
	if !ok {
		return 0
	}
	bytes := 0
	for _, e := range []Engines{c.engines, c.engines.serial()} {
		b := &graph.Binding{Float32: e.Float32, Float64: e.Float64}
		bytes = max(bytes, o.Scratch(b, c.typesOf(n.Inputs)))
	}
	return bytes
}

// source returns the array of a source: an input's, which is replaced for each run, has none yet.
func (c *compilation) source(v *graph.Value) *tensor.Array {
	switch v.Kind() {
	case graph.VariableValue:
		return v.Variable().Value
	case graph.Constant:
		return v.Constant()
	}
	return tensor.NewArray(v.DType(), c.shape(v)...)
}

// isView reports whether the node's output shows its first input.
//
//go:noinline
func isView(n *graph.Node) bool {
	o, ok := n.Operator.(graph.Viewer)
	return ok && o.IsView()
}

// isView reports whether the node's output shows its first input, or a part of it.
func (c *compilation) isView(n *graph.Node) bool { return c.cuts[n] || isView(n) }

// root returns the value that a chain of views shows.
//
//go:noinline
func (c *compilation) root(v *graph.Value) *graph.Value {
	for {
		n, _ := v.Node()
		if n == nil || !c.isView(n) {
			return v
		}
		v = n.Inputs[0]
	}
}

// lastUses returns, for each value that is no view, the last node that needs its elements, views
// included: one beyond the last node if they are needed when the run ends.
func (c *compilation) lastUses() map[*graph.Value]int {
	last := map[*graph.Value]int{}
	clear(c.readers)
	for at, n := range c.nodes {
		reader, ok := n.Operator.(graph.ShapeReader)
		for i, v := range n.Inputs {
			if !ok || !reader.ReadsShapeOnly(i) {
				last[c.root(v)] = at
				if len(c.forks) > 0 {
					c.readers[c.root(v)] = append(c.readers[c.root(v)], at)
				}
			}
		}
	}
	for _, o := range c.graph.Outputs() {
		last[c.root(o.Value)] = len(c.nodes)
	}
	for _, u := range c.graph.Updates() {
		last[c.root(u.Value)] = len(c.nodes)
	}
	for _, v := range c.graph.Sources() {
		if at, ok := last[v]; ok {
			c.storage[v].last, c.storage[v].users = at, c.readers[v]
		}
	}
	return last
}

// inherit returns the storage that output i of a node takes over, nil if it gets one of its own.
func (c *compilation) inherit(n *graph.Node, i, at int, variable *graph.Value,
	taken map[*storage]bool) *storage {
	if c.isView(n) {
		return c.storage[n.Inputs[0]]
	}
	o, ok := n.Operator.(graph.InPlace)
	if !ok {
		return nil
	}
	v := n.Outputs[i]
	for _, input := range o.Overwrites(i) {
		x := n.Inputs[input]
		s := c.storage[x]
		switch {
		case s.last > at, s.bytes != c.bytes(v), s.bytes != c.bytes(x), taken[s],
			c.sharesWithOther(n, input), c.isUsedBeside(s, at):
		case s.array != nil && (variable == nil || s != c.storage[variable]):
		default:
			return s
		}
	}
	return nil
}

// sharesWithOther reports whether another input of the node, with another shape, stands in the same
// storage: what is written in place of the one could then be read as the other.
func (c *compilation) sharesWithOther(n *graph.Node, input int) bool {
	x := n.Inputs[input]
	return slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
		return v != x && c.storage[v] == c.storage[x] && !slices.Equal(c.shape(v), c.shape(x))
	})
}

// meets reports whether storage is needed while other storage is, or may be in a branch beside it.
func (s *storage) meets(p *storage) bool {
	beside := s.fork != nil && s.fork == p.fork && s.branch != p.branch
	return beside || p.first <= s.last && s.first <= p.last
}

// alignment is that of values in the arena, in bytes: a cache line, and the widest register.
const alignment = 64

// arrange gives each storage its place in the arena, and returns the arena's size: from the largest
// on, each gets the lowest place that none holds at the same time (the greedy way by size of
// Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020).
func arrange(all []*storage) (size int) {
	bySize := slices.Clone(all)
	slices.SortStableFunc(bySize, func(a, b *storage) int { return cmp.Compare(b.bytes, a.bytes) })
	var placed []*storage // by offset
	for _, s := range bySize {
		s.offset = 0
		for _, p := range placed {
			if !s.meets(p) {
				continue
			}
			if p.offset-s.offset >= s.bytes {
				break
			}
			s.offset = max(s.offset, roundUp(p.offset+p.bytes))
		}
		at, _ := slices.BinarySearchFunc(placed, s, func(p, s *storage) int {
			return cmp.Compare(p.offset, s.offset)
		})
		placed = slices.Insert(placed, at, s)
		size = max(size, roundUp(s.offset+s.bytes))
	}
	return size
}

// roundUp returns the smallest multiple of the alignment that is at least n.
func roundUp(n int) int { return (n + alignment - 1) / alignment * alignment }

// array returns the array of a value.
func (c *compilation) array(v *graph.Value) *tensor.Array {
	if a, ok := c.arrays[v]; ok {
		return a
	}
	s, shape := c.storage[v], c.shape(v)
	var a *tensor.Array
	if s.array != nil {
		a = s.array.Reshape(shape...)
	} else if p, ok := c.partOf(v); ok {
		a = c.arrayOf(p, v, c.arena[s.offset:][:s.bytes])
	} else {
		a = tensor.ArrayOver(v.DType(), c.arena[s.offset:][:s.bytes], shape...)
	}
	c.arrays[v] = a
	return a
}

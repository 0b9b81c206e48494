package tree

import (
	"fmt"
	"math"
	"slices"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// Program is an ensemble that is compiled for rows of T. It may be used by many goroutines at once.
//
// Comparisons and sums are those of T: the sum for a target is that of its weights in the order of
// the trees, each rounded to T, whatever the number of rows and threads.
type Program[T tensor.Float] struct {
	features, targets int
	threaded          func(out, x []T, threads int) // of the columns' type
}

// program is a Program with columns of C, T unless the nodes of that have too few bits.
type program[T, C tensor.Float] struct {
	features, targets int
	columns           []column // but for the first, which is less than any number: that of leaves
	tests             []test[T]

	nodes asm.TreeNodes
	trees []walk
	// The trees as one row is walked through them, and whether their tops are compared at once.
	row            []stretch[C]
	topped, beyond bool // and whether anything but leaves is below these
	// plain says that each leaf is one weight, its node's value, each tree for one target, and all
	// is a sum.
	plain bool
	// Where not plain: the leaf at each node, and all leaves.
	leafAt []int32
	leaves []leaf[T]

	aggregate Aggregate
	base      []T
	baseFirst bool
	kernels   asm.Trees[C]
	block     int // rows that are walked together
	free      freelist[T, C]
}

// walk is a tree: the place of its root, after how many steps the first rows are at their leaves,
// and the target of its leaves.
type walk struct{ root, least, target int32 }

// leaf is a [Leaf].
type leaf[T tensor.Float] struct {
	weights  []weight[T]
	linear   bool
	constant T
	slopes   []Slope
}

type weight[T tensor.Float] struct {
	target int32
	value  T
}

// Compile checks an ensemble and compiles it.
func Compile[T tensor.Float](e *Ensemble) (*Program[T], error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	p := &Program[T]{features: e.Features, targets: e.Targets}
	if narrow, ok := compile[T, T](e); ok {
		p.threaded = narrow.predictOn
		return p, nil
	}
	wide, ok := compile[T, float64](e)
	if !ok {
		return nil, fmt.Errorf("tree: %d nodes are too many", len(e.Nodes))
	}
	p.threaded = wide.predictOn
	return p, nil
}

// compile reports whether the nodes fit, too.
func compile[T, C tensor.Float](e *Ensemble) (*program[T, C], bool) {
	p := &program[T, C]{features: e.Features, targets: e.Targets, aggregate: e.Aggregate,
		baseFirst: e.BaseFirst, base: make([]T, e.Targets)}
	for i, b := range e.Base {
		p.base[i] = T(b)
	}
	c := compiler[T, C]{ensemble: e, program: p, places: map[column]int32{},
		known: map[testKey]int32{}}
	c.target()
	for t := range e.Roots {
		c.tree(t)
	}
	p.nodes = asm.MakeTreeNodes[C](len(c.list))
	for i, n := range c.list {
		if !p.nodes.Set(i, n) {
			return nil, false
		}
	}
	if p.plain {
		p.leafAt = nil
	} else {
		c.addLeaves()
	}
	p.kernels = asm.For[C](asm.Active()).Trees
	c.stretches()
	p.block = blockOf[C](len(p.columns) + 1)
	return p, true
}

// compiler is an ensemble on its way to a program.
type compiler[T, C tensor.Float] struct {
	ensemble *Ensemble
	*program[T, C]
	places map[column]int32  // of columns
	known  map[testKey]int32 // the columns of tests
	list   []asm.TreeNode
	queue  []pair
}

// testKey tells tests apart.
type testKey struct {
	feature, set int32
	mode         Mode
	missing      Missing
	thenMissing  bool
	split        float64
}

// target finds the target of each tree, and whether the ensemble is plain.
func (c *compiler[T, C]) target() {
	e := c.ensemble
	c.plain = e.Aggregate <= Average
	c.trees = make([]walk, len(e.Roots))
	var below []Child
	for t, root := range e.Roots {
		c.trees[t].target = -1
		for below = append(below[:0], root); len(below) > 0; {
			at := below[len(below)-1]
			below = below[:len(below)-1]
			if at >= 0 {
				below = append(below, e.Nodes[at].Then, e.Nodes[at].Else)
				continue
			}
			l := &e.Leaves[^at]
			if len(l.Weights) != 1 || l.Linear || l.Weights[0].Value != l.Weights[0].Value ||
				c.trees[t].target >= 0 && l.Weights[0].Target != c.trees[t].target {
				c.plain = false
				return
			}
			c.trees[t].target = l.Weights[0].Target
		}
	}
}

// line is how many nodes of float32 a cache line has.
const line = 8

// tree adds a tree. Children of one node are neighbours, and their own children are in the same
// cache line, if those are float32: so a walk needs a new line at every second step.
func (c *compiler[T, C]) tree(t int) {
	w := &c.trees[t]
	w.least = math.MaxInt32
	root := c.ensemble.Roots[t]
	below := c.childrenOf(root, 0)
	size := 1
	for _, p := range below {
		size += c.size(p)
	}
	c.room(size)
	w.root = c.grow(1)
	c.put(w.root, root, 0, w)
	for i := range below {
		below[i].parent = w.root
	}
	c.queue = c.pairs(c.queue[:0], below, w)
	for i := 0; i < len(c.queue); i++ {
		p := c.queue[i : i+1]
		c.room(c.size(p[0]))
		c.queue = c.pairs(c.queue, p, w)
	}
}

// pair are the children of a node at a place, so many steps from the root.
type pair struct {
	low, high    Child
	parent, step int32
}

// childrenOf returns the children of a node at a place, none of a leaf.
func (c *compiler[T, C]) childrenOf(at Child, step int32) []pair {
	if at < 0 {
		return nil
	}
	_, _, low, high := c.node(&c.ensemble.Nodes[at])
	return []pair{{low: low, high: high, step: step + 1}}
}

// size returns how many places a pair and its children take.
func (c *compiler[T, C]) size(p pair) int {
	size := 2
	for _, child := range [...]Child{p.low, p.high} {
		if child >= 0 {
			size += 2
		}
	}
	return size
}

// pairs places pairs and their children, and appends the children of those to a queue.
func (c *compiler[T, C]) pairs(queue, list []pair, w *walk) []pair {
	for level := range 2 {
		var next []pair
		for _, p := range list {
			at := c.grow(2)
			c.list[p.parent].Delta = int(at - p.parent)
			for i, child := range [...]Child{p.low, p.high} {
				c.put(at+int32(i), child, p.step, w)
				for _, below := range c.childrenOf(child, p.step) {
					below.parent = at + int32(i)
					next = append(next, below)
				}
			}
		}
		if list = next; level == 1 {
			queue = append(queue, next...)
		}
	}
	return queue
}

// put sets the node at a place to a node or a leaf.
func (c *compiler[T, C]) put(place int32, at Child, step int32, w *walk) {
	if at >= 0 {
		value, column, _, _ := c.node(&c.ensemble.Nodes[at])
		c.list[place] = asm.TreeNode{Value: float64(value), Column: int(column)}
		return
	}
	if c.leafAt[place] = int32(^at); c.plain {
		c.list[place].Value = float64(T(c.ensemble.Leaves[^at].Weights[0].Value))
	}
	w.least = min(w.least, step)
}

// room begins a new cache line unless there is room for so many nodes in this one.
func (c *compiler[T, C]) room(n int) {
	if past := len(c.list) % line; past+n > line {
		c.grow(line - past)
	}
}

// grow adds places, and returns the first.
//
//go:noinline
func (c *compiler[T, C]) grow(n int) int32 {
	first := len(c.list)
	for range n {
		c.list, c.leafAt = append(c.list, asm.TreeNode{}), append(c.leafAt, -1)
	}
	return int32(first)
}

// node returns a node's value and column, and where rows go whose column is not greater, and is.
func (c *compiler[T, C]) node(n *Node) (value T, place int32, low, high Child) {
	low, high = n.Then, n.Else
	lowMissing := n.ThenMissing
	value = T(n.Split)
	if n.Mode == AtLeast || n.Mode == Above {
		low, high, lowMissing = high, low, !lowMissing
	}
	if n.Mode == Below || n.Mode == AtLeast { // x < s where x is at most the number before s
		value = before(value)
	}
	kind := nanZero
	switch {
	case n.Missing == NaN && lowMissing:
		kind = nanLow
	case n.Missing == NaN:
		kind = nanHigh
	case n.Missing == NaNOrZero && lowMissing:
		kind = nanZeroLow
	case n.Missing == NaNOrZero:
		kind = nanZeroHigh
	}
	// Some values have nothing beyond them where the others or the missing ones could be.
	atEnd := math.IsInf(float64(value), 1) && kind != nanLow && kind != nanZeroLow ||
		(n.Mode == Below || n.Mode == AtLeast) && math.IsInf(n.Split, -1)
	if n.Mode >= Equal || atEnd {
		return 0.5, c.test(n), n.Else, n.Then
	}
	return value, c.column(column{feature: n.Feature, kind: kind}), low, high
}

// before returns the largest number below x.
func before[T tensor.Float](x T) T {
	if v, ok := any(x).(float32); ok {
		return T(math.Nextafter32(v, float32(math.Inf(-1))))
	}
	return T(math.Nextafter(float64(x), math.Inf(-1)))
}

// column returns the number of a column.
func (c *compiler[T, C]) column(of column) int32 {
	place, ok := c.places[of]
	if !ok {
		place = int32(len(c.columns)) + 1
		c.columns = append(c.columns, of)
		c.places[of] = place
	}
	return place
}

// test returns the column of a test that is none of order.
func (c *compiler[T, C]) test(n *Node) int32 {
	key := testKey{n.Feature, -1, n.Mode, n.Missing, n.ThenMissing, n.Split}
	if n.Mode == Member {
		key.set, key.split = n.Set, 0
	}
	place, ok := c.known[key]
	if !ok {
		c.tests = append(c.tests, newTest[T](c.ensemble, n))
		place = c.column(column{n.Feature, testColumn, int32(len(c.tests) - 1)})
		c.known[key] = place
	}
	return place
}

// addLeaves rounds the leaves' weights.
func (c *compiler[T, C]) addLeaves() {
	c.leaves = make([]leaf[T], len(c.ensemble.Leaves))
	for i := range c.ensemble.Leaves {
		from := &c.ensemble.Leaves[i]
		l := leaf[T]{linear: from.Linear, constant: T(from.Constant), slopes: slices.Clone(from.Slopes)}
		for _, w := range from.Weights {
			l.weights = append(l.weights, weight[T]{w.Target, T(w.Value)})
		}
		c.leaves[i] = l
	}
}

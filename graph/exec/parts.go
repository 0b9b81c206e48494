package exec

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// part says where a value stands that is part of another one, the whole: what is joined is written
// into its place at once, and what is cut is read there. Nothing is copied then.
//
//	whole   | a a a | b b | c |   rows from an axis on: those of b begin step elements apart,
//	        | a a a | b b | c |   and the first one at an offset
//
// A part of a single row has no gaps, and may be of and for any operator. Others only
// [graph.Strided] ones take: where one does not, there is no part, and the elements are copied.
type part struct {
	whole     *graph.Value
	offset    int // in bytes
	row, step int // in elements; 0 without gaps
	dims      int // of a row
}

// cutReach is the number of nodes that may come between a node that cuts and the last one that
// reads the part. The whole stands as long as that, which for parts that are needed later takes
// more memory than a copy, unless they are all of the whole: queries, keys and values, which their
// gradient reads, say.
const cutReach = 8

// findParts finds the values that stand in others: from the last node on, so that what is joined to
// be joined again stands in the last whole.
func (c *compilation) findParts() {
	fixed := map[*graph.Value]bool{} // next values of variables, which stand in them
	for _, u := range c.graph.Updates() {
		fixed[c.root(u.Value)] = true
	}
	readers, last := c.consumers(), c.lastUses()
	for at := len(c.nodes) - 1; at >= 0; at-- {
		n := c.nodes[at]
		if o, ok := n.Operator.(graph.Joiner); ok && !fixed[n.Outputs[0]] {
			c.join(n, o.JoinsAlong(), fixed, readers)
		}
	}
	later := map[*graph.Value]int{} // bytes of parts that are needed later
	for at, n := range c.nodes {
		if _, ok := n.Operator.(graph.Cutter); ok && last[n.Outputs[0]] > at+cutReach {
			later[c.root(n.Inputs[0])] += c.bytes(n.Outputs[0])
		}
	}
	for at, n := range c.nodes {
		o, ok := n.Operator.(graph.Cutter)
		if !ok || fixed[n.Outputs[0]] || fixed[c.root(n.Inputs[0])] || c.isOutput(n.Outputs[0]) {
			continue
		}
		root := c.root(n.Inputs[0])
		if last[n.Outputs[0]] <= at+cutReach || later[root] >= c.bytes(root) {
			c.cut(n, o, readers)
		}
	}
}

// wholes returns the memory of values that are joined, and of those that are joined to them, given
// the last uses of all. It begins with the first of them that is computed.
func (c *compilation) wholes(last map[*graph.Value]int) map[*graph.Value]*storage {
	all := map[*graph.Value]*storage{}
	for v := range c.joined {
		whole := c.parts[v].whole
		s := all[whole]
		if s == nil {
			s = &storage{bytes: c.bytes(whole), last: last[whole]}
			all[whole] = s
		}
		s.last = max(s.last, last[v])
		all[v] = s
	}
	return all
}

// consumers returns the nodes that read each value.
func (c *compilation) consumers() map[*graph.Value][]*graph.Node {
	readers := map[*graph.Value][]*graph.Node{}
	for _, n := range c.nodes {
		for _, v := range n.Inputs {
			readers[v] = append(readers[v], n)
		}
	}
	return readers
}

// join lets inputs of a node stand in its output, which may be part of another whole.
//
//go:noinline
func (c *compilation) join(n *graph.Node, axis int, fixed map[*graph.Value]bool,
	readers map[*graph.Value][]*graph.Node) {
	out := n.Outputs[0]
	p, nested := c.parts[out]
	shape := c.shape(out)
	dims := len(shape) - axis
	if !nested {
		p = part{whole: out}
	}
	step := elements(shape[axis:])
	if p.row > 0 {
		if p.dims != dims {
			return
		}
		step = p.step
	}
	for _, v := range n.Inputs {
		in := c.shape(v)
		row := elements(in[axis:])
		q := part{whole: p.whole, offset: p.offset, dims: dims}
		p.offset += row * v.DType().Bytes()
		if elements(in[:axis]) > 1 && row != step {
			q.row, q.step = row, step
		}
		producer, _ := v.Node()
		_, taken := c.parts[v]
		if producer == nil || isView(producer) || taken || fixed[v] || row == 0 || v == p.whole ||
			count(n.Inputs, v) > 1 || q.row > 0 && !c.takesGaps(q, v, producer, n, readers[v]) {
			continue
		}
		c.parts[v], c.joined[v] = q, n
	}
}

// takesGaps reports whether the node that writes a part with gaps and those that read it, but for
// the one that joins it, can do so, none of them with another part of the same whole on its other
// side.
func (c *compilation) takesGaps(p part, v *graph.Value, producer, joiner *graph.Node,
	readers []*graph.Node) bool {
	o, ok := producer.Operator.(graph.Strided)
	if !ok || c.isOutput(v) ||
		!o.TakesGaps(c.typesOf(producer.Inputs), graph.OutputGaps, p.dims) ||
		c.hasPart(p.whole, producer.Inputs) {
		return false
	}
	return c.allReadGaps(p, v, joiner, readers)
}

// allReadGaps reports whether the nodes that read a part with gaps, but for the one that joins it,
// can do so, none of them with an output in the same whole.
func (c *compilation) allReadGaps(p part, v *graph.Value, joiner *graph.Node,
	readers []*graph.Node) bool {
	for _, n := range readers {
		if n != joiner && (!c.readsGaps(n, v, p.dims) || c.hasPart(p.whole, n.Outputs)) {
			return false
		}
	}
	return true
}

// readsGaps reports whether a node takes a value with gaps wherever it reads it.
func (c *compilation) readsGaps(n *graph.Node, v *graph.Value, dims int) bool {
	shapes, _ := n.Operator.(graph.ShapeReader)
	o, ok := n.Operator.(graph.Strided)
	for i, x := range n.Inputs {
		if x == v && !(shapes != nil && shapes.ReadsShapeOnly(i)) &&
			!(ok && o.TakesGaps(c.typesOf(n.Inputs), i, dims)) {
			return false
		}
	}
	return true
}

// hasPart reports whether one of some values stands in a whole.
//
//go:noinline
func (c *compilation) hasPart(whole *graph.Value, values []*graph.Value) bool {
	for _, v := range values {
		if v = c.root(v); v == whole || c.parts[v].whole == whole {
			return true
		}
	}
	return false
}

// isOutput reports whether the graph returns a value, or a view of it.
//
//go:noinline
func (c *compilation) isOutput(v *graph.Value) bool {
	for _, o := range c.graph.Outputs() {
		if c.root(o.Value) == v {
			return true
		}
	}
	return false
}

// cut lets the output of a node stand in its input, if that is in the arena and its rows are cut.
func (c *compilation) cut(n *graph.Node, o graph.Cutter, readers map[*graph.Value][]*graph.Node) {
	x, v := n.Inputs[0], n.Outputs[0]
	whole, out := c.shape(x), c.shape(v)
	axis, first, ok := o.Cuts(whole)
	root := c.root(x)
	producer, _ := root.Node()
	if _, taken := c.parts[v]; !ok || taken || producer == nil || c.bytes(v) == 0 {
		return
	}
	p, nested := c.partOf(x)
	if !nested {
		p = part{whole: root}
	}
	dims, step := len(out)-axis, elements(whole[axis:])
	if p.row > 0 {
		if p.dims != dims {
			return
		}
		step = p.step
	}
	p.offset += first * elements(whole[axis+1:]) * v.DType().Bytes()
	p.row, p.step, p.dims = 0, 0, dims
	if row := elements(out[axis:]); elements(out[:axis]) > 1 && row != step {
		p.row, p.step = row, step
		if !c.allReadGaps(p, v, nil, readers[v]) {
			return
		}
	}
	c.parts[v], c.cuts[n] = p, true
}

// elements returns the number of elements of some dimensions.
func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// count returns how often a list has a value.
func count(values []*graph.Value, v *graph.Value) (n int) {
	for _, x := range values {
		if x == v {
			n++
		}
	}
	return n
}

// partOf returns the part that a value is, or is a view of.
func (c *compilation) partOf(v *graph.Value) (part, bool) {
	for {
		if p, ok := c.parts[v]; ok {
			return p, true
		}
		n, _ := v.Node()
		if n == nil || !c.isView(n) {
			return part{}, false
		}
		v = n.Inputs[0]
	}
}

// placed says which inputs of a node that joins them stand in its output, nil if the node joins
// nothing.
func (c *compilation) placed(n *graph.Node) []bool {
	if _, ok := n.Operator.(graph.Joiner); !ok {
		return nil
	}
	all := make([]bool, len(n.Inputs))
	for i, v := range n.Inputs {
		all[i] = c.joined[v] == n
	}
	return all
}

// arrayOf returns a part's array in the memory of its whole.
func (c *compilation) arrayOf(p part, v *graph.Value, memory []byte) *tensor.Array {
	shape, bytes := c.shape(v), v.DType().Bytes()
	if elements(shape) == 0 { // the whole may be empty, too, and have no such offset
		return tensor.ArrayOver(v.DType(), nil, shape...)
	}
	if p.row == 0 {
		return tensor.ArrayOver(v.DType(), memory[p.offset:][:c.bytes(v)], shape...)
	}
	span := (elements(shape)/p.row-1)*p.step + p.row
	return tensor.RowsOver(v.DType(), memory[p.offset:][:span*bytes], p.row, p.step, shape...)
}

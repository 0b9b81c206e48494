package onnx

import (
	"fmt"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// recurrents are the operators of recurrent networks.
var recurrents = []operator{
	{name: "GRU", since: 1, min: 3, max: 6, attributes: cells + " linear_before_reset",
		translate: recurrent(gruCell)},
	{name: "LSTM", since: 1, min: 3, max: 8, attributes: cells + " input_forget",
		translate: recurrent(lstmCell)},
	{name: "RNN", since: 1, min: 3, max: 6, attributes: cells, translate: recurrent(rnnCell)},
}

// cells are the attributes that all have.
const cells = "activation_alpha activation_beta activations clip direction hidden_size layout " +
	"output_sequence"

// cellKind is what a step of a recurrent network computes.
type cellKind uint8

const (
	rnnCell cellKind = iota
	gruCell
	lstmCell
)

// cellKinds says of each how many gates it has and its activations unless others are given.
var cellKinds = [...]struct {
	gates       int
	activations []string
}{
	rnnCell:  {1, []string{"Tanh"}},
	gruCell:  {3, []string{"Sigmoid", "Tanh"}},
	lstmCell: {4, []string{"Sigmoid", "Tanh", "Tanh"}},
}

// cell is a recurrent network's layer in one direction.
type cell struct {
	kind                         cellKind
	steps, batch, hidden         int
	reversed                     bool
	clip                         float64
	inputForget, resetAfter      bool
	activations                  []activation
	hasLengths, hasH, hasC, hasP bool
	hasBias                      bool
	quantised                    bool // the state's part is a product of integers
}

// activation is one of those that recurrent networks may have, with its numbers.
type activation struct {
	name        string
	alpha, beta float64
}

// activationNumbers are α and β unless others are given.
var activationNumbers = map[string][2]float64{
	"Relu": {}, "Tanh": {}, "Sigmoid": {}, "Softsign": {}, "Softplus": {}, "Affine": {1, 0},
	"LeakyRelu": {0.01}, "ThresholdedRelu": {1}, "ScaledTanh": {1, 1}, "HardSigmoid": {0.2, 0.5},
	"Elu": {1},
}

// recurrent runs one direction, or both, over a sequence.
func recurrent(kind cellKind) func(*call) {
	return func(c *call) {
		batchFirst := c.attrInt("layout", 0) != 0
		x := c.float(0)
		if c.rank(0) != 3 || c.rank(1) != 3 || c.rank(2) != 3 {
			c.fail("an input %v with weights %v and %v", c.val(0), c.val(1), c.val(2))
		}
		if batchFirst {
			x = op.Permute(c.b(), x, 1, 0, 2)
		}
		s, hidden := dims(x), c.shape(2)[2]
		gates := cellKinds[kind].gates
		directions := map[string]int{"forward": 1, "reverse": 1, "bidirectional": 2}[c.attrString("direction",
			"forward")]
		w, r := c.shape(1), c.shape(2)
		if directions == 0 || w[0] != directions || r[0] != directions || w[1] != gates*hidden ||
			r[1] != gates*hidden || w[2] != s[2] || c.attrInt("hidden_size", hidden) != hidden {
			c.fail("the direction %q of weights %v and %v", c.attrString("direction", "forward"), c.val(1),
				c.val(2))
		}
		var outputs [3][]*graph.Value
		for d := range directions {
			cl := c.cell(kind, s, hidden, d, directions)
			xp := c.b().Apply(op.Product{TransposeB: true}, c.reshape(x, s[0]*s[1], s[2]), c.ofDirection(1, d))
			for i, v := range c.direction(cl, x, d, batchFirst, xp, c.ofDirection(2, d)) {
				outputs[i] = append(outputs[i], v)
			}
		}
		c.setRecurrent(outputs, batchFirst, s[0], s[1], hidden)
	}
}

// cell returns the layer of one direction over inputs of a shape (steps, batch, …).
func (c *call) cell(kind cellKind, s []int, hidden, d, directions int) cell {
	return cell{kind: kind, steps: s[0], batch: s[1], hidden: hidden,
		reversed:    d == 1 || c.attrString("direction", "forward") == "reverse",
		clip:        c.attrFloat("clip", 0),
		inputForget: c.attrInt("input_forget", 0) != 0,
		resetAfter:  c.attrInt("linear_before_reset", 0) != 0,
		activations: c.activations(kind, d, directions)}
}

// ofDirection returns the part of an input that is one direction's.
func (c *call) ofDirection(i, d int) *graph.Value {
	v := c.float(i)
	return c.reshape(op.Slice(c.b(), v, 0, d, d+1, 1), dims(v)[1:]...)
}

// activations returns those of one direction.
func (c *call) activations(kind cellKind, d, directions int) []activation {
	names := c.attrStrings("activations")
	n := len(cellKinds[kind].activations)
	if names == nil {
		for range directions {
			names = append(names, cellKinds[kind].activations...)
		}
	}
	if len(names) != n*directions {
		c.fail("%d activations, not %d", len(names), n*directions)
	}
	alphas, betas := c.attrFloats("activation_alpha"), c.attrFloats("activation_beta")
	var list []activation
	for i := d * n; i < (d+1)*n; i++ {
		numbers, ok := activationNumbers[names[i]]
		if !ok {
			c.fail("the activation %q is unknown", names[i])
		}
		a := activation{names[i], numbers[0], numbers[1]}
		if i < len(alphas) {
			a.alpha = float64(alphas[i])
		}
		if i < len(betas) {
			a.beta = float64(betas[i])
		}
		list = append(list, a)
	}
	return list
}

// direction runs one direction: it returns the states of all steps, the last one, and the last cell
// state. It gets the inputs' part of the gates, and by what the state's part is computed: weights, and
// those of integers with their scales.
func (c *call) direction(cl cell, x *graph.Value, d int, batchFirst bool, xp *graph.Value,
	state ...*graph.Value) []*graph.Value {
	b, s := c.b(), dims(x)
	first := func(i int) *graph.Value {
		v := c.float(i)
		if batchFirst {
			v = op.Permute(b, v, 1, 0, 2)
		}
		return c.reshape(op.Slice(b, v, 0, d, d+1, 1), cl.batch, cl.hidden)
	}
	inputs := append([]*graph.Value{xp}, state...)
	if cl.hasBias = c.has(3); cl.hasBias {
		inputs = append(inputs, c.ofDirection(3, d))
	}
	if cl.hasLengths = c.has(4); cl.hasLengths {
		inputs = append(inputs, op.Cast(b, c.value(4), tensor.Int64Type))
	}
	if cl.hasH = c.has(5); cl.hasH {
		inputs = append(inputs, first(5))
	}
	if cl.hasC = c.has(6); cl.hasC {
		inputs = append(inputs, first(6))
	}
	if cl.hasP = c.has(7); cl.hasP {
		inputs = append(inputs, c.ofDirection(7, d))
	}
	d1 := x.DType()
	types := []graph.Type{{DType: d1, Shape: graph.ShapeOf(s[0], s[1], cl.hidden)},
		{DType: d1, Shape: graph.ShapeOf(s[1], cl.hidden)}, {DType: d1, Shape: graph.ShapeOf(s[1], cl.hidden)}}
	return c.natives("recurrent", types, func(b *graph.Binding) graph.Step {
		return forFloats(d1, bindCell[float32], bindCell[float64])(b, cl)
	}, inputs...)
}

// setRecurrent gives the outputs with both directions.
func (c *call) setRecurrent(outputs [3][]*graph.Value, batchFirst bool, steps, batch, hidden int) {
	join := func(list []*graph.Value, axis int, shape ...int) *graph.Value {
		for i, v := range list {
			list[i] = c.reshape(v, shape...)
		}
		return op.Concat(c.b(), axis, list...)
	}
	all := join(outputs[0], 1, steps, 1, batch, hidden)
	last, state := join(outputs[1], 0, 1, batch, hidden), join(outputs[2], 0, 1, batch, hidden)
	if batchFirst {
		all = op.Permute(c.b(), all, 2, 0, 1, 3)
		last, state = op.Permute(c.b(), last, 1, 0, 2), op.Permute(c.b(), state, 1, 0, 2)
	}
	c.setLike(0, all, 0)
	c.setLike(1, last, 0)
	c.setLike(2, state, 0)
}

// cellRun is a cell bound to arrays.
type cellRun[T tensor.Float] struct {
	cell
	xp, r, bias, h0, c0, p *[]T
	scales                 *[]T // of the columns of r, if it has integers
	codes, rowScales       []T  // of the state, then
	lengths                *[]int64
	y, yh, yc              *[]T
	gates, reset, h, c     []T
	next, nextC            []T
	whole, part            *tensor.Product[T] // all gates, or the last of a GRU
	activate               []func(dst, x []T)
	fail                   func(error)
}

func bindCell[T tensor.Float](b *graph.Binding, cl cell) graph.Step {
	e := graph.Engine[T](b)
	m := &cellRun[T]{cell: cl, fail: b.Fail}
	at := 0
	take := func(there bool) *[]T {
		if !there {
			return nil
		}
		at++
		return tensor.Slot[T](b.Inputs[at-1])
	}
	m.xp, m.r, m.scales, m.bias = take(true), take(true), take(cl.quantised), take(cl.hasBias)
	if cl.hasLengths {
		m.lengths = tensor.Slot[int64](b.Inputs[at])
		at++
	}
	m.h0, m.c0, m.p = take(cl.hasH), take(cl.hasC), take(cl.hasP)
	m.y, m.yh = tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	m.yc = tensor.Slot[T](b.Outputs[2])
	n, g := cl.batch*cl.hidden, cellKinds[cl.kind].gates
	m.gates, m.reset, m.h, m.c = make([]T, n*g), make([]T, n*g), make([]T, n), make([]T, n)
	m.next, m.nextC = make([]T, n), make([]T, n)
	if n > 0 {
		layout := tensor.NT
		if cl.quantised {
			layout, m.codes, m.rowScales = tensor.NN, make([]T, n), make([]T, cl.batch)
		}
		m.whole = e.Plan(cl.batch, g*cl.hidden, cl.hidden, layout)
		m.part = e.Plan(cl.batch, cl.hidden, cl.hidden, tensor.NT)
	}
	for _, a := range cl.activations {
		m.activate = append(m.activate, activationOf(e, a))
	}
	return m.run
}

// run goes through the steps.
func (m *cellRun[T]) run() {
	clear(m.h)
	clear(m.c)
	clear(*m.y)
	if m.h0 != nil {
		copy(m.h, *m.h0)
	}
	if m.c0 != nil {
		copy(m.c, *m.c0)
	}
	width := len(m.gates) / max(m.batch, 1)
	for step := range m.steps {
		for row := range m.batch {
			t, ok := m.place(step, row)
			if !ok {
				return
			}
			if t >= 0 {
				copy(m.gates[row*width:][:width], (*m.xp)[(t*m.batch+row)*width:])
			}
		}
		if len(m.h) > 0 {
			m.step()
		}
		for row := range m.batch {
			if t, _ := m.place(step, row); t >= 0 {
				copy(m.h[row*m.hidden:][:m.hidden], m.next[row*m.hidden:])
				copy(m.c[row*m.hidden:][:m.hidden], m.nextC[row*m.hidden:])
				copy((*m.y)[(t*m.batch+row)*m.hidden:][:m.hidden], m.next[row*m.hidden:])
			}
		}
	}
	copy(*m.yh, m.h)
	copy(*m.yc, m.c)
}

// place returns which step of a row's sequence a step is: −1 beyond its end.
func (m *cellRun[T]) place(step, row int) (t int, ok bool) {
	length := m.steps
	if m.lengths != nil {
		if length = int((*m.lengths)[row]); length < 0 || length > m.steps {
			m.fail(fmt.Errorf("sequence %d has %d of %d steps", row, length, m.steps))
			return 0, false
		}
	}
	switch {
	case step >= length:
		return -1, true
	case m.reversed:
		return length - 1 - step, true
	}
	return step, true
}

// add adds biases to a column of gates of each row.
func (m *cellRun[T]) add(gates []T, width, from, n int, biases ...[]T) {
	for row := range m.batch {
		g := gates[row*width+from:][:n]
		for _, bias := range biases {
			for j, v := range bias[from:][:n] {
				g[j] += v
			}
		}
	}
}

// clipped cuts gates off, before they are activated.
func (m *cellRun[T]) clipped(gates []T) {
	if m.clip > 0 {
		for i, v := range gates {
			gates[i] = min(max(v, T(-m.clip)), T(m.clip))
		}
	}
}

// step computes the next state from gates, which hold the inputs' part.
func (m *cellRun[T]) step() {
	switch m.kind {
	case rnnCell:
		m.whole.MatMulAdd(m.gates, m.h, *m.r)
		m.addBias(0, m.hidden)
		m.clipped(m.gates)
		m.activate[0](m.next, m.gates)
	case gruCell:
		m.stepGRU()
	default:
		m.stepLSTM()
	}
}

// addBias adds both biases, that of the inputs and that of the state, to some gates.
func (m *cellRun[T]) addBias(from, n int) {
	if m.bias != nil {
		width := len(m.gates) / m.batch
		m.add(m.gates, width, from, n, (*m.bias)[:width], (*m.bias)[width:])
	}
}

// stepGRU has the gates z, r and h.
func (m *cellRun[T]) stepGRU() {
	n, width := m.hidden, 3*m.hidden
	r := *m.r
	m.whole.MatMul(m.reset, m.h, r) // of which the last gate is needed if it is reset after
	if m.bias != nil {
		m.add(m.gates, width, 0, width, (*m.bias)[:width])
		m.add(m.reset, width, 0, 2*n, (*m.bias)[width:])
		if m.resetAfter {
			m.add(m.reset, width, 2*n, n, (*m.bias)[width:])
		}
	}
	for row := range m.batch {
		g, s := m.gates[row*width:][:width], m.reset[row*width:][:width]
		for j := range 2 * n {
			g[j] += s[j]
		}
		m.clipped(g[:2*n])
		m.activate[0](g[:2*n], g[:2*n])
	}
	if m.resetAfter {
		for row := range m.batch {
			g, s := m.gates[row*width:][:width], m.reset[row*width:][:width]
			for j := range n {
				g[2*n+j] += T(g[n+j] * s[2*n+j])
			}
		}
	} else {
		for row := range m.batch {
			for j := range n {
				m.nextC[row*n+j] = m.gates[row*width+n+j] * m.h[row*n+j]
			}
		}
		m.part.MatMul(m.next, m.nextC, r[2*n*n:])
		for row := range m.batch {
			g := m.gates[row*width+2*n:][:n]
			for j := range n {
				g[j] += m.next[row*n+j]
				if m.bias != nil {
					g[j] += (*m.bias)[width+2*n+j]
				}
			}
		}
	}
	for row := range m.batch {
		g := m.gates[row*width:][:width]
		m.clipped(g[2*n:])
		m.activate[1](g[2*n:], g[2*n:])
		for j := range n {
			z := g[j]
			m.next[row*n+j] = T((1-z)*g[2*n+j]) + T(z*m.h[row*n+j])
		}
	}
}

// stepLSTM has the gates i, o, f and c.
func (m *cellRun[T]) stepLSTM() {
	n, width := m.hidden, 4*m.hidden
	if m.quantised {
		m.addQuantised()
	} else {
		m.whole.MatMulAdd(m.gates, m.h, *m.r)
	}
	m.addBias(0, width)
	for row := range m.batch {
		g := m.gates[row*width:][:width]
		c, next := m.c[row*n:][:n], m.nextC[row*n:][:n]
		i, o, f, u := g[:n], g[n:2*n], g[2*n:3*n], g[3*n:]
		if m.p != nil {
			for j := range n {
				i[j] += T((*m.p)[j] * c[j])
				f[j] += T((*m.p)[2*n+j] * c[j])
			}
		}
		m.clipped(i)
		m.clipped(f)
		m.clipped(u)
		m.activate[0](i, i)
		m.activate[0](f, f)
		m.activate[1](u, u)
		for j := range n {
			if m.inputForget {
				f[j] = 1 - i[j]
			}
			next[j] = T(f[j]*c[j]) + T(i[j]*u[j])
		}
		if m.p != nil {
			for j := range n {
				o[j] += T((*m.p)[n+j] * next[j])
			}
		}
		m.clipped(o)
		m.activate[0](o, o)
		h := m.next[row*n:][:n]
		m.activate[2](h, next)
		for j := range n {
			h[j] *= o[j]
		}
	}
}

// activationOf returns an activation as a function of rows.
func activationOf[T tensor.Float](e *tensor.Engine[T], a activation) func(dst, x []T) {
	k := e.Kernels()
	alpha, beta := T(a.alpha), T(a.beta)
	each := func(f func(x T) T) func(dst, x []T) {
		return func(dst, x []T) {
			for i, v := range x {
				dst[i] = f(v)
			}
		}
	}
	switch a.name {
	case "Sigmoid":
		return k.Unary[tensor.Sigmoid]
	case "Tanh":
		return k.Unary[tensor.Tanh]
	case "Relu":
		return k.Unary[tensor.Relu]
	case "Softplus":
		return k.Unary[tensor.Softplus]
	case "LeakyRelu":
		return func(dst, x []T) { k.Parametric[tensor.LeakyRelu](dst, x, alpha) }
	case "Elu":
		return func(dst, x []T) { k.Parametric[tensor.Elu](dst, x, alpha) }
	case "Affine":
		return each(func(x T) T { return T(alpha*x) + beta })
	case "HardSigmoid":
		return each(func(x T) T { return min(max(T(alpha*x)+beta, 0), 1) })
	case "Softsign":
		return each(func(x T) T { return x / (1 + max(x, -x)) })
	case "ThresholdedRelu":
		return each(func(x T) T {
			if x <= alpha {
				return 0
			}
			return x
		})
	}
	return func(dst, x []T) { // ScaledTanh
		for i, v := range x {
			dst[i] = beta * v
		}
		k.Unary[tensor.Tanh](dst, dst)
		for i, v := range dst {
			dst[i] = alpha * v
		}
	}
}

package standard

import (
	"fmt"

	"simdnn/graph"
	"simdnn/onnx/internal/native"
	"simdnn/tensor"
)

// cellRun is a cell bound to arrays.
type cellRun[T tensor.Float] struct {
	Cell
	xp, r, bias, h0, c0, p *[]T
	integers               *stateIntegers // in place of r, if it has integers
	lengths                *[]int64
	y, yh, yc              *[]T
	gates, reset, h, c     []T
	next, nextC            []T
	whole, part            stateProduct[T] // all gates, or the last of a GRU
	activate               []func(dst, x []T)
	k                      *tensor.Kernels[T]
	fail                   func(error)
}

func bindCell[T tensor.Float](b *graph.Binding, cl Cell) graph.Step {
	e := graph.Engine[T](b)
	m := &cellRun[T]{Cell: cl, fail: b.Fail, k: e.Kernels()}
	at := 0
	take := func(there bool) *[]T {
		if !there {
			return nil
		}
		at++
		return tensor.Slot[T](b.Inputs[at-1])
	}
	m.xp, m.r = take(true), take(cl.Integers == nil)
	if cl.Integers != nil && cl.batch*cl.hidden > 0 {
		m.integers = newStateIntegers(b, cl, b.Inputs[at])
	}
	if cl.Integers != nil {
		at++
	}
	m.bias = take(cl.hasBias)
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
	if singles, ok := any(m).(*cellRun[float32]); ok && cl.hasBlocks() {
		return newBlockCell(b, singles)
	}
	if n > 0 && cl.Integers == nil {
		m.whole = newStateProduct(b, cl, m.r, 0)
	}
	if n > 0 && cl.kind == gruCell && !cl.resetAfter {
		m.part = newStateProduct(b, cl, m.r, 2)
	}
	for _, a := range cl.activations {
		m.activate = append(m.activate, activationOf(e, a))
	}
	return m.run
}

// start sets the states before the first step, and zeros behind the ends of sequences.
func (m *cellRun[T]) start() {
	clear(m.h)
	clear(m.c)
	clear(*m.y)
	if m.h0 != nil {
		copy(m.h, *m.h0)
	}
	if m.c0 != nil {
		copy(m.c, *m.c0)
	}
}

// run goes through the steps.
func (m *cellRun[T]) run() {
	m.start()
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
			m.k.Binary[tensor.Add](g, g, bias[from:])
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
		m.whole.add(m.gates, m.h)
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
	m.whole.set(m.reset, m.h) // of which the last gate is needed if it is reset after
	if m.bias != nil {
		m.add(m.gates, width, 0, width, (*m.bias)[:width])
		m.add(m.reset, width, 0, 2*n, (*m.bias)[width:])
		if m.resetAfter {
			m.add(m.reset, width, 2*n, n, (*m.bias)[width:])
		}
	}
	for row := range m.batch {
		g, s := m.gates[row*width:][:width], m.reset[row*width:][:width]
		m.k.Binary[tensor.Add](g[:2*n], g, s)
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
		m.part.set(m.next, m.nextC)
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
	if m.integers != nil {
		products, ok := m.integers.multiply(any(m.h).([]float32))
		if !ok {
			m.fail(native.ErrNaN)
			return
		}
		m.k.Binary[tensor.Add](m.gates, m.gates, any(products).([]T))
	} else {
		m.whole.add(m.gates, m.h)
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
		if m.inputForget {
			for j, v := range i {
				f[j] = 1 - v
			}
		}
		m.k.Binary[tensor.Mul](next, f, c)
		m.k.Binary[tensor.Mul](i, i, u)
		m.k.Binary[tensor.Add](next, next, i)
		if m.p != nil {
			for j := range n {
				o[j] += T((*m.p)[n+j] * next[j])
			}
		}
		m.clipped(o)
		m.activate[0](o, o)
		h := m.next[row*n:][:n]
		m.activate[2](h, next)
		m.k.Binary[tensor.Mul](h, h, o)
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

package standard

import (
	"math"

	"simdnn/graph"
	"simdnn/onnx/internal/native"
	"simdnn/tensor"
)

// blockCell runs an LSTM of float32, or a GRU that resets after its product. Its units are cut into
// a block a thread: the products of their gates, and what becomes of these. A thread finds the
// weights of its block in its caches in each step.
type blockCell struct {
	*cellRun[float32]
	engine *tensor.Engine[float32]
	blocks []unitBlock
}

// unitBlock is a block of units.
type unitBlock struct {
	lo, hi  int
	product *tensor.Product[float32] // of states (batch, hidden) and weights (hidden, gates·units)
	weights []float32
	panels  *tensor.RowPanels[float32] // in their place for a small batch
	given   bool                       // the weights are copied in each run
	sums    []float32                  // (batch, gates·units): the products
	z       []float32                  // (batch, 4·units), as kernels take gates; of an LSTM the sums
	bias    []float32                  // 4·units
}

const (
	// blockUnits is the number of units of a block at least, and what their number is a multiple of:
	// a register of the widest kind.
	blockUnits = 16
	// sharedStateBytes is the size of weights from which on threads share a step: reading them from
	// the second cache takes about a microsecond, ten times as long as threads need to meet.
	sharedStateBytes = 128 << 10
)

// gateOrder says where ONNX has the gates that kernels take: of the state's weights, and of a GRU
// its n of the inputs behind.
var gateOrder = [...][4]int{gruCell: {1, 0, 2, 2}, LSTMCell: {0, 2, 3, 1}}

// hasBlocks reports whether a cell is one of those that kernels know.
func (cl *Cell) hasBlocks() bool {
	names := cellKinds[cl.kind].activations
	for i, a := range cl.activations {
		if a.name != names[i] {
			return false
		}
	}
	return (cl.kind == LSTMCell || cl.kind == gruCell && cl.resetAfter) && cl.clip == 0 &&
		!cl.inputForget && !cl.hasP && cl.batch*cl.hidden > 0
}

// newBlockCell returns a step that runs a cell by blocks.
func newBlockCell(b *graph.Binding, m *cellRun[float32]) graph.Step {
	e, gates := b.Float32, cellKinds[m.kind].gates
	count, bytes := 1, gates*m.hidden*m.hidden*4
	if m.integers == nil && bytes >= sharedStateBytes {
		count = min(e.Threads(), m.hidden/blockUnits)
		b.Shared = b.Shared || count > 1
	}
	c := &blockCell{cellRun: m, engine: e, blocks: make([]unitBlock, count)}
	for i := range c.blocks {
		k := &c.blocks[i]
		k.lo, k.hi = tensor.Share(m.hidden, blockUnits, i, count)
		u := k.hi - k.lo
		k.sums, k.bias = make([]float32, m.batch*gates*u), make([]float32, 4*u)
		if k.z = k.sums; m.kind == gruCell {
			k.z = make([]float32, m.batch*4*u)
		}
		switch {
		case m.integers != nil:
		case m.kept == nil:
			k.product, k.given = e.Serial().Plan(m.batch, gates*u, m.hidden, tensor.NT), true
			k.weights = make([]float32, gates*u*m.hidden)
		default:
			if k.panels = panelUnits(m.kept, e, m.Cell, k.lo, k.hi); k.panels == nil {
				p := packUnits(m.kept, e, m.Cell, k.lo, k.hi)
				k.product, k.weights = e.Serial().PlanPacked(m.batch, p), p.Data()
			}
		}
	}
	return c.run
}

// run goes through the steps.
func (m *blockCell) run() {
	for row := range m.batch {
		if _, ok := m.place(0, row); !ok {
			return
		}
	}
	m.start()
	for i := range m.blocks {
		k := &m.blocks[i]
		m.setBias(k)
		if k.given {
			gatherUnits(k.weights, *m.r, m.Cell, k.lo, k.hi)
		}
	}
	tensor.ParallelSteps(m, m.steps, len(m.blocks))
	h, c := m.before(m.steps)
	copy(*m.yh, h)
	copy(*m.yc, c)
}

// before returns the states before a step, which stand where the step after it leaves its own.
func (m *blockCell) before(step int) (h, c []float32) {
	if step%2 == 1 {
		return m.next, m.nextC
	}
	return m.h, m.c
}

// Run does a block's share of a step.
func (m *blockCell) Run(step, block int) {
	k := &m.blocks[block]
	h, c := m.before(step)
	next, nextC := m.before(step + 1)
	if m.integers != nil {
		if !m.multiplyIntegers(k, step, h) {
			m.fail(native.ErrNaN)
			return
		}
	} else {
		m.multiply(k, step, h)
	}
	for row := range m.batch {
		from, to := row*m.hidden+k.lo, row*m.hidden+k.hi
		t, _ := m.place(step, row)
		if t < 0 { // the sequence has ended
			copy(next[from:to], h[from:to])
			copy(nextC[from:to], c[from:to])
			continue
		}
		z := k.z[row*len(k.bias):][:len(k.bias)]
		if m.kind == LSTMCell {
			m.k.Recurrent.LSTM(next[from:to], nextC[from:to], z, k.bias, c[from:to])
		} else {
			m.k.Recurrent.GRU(next[from:to], z, k.bias, h[from:to])
		}
		copy((*m.y)[t*m.batch*m.hidden+from:], next[from:to])
	}
}

// multiplyIntegers sets the gates of an LSTM's only block to the inputs' part and the products of a
// state that is rounded to integers. It reports whether no element of that is NaN.
func (m *blockCell) multiplyIntegers(k *unitBlock, step int, h []float32) bool {
	products, ok := m.integers.multiply(h)
	if !ok {
		return false
	}
	n, width := m.hidden, 4*m.hidden
	for row := range m.batch {
		t, _ := m.place(step, row)
		if t < 0 {
			continue
		}
		z, x, p := k.sums[row*width:], (*m.xp)[(t*m.batch+row)*width:], products[row*width:]
		for g, at := range gateOrder[LSTMCell] {
			m.k.Binary[tensor.Add](z[g*n:][:n], x[at*n:][:n], p[at*n:][:n])
		}
	}
	return true
}

// multiply sets a block's gates: the chains of inputs go on with states.
func (m *blockCell) multiply(k *unitBlock, step int, h []float32) {
	u, gates := k.hi-k.lo, cellKinds[m.kind].gates
	chains := gates
	if m.kind == gruCell {
		chains = 2 // n stands beside the product of its state
		clear(k.sums)
	}
	for row := range m.batch {
		t, _ := m.place(step, row)
		if t < 0 {
			continue
		}
		x := (*m.xp)[(t*m.batch+row)*gates*m.hidden:][:gates*m.hidden]
		for g, at := range gateOrder[m.kind][:chains] {
			copy(k.sums[(row*gates+g)*u:][:u], x[at*m.hidden+k.lo:])
		}
		if m.kind == gruCell {
			copy(k.z[(4*row+2)*u:][:u], x[2*m.hidden+k.lo:])
		}
	}
	if k.panels != nil {
		k.panels.Multiply(m.engine, k.sums, h, true, step%2 == 1)
	} else {
		k.product.MatMulAdd(k.sums, h, k.weights)
	}
	if m.kind != gruCell {
		return
	}
	for row := range m.batch {
		sums, z := k.sums[row*3*u:][:3*u], k.z[row*4*u:][:4*u]
		copy(z[:2*u], sums)
		copy(z[3*u:], sums[2*u:])
	}
}

// setBias sets the sums of both biases, of a GRU's n each. Without biases they are −0, which changes
// no sum.
func (m *blockCell) setBias(k *unitBlock) {
	u, width := k.hi-k.lo, cellKinds[m.kind].gates*m.hidden
	for g, at := range gateOrder[m.kind] {
		for j := range u {
			sum := float32(math.Copysign(0, -1))
			if m.bias != nil {
				ofInput, ofState := (*m.bias)[at*m.hidden+k.lo+j], (*m.bias)[width+at*m.hidden+k.lo+j]
				switch {
				case m.kind == LSTMCell || g < 2:
					sum = ofInput + ofState
				case g == 2:
					sum = ofInput
				default:
					sum = ofState
				}
			}
			k.bias[g*u+j] = sum
		}
	}
}

// unitsOf returns a copy of the weights' rows of some units.
//
//go:noinline
func unitsOf(rows []float32, cl Cell, lo, hi int) []float32 {
	of := make([]float32, cellKinds[cl.kind].gates*(hi-lo)*cl.hidden)
	gatherUnits(of, rows, cl, lo, hi)
	return of
}

// gatherUnits copies the weights' rows (gates·hidden, hidden) of some units in the order of gates.
//
//go:noinline
func gatherUnits(to, rows []float32, cl Cell, lo, hi int) {
	size := (hi - lo) * cl.hidden
	for g, at := range gateOrder[cl.kind][:cellKinds[cl.kind].gates] {
		copy(to[g*size:][:size], rows[(at*cl.hidden+lo)*cl.hidden:])
	}
}

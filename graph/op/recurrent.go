package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Cell names what a recurrent layer computes in a step of time, of its input x and its state h.
// Rows of weights and biases stand in PyTorch's order.
type Cell string

// The cells. Products are one chain: inputs first, then the state, then the sum of both biases.
const (
	// TanhCell and ReluCell are h ← f(Wx·x + Wh·h + b).
	TanhCell Cell = "rnn_tanh"
	ReluCell Cell = "rnn_relu"
	// LSTMCell has the gates i, f, g and o, in this order, of sigmoid, g of tanh (Hochreiter and
	// Schmidhuber 1997; Gers et al. 2000): c ← f·c + i·g, h ← o·tanh(c).
	LSTMCell Cell = "lstm"
	// GRUCell has the gates r, z and n, in this order (Cho et al. 2014), n with a bias of its own
	// within: n = tanh(Wx·x + bx + r·(Wh·h + bh)), h ← (h − n)·z + n.
	GRUCell Cell = "gru"
)

// gates returns how often the rows of weights are those of the state; kept, how often those that
// the gradient needs are.
func (c Cell) gates() (gates, kept int) {
	switch c {
	case LSTMCell:
		return 4, 4
	case GRUCell:
		return 3, 4
	}
	return 1, 1
}

// segment is a run of rows of weights, and where its rows stand in those of the cell.
type segment struct{ weights, cell, rows int }

// segments returns how the rows of weights of inputs or of states stand in those of the cell. A GRU
// has its n twice, before and after it was multiplied by r.
func (c Cell) segments(h int, ofState bool) []segment {
	gates, _ := c.gates()
	if c == GRUCell && ofState {
		return []segment{{0, 0, 2 * h}, {2 * h, 3 * h, h}}
	}
	return []segment{{0, 0, gates * h}}
}

// Recurrence runs a cell through a sequence. With h units, a batch of n and G gates its inputs are
//
//	x (time, in, n), wx (G·h, in), wh (G·h, h), and for those who have them: bx (G·h), bh (G·h);
//	initial states (h, n), of an LSTM those of c as well; lengths (n), int64
//
// Its first output are the states (time, h, n). The others are for the gradient: the gates (time,
// G·h, n), where a GRU has Wh·h + bh of n as a fourth, and the cells' c (time, h, n).
//
// A sequence that has ended keeps its state; Reverse begins at the last time, so that it begins
// where a sequence ends.
type Recurrence struct {
	Cell    Cell `json:"cell"`
	Reverse bool `json:"reverse,omitempty"`
	NoBias  bool `json:"noBias,omitempty"`
	Initial bool `json:"initial,omitempty"` // there are initial states, else they are 0
	Padded  bool `json:"padded,omitempty"`  // there are lengths
}

// recurrentOperands are the inputs of a [Recurrence] by name.
type recurrentOperands[V any] struct{ x, wx, wh, bx, bh, h0, c0, lengths V }

// operandsOf names inputs. It reports whether their number is right.
func operandsOf[V any](o Recurrence, in []V) (r recurrentOperands[V], ok bool) {
	places := []*V{&r.x, &r.wx, &r.wh}
	if !o.NoBias {
		places = append(places, &r.bx, &r.bh)
	}
	if o.Initial {
		places = append(places, &r.h0)
	}
	if o.Initial && o.Cell == LSTMCell {
		places = append(places, &r.c0)
	}
	if o.Padded {
		places = append(places, &r.lengths)
	}
	if len(in) != len(places) {
		return r, false
	}
	for i, p := range places {
		*p = in[i]
	}
	return r, true
}

// Name returns "recurrence".
func (Recurrence) Name() string { return "recurrence" }

// Infer returns the shapes of the states, and of what the gradient needs.
func (o Recurrence) Infer(in []graph.Type) ([]graph.Type, error) {
	r, ok := operandsOf(o, in)
	if !ok || len(r.x.Shape) != 3 || len(r.wx.Shape) != 2 || len(r.wh.Shape) != 2 ||
		!r.x.DType.IsFloat() {
		return nil, fmt.Errorf("%s needs x (time, inputs, batch), weights of inputs and of states, and "+
			"biases, initial states and lengths if it has them", o.Cell)
	}
	gates, kept := o.Cell.gates()
	h, time, n := r.wh.Shape[1], r.x.Shape[0], r.x.Shape[2]
	rows := h.Times(graph.Fixed(gates))
	state := graph.Shape{h, n}
	for _, c := range []struct {
		what  string
		has   bool
		is    graph.Type
		shape graph.Shape
	}{
		{"the weights of inputs", true, r.wx, graph.Shape{rows, r.x.Shape[1]}},
		{"the weights of states", true, r.wh, graph.Shape{rows, h}},
		{"the bias of inputs", !o.NoBias, r.bx, graph.Shape{rows}},
		{"the bias of states", !o.NoBias, r.bh, graph.Shape{rows}},
		{"the initial state", o.Initial, r.h0, state},
		{"the initial c", o.Initial && o.Cell == LSTMCell, r.c0, state},
	} {
		if want := r.x.With(c.shape); c.has && !c.is.Equal(want) {
			return nil, fmt.Errorf("%s of %s are %v, not %v", c.what, o.Cell, c.is, want)
		}
	}
	if want := (graph.Type{DType: tensor.Int64Type, Shape: state[1:]}); o.Padded &&
		!r.lengths.Equal(want) {
		return nil, fmt.Errorf("the lengths are %v, not %v", r.lengths, want)
	}
	out := []graph.Type{r.x.With(graph.Shape{time, h, n})}
	if o.Cell == LSTMCell || o.Cell == GRUCell {
		out = append(out, r.x.With(graph.Shape{time, h.Times(graph.Fixed(kept)), n}))
	}
	if o.Cell == LSTMCell {
		out = append(out, out[0])
	}
	return out, nil
}

// Bind returns a step that goes through time.
func (o Recurrence) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindRecurrence(o, b, statePanels[float32]{})
	}
	return bindRecurrence(o, b, statePanels[float64]{})
}

// recurrentRun runs a cell. Matrices have a row for each unit and a column for each sequence, so
// that each gate is a run of elements.
type recurrentRun[T tensor.Float] struct {
	o            Recurrence
	k            *tensor.Kernels[T]
	time, h, n   int
	x, wx, wh    *[]T
	bx, bh       *[]T
	states       *[]T
	gates, cells *[]T
	ends         ends
	first        firstStates[T]
	byInput      inputProducts[T]
	byState      [2]columnProduct[T] // the second that of a GRU's n
	bias         []T                 // spread over columns
}

func bindRecurrence[T tensor.Float](o Recurrence, b *graph.Binding, panels statePanels[T]) (
	graph.Step, error) {
	in, _ := operandsOf(o, b.Inputs)
	shape := in.x.Shape()
	r := &recurrentRun[T]{o: o, k: graph.Engine[T](b).Kernels(), time: shape[0], n: shape[2],
		h: in.wh.Shape()[1]}
	if shape[1] == 0 || r.h == 0 {
		return nil, fmt.Errorf("op: %s of %d inputs and %d units", o.Cell, shape[1], r.h)
	}
	if r.n == 0 || r.time == 0 {
		return nil, nil
	}
	r.x, r.wx, r.wh = tensor.Slot[T](in.x), tensor.Slot[T](in.wx), tensor.Slot[T](in.wh)
	r.states = tensor.Slot[T](b.Outputs[0])
	r.gates = r.states // of cells without any
	if len(b.Outputs) > 1 {
		r.gates = tensor.Slot[T](b.Outputs[1])
	}
	if len(b.Outputs) > 2 {
		r.cells = tensor.Slot[T](b.Outputs[2])
	}
	r.ends = newEnds(b, in.lengths, r.time)
	r.first = newFirst[T](o, in.h0, in.c0, r.h*r.n)
	_, kept := o.Cell.gates()
	// Without biases −0, which changes no sum.
	r.bias = slices.Repeat([]T{T(math.Copysign(0, -1))}, kept*r.h*r.n)
	if !o.NoBias {
		r.bx, r.bh = tensor.Slot[T](in.bx), tensor.Slot[T](in.bh)
	}
	rows := in.wx.Shape()[0]
	r.byInput = newInputProducts[T](b, r.time, rows, r.n, shape[1], rows < kept*r.h)
	for i, s := range o.Cell.segments(r.h, true) {
		r.byState[i] = newColumnProduct(b, s.rows, r.n, r.h, false, panels[i])
	}
	return r.run, nil
}

// run goes through time.
func (r *recurrentRun[T]) run() {
	if !r.ends.read() {
		return
	}
	r.setBias()
	r.byInput.prepare(*r.gates, *r.wx, *r.x)
	for i, s := range r.o.Cell.segments(r.h, true) {
		r.byState[i].prepare((*r.wh)[s.weights*r.h:][:s.rows*r.h])
	}
	size := r.h * r.n
	_, kept := r.o.Cell.gates()
	inputs := len(*r.x) / r.time
	h, c := r.first.states()
	for i := range r.time {
		t := r.o.at(i, r.time)
		state, z := (*r.states)[t*size:][:size], (*r.gates)[t*kept*size:][:kept*size]
		r.byInput.set(t, z[:r.byInput.m*r.n], *r.wx, (*r.x)[t*inputs:][:inputs])
		var cell []T
		switch r.o.Cell {
		case LSTMCell:
			cell = (*r.cells)[t*size:][:size]
			r.byState[0].add(z, *r.wh, h)
			r.k.Recurrent.LSTM(state, cell, z, r.bias, c)
		case GRUCell:
			w := 2 * r.h * r.h
			r.byState[0].add(z[:2*size], (*r.wh)[:w], h)
			r.byState[1].set(z[3*size:], (*r.wh)[w:], h)
			r.k.Recurrent.GRU(state, z, r.bias, h)
		default:
			r.byState[0].add(z, *r.wh, h)
			r.k.Binary[tensor.Add](z, z, r.bias)
			r.k.Unary[r.o.Cell.activation()](state, z)
		}
		if r.o.Padded {
			keepEnded(&r.ends, t, state, h)
			keepEnded(&r.ends, t, cell, c)
		}
		h, c = state, cell
	}
}

// at returns the i-th time that is gone through.
func (o Recurrence) at(i, time int) int {
	if o.Reverse {
		return time - 1 - i
	}
	return i
}

// setBias spreads the biases over columns.
func (r *recurrentRun[T]) setBias() {
	if r.o.NoBias {
		return
	}
	bx, bh := *r.bx, *r.bh
	for i := range bx {
		sum := bx[i] + bh[i]
		if r.o.Cell == GRUCell && i >= 2*r.h {
			sum = bx[i]
			fillWith(r.bias[(i+r.h)*r.n:][:r.n], bh[i])
		}
		fillWith(r.bias[i*r.n:][:r.n], sum)
	}
}

// activation returns the function of a cell without gates.
func (c Cell) activation() tensor.Unary {
	if c == ReluCell {
		return tensor.Relu
	}
	return tensor.Tanh
}

// Gradient goes back through time for the gradients of the products, of which those of inputs,
// weights and biases are made.
func (o Recurrence) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	in, _ := operandsOf(o, n.Inputs)
	gradients := make([]*graph.Value, len(n.Inputs))
	back := RecurrenceGradient{Recurrence: o, OfCells: len(up) > 2 && up[2] != nil}
	if len(up) > 1 && up[1] != nil {
		b.Fail("%v has no gradient for its gates", n)
	}
	ofStates := up[0]
	if ofStates == nil {
		ofStates = Expand(b, Scalar(b, in.x.DType(), 0), n.Outputs[0])
	}
	values := []*graph.Value{ofStates}
	if back.OfCells {
		values = append(values, up[2])
	}
	values = append(append(values, in.wh), n.Outputs...)
	skip := 3
	if !o.NoBias {
		skip = 5
	}
	outputs := b.ApplyAll(back, append(values, n.Inputs[skip:]...)...)
	if b.Err() != nil {
		return gradients
	}
	dz := outputs[0]
	gradients[0] = b.Apply(RecurrentInputGradient{o.Cell}, dz, in.wx)
	byInput := b.ApplyAll(RecurrentWeightGradient{Cell: o.Cell, NoBias: o.NoBias}, dz, in.x)
	ofState := RecurrentWeightGradient{Cell: o.Cell, State: true, Reverse: o.Reverse,
		Initial: o.Initial, NoBias: o.NoBias || o.Cell != GRUCell} // one sum is both biases' gradient
	values = []*graph.Value{dz, n.Outputs[0]}
	if o.Initial {
		values = append(values, in.h0)
		copy(gradients[skip:], outputs[1:])
	}
	byState := b.ApplyAll(ofState, values...)
	if b.Err() != nil {
		return gradients
	}
	gradients[1], gradients[2] = byInput[0], byState[0]
	if !o.NoBias {
		gradients[3], gradients[4] = byInput[1], byInput[1]
	}
	if !ofState.NoBias {
		gradients[4] = byState[1]
	}
	return gradients
}

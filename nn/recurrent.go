package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Recurrent runs an LSTM, a GRU or a plain recurrent network over sequences (batch, time, In), and
// gives the states of its last layer at all times, (batch, time, Hidden), as PyTorch's modules with
// batch_first do: [LastStep] takes the last of them. Names, shapes, orders of gates and initial
// values of the parameters are PyTorch's: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, and
// with _reverse for the other direction. See [NewLSTM], [NewGRU] and [NewRNN].
type Recurrent struct {
	Cell   op.Cell `json:"cell"`
	In     int     `json:"in"`
	Hidden int     `json:"hidden"`
	Layers int     `json:"depth,omitempty"` // one above another; 0 is 1
	// Bidirectional runs each layer in both directions: the states of the reverse one stand behind
	// the others, (batch, time, 2·Hidden).
	Bidirectional bool `json:"bidirectional,omitempty"`
	NoBias        bool `json:"no_bias,omitempty"`
	// Dropout is the share of the states between layers that are set to 0 in training.
	Dropout float64 `json:"dropout,omitempty"`
	// Truncate cuts the gradient through time after so many steps, as if the states had been
	// detached from those before them: each run of Truncate steps begins with the states that the
	// run before ended with, which count as given. 0 doesn't.
	Truncate int `json:"truncate,omitempty"`

	parameters map[string]*graph.Variable
}

// NewLSTM returns a layer of long short-term memory (Hochreiter and Schmidhuber 1997). Its other
// settings are fields.
func NewLSTM(in, hidden int) *Recurrent {
	return &Recurrent{Cell: op.LSTMCell, In: in, Hidden: hidden}
}

// NewGRU returns a layer of gated recurrent units (Cho et al. 2014), with the bias within the
// candidate's product as PyTorch has it.
func NewGRU(in, hidden int) *Recurrent {
	return &Recurrent{Cell: op.GRUCell, In: in, Hidden: hidden}
}

// NewRNN returns a layer of h ← tanh(Wx·x + Wh·h + b) (Elman 1990).
func NewRNN(in, hidden int) *Recurrent {
	return &Recurrent{Cell: op.TanhCell, In: in, Hidden: hidden}
}

// gates are how often the rows of weights are those of the state.
var gates = map[op.Cell]int{op.LSTMCell: 4, op.GRUCell: 3, op.TanhCell: 1, op.ReluCell: 1}

// RecurrentInputs are what a recurrent layer takes beside its sequences; nil for none.
type RecurrentInputs struct {
	// Initial (layers·directions, batch, Hidden) are the states at first, and Cells an LSTM's c.
	// They are 0 if nil.
	Initial, Cells *graph.Value
	// Lengths (batch) are those of sequences that are padded to one length: the padding's states
	// are 0, and what stands in it doesn't matter, as with PyTorch's packed sequences.
	Lengths *graph.Value
}

// Apply returns the states at all times.
func (r *Recurrent) Apply(b *Builder, x *graph.Value) *graph.Value {
	y, _, _ := r.Run(b, x, RecurrentInputs{})
	return y
}

// Run returns the states at all times, and the last ones of all layers (layers·directions, batch,
// Hidden), beside them an LSTM's c, else nil: what PyTorch's modules return.
func (r *Recurrent) Run(b *Builder, x *graph.Value, in RecurrentInputs) (y, last,
	cells *graph.Value) {
	if r.check(b, x); b.Err() != nil {
		return x, x, nil
	}
	if in.Lengths != nil {
		in.Lengths = op.Cast(b.Builder, in.Lengths, tensor.Int64Type)
	}
	if r.parameters == nil {
		r.parameters = map[string]*graph.Variable{}
	}
	var lasts, lastCells []*graph.Value
	width := r.In
	for layer := range max(r.Layers, 1) {
		if layer > 0 {
			x = Dropout{r.Dropout}.Apply(b, x)
		}
		directions := []op.RecurrentWeights{r.weights(b, width, layer, "")}
		if r.Bidirectional {
			directions = append(directions, r.weights(b, width, layer, "_reverse"))
		}
		n := len(directions)
		width = r.Hidden * n
		l := op.RecurrentLayers{Cell: r.Cell, Weights: [][]op.RecurrentWeights{directions},
			BatchFirst: true, Lengths: in.Lengths}
		for _, s := range []struct{ all, one **graph.Value }{{&in.Initial, &l.Initial},
			{&in.Cells, &l.InitialCells}} {
			if *s.all != nil {
				*s.one = op.Slice(b.Builder, *s.all, 0, layer*n, (layer+1)*n, 1)
			}
		}
		x, last, cells = r.run(b, l, x, layer)
		lasts, lastCells = append(lasts, last), append(lastCells, cells)
	}
	if len(lasts) > 1 && b.Err() == nil {
		last = op.Concat(b.Builder, 0, lasts...)
		if cells != nil {
			cells = op.Concat(b.Builder, 0, lastCells...)
		}
	}
	return x, last, cells
}

// check tells what is wrong with the settings or the sequences.
func (r *Recurrent) check(b *Builder, x *graph.Value) {
	s := x.Shape()
	switch {
	case gates[r.Cell] == 0:
		b.Fail("an unknown cell %q; known: lstm, gru, rnn_tanh, rnn_relu", r.Cell)
	case r.In < 1 || r.Hidden < 1 || r.Layers < 0:
		b.Fail("%d inputs, %d units and %d layers", r.In, r.Hidden, r.Layers)
	case len(s) != 3 || !s[2].Is(r.In):
		b.Fail("it takes (batch, time, %d), not %v", r.In, s)
	case !(r.Dropout >= 0 && r.Dropout < 1):
		b.Fail("a dropout rate of %v, which is not in [0, 1)", r.Dropout)
	}
	if r.Truncate < 0 || r.Truncate > 0 && r.Bidirectional {
		b.Fail("a gradient cut after %d steps, of one direction alone", r.Truncate)
	}
}

// run runs a layer: in a generator from where it was left, and in pieces if the gradient is cut.
func (r *Recurrent) run(b *Builder, l op.RecurrentLayers, x *graph.Value, layer int) (y, last,
	cells *graph.Value) {
	if !b.inSteps(x) {
		return r.pieces(b, l, x)
	}
	if l.Lengths != nil {
		b.Fail("step by step there are no lengths of sequences")
		return x, x, nil
	}
	batch, _ := x.Shape()[0].Value()
	keep := func(name string) *graph.Value {
		return b.Kept(fmt.Sprintf("%s_l%d", name, layer), 1, batch, r.Hidden)
	}
	states, kept := []**graph.Value{&l.Initial}, []*graph.Value{keep("h")}
	if r.Cell == op.LSTMCell {
		states, kept = append(states, &l.InitialCells), append(kept, keep("c"))
	}
	for i, s := range states {
		if *s == nil || !b.steps.first { // else sequences begin with what is given
			*s = kept[i]
		}
	}
	y, last, cells = l.Apply(b.Builder, x)
	for i, next := range []*graph.Value{last, cells}[:len(kept)] {
		if b.Err() == nil {
			b.Update(kept[i], next)
		}
	}
	return y, last, cells
}

// pieces runs a layer over Truncate steps at a time, each from the detached states of those before.
func (r *Recurrent) pieces(b *Builder, l op.RecurrentLayers, x *graph.Value) (y, last,
	cells *graph.Value) {
	time, known := x.Shape()[1].Value()
	if !known && r.Truncate > 0 {
		b.Fail("a cut gradient needs sequences of a known length, not %v", x.Shape()[1])
	}
	if r.Truncate == 0 || r.Truncate >= time || b.Err() != nil {
		return l.Apply(b.Builder, x)
	}
	g, lengths := b.Builder, l.Lengths
	var all []*graph.Value
	for at := 0; at < time; at += r.Truncate {
		end := min(at+r.Truncate, time)
		if lengths != nil { // of what is left, those within this piece
			number := func(n int) *graph.Value { return op.Scalar(g, tensor.Int64Type, float64(n)) }
			left := op.Maximum(g, op.Sub(g, lengths, number(at)), number(0))
			l.Lengths = op.Minimum(g, left, number(end-at))
		}
		y, last, cells = l.Apply(g, op.Slice(g, x, 1, at, end, 1))
		if b.Err() != nil {
			return x, x, nil
		}
		all = append(all, y)
		l.Initial = op.StopGradient(g, last)
		if cells != nil {
			l.InitialCells = op.StopGradient(g, cells)
		}
	}
	return op.Concat(g, 1, all...), last, cells
}

// weights returns the parameters of a layer in a direction, drawn evenly from ±1/√Hidden.
func (r *Recurrent) weights(b *Builder, in, layer int, direction string) op.RecurrentWeights {
	bound := 1 / math.Sqrt(float64(r.Hidden))
	rows := gates[r.Cell] * r.Hidden
	parameter := func(what string, shape ...int) *graph.Value {
		name := fmt.Sprintf("%s_l%d%s", what, layer, direction)
		slot := r.parameters[name]
		v := b.Parameter(&slot, Spec{Name: name, Shape: shape,
			Draw: func(g *rand.Rand) float64 { return symmetric(g, bound) }})
		r.parameters[name] = slot
		return v
	}
	w := op.RecurrentWeights{Input: parameter("weight_ih", rows, in),
		State: parameter("weight_hh", rows, r.Hidden)}
	if !r.NoBias {
		w.InputBias, w.StateBias = parameter("bias_ih", rows), parameter("bias_hh", rows)
	}
	return w
}

// Incremental reports whether states depend on nothing that comes later.
func (r *Recurrent) Incremental() bool { return !r.Bidirectional }

// String describes the layer: "lstm 28 → 128".
func (r *Recurrent) String() string {
	text := fmt.Sprintf("%s %d → %d", r.Cell, r.In, r.Hidden)
	if r.Layers > 1 {
		text += fmt.Sprintf(", %d layers", r.Layers)
	}
	if r.Bidirectional {
		text += ", both directions"
	}
	return text
}

// LastStep takes the last step of sequences: of (batch, time, features) it makes (batch, features).
type LastStep struct{}

// Apply returns the last step.
func (LastStep) Apply(b *Builder, x *graph.Value) *graph.Value {
	if len(x.Shape()) != 3 {
		b.Fail("it takes (batch, time, features), not %v", x.Shape())
		return x
	}
	return op.Squeeze(b.Builder, lastStep(b, x), 1)
}

// lastStep returns the last step, (batch, 1, features): taken before a transpose of all steps, as
// recurrent layers end with, so that one is moved, not all.
func lastStep(b *Builder, x *graph.Value) *graph.Value {
	if n, _ := x.Node(); n != nil {
		if p, ok := n.Operator.(op.PermuteAxes); ok {
			axes := p.Axes.Values()
			part := op.Slice(b.Builder, n.Inputs[0], axes[1], -1, op.ToEnd, 1)
			return op.Permute(b.Builder, part, axes...)
		}
	}
	return op.Slice(b.Builder, x, 1, -1, op.ToEnd, 1)
}

// Incremental returns true: what was taken last is the last step so far.
func (LastStep) Incremental() bool { return true }

// String returns "LastStep".
func (LastStep) String() string { return "LastStep" }

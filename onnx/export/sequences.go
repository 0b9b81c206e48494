package export

import (
	"reflect"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// sequenceForms are those of operators of sequences and of sound.
var sequenceForms = []entry{
	{reflect.TypeFor[op.Recurrence](), recurrence},
	on(spectrum),
	on(func(t *Translation, _ op.SequenceMask, _ *graph.Node, in []string) string {
		return t.Node("Unsqueeze", []string{t.running(in[1], in[0]), t.Integers(1)})
	}),
}

// running says, for each time of x (time, …) and each sequence of lengths (batch), whether it has
// not ended.
func (t *Translation) running(x, lengths string) string {
	time := t.Node("Gather", []string{t.Node("Shape", []string{x}), t.scalarInt(0)})
	numbers := t.Node("Range", []string{t.scalarInt(0), time, t.scalarInt(1)})
	return t.Node("Less", []string{t.Node("Unsqueeze", []string{numbers, t.Integers(1)}), lengths})
}

// spectrum is STFT of signals with one part, which gives the bins up to the middle or all of them.
func spectrum(t *Translation, o op.Spectrum, _ *graph.Node, in []string) string {
	t.Needs(17, "STFT")
	inputs := []string{t.Node("Unsqueeze", []string{in[0], t.Integers(2)}), t.scalarInt(o.Step), "",
		t.scalarInt(o.Length)}
	if o.Windowed {
		inputs[2] = in[1]
	}
	half := o.Length/2 + 1
	y := t.Node("STFT", inputs, Bool("onesided", o.Bins <= half))
	if o.Bins == half || o.Bins == o.Length {
		return y
	}
	return t.Node("Slice", []string{y, t.Integers(0), t.Integers(o.Bins), t.Integers(2)})
}

// cell says how ONNX calls a cell and orders its gates: gate i of ONNX is gate order[i] here.
type cell struct {
	operator   string
	order      []int
	attributes []Attribute
}

var cells = map[op.Cell]cell{
	op.TanhCell: {"RNN", []int{0}, nil},
	op.ReluCell: {"RNN", []int{0}, []Attribute{Texts("activations", "Relu")}},
	op.LSTMCell: {"LSTM", []int{0, 3, 1, 2}, nil},
	op.GRUCell:  {"GRU", []int{1, 0, 2}, []Attribute{Int("linear_before_reset", 1)}},
}

// recurrence is LSTM, GRU or RNN. Its first output has no form but that one for who needs gates or
// cells, which are for gradients.
func recurrence(t *Translation, n *graph.Node, in []string) []string {
	o := n.Operator.(op.Recurrence)
	c := cells[o.Cell]
	h, _ := n.Inputs[2].Shape()[1].Value()
	next := 0
	take := func(present bool) string {
		if !present {
			return ""
		}
		next++
		return in[next-1]
	}
	x, wx, wh := take(true), take(true), take(true)
	bx, bh := take(!o.NoBias), take(!o.NoBias)
	h0 := take(o.Initial)
	c0 := take(o.Initial && o.Cell == op.LSTMCell)
	lengths := take(o.Padded)

	inputs := make([]string, 7)
	inputs[0] = t.Node("Transpose", []string{x}, Ints("perm", 0, 2, 1))
	inputs[1], inputs[2] = t.gates(wx, c, h), t.gates(wh, c, h)
	if !o.NoBias {
		inputs[3] = t.Node("Concat", []string{t.gates(bx, c, h), t.gates(bh, c, h)}, Int("axis", 1))
	}
	if o.Padded {
		inputs[4] = t.Cast(lengths, tensor.Int32Type)
	}
	for i, state := range []string{h0, c0} { // (h, batch) becomes (1, batch, h)
		if state != "" {
			inputs[5+i] = t.Node("Unsqueeze", []string{t.transposed(state, 2), t.Integers(0)})
		}
	}
	attributes := append([]Attribute{Int("hidden_size", h)}, c.attributes...)
	if o.Reverse {
		attributes = append(attributes, Text("direction", "reverse"))
	}
	outputs := 2
	if o.Cell == op.LSTMCell {
		outputs = 3
	}
	out := t.NodeOf(c.operator, outputs, inputs, attributes...)
	if o.Cell == op.LSTMCell {
		t.ends[n.Outputs[2]] = end{out[2], o.Reverse}
	}
	states := t.Node("Squeeze", []string{out[0], t.Integers(1)}) // (time, batch, h)
	if o.Padded {
		states = t.kept(o, states, x, lengths, inputs[5], out[1])
	}
	return []string{t.Node("Transpose", []string{states}, Ints("perm", 0, 2, 1)), "", ""}
}

// end is the last of the cells of a sequence, (1, batch, h), which ONNX has of them alone.
type end struct {
	name    string
	reverse bool // the last one stands first
}

// endOf returns the name of what a node takes of values of which files have the last alone, ""
// unless it takes just that.
func (t *Translation) endOf(n *graph.Node) string {
	o, ok := n.Operator.(op.SliceAxis)
	if !ok {
		return ""
	}
	last := op.SliceAxis{Axis: 0, Start: -1, End: op.ToEnd, Step: 1}
	e, ok := t.ends[n.Inputs[0]]
	if e.reverse {
		last.Start, last.End = 0, 1
	}
	if !ok || o != last {
		return ""
	}
	return t.Node("Transpose", []string{e.name}, Ints("perm", 0, 2, 1)) // (1, h, batch)
}

// gates returns the rows of weights in ONNX's order, for its one direction.
func (t *Translation) gates(w string, c cell, h int) string {
	if len(c.order) > 1 {
		rows := make([]int, 0, len(c.order)*h)
		for _, gate := range c.order {
			for i := range h {
				rows = append(rows, gate*h+i)
			}
		}
		w = t.Node("Gather", []string{w, t.Integers(rows...)})
	}
	return t.Node("Unsqueeze", []string{w, t.Integers(0)})
}

// kept gives a sequence that has ended the state that it ended with, where ONNX has zeros; against
// time, the state that it will begin with.
func (t *Translation) kept(o op.Recurrence, states, x, lengths, initial, last string) string {
	running := t.Node("Unsqueeze", []string{t.running(x, lengths), t.Integers(2)})
	ended := last // (1, batch, h)
	if o.Reverse {
		if ended = initial; ended == "" {
			ended = t.Node("Expand", []string{t.Number(t.node.Inputs[0].DType(), 0),
				t.Node("Shape", []string{last})})
		}
	}
	return t.Node("Where", []string{running, states, ended})
}

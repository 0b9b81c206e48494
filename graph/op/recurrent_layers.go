package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// RecurrentWeights are the weights of a recurrent layer in one direction, as PyTorch has them: with
// h units and G gates, Input (G·h, in), State (G·h, h), and InputBias and StateBias (G·h), or nil.
type RecurrentWeights struct{ Input, State, InputBias, StateBias *graph.Value }

// RecurrentLayers are layers of a cell, one above another.
type RecurrentLayers struct {
	Cell Cell
	// Weights has a row for each layer: those of one direction, or of it and the reverse, whose
	// states stand behind the others.
	Weights [][]RecurrentWeights
	// BatchFirst says that sequences are (batch, time, inputs), not (time, batch, inputs).
	BatchFirst bool
	// Reverse says that layers of one direction go from the last time to the first.
	Reverse bool
	// Initial (layers·directions, batch, h) are the states at first, if not nil, and InitialCells
	// an LSTM's c.
	Initial, InitialCells *graph.Value
	// Lengths (batch), of int64, are those of sequences that are padded to one length, if not nil.
	// The padding's states are 0, and what stands in it doesn't matter.
	Lengths *graph.Value
}

// Apply returns the states of the last layer at all times, of the order of x, and the last states
// of all layers (layers·directions, batch, h), beside them an LSTM's c, else nil.
func (l RecurrentLayers) Apply(b *graph.Builder, x *graph.Value) (y, last, cells *graph.Value) {
	order, back := []int{0, 2, 1}, []int{0, 2, 1}
	if l.BatchFirst {
		order, back = []int{1, 2, 0}, []int{2, 0, 1}
	}
	x = Permute(b, x, order...)
	var lasts, lastCells []*graph.Value
	for i, layer := range l.Weights {
		if b.Err() == nil && len(layer) != 1 && len(layer) != 2 {
			b.Fail("layer %d has %d directions, not 1 or 2", i, len(layer))
		}
		if b.Err() != nil {
			return x, x, nil
		}
		mask := l.mask(b, x)
		var directions []*graph.Value
		for d, w := range layer {
			states, h, c := l.direction(b, x, mask, w, len(lasts), d == 1 || l.Reverse)
			directions, lasts = append(directions, states), append(lasts, h)
			if c != nil {
				lastCells = append(lastCells, c)
			}
		}
		x = directions[0]
		if len(directions) == 2 {
			x = Concat(b, 1, directions...)
		}
	}
	join := func(v []*graph.Value) *graph.Value {
		if len(v) == 1 || b.Err() != nil {
			return v[0]
		}
		return Concat(b, 0, v...)
	}
	if lastCells != nil {
		cells = join(lastCells)
	}
	return Permute(b, x, back...), join(lasts), cells
}

// mask returns where sequences have not ended, (time, 1, batch); nil if they have no lengths.
func (l RecurrentLayers) mask(b *graph.Builder, x *graph.Value) *graph.Value {
	if l.Lengths == nil {
		return nil
	}
	return b.Apply(SequenceMask{}, l.Lengths, x)
}

// direction returns the states (time, h, batch) of a layer in a direction, and the last ones
// (1, batch, h), with c of an LSTM.
func (l RecurrentLayers) direction(b *graph.Builder, x, mask *graph.Value, w RecurrentWeights,
	number int, reverse bool) (states, last, cells *graph.Value) {
	zeros := func(v *graph.Value) *graph.Value {
		if mask == nil || b.Err() != nil {
			return v
		}
		return Where(b, mask, v, Scalar(b, v.DType(), 0))
	}
	o := Recurrence{Cell: l.Cell, Reverse: reverse, NoBias: w.InputBias == nil,
		Initial: l.Initial != nil, Padded: mask != nil}
	in := []*graph.Value{zeros(x), w.Input, w.State}
	if !o.NoBias {
		in = append(in, w.InputBias, w.StateBias)
	}
	initial := func(v *graph.Value) {
		part := Slice(b, v, 0, number, number+1, 1)
		in = append(in, Squeeze(b, Permute(b, part, 0, 2, 1), 0))
	}
	if o.Initial {
		initial(l.Initial)
	}
	if o.Initial && l.Cell == LSTMCell {
		initial(l.InitialCells)
	}
	if o.Padded {
		in = append(in, l.Lengths)
	}
	outputs := b.ApplyAll(o, in...)
	if b.Err() != nil {
		return x, x, nil
	}
	end := func(v *graph.Value) *graph.Value {
		if reverse {
			return Permute(b, Slice(b, v, 0, 0, 1, 1), 0, 2, 1)
		}
		return Permute(b, Slice(b, v, 0, -1, ToEnd, 1), 0, 2, 1)
	}
	if l.Cell == LSTMCell {
		cells = end(outputs[2])
	}
	return zeros(outputs[0]), end(outputs[0]), cells
}

// SequenceMask says where sequences have not ended: of lengths (batch), int64, and an input (time,
// …, batch) of which only the shape matters, it makes bools (time, 1, batch).
type SequenceMask struct{}

// Name returns "sequence_mask".
func (SequenceMask) Name() string { return "sequence_mask" }

// ReadsShapeOnly says that only the shape of the second input matters.
func (SequenceMask) ReadsShapeOnly(input int) bool { return input == 1 }

// Infer returns the shape (time, 1, batch).
func (SequenceMask) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 || in[0].DType != tensor.Int64Type || len(in[0].Shape) != 1 ||
		len(in[1].Shape) != 3 || in[1].Shape[2] != in[0].Shape[0] {
		return nil, fmt.Errorf("a mask of sequences needs int64 lengths (batch) and an input (time, …, " +
			"batch)")
	}
	s := in[1].Shape
	return []graph.Type{{DType: tensor.BoolType, Shape: graph.Shape{s[0], graph.Fixed(1), s[2]}}}, nil
}

// Bind returns a step that compares times with lengths.
func (SequenceMask) Bind(b *graph.Binding) (graph.Step, error) {
	mask, lengths := tensor.Slot[bool](b.Outputs[0]), tensor.Slot[int64](b.Inputs[0])
	return func() {
		for at := range *mask {
			n := len(*lengths)
			(*mask)[at] = int64(at/n) < (*lengths)[at%n]
		}
	}, nil
}

// Gradient is none.
func (SequenceMask) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil, nil}
}

package standard

import (
	"slices"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
)

// scan runs its body for each index along an axis of some inputs. Version 8 has a batch, and an
// input of lengths.
func scan(h *plan.HostCall) ([]*value.Value, error) {
	if h.Call.Version() < 9 {
		return scanBatch(h)
	}
	return scanOver(h, h.Inputs)
}

func scanBatch(h *plan.HostCall) ([]*value.Value, error) {
	if h.Has(0) {
		h.Fail("lengths of sequences are not supported")
	}
	inputs := h.Inputs[1:]
	batch := inputs[0].Dims()[0]
	var parts [][]*value.Value
	for b := range batch {
		in := make([]*value.Value, len(inputs))
		for i, v := range inputs {
			in[i] = tensors.At(v, 0, b)
		}
		out, err := scanOver(h, in)
		if err != nil {
			return nil, err
		}
		parts = append(parts, out)
	}
	var outputs []*value.Value
	for i := range len(parts[0]) {
		var of []*value.Value
		for _, p := range parts {
			of = append(of, p[i])
		}
		v, err := tensors.Stack(of, 0, nil)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, v)
	}
	return outputs, nil
}

// entry returns an element of a list that may be shorter.
func entry(list []int, i int) int {
	if i < len(list) {
		return list[i]
	}
	return 0
}

func scanOver(h *plan.HostCall, inputs []*value.Value) ([]*value.Value, error) {
	s := newScanning(h, inputs)
	for turn := range s.turns {
		if err := s.turn(turn); err != nil {
			return nil, err
		}
	}
	outputs := slices.Clone(s.in[:s.states])
	for i, r := range s.results {
		v := r.All
		if v == nil {
			body := h.Call.Node.Proto.Attribute("body").Graph
			var err error
			if v, err = tensors.Stack(nil, r.Axis, plan.Declared(body, s.states+i)); err != nil {
				return nil, err
			}
		}
		outputs = append(outputs, v)
	}
	return outputs, nil
}

// scanning is a Scan under way. Turns allocate nothing once the first two are over, unless the
// shapes of states change.
type scanning struct {
	body          *plan.BodyCall
	states, turns int
	in            []*value.Value // of a turn: states, then an element of each scanned input
	next          [2][]*value.Value
	scanned       []scannedInput
	results       []tensors.Stacking
	backwards     []int // for each result, not 0 if it is stacked from its end
}

// scannedInput is an input of a Scan along an axis.
type scannedInput struct {
	value     *value.Value
	axis      int
	backwards bool
}

func newScanning(h *plan.HostCall, inputs []*value.Value) *scanning {
	c, body := h.Call, h.Body("body")
	scanned := c.AttrInt("num_scan_inputs", 0)
	states := len(inputs) - scanned
	if scanned < 1 || states < 0 || len(body.Graph.Outputs) < states {
		h.Fail("%d of %d inputs to scan", scanned, len(inputs))
	}
	axes, directions := c.AttrInts("scan_input_axes"), c.AttrInts("scan_input_directions")
	if c.Version() < 9 {
		directions = c.AttrInts("directions")
	}
	s := &scanning{body: h.NewBodyCall(body, len(inputs)), states: states, turns: -1,
		in: slices.Clone(inputs), backwards: c.AttrInts("scan_output_directions"),
		next: [2][]*value.Value{make([]*value.Value, states), make([]*value.Value, states)}}
	for i, v := range inputs[states:] {
		axis := c.Axis(entry(axes, i), len(v.Dims()))
		if n := v.Dims()[axis]; s.turns >= 0 && n != s.turns {
			h.Fail("inputs of %d and %d elements to scan", s.turns, n)
		}
		s.turns = v.Dims()[axis]
		s.scanned = append(s.scanned, scannedInput{v, axis, entry(directions, i) != 0})
		s.in[states+i] = value.Zeros(v.Element(), tensors.Without(v.Dims(), axis)...)
	}
	axes = c.AttrInts("scan_output_axes")
	for i := range len(body.Graph.Outputs) - states {
		s.results = append(s.results, tensors.Stacking{N: s.turns, Axis: entry(axes, i)})
	}
	return s
}

// turn runs the body once. States of two turns are kept, since one is made of the other.
func (s *scanning) turn(turn int) error {
	for i, v := range s.scanned {
		k := turn
		if v.backwards {
			k = s.turns - 1 - turn
		}
		tensors.CopyPart(s.in[s.states+i], v.value, v.axis, k, k+1)
	}
	out, err := s.body.Run(s.in)
	if err != nil {
		return err
	}
	next := s.next[turn%2]
	for i := range next {
		next[i] = tensors.CopyTo(out[i], next[i])
	}
	copy(s.in, next)
	for i := range s.results {
		k := turn
		if entry(s.backwards, i) != 0 {
			k = s.turns - 1 - turn
		}
		if err := s.results[i].Put(out[s.states+i], k); err != nil {
			return err
		}
	}
	return nil
}

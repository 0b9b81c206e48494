package onnx

import "slices"

// scan runs its body for each index along an axis of some inputs. Version 8 has a batch, and an input
// of lengths.
func scan(h *hostCall) ([]*Value, error) {
	if h.call.version() < 9 {
		return scanBatch(h)
	}
	return scanOver(h, h.inputs)
}

func scanBatch(h *hostCall) ([]*Value, error) {
	if h.has(0) {
		h.fail("lengths of sequences are not supported")
	}
	inputs := h.inputs[1:]
	batch := inputs[0].shape[0]
	var parts [][]*Value
	for b := range batch {
		in := make([]*Value, len(inputs))
		for i, v := range inputs {
			in[i] = v.index(0, b)
		}
		out, err := scanOver(h, in)
		if err != nil {
			return nil, err
		}
		parts = append(parts, out)
	}
	var outputs []*Value
	for i := range len(parts[0]) {
		var of []*Value
		for _, p := range parts {
			of = append(of, p[i])
		}
		v, err := stack(of, 0, nil)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, v)
	}
	return outputs, nil
}

// at returns an element of a list that may be shorter.
func at(list []int, i int) int {
	if i < len(list) {
		return list[i]
	}
	return 0
}

func scanOver(h *hostCall, inputs []*Value) ([]*Value, error) {
	s := h.newScanning(inputs)
	for turn := range s.turns {
		if err := s.turn(turn); err != nil {
			return nil, err
		}
	}
	outputs := slices.Clone(s.in[:s.states])
	for i, r := range s.results {
		v := r.all
		if v == nil {
			body := h.call.node.proto.Attribute("body").Graph
			var err error
			if v, err = stack(nil, r.axis, declared(body, s.states+i)); err != nil {
				return nil, err
			}
		}
		outputs = append(outputs, v)
	}
	return outputs, nil
}

// scanning is a Scan under way. Turns allocate nothing once the first two are over, unless the shapes
// of states change.
type scanning struct {
	body          *bodyCall
	states, turns int
	in            []*Value // of a turn: states, then an element of each scanned input
	next          [2][]*Value
	scanned       []scannedInput
	results       []stacking
	backwards     []int // for each result, not 0 if it is stacked from its end
}

// scannedInput is an input of a Scan along an axis.
type scannedInput struct {
	value     *Value
	axis      int
	backwards bool
}

func (h *hostCall) newScanning(inputs []*Value) *scanning {
	c, body := h.call, h.body("body")
	scanned := c.attrInt("num_scan_inputs", 0)
	states := len(inputs) - scanned
	if scanned < 1 || states < 0 || len(body.graph.outputs) < states {
		h.fail("%d of %d inputs to scan", scanned, len(inputs))
	}
	axes, directions := c.attrInts("scan_input_axes"), c.attrInts("scan_input_directions")
	if c.version() < 9 {
		directions = c.attrInts("directions")
	}
	s := &scanning{body: h.newBodyCall(body, len(inputs)), states: states, turns: -1,
		in: slices.Clone(inputs), backwards: c.attrInts("scan_output_directions"),
		next: [2][]*Value{make([]*Value, states), make([]*Value, states)}}
	for i, v := range inputs[states:] {
		axis := c.axis(at(axes, i), len(v.shape))
		if n := v.shape[axis]; s.turns >= 0 && n != s.turns {
			h.fail("inputs of %d and %d elements to scan", s.turns, n)
		}
		s.turns = v.shape[axis]
		s.scanned = append(s.scanned, scannedInput{v, axis, at(directions, i) != 0})
		s.in[states+i] = v.like(without(v.shape, axis))
	}
	axes = c.attrInts("scan_output_axes")
	for i := range len(body.graph.outputs) - states {
		s.results = append(s.results, stacking{n: s.turns, axis: at(axes, i)})
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
		s.in[s.states+i].copyPart(v.value, v.axis, k, k+1)
	}
	out, err := s.body.run(s.in)
	if err != nil {
		return err
	}
	next := s.next[turn%2]
	for i := range next {
		next[i] = out[i].copyTo(next[i])
	}
	copy(s.in, next)
	for i := range s.results {
		k := turn
		if at(s.backwards, i) != 0 {
			k = s.turns - 1 - turn
		}
		if err := s.results[i].put(out[s.states+i], k); err != nil {
			return err
		}
	}
	return nil
}

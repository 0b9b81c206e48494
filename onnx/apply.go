package onnx

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// needValue is the panic of a node that has to know the elements of a value.
type needValue struct{ v *val }

// failure is the panic of a node that finds something wrong.
type failure struct{ err error }

// apply plans a node of an operator: from the beginning again whenever it asks for a value.
func (t *tracer) apply(c *call) (outputs []*val, err error) {
	for {
		c.outputs = make([]*val, len(c.node.proto.Outputs))
		need, err := t.attempt(c)
		switch {
		case err != nil:
			return nil, c.node.error(c.inputs, err)
		case need == nil:
			return c.outputs, nil
		}
		if t.translation != nil {
			return nil, c.node.error(c.inputs, t.translation.elements(need))
		}
		if err := t.read(need); err != nil {
			return nil, err
		}
	}
}

// read cuts in order to know the elements of a value.
func (t *tracer) read(v *val) error {
	err := t.cut(func() event { return &reading{[]int{v.slot}} })
	if err == nil {
		v.constant = t.machine.env[v.slot].clone()
	}
	return err
}

// attempt plans a node, and returns the value that it lacks, if it does.
func (t *tracer) attempt(c *call) (need *val, err error) {
	depth := len(t.stack)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case needValue:
			need = r.v
		case failure:
			err = r.err
		default: // of a check within an operator
			err = fmt.Errorf("%v", r)
		}
		t.stack = t.stack[:depth]
	}()
	constant := !slices.ContainsFunc(c.inputs, func(v *val) bool {
		return v != nil && v.constant == nil
	})
	switch {
	case c.isHost():
		return nil, t.host(c, constant && !c.node.op.impure && len(c.node.captures) == 0)
	case constant && !c.node.op.impure:
		fixed := t.isFixed(c)
		if fixed && t.foldedBefore(c) {
			return nil, nil
		}
		if done, err := t.fold(c); done || err != nil {
			if fixed && err == nil {
				t.keepFolded(c)
			}
			return nil, err
		}
	}
	t.builder.In(c.node.scope(), func() { c.node.op.translate(c) })
	return nil, t.builder.Err()
}

// isConstant reports whether the node's output stands in an attribute.
func (n *nodeInfo) isConstant() bool { return n.op != nil && n.op.name == "Constant" }

// scope returns the name of a node as graphs have it.
func (n *nodeInfo) scope() string {
	if n.proto.Name != "" {
		return printable(n.proto.Name)
	}
	return printable(n.proto.Outputs[0])
}

// fold computes a node of constants, unless its outputs are large.
func (t *tracer) fold(c *call) (done bool, err error) {
	outer := t.segment
	t.segment = newSegment()
	defer func() { t.segment = outer }()
	c.node.op.translate(c)
	if err := t.builder.Err(); err != nil {
		return false, err
	}
	size, limit := 0, foldLimit
	if slices.Contains(repeating, c.node.op.name) {
		limit = repeatLimit
	}
	for _, v := range c.inputs {
		if v != nil {
			limit += 2 * sizeOf(v.shape) * max(v.element.storage().Bytes(), 2) // bytes may become floats
		}
	}
	var computed []*val
	for _, v := range c.outputs {
		if v != nil && v.constant == nil {
			size += sizeOf(v.shape) * v.element.storage().Bytes()
			t.builder.Output(fmt.Sprintf("o%d", len(computed)), v.node)
			computed = append(computed, v)
		}
	}
	if size > limit {
		c.outputs = make([]*val, len(c.outputs))
		return false, nil
	}
	if len(computed) == 0 {
		return true, nil
	}
	// What runs once is not worth rewriting.
	program, err := t.program(func(g *graph.Graph) (*graph.Graph, error) { return g, nil })
	if err == nil {
		err = program.Run()
	}
	for i, v := range computed {
		if err != nil {
			return false, err
		}
		var a *tensor.Array
		if a, err = program.Output(fmt.Sprintf("o%d", i)); err == nil {
			r := resultOf(v, a)
			r.update()
			v.constant, v.node = r.value.clone(), nil
		}
	}
	return true, err
}

// host plans a node that is computed between graphs.
func (t *tracer) host(c *call, constant bool) error {
	h := &hostCall{call: c, session: t.machine.session, draws: t.machine.draws,
		inputs: make([]*Value, len(c.inputs))}
	if constant {
		for i, v := range c.inputs {
			if v != nil {
				h.inputs[i] = v.constant
			}
		}
		outputs, err := h.run()
		if err != nil {
			return err
		}
		for i := range min(len(outputs), len(c.outputs)) {
			c.outputs[i] = constantVal(outputs[i])
		}
		return nil
	}
	if t.translation != nil {
		return errors.New("what it gives depends on data, so it can't be part of one graph")
	}
	e := &hosting{call: h}
	err := t.cut(func() event {
		for _, v := range c.inputs {
			e.inputs = append(e.inputs, refOf(v))
		}
		for _, name := range c.node.captures {
			v := c.scope.get(name)
			e.capture = append(e.capture, refOf(v))
			h.names = append(h.names, name)
			h.constant = append(h.constant, v == nil || v.constant != nil)
		}
		h.captured = make([]*Value, len(e.capture))
		for _, name := range c.node.proto.Outputs {
			slot := -1
			if name != "" {
				slot = t.slots
				t.slots++
			}
			e.outputs = append(e.outputs, slot)
		}
		return e
	})
	if err != nil {
		return err
	}
	for i, slot := range e.outputs {
		if slot >= 0 {
			v := t.machine.env[slot]
			c.outputs[i] = &val{kind: v.kind, element: v.element, shape: v.shape, slot: slot}
		}
	}
	return nil
}

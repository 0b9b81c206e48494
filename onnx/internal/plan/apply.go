package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// needValue is the panic of a node that has to know the elements of a value.
type needValue struct{ v *Val }

// failure is the panic of a node that finds something wrong.
type failure struct{ err error }

// apply plans a node of an operator: from the beginning again whenever it asks for a value.
func (t *Tracer) apply(c *Call) (outputs []*Val, err error) {
	for {
		c.outputs = make([]*Val, len(c.Node.Proto.Outputs))
		need, err := t.attempt(c)
		switch {
		case err != nil:
			return nil, nodeError(c.Node, c.Inputs, err)
		case need == nil:
			return c.outputs, nil
		}
		if t.translation != nil {
			return nil, nodeError(c.Node, c.Inputs, t.translation.elements(need))
		}
		if err := t.read(need); err != nil {
			return nil, err
		}
	}
}

// read cuts in order to know the elements of a value.
func (t *Tracer) read(v *Val) error {
	err := t.cut(func() event { return &reading{[]int{v.slot}} })
	if err == nil {
		v.Constant = t.Machine.env[v.slot].Clone()
	}
	return err
}

// attempt plans a node, and returns the value that it lacks, if it does.
func (t *Tracer) attempt(c *Call) (need *Val, err error) {
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
	constant := !slices.ContainsFunc(c.Inputs, func(v *Val) bool {
		return v != nil && v.Constant == nil
	})
	switch {
	case c.isHost():
		return nil, t.host(c, constant && !OperatorOf(c.Node).Impure && len(c.Node.Captures) == 0)
	case constant && !OperatorOf(c.Node).Impure && !t.keepsCodes(c):
		fixed := t.isFixed(c)
		inputs, kept := t.foldKey(c, fixed)
		if fixed && t.deferredBefore(c) || kept && t.foldedBefore(c, inputs, fixed) {
			return nil, nil
		}
		like := ""
		if kept && !fixed {
			if like = likeKey(c, inputs); t.foldedLike(c, like) {
				return nil, nil
			}
		}
		if done, err := t.fold(c, fixed); done || err != nil {
			if kept && err == nil {
				t.keepFolded(c, inputs, fixed)
				t.keepLike(c, like)
			}
			return nil, err
		}
	}
	t.builder.In(c.Node.Scope(), func() {
		OperatorOf(c.Node).Translate(c)
		if c.whole && t.translation != nil && !OperatorOf(c.Node).Impure {
			err = t.translation.keepWhole(t, c)
		}
	})
	return nil, cmp.Or(err, t.builder.Err())
}

// keepsCodes reports whether a graph has codes, of which products of integers can be made, in place
// of the floats that they stand for.
func (t *Tracer) keepsCodes(c *Call) bool {
	return t.translation != nil && OperatorOf(c.Node).Name == "DequantizeLinear" &&
		c.Element(0).IsByte()
}

// isConstant reports whether a node's output stands in an attribute.
func isConstant(n *file.Node) bool {
	o := OperatorOf(n)
	return o != nil && o.Name == "Constant"
}

// fold computes a node of constants, unless its outputs are large. One that hangs on the file alone
// may be deferred.
func (t *Tracer) fold(c *Call, fixed bool) (done bool, err error) {
	limit := foldLimit
	if slices.Contains(repeating, OperatorOf(c.Node).Name) {
		limit = repeatLimit
	}
	for _, v := range c.Inputs {
		if v != nil {
			limit += 2 * tensors.Size(v.Shape) * max(v.Element.Storage().Bytes(),
				2) // bytes may become floats
		}
	}
	err = t.compute(c, limit, fixed)
	if errors.Is(err, errLarge) {
		c.outputs = make([]*Val, len(c.outputs))
		return false, nil
	}
	return err == nil, err
}

// errLarge says that outputs have more bytes than a limit.
var errLarge = errors.New("its outputs are too large")

// compute computes a node of constants in a segment of its own, if its outputs are within a limit
// of bytes, or defers that.
func (t *Tracer) compute(c *Call, limit int, mayDefer bool) error {
	outer := t.segment
	t.segment = newSegment()
	defer func() { t.segment = outer }()
	OperatorOf(c.Node).Translate(c)
	if err := t.builder.Err(); err != nil {
		return err
	}
	size := 0
	var computed []*Val
	for _, v := range c.outputs {
		if v != nil && v.Constant == nil {
			size += tensors.Size(v.Shape) * v.Element.Storage().Bytes()
			t.builder.Output(fmt.Sprintf("o%d", len(computed)), v.Node)
			computed = append(computed, v)
		}
	}
	if size > limit {
		return errLarge
	}
	if len(computed) == 0 || mayDefer && t.deferOutput(c) {
		return nil
	}
	// What runs once is not worth rewriting.
	memory := &exec.Arena{Limit: t.Machine.Session.memory}
	program, err := t.program(memory,
		func(g *graph.Graph) (*graph.Graph, error) { return g, nil })
	if err == nil {
		err = program.Run()
	}
	for i, v := range computed {
		if err != nil {
			return err
		}
		var a *tensor.Array
		if a, err = program.Output(fmt.Sprintf("o%d", i)); err == nil {
			r := resultOf(v, a)
			r.update()
			if v.Constant, v.Node = r.value, nil; program.ArenaBytes() > size+size/4 {
				v.Constant = r.value.Clone() // not with all that was needed for it
			}
		}
	}
	return err
}

// host plans a node that is computed between graphs.
func (t *Tracer) host(c *Call, constant bool) error {
	h := &HostCall{Call: c, Session: t.Machine.Session, draws: t.Machine.draws,
		Inputs: make([]*value.Value, len(c.Inputs))}
	if constant {
		for i, v := range c.Inputs {
			if v != nil {
				h.Inputs[i] = v.Constant
			}
		}
		outputs, err := h.run()
		if err != nil {
			return err
		}
		for i := range min(len(outputs), len(c.outputs)) {
			c.outputs[i] = ConstantVal(outputs[i])
		}
		return nil
	}
	if t.translation != nil {
		return errors.New("what it gives depends on data, so it can't be part of one graph")
	}
	e := &hosting{call: h}
	err := t.cut(func() event {
		for _, v := range c.Inputs {
			e.inputs = append(e.inputs, refOf(v))
		}
		for _, name := range c.Node.Captures {
			v := c.Scope.Get(name)
			e.capture = append(e.capture, refOf(v))
			h.names = append(h.names, name)
			h.constant = append(h.constant, v == nil || v.Constant != nil)
		}
		h.captured = make([]*value.Value, len(e.capture))
		for _, name := range c.Node.Proto.Outputs {
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
			v := t.Machine.env[slot]
			c.outputs[i] = &Val{Kind: v.Kind(), Element: v.Element(), Shape: v.Dims(), slot: slot}
		}
	}
	return nil
}

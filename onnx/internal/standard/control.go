package standard

import (
	"fmt"
	"slices"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// control are the operators with graphs in their attributes.
var control = []plan.Operator{
	{Name: "If", Since: 1, Min: 1, Max: 1, Attributes: "then_branch else_branch", Translate: branch,
		Impure: true},
	{Name: "Loop", Since: 1, Min: 2, Max: plan.Many, Attributes: "body", Host: loop, Impure: true},
	{Name: "Scan", Since: 8, Min: 1, Max: plan.Many,
		Attributes: "body num_scan_inputs directions " +
			"scan_input_axes scan_input_directions scan_output_axes scan_output_directions",
		Host:   scan,
		Impure: true},
}

// branch plans the nodes of the branch that is taken in place of the If. A graph has both, and a
// choice between what they give.
func branch(c *plan.Call) {
	if c.Translating() && c.Val(0).Constant == nil {
		chosen(c)
		return
	}
	name := "else_branch"
	if c.Int(0) != 0 {
		name = "then_branch"
	}
	for i, v := range branchOutputs(c, name) {
		c.Pass(i, v)
	}
}

// branchOutputs plans the nodes of a branch and returns its outputs.
func branchOutputs(c *plan.Call, name string) []*plan.Val {
	g := c.Node.Graphs[name]
	if g == nil {
		c.Fail("it has no graph %s", name)
	}
	outputs, err := c.Tracer.Graph(plan.NewScope(g, c.Scope))
	if err != nil {
		c.Fail("%w", err)
	}
	return outputs
}

// chosen computes both branches, whose outputs have the same types, and takes those of one.
func chosen(c *plan.Call) {
	condition := c.Reshape(c.Value(0))
	first, second := branchOutputs(c, "then_branch"), branchOutputs(c, "else_branch")
	if len(first) != len(second) {
		c.Fail("branches of %d and %d outputs", len(first), len(second))
	}
	for i, v := range first {
		w := second[i]
		if v == nil || w == nil || v.String() != w.String() ||
			v.Element.Storage() == tensor.InvalidDType {
			c.Fail("its branches give %v and %v, and which of them depends on data", v, w)
		}
		c.SetAs(i, c.Where(condition, c.Tracer.Value(v), c.Tracer.Value(w)), v.Element)
	}
}

// valueBytes is about what a value takes beside its elements.
const valueBytes = 256

// loop runs its body until the trip count is reached or the condition is false. After the values
// that go from turn to turn it returns what the body computed beyond them, stacked.
func loop(h *plan.HostCall) ([]*value.Value, error) {
	body := h.Body("body")
	trips := int64(-1)
	if h.Has(0) {
		trips = int64(h.Int(0))
	}
	going := !h.Has(1) || h.Int(1) != 0
	carried := slices.Clone(h.Inputs[2:])
	scans := make([][]*value.Value, max(len(body.Graph.Outputs)-1-len(carried), 0))
	stacked := 0.0 // bytes
	for i := int64(0); going && (trips < 0 || i < trips); i++ {
		in := append([]*value.Value{value.NewTensor(tensor.ArrayOf([]int64{i})),
			value.NewTensor(tensor.ArrayOf([]bool{true}))}, carried...)
		out, err := h.RunBody(body, in)
		if err != nil {
			return nil, err
		}
		if len(out) < 1+len(carried) || out[0].Array() == nil || out[0].Len() != 1 {
			return nil, fmt.Errorf("its body has %d outputs for %d values", len(out), len(carried))
		}
		going = tensors.Numbers[int64](out[0].Array())[0] != 0
		copy(carried, out[1:])
		for j, v := range out[1+len(carried):] {
			scans[j] = append(scans[j], v)
			if stacked += valueBytes; v.Array() != nil {
				stacked += float64(v.Len() * v.Array().DType().Bytes())
			}
		}
		h.Session.CheckBytes(stacked, "the outputs of %d turns", i+1)
	}
	for j, parts := range scans {
		v, err := tensors.Stack(parts, 0, plan.Declared(h.Call.Node.Proto.Attribute("body").Graph,
			1+len(carried)+j))
		if err != nil {
			return nil, err
		}
		carried = append(carried, v)
	}
	return carried, nil
}

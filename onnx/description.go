package onnx

import (
	"fmt"
	"math"
	"strings"
	"time"

	"simdnn/graph"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Description is a model as its file has it, and as it runs.
type Description struct {
	// Model are the nodes of the model's graph, in an order in which they can run.
	Model []DescribedNode
	// Programs are those of the graphs that they became for the inputs, after rewriting; nodes that
	// are computed between them are in none.
	Programs [][]DescribedNode
}

// DescribedNode is a node as text.
type DescribedNode struct {
	Name       string // in the model: that of the node that it comes from
	Operator   string
	Attributes []string // "axis = 1"
	Inputs     []string // names of values
	Outputs    []string
	// Types are those of the outputs, "float32[1 3]"; "" where they are not known.
	Types []string
	// Time is what the node took, the least of several runs: of the model's nodes that of those
	// that come from them.
	Time time.Duration
}

// describedRuns is how often a model runs to be timed.
const describedRuns = 3

// Describe runs the model on inputs, several times, and says what it is made of.
func (s *Session) Describe(inputs map[string]*value.Value) (*Description, error) {
	m := s.plan.NewMachine()
	m.Types = map[string]string{}
	if _, err := s.plan.Run(m, inputs); err != nil {
		return nil, err
	}
	var plans []*plan.Plan
	least := map[*plan.Plan][]time.Duration{}
	m.Observe = func(p *plan.Plan, times []time.Duration) {
		if least[p] == nil {
			least[p] = times
			plans = append(plans, p)
		}
		for i, t := range times {
			least[p][i] = min(least[p][i], t)
		}
	}
	for range describedRuns {
		if _, err := s.plan.Run(m, inputs); err != nil {
			return nil, err
		}
	}
	d, byName := &Description{}, map[string]time.Duration{}
	for number, p := range plans {
		var program []DescribedNode
		for _, n := range p.Program.Nodes() {
			node := describeOperator(n.Node, number)
			for _, t := range n.Types {
				node.Types = append(node.Types, t.String())
			}
			if n.Step >= 0 {
				node.Time = least[p][n.Step]
				byName[n.Scope] += node.Time
			}
			program = append(program, node)
		}
		d.Programs = append(d.Programs, program)
	}
	for _, n := range s.plan.Model.Graph.Nodes {
		node := describeNode(n)
		for _, name := range n.Proto.Outputs {
			node.Types = append(node.Types, m.Types[name])
		}
		node.Time = byName[n.Scope()]
		d.Model = append(d.Model, node)
	}
	return d, nil
}

// describeOperator describes a node of a program.
func describeOperator(n *graph.Node, program int) DescribedNode {
	node := DescribedNode{Name: n.Scope, Operator: n.Operator.Name()}
	name := func(v *graph.Value) string {
		if v.Kind() == graph.Constant {
			return "constant " + v.Type().String()
		}
		return fmt.Sprintf("%d.%s", program, v.Name())
	}
	for _, v := range n.Inputs {
		node.Inputs = append(node.Inputs, name(v))
	}
	for _, v := range n.Outputs {
		node.Outputs = append(node.Outputs, name(v))
	}
	if text := fmt.Sprintf("%+v", n.Operator); text != "{}" && !strings.Contains(text, "0x") {
		node.Attributes = []string{strings.Trim(text, "{}")}
	}
	return node
}

// describeNode describes a node of the model.
func describeNode(n *file.Node) DescribedNode {
	node := DescribedNode{Name: n.Scope(), Operator: n.Proto.Operator, Inputs: n.Proto.Inputs,
		Outputs: n.Proto.Outputs}
	if n.Proto.Domain != "" {
		node.Operator = n.Proto.Domain + "." + node.Operator
	}
	for _, a := range n.Proto.Attributes {
		node.Attributes = append(node.Attributes, a.Name+" = "+attributeText(a))
	}
	return node
}

// attributeText returns an attribute's value, or what it is.
func attributeText(a *proto.Attribute) string {
	switch {
	case a.Reference != "":
		return "that of the function's call " + a.Reference
	case a.Tensor != nil:
		return fmt.Sprintf("%v%v", value.ElementType(a.Tensor.DataType), a.Tensor.Dims)
	case a.Graph != nil:
		return fmt.Sprintf("a graph of %d nodes", len(a.Graph.Nodes))
	case a.Ints != nil:
		return fmt.Sprint(a.Ints)
	case a.Floats != nil:
		return fmt.Sprint(a.Floats)
	case a.Strings != nil:
		return fmt.Sprintf("%q", a.Strings)
	case a.String != nil:
		return fmt.Sprintf("%.80q", a.String)
	case a.Type == proto.FloatAttribute || a.Float != 0 && !math.IsNaN(float64(a.Float)):
		return fmt.Sprint(a.Float)
	}
	return fmt.Sprint(a.Int)
}

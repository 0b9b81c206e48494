package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// trainings are the operators of the domain ai.onnx.preview.training.
var trainings = []operator{
	{name: "Adagrad", since: 1, min: 3, max: many,
		attributes: "decay_factor epsilon norm_coefficient", translate: adagrad},
	{name: "Adam", since: 1, min: 3, max: many,
		attributes: "alpha beta epsilon norm_coefficient norm_coefficient_post", translate: adam},
	{name: "Gradient", since: 1, min: 1, max: many, attributes: "xs y zs", translate: gradient,
		impure: true},
	{name: "Momentum", since: 1, min: 3, max: many, attributes: "alpha beta mode norm_coefficient",
		translate: momentum},
}

// optimize calls f for each tensor that is optimized, with its gradient and its states, and gives
// what f returns, the tensors first, then the first states of all, and so on.
func (c *call) optimize(states int, f func(rate, t, x, g *graph.Value,
	state []*graph.Value) []*graph.Value) {
	n := (len(c.inputs) - 2) / (2 + states)
	if n*(2+states)+2 != len(c.inputs) {
		c.fail("%d inputs for tensors with gradients and %d states", len(c.inputs), states)
	}
	for i := range n {
		x, g := c.float(2+i), c.float(2+n+i)
		var state []*graph.Value
		for s := range states {
			state = append(state, c.float(2+(2+s)*n+i))
		}
		rate := op.Cast(c.b(), c.float(0), x.DType())
		t := op.Cast(c.b(), c.value(1), x.DType())
		if norm := c.attrFloat("norm_coefficient", 0); norm != 0 {
			g = op.Add(c.b(), op.Scale(c.b(), x, norm), g)
		}
		for s, v := range f(rate, t, x, g, state) {
			c.setLike(s*n+i, v, 2+i)
		}
	}
}

func adagrad(c *call) {
	b := c.b()
	c.optimize(1, func(rate, t, x, g *graph.Value, state []*graph.Value) []*graph.Value {
		decay := op.Add(b, op.Scale(b, t, c.attrFloat("decay_factor", 0)), c.like(t, 1))
		h := op.Add(b, state[0], op.Mul(b, g, g))
		root := op.Add(b, op.Apply(b, tensor.Sqrt, h), c.like(h, c.attrFloat("epsilon", 1e-6)))
		step := op.Div(b, op.Mul(b, op.Div(b, rate, decay), g), root)
		return []*graph.Value{op.Sub(b, x, step), h}
	})
}

func adam(c *call) {
	b := c.b()
	alpha, beta := c.attrFloat("alpha", 0.9), c.attrFloat("beta", 0.999)
	c.optimize(2, func(rate, t, x, g *graph.Value, state []*graph.Value) []*graph.Value {
		v := op.Add(b, op.Scale(b, state[0], alpha), op.Scale(b, g, 1-alpha))
		h := op.Add(b, op.Scale(b, state[1], beta), op.Scale(b, op.Mul(b, g, g), 1-beta))
		root := op.Add(b, op.Apply(b, tensor.Sqrt, h), c.like(h, c.attrFloat("epsilon", 1e-6)))
		bias := func(decay float64) *graph.Value {
			return op.Sub(b, c.like(t, 1), op.Pow(b, c.like(t, decay), t))
		}
		adjusted := op.Div(b, op.Mul(b, rate, op.Apply(b, tensor.Sqrt, bias(beta))), bias(alpha))
		rate = c.where(c.greater(t, c.like(t, 0)), adjusted, rate)
		y := op.Sub(b, x, op.Mul(b, rate, op.Div(b, v, root)))
		return []*graph.Value{op.Scale(b, y, 1-c.attrFloat("norm_coefficient_post", 0)), v, h}
	})
}

func momentum(c *call) {
	b := c.b()
	alpha, beta := c.attrFloat("alpha", 0.9), c.attrFloat("beta", 0.1)
	mode := c.attrString("mode", "standard")
	if mode != "standard" && mode != "nesterov" {
		c.fail("the mode %q is unknown", mode)
	}
	c.optimize(1, func(rate, t, x, g *graph.Value, state []*graph.Value) []*graph.Value {
		first := c.where(c.greater(t, c.like(t, 0)), c.like(t, beta), c.like(t, 1))
		v := op.Add(b, op.Scale(b, state[0], alpha), op.Mul(b, first, g))
		step := v
		if mode == "nesterov" {
			step = op.Add(b, g, op.Scale(b, v, alpha))
		}
		return []*graph.Value{op.Sub(b, x, op.Mul(b, rate, step)), v}
	})
}

// gradient is that of a value by others, which the attributes name.
func gradient(c *call) {
	find := func(name string) *graph.Value {
		v := c.scope.get(name)
		if v == nil {
			c.fail("there is no value %q", name)
		}
		return c.tracer.value(v)
	}
	var xs []*graph.Value
	for _, name := range c.attrStrings("xs") {
		xs = append(xs, find(name))
	}
	gradients := op.Gradients(c.b(), find(c.attrString("y", "")), xs...)
	for i, g := range gradients {
		if g == nil {
			g = op.BroadcastTo(c.b(), c.like(xs[i], 0), dims(xs[i])...)
		}
		c.set(i, g)
	}
}

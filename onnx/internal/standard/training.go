package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// Training are the operators of the domain ai.onnx.preview.training.
var Training = []plan.Operator{
	{Name: "Adagrad", Since: 1, Min: 3, Max: plan.Many,
		Attributes: "decay_factor epsilon norm_coefficient", Translate: adagrad},
	{Name: "Adam", Since: 1, Min: 3, Max: plan.Many,
		Attributes: "alpha beta epsilon norm_coefficient norm_coefficient_post", Translate: adam},
	{Name: file.Gradient, Since: 1, Min: 1, Max: plan.Many, Attributes: "xs y zs", Translate: gradient,
		Impure: true},
	{Name: "Momentum", Since: 1, Min: 3, Max: plan.Many,
		Attributes: "alpha beta mode norm_coefficient",
		Translate:  momentum},
}

// optimize calls f for each tensor that is optimized, with its gradient and its states, and gives
// what f returns, the tensors first, then the first states of all, and so on.
func optimize(c *plan.Call, states int, f func(rate, t, x, g *graph.Value,
	state []*graph.Value) []*graph.Value) {
	n := (len(c.Inputs) - 2) / (2 + states)
	if n*(2+states)+2 != len(c.Inputs) {
		c.Fail("%d inputs for tensors with gradients and %d states", len(c.Inputs), states)
	}
	for i := range n {
		x, g := c.Float(2+i), c.Float(2+n+i)
		var state []*graph.Value
		for s := range states {
			state = append(state, c.Float(2+(2+s)*n+i))
		}
		rate := op.Cast(c.B(), c.Float(0), x.DType())
		t := op.Cast(c.B(), c.Value(1), x.DType())
		if norm := c.AttrFloat("norm_coefficient", 0); norm != 0 {
			g = op.Add(c.B(), op.Scale(c.B(), x, norm), g)
		}
		for s, v := range f(rate, t, x, g, state) {
			c.SetLike(s*n+i, v, 2+i)
		}
	}
}

func adagrad(c *plan.Call) {
	b := c.B()
	optimize(c, 1, func(rate, t, x, g *graph.Value, state []*graph.Value) []*graph.Value {
		decay := op.Add(b, op.Scale(b, t, c.AttrFloat("decay_factor", 0)), c.Like(t, 1))
		h := op.Add(b, state[0], op.Mul(b, g, g))
		root := op.Add(b, op.Apply(b, tensor.Sqrt, h), c.Like(h, c.AttrFloat("epsilon", 1e-6)))
		step := op.Div(b, op.Mul(b, op.Div(b, rate, decay), g), root)
		return []*graph.Value{op.Sub(b, x, step), h}
	})
}

func adam(c *plan.Call) {
	b := c.B()
	alpha, beta := c.AttrFloat("alpha", 0.9), c.AttrFloat("beta", 0.999)
	optimize(c, 2, func(rate, t, x, g *graph.Value, state []*graph.Value) []*graph.Value {
		v := op.Add(b, op.Scale(b, state[0], alpha), op.Scale(b, g, 1-alpha))
		h := op.Add(b, op.Scale(b, state[1], beta), op.Scale(b, op.Mul(b, g, g), 1-beta))
		root := op.Add(b, op.Apply(b, tensor.Sqrt, h), c.Like(h, c.AttrFloat("epsilon", 1e-6)))
		bias := func(decay float64) *graph.Value {
			return op.Sub(b, c.Like(t, 1), op.Pow(b, c.Like(t, decay), t))
		}
		adjusted := op.Div(b, op.Mul(b, rate, op.Apply(b, tensor.Sqrt, bias(beta))), bias(alpha))
		rate = c.Where(c.Greater(t, c.Like(t, 0)), adjusted, rate)
		y := op.Sub(b, x, op.Mul(b, rate, op.Div(b, v, root)))
		return []*graph.Value{op.Scale(b, y, 1-c.AttrFloat("norm_coefficient_post", 0)), v, h}
	})
}

func momentum(c *plan.Call) {
	b := c.B()
	alpha, beta := c.AttrFloat("alpha", 0.9), c.AttrFloat("beta", 0.1)
	mode := c.AttrString("mode", "standard")
	if mode != "standard" && mode != "nesterov" {
		c.Fail("the mode %q is unknown", mode)
	}
	optimize(c, 1, func(rate, t, x, g *graph.Value, state []*graph.Value) []*graph.Value {
		first := c.Where(c.Greater(t, c.Like(t, 0)), c.Like(t, beta), c.Like(t, 1))
		v := op.Add(b, op.Scale(b, state[0], alpha), op.Mul(b, first, g))
		step := v
		if mode == "nesterov" {
			step = op.Add(b, g, op.Scale(b, v, alpha))
		}
		return []*graph.Value{op.Sub(b, x, op.Mul(b, rate, step)), v}
	})
}

// gradient is that of a value by others, which the attributes name.
func gradient(c *plan.Call) {
	find := func(name string) *graph.Value {
		v := c.Scope.Get(name)
		if v == nil {
			c.Fail("there is no value %q", name)
		}
		return c.Tracer.Value(v)
	}
	var xs []*graph.Value
	for _, name := range c.AttrStrings("xs") {
		xs = append(xs, find(name))
	}
	derive := c.Machine.Session.Model.Options.Gradients
	gradients := derive(c.B(), find(c.AttrString("y", "")), xs...)
	for i, g := range gradients {
		if g == nil {
			g = op.BroadcastTo(c.B(), c.Like(xs[i], 0), native.Dims(xs[i])...)
		}
		c.Set(i, g)
	}
}

package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// floats returns the type of a float32 matrix with the batch as its rows.
func floats(columns int) graph.Type {
	return graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(columns))
}

// parameter returns a float32 parameter of zeros.
func parameter(name string, shape ...int) *graph.Variable {
	return &graph.Variable{Name: name, Value: tensor.NewArray(tensor.Float32Type, shape...)}
}

func TestPrint(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", floats(10))
	w := parameter("fc1.weight", 10, 64)
	b.In("fc1", func() {
		h := op.MatMul(b, x, b.Variable(w))
		b.Output("y", b.Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: 0.1}, h))
	})
	b.Update(b.Variable(w), op.Scale(b, b.Variable(w), 0.5))
	g, err := b.Graph()
	require.NoError(t, err)
	require.Equal(t, `x = input: float32[batch 10]
fc1.weight = parameter: float32[10 64]
%2 = matmul(x, fc1.weight): float32[batch 64]  # fc1
%3 = leaky_relu{alpha: 0.1}(%2): float32[batch 64]  # fc1
%4 = scale{alpha: 0.5}(fc1.weight): float32[10 64]
return y=%3
update fc1.weight=%4
`, g.String())
	require.Equal(t, `digraph {
	rankdir=TB; node [fontname="sans-serif"];
	v0 [shape=ellipse label="x\nfloat32[batch 10]"];
	v1 [shape=ellipse label="fc1.weight\nfloat32[10 64]"];
	n0 [shape=box label="matmul\nfc1"];
	v0 -> n0 [label="[batch 10]"];
	v1 -> n0 [label="[10 64]"];
	n1 [shape=box label="leaky_relu{alpha: 0.1}\nfc1"];
	n0 -> n1 [label="[batch 64]"];
	n2 [shape=box label="scale{alpha: 0.5}"];
	v1 -> n2 [label="[10 64]"];
	o0 [shape=ellipse style=bold label="y"];
	n1 -> o0;
	n2 -> v1 [style=dashed constraint=false];
}
`, g.DOT())
}

// TestMistakes says what each mistake in building a graph is called.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		want  string
		build func(b *graph.Builder)
	}{
		{"graph: node 0 (encoder.fc1, matmul) of x: float32[batch 10], fc1: float32[11 64]: " +
			"the matrices of batch×10 and 11×64 don't fit: 10 against 11", func(b *graph.Builder) {
			x := b.Input("x", floats(10))
			b.In("encoder", func() {
				b.In("fc1", func() { op.MatMul(b, x, b.Variable(parameter("fc1", 11, 64))) })
			})
		}},
		{"graph: node 0 (add) of x: float32[batch 10], y: float64[10]: the elements must be " +
			"numbers of one type, not float32 and float64", func(b *graph.Builder) {
			op.Add(b, b.Input("x", floats(10)), b.Input("y", graph.TypeOf[float64](graph.Fixed(10))))
		}},
		{`graph: two inputs of the name "x", or an input without one`, func(b *graph.Builder) {
			b.Input("x", floats(1))
			b.Input("x", floats(1))
		}},
		{`graph: two variables of the name "w", float32[2] and float32[3]`, func(b *graph.Builder) {
			b.Variable(parameter("w", 2))
			b.Variable(parameter("w", 3))
		}},
		{`graph: two outputs of the name "y"`, func(b *graph.Builder) {
			b.Output("y", b.Input("x", floats(1)))
			b.Output("y", b.Input("z", floats(1)))
		}},
		{"graph: an update of x: float32[batch 1], which is not a variable", func(b *graph.Builder) {
			x := b.Input("x", floats(1))
			b.Update(x, x)
		}},
		{"graph: an update of w: float32[2] by v: float32[3]", func(b *graph.Builder) {
			b.Update(b.Variable(parameter("w", 2)), b.Variable(parameter("v", 3)))
		}},
		{"graph: node 0 (head, add): input 1 is missing", func(b *graph.Builder) {
			b.In("head", func() { op.Add(b, b.Input("x", floats(1)), nil) })
		}},
		{"graph: head: a node without an operator", func(b *graph.Builder) {
			b.In("head", func() { b.Apply(nil, b.Input("x", floats(1))) })
		}},
		{"graph: a constant without an array", func(b *graph.Builder) { b.Constant(nil) }},
		{"graph: a variable without an array: &{Name:w Role:parameter Value:<nil>}",
			func(b *graph.Builder) { b.Variable(&graph.Variable{Name: "w"}) }},
		{"graph: an update of w: float32[2] by <nil>: one is missing", func(b *graph.Builder) {
			b.Update(b.Variable(parameter("w", 2)), nil)
		}},
		{"graph: a gradient without a loss", func(b *graph.Builder) {
			op.Gradients(b, nil, b.Input("x", floats(1)))
		}},
		{"graph: two updates of w: float32[2]", func(b *graph.Builder) {
			w := b.Variable(parameter("w", 2))
			b.Update(w, w)
			b.Update(w, w)
		}},
		{"graph: head: a reduction along axis 2 of the shape [batch 1], which has 2 dimensions",
			func(b *graph.Builder) {
				b.In("head", func() { op.Sum(b, b.Input("x", floats(1)), 2) })
			}},
		{"graph: node 0 (matmul_sums) has no gradient", func(b *graph.Builder) {
			x := b.Input("x", floats(1))
			op.Gradients(b, op.Sum(b, b.ApplyAll(op.ProductSums{}, x, x)[0]), x)
		}},
	} {
		b := graph.NewBuilder()
		c.build(b)
		// What follows a mistake neither panics nor hides it.
		x := op.Add(b, b.Input("later", floats(3)), b.Input("too", floats(3)))
		op.Gradients(b, op.Sum(b, op.MatMul(b, x, x)), x)
		_, err := b.Graph()
		require.EqualError(t, err, c.want)
	}
}

// TestNegativeInput refuses an input that no array can be.
func TestNegativeInput(t *testing.T) {
	b := graph.NewBuilder()
	b.Input("x", floats(-3))
	_, err := b.Graph()
	require.EqualError(t, err, `graph: the input "x" has the shape [batch -3]`)
}

// TestGradientOfNothing says that values which a loss doesn't depend on have no gradient.
func TestGradientOfNothing(t *testing.T) {
	b := graph.NewBuilder()
	x, y := b.Input("x", floats(1)), b.Input("y", floats(1))
	gradients := op.Gradients(b, op.Sum(b, x), y, x)
	require.NoError(t, b.Err())
	require.Nil(t, gradients[0])
	require.Equal(t, x.Type(), gradients[1].Type())
}

// TestCheck says what is wrong with values of another graph, and with cycles.
func TestCheck(t *testing.T) {
	other := graph.NewBuilder()
	foreign := op.Scale(other, other.Input("x", graph.TypeOf[float32](graph.Fixed(2))), 2)
	for _, c := range []struct {
		want  string
		build func(b *graph.Builder)
	}{
		{"graph: node 0 (head, add): its input 1, %1: float32[2], is computed after it, in a cycle, or " +
			"in another graph", func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.Fixed(2)))
			b.In("head", func() { op.Add(b, x, foreign) })
		}},
		{`graph: the output "y" is %1: float32[2] of another graph`, func(b *graph.Builder) {
			b.Output("y", foreign)
		}},
		{"graph: the update of w: float32[2] by %1: float32[2] of another graph", func(b *graph.Builder) {
			b.Update(b.Variable(parameter("w", 2)), foreign)
		}},
	} {
		b := graph.NewBuilder()
		c.build(b)
		_, err := b.Graph()
		require.EqualError(t, err, c.want)
	}
	b := graph.NewBuilder()
	y := op.Apply(b, tensor.Relu, op.Apply(b, tensor.Tanh, b.Input("x", floats(1))))
	b.Output("y", y)
	g, err := b.Graph()
	require.NoError(t, err)
	require.NoError(t, g.Check())
	g.Nodes()[0].Inputs[0] = y
	require.EqualError(t, g.Check(), "graph: node 0 (tanh): its input 0, %2: float32[batch 1], is "+
		"computed after it, in a cycle, or in another graph")
}

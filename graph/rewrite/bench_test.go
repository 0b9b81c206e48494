package rewrite_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// classifier builds the training step of a dense network with relu between its layers, cross
// entropy and gradient descent. Blocks of layers beyond the widths have residuals and normalised
// rows.
func classifier(b *graph.Builder, variables map[string]*graph.Variable, blocks int,
	widths ...int) (*graph.Graph, error) {
	b.Share(variables)
	x := b.Input("x", matrix(widths[0]))
	classes := b.Input("classes", graph.TypeOf[int64](graph.Symbol("batch")))
	var parameters []*graph.Value
	dense := func(name string, x *graph.Value, in, out int) *graph.Value {
		var y *graph.Value
		b.In(name, func() {
			w := stored(b, "weight", out, in)
			bias := stored(b, "bias", out)
			parameters = append(parameters, w, bias)
			y = op.Add(b, b.Apply(op.Product{TransposeB: true}, x, w), bias)
		})
		return y
	}
	last := len(widths) - 1
	for i := 1; i < last; i++ {
		x = op.Apply(b, tensor.Relu, dense(fmt.Sprintf("fc%d", i), x, widths[i-1], widths[i]))
	}
	for i := range blocks {
		n := widths[last-1]
		h := op.Apply(b, tensor.Gelu, dense(fmt.Sprintf("block%d.0", i), x, n, n))
		x = op.Add(b, x, dense(fmt.Sprintf("block%d.1", i), h, n, n))
		mean := b.Apply(op.Reduce{By: op.MeanOf, Axes: op.IntsOf(1), KeepDims: true}, x)
		x = op.Sub(b, x, mean)
	}
	loss := op.CrossEntropy(b, dense("out", x, widths[last-1], widths[last]), classes)
	b.Output("loss", loss)
	op.SGD(b, op.Scalar(b, tensor.Float64Type, 0.1), parameters, op.Gradients(b, loss, parameters...))
	return b.Graph()
}

// stored returns a parameter of the builder's store.
func stored(b *graph.Builder, name string, shape ...int) *graph.Value {
	name = graph.Join(b.Scope(), name)
	return b.Stored(name, func() *graph.Variable {
		return &graph.Variable{Name: name, Value: tensor.NewArray(tensor.Float32Type, shape...)}
	})
}

// BenchmarkCompile times what happens before a graph's first run: building it with its gradients,
// all passes, and its compilation.
func BenchmarkCompile(b *testing.B) {
	for _, c := range []struct {
		name   string
		blocks int
		widths []int
	}{{"64-128-10", 0, []int{64, 128, 10}}, {"1000-nodes", 39, []int{64, 32, 10}}} {
		variables := map[string]*graph.Variable{}
		build := func() *graph.Graph {
			g, err := classifier(graph.NewBuilder(), variables, c.blocks, c.widths...)
			require.NoError(b, err)
			return g
		}
		shapes := map[string][]int{"x": {64, c.widths[0]}, "classes": {64}}
		engines := exec.NewEngines(tensor.ActiveISA(), 1)
		rewritten, err := rewrite.All(build())
		require.NoError(b, err)
		b.Run(c.name+"/build", func(b *testing.B) {
			b.ReportAllocs()

			for b.Loop() {
				build()
			}
		})
		b.Run(c.name+"/rewrite", func(b *testing.B) {
			b.ReportAllocs()
			g := build()
			b.ReportMetric(float64(len(rewritten.Nodes())), "nodes")
			for b.Loop() {
				if _, err := rewrite.All(g); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/compile", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := exec.Compile(rewritten, engines, shapes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

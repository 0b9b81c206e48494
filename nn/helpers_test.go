package nn_test

import (
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/nn"
	"simdnn/tensor"
)

// source returns random numbers that are the same in every run.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

// random returns a tensor of numbers from N(0, 1).
func random[T tensor.Float](r *rand.Rand, shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T(r.NormFloat64())
	}
	return t
}

// classes returns random class indices, one a row.
func classes[T tensor.Float](r *rand.Rand, rows, n int) *tensor.Tensor[T] {
	t := tensor.New[T](rows, 1)
	for i := range t.Data() {
		t.Data()[i] = T(r.IntN(n))
	}
	return t
}

// matrix returns a tensor of the given rows.
func matrix[T tensor.Float](rows [][]float64) *tensor.Tensor[T] {
	t := tensor.New[T](len(rows), len(rows[0]))
	for i, row := range rows {
		copyTo(t.Row(i), row)
	}
	return t
}

// copyTo rounds the numbers of src to the type of dst.
func copyTo[T tensor.Float](dst []T, src []float64) {
	for i, v := range src {
		dst[i] = T(v)
	}
}

// batches cuts x and y into batches of a size, the last one possibly short, always in the same
// order.
type batches[T tensor.Float] struct {
	x, y *tensor.Tensor[T]
	size int
}

func (b batches[T]) Len() int { return (b.x.Dim(0) + b.size - 1) / b.size }

func (b batches[T]) Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]] {
	return func(yield func(x, y *tensor.Tensor[T]) bool) {
		for lo := 0; lo < b.x.Dim(0); lo += b.size {
			hi := min(lo+b.size, b.x.Dim(0))
			if !yield(b.x.Slice(lo, hi), b.y.Slice(lo, hi)) {
				return
			}
		}
	}
}

// build returns a model with the given layers.
func build[T tensor.Float](t testing.TB, m *nn.Model[T], layers ...nn.Layer) *nn.Model[T] {
	t.Helper()
	require.NoError(t, m.Add(layers...))
	return m
}

// workspace returns a workspace of the model.
func workspace[T tensor.Float](t *testing.T, m *nn.Model[T], rows int) *nn.Workspace[T] {
	t.Helper()
	w, err := m.NewWorkspace(rows)
	require.NoError(t, err)
	return w
}

// requireWithin compares slices element by element, within an absolute bound.
func requireWithin[T tensor.Float](t *testing.T, want []float64, got []T, bound float64,
	what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i := range want {
		require.InDelta(t, want[i], float64(got[i]), bound, "%s [%d]", what, i)
	}
}

// largest returns the largest magnitude of the values.
func largest(values []float64) float64 {
	found := 0.0
	for _, v := range values {
		found = max(found, v, -v)
	}
	return found
}

// forEachSet runs a test with every ISA of this processor.
func forEachSet(t *testing.T, test func(t *testing.T, set *tensor.ISA)) {
	sets := tensor.AvailableISAs()
	for i := range sets {
		t.Run(sets[i].Name, func(t *testing.T) { test(t, &sets[i]) })
	}
}

// layerRun is what layers make of x, and their gradients.
type layerRun[T tensor.Float] struct {
	program       *exec.Program
	x, upstream   *tensor.Tensor[T]
	a, dx         *tensor.Tensor[T]
	weights, bias *tensor.Tensor[T] // dW and db of the last Dense layer
}

// layerPass compiles layers and their gradients for x and upstream = dL/da.
func layerPass[T tensor.Float](t *testing.T, x, upstream *tensor.Tensor[T],
	layers ...nn.Layer) layerRun[T] {
	t.Helper()
	b := nn.NewBuilder(tensor.DTypeOf[T](), 1)
	in := b.Input("x", graph.TypeOf[T](graph.ShapeOf(x.Shape()...)...))
	out := nn.Sequential(layers).Apply(b, in)
	seed := b.Input("upstream", graph.TypeOf[T](graph.ShapeOf(upstream.Shape()...)...))
	of := []*graph.Value{in}
	g, err := b.Graph()
	require.NoError(t, err)
	for _, v := range g.Variables() {
		of = append(of, b.Variable(v))
	}
	gradients := graph.Gradients(b.Builder, []*graph.Value{out}, []*graph.Value{seed}, of,
		op.Binary{Function: tensor.Add})
	b.Output("a", out)
	for i, name := range []string{"dx", "weights", "bias"} {
		at := i
		if i > 0 {
			at = len(gradients) - 3 + i
		}
		if at < len(gradients) {
			b.Output(name, gradients[at])
		}
	}
	g, err = b.Graph()
	require.NoError(t, err)
	g, err = rewrite.All(g)
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	r := layerRun[T]{program: p, x: x, upstream: upstream}
	tensor.SetElements(must(p.Input("x")), x.Data())
	tensor.SetElements(must(p.Input("upstream")), upstream.Data())
	r.a, r.dx = r.output("a"), r.output("dx")
	r.weights, r.bias = r.output("weights").T(), r.output("bias")
	r.run(t)
	return r
}

// output returns an output of the program.
func (r layerRun[T]) output(name string) *tensor.Tensor[T] {
	a := must(r.program.Output(name))
	return tensor.FromSlice(tensor.Elements[T](a), a.Shape()...)
}

// run runs the layers once more.
func (r layerRun[T]) run(t *testing.T) { require.NoError(t, r.program.Run()) }

// must returns a value that there is.
func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

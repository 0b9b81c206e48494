package quantize_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/quantize"
	"simdnn/tensor"
)

// TestAlone tells what rounding costs at each node by itself: the first one's error is all that its
// output has, later ones have less of their own.
func TestAlone(t *testing.T) {
	g, samples := network(t)
	for _, m := range []quantize.Method{quantize.Static, quantize.Uint4} {
		_, report, err := quantize.Graph(g, samples, quantize.Options{Method: m})
		require.NoError(t, err)
		require.Empty(t, report.Kept)
		require.Equal(t, report.Nodes[0].Output, report.Nodes[0].Alone)
		for _, n := range report.Nodes[1:] {
			require.Greater(t, n.Alone, n.Output, "%s %s", m, n.Name)
		}
	}
	_, report, err := quantize.Graph(g, nil, quantize.Options{})
	require.NoError(t, err)
	require.True(t, math.IsNaN(report.Nodes[0].Alone), "without samples")
}

// TestKeepBelow leaves the nodes that lose most as they are, and says which.
func TestKeepBelow(t *testing.T) {
	g, samples := network(t)
	o := quantize.Options{Method: quantize.Uint4}
	_, all, err := quantize.Graph(g, samples, o)
	require.NoError(t, err)
	alone := map[string]float64{}
	for _, n := range all.Nodes {
		alone[n.Name] = n.Alone
	}
	require.Greater(t, alone["conv"], alone["turned"]+6, "of eight bits, not four")
	o.KeepBelow = alone["turned"] + 3
	made, report, err := quantize.Graph(g, samples, o)
	require.NoError(t, err)
	require.Equal(t, []string{"table", "conv"}, names(report))
	require.Equal(t, []string{"first", "turned", "first"}, names(&quantize.Report{Nodes: report.Kept}))
	require.Equal(t, []string{"conv.bias", "first", "turned"}, variables(made))
	for _, n := range report.Kept {
		require.Less(t, n.Alone, o.KeepBelow)
		require.True(t, math.IsNaN(n.Output))
	}
	for bound, message := range map[float64]string{
		-1:         "nodes are kept below -1 dB",
		math.NaN(): "nodes are kept below NaN dB",
		200:        "no node has a ratio of signal to noise of 200 dB",
	} {
		_, _, err = quantize.Graph(g, samples, quantize.Options{KeepBelow: bound})
		require.ErrorContains(t, err, message)
	}
	for _, o := range []quantize.Options{{KeepBelow: 20}, {CorrectBias: true}} {
		_, _, err = quantize.Graph(g, nil, o)
		require.ErrorContains(t, err, "found with samples, and there are none")
	}
}

// TestCorrectBias takes the mean errors of filters and columns out, with a bias that was there and
// without one: what is left is less. The numbers have a mean far from 0, so that errors have one.
func TestCorrectBias(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(8), graph.Fixed(6),
		graph.Fixed(6)))
	b.Output("plain", op.Convolve(b, op.Conv{}, x, b.Constant(normal(r, 5, 8, 3, 3)), nil))
	bias := b.Variable(&graph.Variable{Name: "bias", Value: normal(r, 7)})
	b.Output("biased", op.Convolve(b, op.Conv{}, x, b.Constant(normal(r, 7, 8, 1, 1)), bias))
	rows := op.Reshape(b, x, 0, 8*36)
	b.Output("product", op.MatMul(b, rows, b.Constant(normal(r, 8*36, 9))))
	g, err := b.Graph()
	require.NoError(t, err)
	sample := normal(r, 10, 8, 6, 6)
	for i := range sample.Len() {
		tensor.Elements[float32](sample)[i]++
	}
	samples := []quantize.Sample{{"x": sample}}
	for _, m := range []quantize.Method{quantize.Uint4, quantize.Static, quantize.Dynamic} {
		_, before, err := quantize.Graph(g, samples, quantize.Options{Method: m})
		require.NoError(t, err)
		made, after, err := quantize.Graph(g, samples, quantize.Options{Method: m, CorrectBias: true})
		require.NoError(t, err)
		require.Empty(t, variables(made), "the bias, which is another one now")
		for i, n := range after.Nodes {
			require.Equal(t, before.Nodes[i].Alone, n.Alone, "%s %d", m, i)
			require.Greater(t, n.Output, before.Nodes[i].Output, "%s %d", m, i)
		}
	}
}

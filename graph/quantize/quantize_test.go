package quantize_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/quantize"
	"simdnn/tensor"
)

// network returns a graph of a table, a convolution, three products, of which one has its weights
// transposed and one shares those of the first, and samples of its inputs.
func network(t *testing.T) (*graph.Graph, []quantize.Sample) {
	r := rand.New(rand.NewPCG(4, 5))
	b := graph.NewBuilder()
	weights := func(name string, shape ...int) *graph.Value {
		return b.Variable(&graph.Variable{Name: name, Value: normal(r, shape...)})
	}
	batch := graph.Symbol("batch")
	i := b.Input("i", graph.Type{DType: tensor.Int64Type, Shape: graph.Shape{batch, graph.Fixed(8)}})
	x := op.Gather(b, weights("table", 600, 8), i, 0)
	x = op.Reshape(b, x, 0, 1, 8, 8)
	s := op.Sliding{Before: op.IntsOf(1, 1), After: op.IntsOf(1, 1)}
	x = op.Convolve(b, op.Conv{Sliding: s}, x, weights("conv", 2, 1, 3, 3), weights("conv.bias", 2))
	x = op.Apply(b, tensor.Relu, op.Reshape(b, x, 0, 128))
	first := weights("first", 128, 128)
	x = op.Apply(b, tensor.Tanh, op.MatMul(b, x, first))
	x = op.Apply(b, tensor.Relu, b.Apply(op.Product{TransposeB: true}, x, weights("turned", 128, 128)))
	b.Output("y", op.MatMul(b, x, first))
	g, err := b.Graph()
	require.NoError(t, err)
	var samples []quantize.Sample
	for range 3 {
		index := make([]int64, 5*8)
		for j := range index {
			index[j] = int64(r.IntN(600))
		}
		samples = append(samples, quantize.Sample{"i": tensor.ArrayOf(index, 5, 8)})
	}
	return g, samples
}

func normal(r *rand.Rand, shape ...int) *tensor.Array {
	a := tensor.NewArray(tensor.Float32Type, shape...)
	for i := range a.Len() {
		tensor.Elements[float32](a)[i] = float32(r.NormFloat64()) / 8
	}
	return a
}

// names returns the names of a report's nodes.
func names(r *quantize.Report) (names []string) {
	for _, n := range r.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// TestMethods quantises each node with each method: the reports tell small errors and sizes, and
// the weights of two products are kept once.
func TestMethods(t *testing.T) {
	g, samples := network(t)
	for _, m := range quantize.Methods() {
		for _, c := range quantize.Calibrations() {
			made, report, err := quantize.Graph(g, samples, quantize.Options{Method: m, Calibration: c,
				Percentile: 99.9, Block: 32})
			require.NoError(t, err)
			require.Equal(t, []string{"table", "conv", "first", "turned", "first"}, names(report))
			least, bits := 25.0, 16.0
			if m == quantize.Uint4 {
				least = 12
			} else if m != quantize.BFloat16 && m != quantize.Float16 {
				bits = 12.5 // a table's rows of eight with their scales
			}
			for _, n := range report.Nodes {
				require.Greater(t, n.Weights, least, "%s %s %s", m, c, n.Name)
				require.Greater(t, n.Output, least-10, "%s %s %s", m, c, n.Name)
				require.Greater(t, bits+0.6, n.Bits, "%s %s", m, n.Name)
			}
			require.Less(t, report.After, report.Before*11/20)
			require.Equal(t, []string{"conv.bias"}, variables(made))
			products := 0
			for _, v := range made.Sources() {
				if v.Constant() != nil && v.Constant().Len() >= 128*64 {
					products++
				}
			}
			require.Equal(t, 2, products, "the matrices, and the one that two share")
		}
	}
}

// variables returns the names of a graph's variables.
func variables(g *graph.Graph) (names []string) {
	for _, v := range g.Variables() {
		names = append(names, v.Name)
	}
	return names
}

// TestExclude leaves nodes as they are, whose weights stay variables.
func TestExclude(t *testing.T) {
	g, samples := network(t)
	_, report, err := quantize.Graph(g, samples, quantize.Options{KeepFirst: true, KeepLast: true})
	require.NoError(t, err)
	require.Equal(t, []string{"conv", "first", "turned"}, names(report))
	made, report, err := quantize.Graph(g, nil, quantize.Options{KeepLast: true,
		Exclude: []string{"conv", "turned"}})
	require.NoError(t, err)
	require.Equal(t, []string{"table", "first"}, names(report))
	require.Equal(t, []string{"conv", "conv.bias", "first", "turned"}, variables(made))
	require.True(t, math.IsNaN(report.Nodes[0].Output), "without samples")
	require.False(t, math.IsNaN(report.Nodes[0].Weights))

	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(2)))
	w := tensor.ArrayOf([]float32{1, 2, 3, 4}, 2, 2)
	b.In("encoder", func() {
		b.In("0", func() { x = op.MatMul(b, x, b.Constant(w)) })
		b.In("10", func() { x = op.MatMul(b, x, b.Constant(w)) })
	})
	b.Output("y", x)
	g, err = b.Graph()
	require.NoError(t, err)
	_, report, err = quantize.Graph(g, nil, quantize.Options{Exclude: []string{"encoder.10"}})
	require.NoError(t, err)
	require.Equal(t, []string{"encoder.0"}, names(report))
	_, _, err = quantize.Graph(g, nil, quantize.Options{Exclude: []string{"encoder.1"}})
	require.EqualError(t, err,
		`quantize: no node to exclude is named "encoder.1"; there are encoder.0, encoder.10`)
	_, _, err = quantize.Graph(g, nil, quantize.Options{Exclude: []string{"encoder"}})
	require.ErrorContains(t, err, "quantize: no product")
}

// TestRefuses names what is wrong with options and samples.
func TestRefuses(t *testing.T) {
	g, samples := network(t)
	static := quantize.Options{Method: quantize.Static}
	wrong := slices.Clone(samples)
	wrong[2] = quantize.Sample{"i": tensor.ArrayOf([]int64{1, 2, 3, 4, 5, 6, 7, 600}, 1, 8)}
	for message, c := range map[string]struct {
		o       quantize.Options
		samples []quantize.Sample
	}{
		`the method "int8" is not one of [dynamic`: {quantize.Options{Method: "int8"}, nil},
		`the calibration "best" is not`:            {quantize.Options{Calibration: "best"}, nil},
		"a percentile of 50":                       {quantize.Options{Percentile: 50}, nil},
		"blocks of -1":                             {quantize.Options{Block: -1}, nil},
		"static ranges are found with samples":     {static, nil},
		`sample 1: the input "i" is missing`:       {static, []quantize.Sample{{}}},
		`sample 1: the input "i" is float32`: {static,
			[]quantize.Sample{{"i": tensor.NewArray(tensor.Float32Type, 1, 8)}}},
		`sample 1: "x" is no input`: {static,
			[]quantize.Sample{{"i": samples[0]["i"], "x": samples[0]["i"]}}},
		"sample 3: exec: node 0 (gather): index 7, which is 600": {static, wrong},
	} {
		_, _, err := quantize.Graph(g, c.samples, c.o)
		require.ErrorContains(t, err, message)
		require.True(t, strings.HasPrefix(err.Error(), "quantize: "), err)
	}
}

// TestNotFinite leaves activations out that are no finite numbers, and refuses such weights.
func TestNotFinite(t *testing.T) {
	w := []float32{1, 3, 1e-42, 0.5, 2, -1e-42}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(2)))
	b.Output("y", op.MatMul(b, x, b.Constant(tensor.ArrayOf(w, 2, 3))))
	g, err := b.Graph()
	require.NoError(t, err)
	samples := []quantize.Sample{{"x": tensor.ArrayOf([]float32{1, nan, -inf, -3}, 2, 2)}}
	for _, c := range quantize.Calibrations() {
		made, _, err := quantize.Graph(g, samples,
			quantize.Options{Method: quantize.Static, Calibration: c})
		require.NoError(t, err)
		scale := tensor.Elements[float32](find(t, made, "quantize")[1])[0]
		require.InDelta(t, 4./255, scale, 0.01, c)
		require.Greater(t, scale, float32(0))
		require.Equal(t, []int8{127, 127, 0, 64, 85, 0},
			tensor.Elements[int8](find(t, made, "dequantize")[0]))
	}
	w[4] = inf
	_, _, err = quantize.Graph(g, nil, quantize.Options{})
	require.EqualError(t, err, "quantize: element 4 of node 0 (matmul) is +Inf: exclude it")
	_, _, err = quantize.Graph(g, nil, quantize.Options{Method: quantize.Float16})
	require.NoError(t, err)
	for method, large := range map[quantize.Method]float32{quantize.Float16: 65520,
		quantize.BFloat16: 0x1.ffp127} {
		w[4] = large
		_, _, err = quantize.Graph(g, nil, quantize.Options{Method: method})
		require.ErrorContains(t, err, "quantize: element 4 of node 0 (matmul) is ", method)
		w[4] = math.Nextafter32(large, 0)
		_, _, err = quantize.Graph(g, nil, quantize.Options{Method: method})
		require.NoError(t, err)
	}
}

// TestComputedWeights quantises weights that a graph makes of codes and a scale, constants and
// variables, as it does the weights themselves, and leaves nothing of them.
func TestComputedWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 6))
	codes, scales := tensor.NewArray(tensor.Int8Type, 64, 48), normal(r, 48)
	w := tensor.NewArray(tensor.Float32Type, 64, 48)
	for i := range codes.Len() {
		c := int8(r.IntN(255) - 127)
		tensor.Elements[int8](codes)[i] = c
		tensor.Elements[float32](w)[i] = float32(c) * tensor.Elements[float32](scales)[i%48]
	}
	build := func(isComputed bool) *graph.Graph {
		b := graph.NewBuilder()
		x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(64)))
		by := b.Constant(w)
		if isComputed {
			s := b.Variable(&graph.Variable{Name: "scale", Value: scales})
			by = op.Mul(b, op.Cast(b, b.Constant(codes), tensor.Float32Type), s)
			s = op.Add(b, s, s) // no weights
			b.Output("z", op.Add(b, x, op.Slice(b, op.Concat(b, 0, s, s), 0, 0, 64, 1)))
		}
		b.Output("y", op.MatMul(b, x, by))
		g, err := b.Graph()
		require.NoError(t, err)
		return g
	}
	samples := []quantize.Sample{{"x": normal(r, 9, 64)}}
	for _, m := range quantize.Methods() {
		want, told, err := quantize.Graph(build(false), samples, quantize.Options{Method: m})
		require.NoError(t, err)
		got, report, err := quantize.Graph(build(true), samples, quantize.Options{Method: m})
		require.NoError(t, err)
		require.Equal(t, told.Nodes[0].Weights, report.Nodes[0].Weights, m)
		require.Equal(t, told.Nodes[0].Output, report.Nodes[0].Output, m)
		require.Equal(t, told.After+scales.Len()*4, report.After, m)
		require.Equal(t, []string{"scale"}, variables(got), "which another node reads")
		require.Len(t, got.Nodes(), len(want.Nodes())+4, m)
	}
}

// TestFloatsAreNamed names what reads weights and can't be quantised, but neither what can and is
// left out nor what computes weights.
func TestFloatsAreNamed(t *testing.T) {
	b := graph.NewBuilder()
	weights := func(name string) *graph.Value {
		return b.Variable(&graph.Variable{Name: name, Value: normal(rand.New(rand.NewPCG(1, 2)), 64, 64)})
	}
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(64), graph.Fixed(64)))
	x = b.Apply(op.Product{}, x, weights("right"))
	x = op.MatMul(b, x, op.Permute(b, weights("turned"), 1, 0))
	b.Output("y", op.MatMul(b, weights("left"), op.MatMul(b, x, weights("excluded"))))
	g, err := b.Graph()
	require.NoError(t, err)
	_, report, err := quantize.Graph(g, nil, quantize.Options{Exclude: []string{"excluded"}})
	require.NoError(t, err)
	require.Len(t, report.Nodes, 2)
	require.Equal(t, []string{"left (matmul)"}, report.Floats)
}

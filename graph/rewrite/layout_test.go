package rewrite_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/internal/graphtest"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// imageNet returns a random training step of a network for images, which depends on the seed alone.
func imageNet(seed uint64) (*graph.Graph, map[string][]int, error) {
	r, b := rand.New(rand.NewPCG(seed, 6)), graph.NewBuilder()
	b.SetTraining(r.IntN(3) > 0)
	shapes := map[string][]int{"x": {1 + r.IntN(3), 1 + r.IntN(4), 5 + r.IntN(4), 5 + r.IntN(4)}}
	dims := append(graph.Shape{graph.Symbol("batch")}, graph.ShapeOf(shapes["x"][1:]...)...)
	var parameters []*graph.Value
	variable := func(role graph.Role, shape ...int) *graph.Value {
		a := tensor.NewArray(tensor.Float32Type, shape...)
		for i := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[i] = float32(r.NormFloat64()*0.3 + float64(role))
		}
		v := b.Variable(&graph.Variable{Name: fmt.Sprint("v", len(parameters), role, r.Uint64()),
			Role: role, Value: a})
		if role == graph.Parameter {
			parameters = append(parameters, v)
		}
		return v
	}
	x := b.Input("x", graph.TypeOf[float32](dims...))
	conv := func(x *graph.Value, c op.Conv, filters int) *graph.Value {
		channels, _ := x.Shape()[1].Value()
		c.Sliding = op.Slide(1, 1)
		if c.Groups > 1 {
			c.Groups, filters = channels, channels
		}
		var bias *graph.Value
		if r.IntN(2) == 0 {
			bias = variable(graph.Parameter, filters)
		}
		return op.Convolve(b, c, x, variable(graph.Parameter, filters, channels/max(c.Groups, 1), 3, 3),
			bias)
	}
	h := conv(x, op.Conv{}, 1+r.IntN(9))
	for range 1 + r.IntN(5) {
		channels, _ := h.Shape()[1].Value()
		switch r.IntN(12) {
		case 0:
			h = conv(h, op.Conv{Groups: 1 + r.IntN(2)}, 1+r.IntN(20))
			h = op.Clip(b, h, -1, []float64{2, math.Inf(1)}[r.IntN(2)])
		case 1:
			h = op.Apply(b, []tensor.Unary{tensor.Relu, tensor.Tanh, tensor.Gelu}[r.IntN(3)], h)
			h = op.Clip(b, h, -0.5, 1)
		case 2:
			o := op.BatchNorm{Epsilon: 1e-3}
			h = op.Normalize(b, o, 0.1, h, variable(graph.Parameter, channels),
				variable(graph.Parameter, channels), variable(graph.Buffer, channels),
				variable(graph.Buffer, channels))
		case 3:
			h = op.Add(b, h, op.Apply(b, tensor.Relu, conv(h, op.Conv{}, channels)))
		case 4:
			h = b.Apply(op.Pool{By: []op.Reduction{op.MaxOf, op.MeanOf}[r.IntN(2)],
				Kernel: op.IntsOf(2, 3), Sliding: op.Slide(1, 1)}, h)
		case 5:
			h = op.Mul(b, h, op.Scalar(b, tensor.Float32Type, 0.5))
		case 6:
			h = b.Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: 0.1}, h)
		case 7:
			axis := 1 + r.IntN(3)
			h = op.Concat(b, axis, op.Slice(b, h, axis, 1, op.ToEnd, 1), op.Slice(b, h, axis, 0, 1, 1))
		case 8:
			h = op.Slice(b, op.Pad(b, h, []int{0, 1, 2, 0}, []int{0, 0, 1, 3}, 0.5), 2, 2, -1, 1)
		case 9:
			h = op.Mul(b, h, variable(graph.Parameter, channels, 1, 1))
		case 10:
			h = op.Slice(b, op.Upsample(b, h, true, 2, 1), 2, 0, op.ToEnd, 2)
		case 11:
			h = op.Apply(b, tensor.Tanh, op.Permute(b, h, 0, 2, 3, 1))
			h = op.Mul(b, op.Permute(b, h, 0, 3, 1, 2), variable(graph.Parameter, channels, 1, 1))
			h = conv(op.Apply(b, tensor.Relu, h), op.Conv{}, 1+r.IntN(9))
		}
	}
	b.Output("h", h)
	if r.IntN(2) == 0 {
		h = op.GlobalPool(b, op.MeanOf, h)
	}
	h = op.Flatten(b, h, 1, -1)
	loss := op.Mean(b, op.Mul(b, h, h))
	b.Output("loss", loss)
	op.SGD(b, op.Scalar(b, tensor.Float64Type, 1e-2), parameters, op.Gradients(b, loss, parameters...))
	g, err := b.Graph()
	return g, shapes, err
}

// TestPassesKeepTheBitsOfImages compares rewritten networks for images with the same networks run
// node by node by the reference kernels.
func TestPassesKeepTheBitsOfImages(t *testing.T) {
	nets := uint64(150)
	if testing.Short() {
		nets = 40
	}
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle, engines := exec.NewEngines(reference, 1), exec.NewEngines(tensor.ActiveISA(), 2)
	if tensor.ActiveISA().Name == "generic" { // which rounds twice
		oracle = engines
	}
	moved := 0
	for seed := range nets {
		r := rand.New(rand.NewPCG(seed, 7))
		passes := slices.DeleteFunc(rewrite.Passes(), func(rewrite.Pass) bool { return r.IntN(5) == 0 })
		want := trainImages(t, seed, oracle, nil, func(*graph.Graph) {})
		got := trainImages(t, seed, engines, passes, func(g *graph.Graph) {
			for _, n := range g.Nodes() {
				if c, ok := n.Operator.(op.FusedConv); ok && c.ChannelsLast {
					moved++
				}
			}
		})
		for name := range want {
			if !sameBits(want[name], got[name]) {
				t.Fatalf("seed %d: %s: %v, not %v", seed, name, got[name], want[name])
			}
		}
	}
	require.NotZero(t, moved)
}

// trainImages runs a network three times and returns its outputs and its variables afterwards.
func trainImages(t *testing.T, seed uint64, e exec.Engines, passes []rewrite.Pass,
	look func(*graph.Graph)) map[string][]float32 {
	g, shapes, err := imageNet(seed)
	require.NoError(t, err, "seed %d", seed)
	g, err = rewrite.Run(g, passes)
	require.NoError(t, err, "seed %d", seed)
	look(g)
	p, err := exec.Compile(g, e, shapes)
	require.NoError(t, err, "seed %d", seed)
	all := map[string][]float32{}
	for i := range uint64(3) {
		r, x := rand.New(rand.NewPCG(seed, i)), make([]float32, 1)
		for _, n := range shapes["x"] {
			x = slices.Repeat(x, n)
		}
		for j := range x {
			x[j] = float32(r.NormFloat64())
		}
		all = run(t, p, g, map[string][]float32{"x": x})
	}
	for i, v := range g.Variables() {
		all[fmt.Sprint("variable ", i)] = tensor.Elements[float32](v.Value)
	}
	return all
}

// TestLayoutMovesImagesOnce shows the operators of a training step after the passes.
func TestLayoutMovesImagesOnce(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(3), graph.Fixed(8),
		graph.Fixed(8)))
	w := parameter(b, "w", 4, 3, 3, 3)
	h := op.Apply(b, tensor.Relu, op.Convolve(b, op.Conv{}, x, w, nil))
	h = op.Relu6(b, op.MaxPool(b, op.Slide(2, 0), h, 2, 2))
	h = op.Flatten(b, h, 1, -1)
	loss := op.Mean(b, op.Mul(b, h, h))
	b.Output("loss", loss)
	b.Output("dw", op.Gradients(b, loss, w)[0])
	g, err := b.Graph()
	require.NoError(t, err)
	g, err = rewrite.All(g)
	require.NoError(t, err)
	require.Equal(t, "transpose conv_fused max_pool clip transpose flatten mul reduce_mean "+
		"expand_axes mul add reshape_like transpose clip_gradient relu_gradient "+
		"max_pool_gradient conv_weight_gradient", operators(g))
}

// TestLayoutOfShufflesAndMeans shows what stays between two convolutions, and that it computes the
// same.
func TestLayoutOfShufflesAndMeans(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4, 5)...))
	h := op.Convolve(b, op.Conv{Sliding: op.Slide(1, 1)}, x, constant(b, 6, 3, 3, 3), nil)
	h = op.Reshape(b, op.Permute(b, op.Reshape(b, h, 2, 2, 3, 4, 5), 0, 2, 1, 3, 4), 2, 6, 4, 5)
	mean := op.Reduce{By: op.MeanOf, Axes: op.IntsOf(2, 3), KeepDims: true}
	gate := op.Convolve(b, op.Conv{}, b.Apply(mean, h), constant(b, 6, 6, 1, 1), nil)
	h = op.Mul(b, op.Mul(b, h, op.Apply(b, tensor.Sigmoid, gate)), constant(b, 6, 1, 1))
	h = op.Convolve(b, op.Conv{}, op.Slice(b, h, 1, 0, 4, 1), constant(b, 7, 4, 2, 2), nil)
	b.Output("largest", op.Max(b, h, 2, 3))
	g, err := b.Graph()
	require.NoError(t, err)
	moved, err := rewrite.Run(g, rewrite.Imported())
	require.NoError(t, err)
	require.Equal(t, "transpose conv reshape transpose reshape reduce_mean conv_fused mul unsqueeze "+
		"reshape chain slice conv reduce_max", operators(moved))
	var results [2]map[string][]float32
	for i, g := range []*graph.Graph{g, moved} {
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
		require.NoError(t, err)
		r, data := rand.New(rand.NewPCG(8, 9)), make([]float32, 2*3*4*5)
		for j := range data {
			data[j] = float32(r.NormFloat64())
		}
		results[i] = run(t, p, g, arrays{"x": data})
	}
	require.InDeltaSlice(t, results[0]["largest"], results[1]["largest"], 1e-5)
}

// TestLayoutOfGroups squares and adds up two groups of channels, as front ends do with real and
// imaginary parts, without moving them, and keeps the bits.
func TestLayoutOfGroups(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 20)...))
	h := op.Convolve(b, op.Conv{}, x, constant(b, 6, 3, 4), nil)
	parts := op.Reshape(b, h, 2, 2, 3, 17)
	squares := op.Sum(b, op.Mul(b, parts, parts), 1)
	b.Output("power", op.Permute(b, squares, 0, 2, 1))
	b.Output("mean", op.Mean(b, op.Sub(b, parts, op.Max(b, squares)), 1))
	g, err := b.Graph()
	require.NoError(t, err)
	moved, err := rewrite.Run(g, rewrite.Passes())
	require.NoError(t, err)
	require.Equal(t, "transpose conv reshape mul reduce_sum transpose reduce_max sub reduce_mean "+
		"transpose", operators(moved))
	var results [2]map[string][]float32
	for i, g := range []*graph.Graph{g, moved} {
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
		require.NoError(t, err)
		r, data := rand.New(rand.NewPCG(8, 9)), make([]float32, 2*3*20)
		for j := range data {
			data[j] = float32(r.NormFloat64())
		}
		results[i] = run(t, p, g, arrays{"x": data})
	}
	require.Equal(t, results[0], results[1])
}

// TestLayoutOfTables looks codes of images up, and leaves the tables alone.
func TestLayoutOfTables(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4, 5)...))
	h := op.Convolve(b, op.Conv{}, x, constant(b, 6, 3, 2, 2), nil)
	scale := b.Constant(tensor.ArrayOf([]float32{0.1}, 1))
	zero := b.Constant(tensor.ArrayOf([]int8{3}, 1))
	codes := b.Apply(op.Quantize{To: tensor.Int8Type}, h, scale, zero)
	codes = b.Apply(op.LookupPair{}, codes, b.Apply(op.Lookup{}, codes, table(b, 256)),
		table(b, 1<<16))
	h = b.Apply(op.Dequantize{}, codes, scale, zero)
	b.Output("y", op.Convolve(b, op.Conv{}, h, constant(b, 7, 6, 2, 2), nil))
	g, err := b.Graph()
	require.NoError(t, err)
	moved, err := rewrite.Run(g, rewrite.Imported())
	require.NoError(t, err)
	require.Equal(t, "transpose conv quantize lookup lookup_pair dequantize conv transpose",
		operators(moved))
}

// table returns codes that stand for codes, or for pairs of them.
func table(b *graph.Builder, n int) *graph.Value {
	codes := make([]int8, n)
	for i := range codes {
		codes[i] = int8(i * 7)
	}
	return b.Constant(tensor.ArrayOf(codes, n))
}

// constant returns numbers that differ.
func constant(b *graph.Builder, shape ...int) *graph.Value {
	a := tensor.NewArray(tensor.Float32Type, shape...)
	r := rand.New(rand.NewPCG(1, uint64(a.Len())))
	for i := range tensor.Elements[float32](a) {
		tensor.Elements[float32](a)[i] = float32(r.NormFloat64())
	}
	return b.Constant(a)
}

// TestLayoutOfNetworks trains the networks of the benchmarks with and without the passes.
func TestLayoutOfNetworks(t *testing.T) {
	if testing.Short() || tensor.ActiveISA().Name == "reference" {
		t.Skip("whole networks; their parts are compared in TestPassesKeepTheBits")
	}
	for name, build := range map[string]func() (*graph.Graph, error){"cnn": graphtest.CNN,
		"resnet": graphtest.ResNet} {
		t.Run(name, func(t *testing.T) {
			var losses [2]float32
			for i := range losses {
				g, err := build()
				require.NoError(t, err)
				if i == 1 {
					g, err = rewrite.All(g)
					require.NoError(t, err)
				}
				p := netProgram(t, g, 2)
				for range 3 {
					require.NoError(t, p.Run())
				}
				require.Zero(t, testing.AllocsPerRun(2, func() { require.NoError(t, p.Run()) }))
				loss, err := p.Output("loss")
				require.NoError(t, err)
				losses[i] = tensor.Elements[float32](loss)[0]
			}
			require.Equal(t, losses[0], losses[1])
			require.NotZero(t, losses[0])
		})
	}
}

// netProgram compiles a network for a batch of random images.
func netProgram(t testing.TB, g *graph.Graph, batch int) *exec.Program {
	shapes := map[string][]int{}
	for _, v := range g.Inputs() {
		shapes[v.Name()] = []int{batch}
		for _, d := range v.Shape()[1:] {
			n, _ := d.Value()
			shapes[v.Name()] = append(shapes[v.Name()], n)
		}
	}
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
	require.NoError(t, err)
	x, err := p.Input("x")
	require.NoError(t, err)
	y, err := p.Input("y")
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(2, 3))
	for i := range tensor.Elements[float32](x) {
		tensor.Elements[float32](x)[i] = float32(r.NormFloat64())
	}
	for i := range tensor.Elements[int64](y) {
		tensor.Elements[int64](y)[i] = r.Int64N(10)
	}
	return p
}

// BenchmarkImageNets times training steps on one thread.
func BenchmarkImageNets(b *testing.B) {
	for _, net := range []struct {
		name  string
		build func() (*graph.Graph, error)
		batch int
	}{{"cnn", graphtest.CNN, 64}, {"resnet", graphtest.ResNet, 32}} {
		g, err := net.build()
		require.NoError(b, err)
		g, err = rewrite.All(g)
		require.NoError(b, err)
		p := netProgram(b, g, net.batch)
		b.Run(net.name, func(b *testing.B) {
			for b.Loop() {
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

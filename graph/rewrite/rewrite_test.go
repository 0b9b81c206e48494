package rewrite_test

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/internal/graphtest"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

var graphs = flag.Int("graphs", 600, "how many graphs TestPassesKeepTheBits generates")

// TestPassesKeepTheBits compares compiled graphs, with some passes and with others, with the same
// graph run node by node by the reference kernels: outputs, and parameters after some steps.
//
//	go test ./graph/rewrite -run TestPassesKeepTheBits -graphs 5000
func TestPassesKeepTheBits(t *testing.T) {
	count := *graphs
	if testing.Short() {
		count = min(count, 40)
	}
	finite := 0
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle := exec.NewEngines(reference, 1)
	engines := exec.NewEngines(tensor.ActiveISA(), 2)
	if tensor.ActiveISA().Name == "generic" { // which rounds twice
		oracle = engines
	}
	for seed := range uint64(count) {
		r := rand.New(rand.NewPCG(seed, 4))
		passes := slices.DeleteFunc(rewrite.Passes(), func(rewrite.Pass) bool { return r.IntN(4) == 0 })
		rounding := slices.DeleteFunc(slices.Clone(passes), func(p rewrite.Pass) bool {
			return p.Name != "softmaxloss" // the others keep the bits
		})
		var base *graph.Graph
		want := train(t, seed, func(g graphtest.Generated, inputs arrays) arrays {
			if base == nil {
				base, err = rewrite.Run(g.Graph, rounding)
				require.NoError(t, err)
			}
			outputs, err := graphtest.Interpret(base, oracle, inputs, g.Shapes)
			require.NoError(t, err)
			return outputs
		})
		var program *exec.Program
		got := train(t, seed, func(g graphtest.Generated, inputs arrays) arrays {
			if program == nil {
				rewritten, err := rewrite.Run(g.Graph, passes)
				require.NoError(t, err, "seed %d", seed)
				program, err = exec.Compile(rewritten, engines, g.Shapes)
				require.NoError(t, err, "seed %d", seed)
			}
			return run(t, program, g.Graph, inputs)
		})
		for name := range want {
			if !sameBits(want[name], got[name]) {
				t.Fatalf("seed %d: %s: %v, not %v", seed, name, got[name], want[name])
			}
		}
		if loss := want["loss"][0]; loss-loss == 0 {
			finite++
		}
	}
	require.Greater(t, finite, count*9/10, "graphs whose loss is no number show little")
}

// arrays are numbers by the names of inputs, outputs and parameters.
type arrays = map[string][]float32

// sameBits reports whether two slices hold the same numbers, NaN being one of them.
func sameBits(x, y []float32) bool {
	return slices.EqualFunc(x, y, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	})
}

// train runs a generated graph three times and returns its outputs and its parameters afterwards.
func train(t *testing.T, seed uint64, step func(graphtest.Generated, arrays) arrays) arrays {
	g, err := graphtest.Generate(seed)
	require.NoError(t, err, "seed %d", seed)
	all := arrays{}
	for i := range uint64(3) {
		maps.Copy(all, step(g, g.Inputs(i)))
	}
	for _, v := range g.Graph.Variables() {
		if v.Value.DType() == tensor.Float32Type {
			all[v.Name] = tensor.Elements[float32](v.Value)
		}
	}
	return all
}

// run runs a program and returns its outputs.
func run(t *testing.T, p *exec.Program, g *graph.Graph, inputs arrays) arrays {
	for name, data := range inputs {
		a, err := p.Input(name)
		require.NoError(t, err)
		tensor.SetElements(a, data)
	}
	require.NoError(t, p.Run())
	outputs := arrays{}
	for _, o := range g.Outputs() {
		a, err := p.Output(o.Name)
		require.NoError(t, err)
		outputs[o.Name] = slices.Clone(tensor.Elements[float32](a))
	}
	return outputs
}

// operators returns the names of the graph's operators.
func operators(g *graph.Graph) string {
	var names []string
	for _, n := range g.Nodes() {
		names = append(names, n.Operator.Name())
	}
	return strings.Join(names, " ")
}

// matrix returns the type of a float32 matrix with the batch as its rows.
func matrix(columns int) graph.Type {
	return graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(columns))
}

// parameter returns the value of a new parameter.
func parameter(b *graph.Builder, name string, shape ...int) *graph.Value {
	return b.Variable(&graph.Variable{Name: name,
		Value: tensor.NewArray(tensor.Float32Type, shape...)})
}

// TestWhatPassesDo shows the operators before and after each pass.
func TestWhatPassesDo(t *testing.T) {
	for _, c := range []struct {
		name          string
		pass          func(*graph.Graph) (*graph.Graph, error)
		build         func(b *graph.Builder)
		before, after string
	}{
		{"dead", rewrite.Dead, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			op.Apply(b, tensor.Exp, op.Scale(b, x, 2))
			b.Output("y", op.Apply(b, tensor.Relu, x))
		}, "scale exp relu", "relu"},
		{"softmaxloss", rewrite.SoftmaxLoss, func(b *graph.Builder) {
			z := b.Input("z", matrix(3))
			column := b.Apply(op.Unsqueeze{Axis: 1}, op.ArgMax(b, z, 1))
			loss := op.Mean(b, op.GatherElements(b, op.LogSoftmax(b, z), column, 1))
			b.Output("loss", loss)
			b.Output("dz", op.Gradients(b, loss, z)[0])
		}, "arg unsqueeze log_softmax gather_elements reduce_mean expand_axes expand_like " +
			"scatter_elements reduce_sum softmax mul sub",
			"arg unsqueeze log_softmax cross_entropy neg unsqueeze reduce_mean expand_axes expand_like " +
				"scatter_elements reduce_sum softmax mul neg mul"},
		{"fold", rewrite.Fold, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3)...))
			two := op.Scalar(b, tensor.Float32Type, 2)
			n := op.Cast(b, b.Apply(op.DimsOf{}, x), tensor.Float32Type)
			b.Output("y", op.Mul(b, op.Sum(b, n), op.Mul(b, x, op.Apply(b, tensor.Exp, two))))
		}, "shape cast reduce_sum exp mul mul", "mul mul"},
		{"fold, too large or wrong", rewrite.Fold, func(b *graph.Builder) {
			one := b.Constant(tensor.ArrayOf([]int64{1}, 1))
			b.Output("y", op.BroadcastTo(b, one, 1000))
			b.Output("z", op.Div(b, one, op.Sub(b, one, one)))
		}, "expand sub div", "expand div"},
		{"identity", rewrite.Identity, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			y := op.Permute(b, op.Permute(b, op.Scale(b, x, 1), 1, 0), 1, 0)
			y = op.Mul(b, op.Scalar(b, tensor.Float32Type, 1), op.Slice(b, y, 0, 0, op.ToEnd, 1))
			b.Output("y", op.Pow(b, y, op.Scalar(b, tensor.Float32Type, 2)))
		}, "scale transpose transpose slice mul pow", "transpose mul"},
		{"identity, views and permutations", rewrite.Identity, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4)...))
			y := op.Permute(b, op.Permute(b, x, 1, 2, 0), 1, 2, 0)
			b.Output("y", op.Flatten(b, op.Squeeze(b, op.Reshape(b, y, 0, 1, -1), 1), 0, 1))
		}, "transpose transpose reshape squeeze flatten",
			"transpose transpose reshape reshape reshape"},
		{"identity, dimensions of length 1", rewrite.Identity, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 1, 4)...))
			y := op.Permute(b, op.Permute(b, x, 0, 3, 1, 2), 0, 2, 1, 3) // 2, 3, 4, 1
			b.Output("y", op.Permute(b, y, 3, 0, 2, 1))
			b.Output("z", op.Permute(b, b.Input("z", matrix(0)), 1, 0))
		}, "transpose transpose transpose transpose", "transpose reshape transpose transpose"},
		{"common", rewrite.Common, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			b.Output("y", op.Add(b, op.Scale(b, op.Apply(b, tensor.Exp, x), 2),
				op.Scale(b, op.Apply(b, tensor.Exp, x), 3)))
		}, "exp scale exp scale add", "exp scale scale add"},
		{"attention", rewrite.Attention, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 5, 3, 4)...))
			y := op.Permute(b, x, 0, 2, 1, 3)
			p := op.Softmax(b, op.Scale(b, op.MatMul(b, y, op.Permute(b, x, 0, 2, 3, 1)), 0.5))
			b.Output("y", op.Permute(b, op.MatMul(b, p, y), 0, 2, 1, 3))
		}, "transpose transpose matmul scale softmax matmul transpose",
			"transpose transpose matmul scale softmax matmul attention_fused"},
		{"rownorm", rewrite.RowNorm, func(b *graph.Builder) {
			x := b.Input("x", matrix(8))
			y := op.Add(b, op.Mul(b, spelledNorm(b, x, 1e-5), parameter(b, "g", 8)), parameter(b, "b", 8))
			b.Output("y", op.Apply(b, tensor.Relu, y))
		}, "reduce_mean sub mul reduce_mean add sqrt div mul add relu",
			"reduce_mean sub mul reduce_mean add sqrt div mul row_norm relu"},
		{"rownorm, others need the quotient", rewrite.RowNorm, func(b *graph.Builder) {
			x := b.Input("x", matrix(8))
			q := spelledNorm(b, x, 1e-5)
			b.Output("q", q)
			b.Output("y", op.Mul(b, q, parameter(b, "g", 8)))
		}, "reduce_mean sub mul reduce_mean add sqrt div mul",
			"reduce_mean sub mul reduce_mean add sqrt row_norm mul"},
		{"rownorm, RMS by a reciprocal", rewrite.RowNorm, func(b *graph.Builder) {
			x := b.Input("x", matrix(8))
			root := op.Apply(b, tensor.Sqrt, op.Add(b, op.Scalar(b, tensor.Float32Type, 1e-6),
				b.Apply(op.Reduce{By: op.MeanOf, Axes: op.IntsOf(1), KeepDims: true}, op.Mul(b, x, x))))
			b.Output("y", op.Mul(b, parameter(b, "g", 8), op.Mul(b, op.Map(b, op.Reciprocal, root), x)))
		}, "mul reduce_mean add sqrt reciprocal mul mul", "mul reduce_mean add sqrt reciprocal mul row_norm"},
		{"rownorm, along the first axis", rewrite.RowNorm, func(b *graph.Builder) {
			x := b.Input("x", matrix(8))
			mean := op.Reduce{By: op.MeanOf, Axes: op.IntsOf(0), KeepDims: true}
			root := op.Apply(b, tensor.Sqrt, op.Add(b, op.Scalar(b, tensor.Float32Type, 1e-6),
				b.Apply(mean, op.Mul(b, x, x))))
			b.Output("y", op.Div(b, x, root))
		}, "mul reduce_mean add sqrt div", "mul reduce_mean add sqrt div"},
		{"activation", rewrite.Activation, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			for i := range 3 {
				b.Output(fmt.Sprint("gelu", i), spelledGelu(b, x, i))
			}
			b.Output("silu", op.Mul(b, op.Apply(b, tensor.Sigmoid, x), x))
			b.Output("others", op.Mul(b, op.Apply(b, tensor.Sigmoid, op.Scale(b, x, 2)), x))
		}, "div erf add mul mul mul erf add mul mul pow mul add mul tanh add mul mul " +
			"sigmoid mul scale sigmoid mul",
			"div erf add mul gelu mul erf add mul gelu pow mul add mul tanh add mul gelu_tanh " +
				"sigmoid silu scale sigmoid mul"},
		{"epilogue", rewrite.Epilogue, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			h := op.Add(b, op.MatMul(b, x, parameter(b, "w", 3, 4)), parameter(b, "b", 4))
			b.Output("y", op.Apply(b, tensor.Relu, h))
		}, "matmul add relu", "matmul matmul_fused matmul_fused"},
		{"epilogue, bias first", rewrite.Epilogue, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			b.Output("y", op.Add(b, parameter(b, "b", 4), op.MatMul(b, x, parameter(b, "w", 3, 4))))
		}, "matmul add", "matmul matmul_fused"},
		{"epilogue, a residual", rewrite.Epilogue, func(b *graph.Builder) {
			x := b.Input("x", matrix(4))
			h := op.Add(b, op.MatMul(b, x, parameter(b, "w", 4, 4)), parameter(b, "b", 4))
			b.Output("y", op.Apply(b, tensor.Relu, op.Add(b, x, h)))
		}, "matmul add add relu", "matmul matmul_fused matmul_fused matmul_fused"},
		{"epilogue, others need the product", rewrite.Epilogue, func(b *graph.Builder) {
			h := op.MatMul(b, b.Input("x", matrix(3)), parameter(b, "w", 3, 4))
			b.Output("y", op.Add(b, h, parameter(b, "b", 4)))
			b.Output("h", h)
		}, "matmul add", "matmul add"},
		{"columnsum", rewrite.ColumnSum, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			w, bias := parameter(b, "w", 3, 4), parameter(b, "b", 4)
			h := op.Add(b, op.MatMul(b, x, w), bias)
			d := op.Gradients(b, op.Sum(b, h), w, bias)
			b.Output("dw", d[0])
			b.Output("db", d[1])
		}, "matmul add reduce_sum expand_axes reduce_sum matmul matmul",
			"matmul add reduce_sum expand_axes matmul_sums matmul"},
		{"slicesum", rewrite.SliceSum, func(b *graph.Builder) {
			x := b.Input("x", matrix(6))
			parts := op.Split(b, op.Scale(b, x, 3), 1, 1, 3, 2)
			y := op.Sum(b, op.Concat(b, 1, parts[2], parts[0], parts[1]))
			b.Output("dx", op.Gradients(b, y, x)[0])
		}, "scale slice slice slice concat reduce_sum expand_axes part part part unslice unslice unslice " +
			"add add scale",
			"scale slice slice slice concat reduce_sum expand_axes part part part unslice unslice unslice " +
				"add slices_sum scale"},
		{"slicesum, a gap, an overlap, another summand", rewrite.SliceSum, func(b *graph.Builder) {
			x := b.Input("x", matrix(4))
			u := func(at int, x *graph.Value) *graph.Value {
				part := op.Scale(b, op.Slice(b, x, 1, at, at+2, 1), 3)
				return b.Apply(op.UnsliceAxis{SliceAxis: op.SliceAxis{Axis: 1, Start: at, End: at + 2,
					Step: 1}}, part, x)
			}
			b.Output("gap", op.Add(b, u(0, x), u(0, x)))
			b.Output("overlap", op.Add(b, op.Add(b, u(0, x), u(1, x)), u(2, x)))
			b.Output("more", op.Add(b, op.Add(b, u(0, x), x), u(2, x)))
		}, strings.TrimSpace(strings.Repeat("slice scale unslice ", 2) + "add " +
			strings.Repeat("slice scale unslice ", 2) + "add slice scale unslice add " +
			"slice scale unslice add slice scale unslice add"),
			strings.TrimSpace(strings.Repeat("slice scale unslice ", 2) + "add " +
				strings.Repeat("slice scale unslice ", 2) + "add slice scale unslice add " +
				"slice scale unslice add slice scale unslice add")},
		{"normrelu, but for who needs more than the ReLU", rewrite.NormRelu, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4)...))
			v := parameter(b, "v", 3)
			y := b.ApplyAll(op.BatchNormTraining{Epsilon: 1}, x, v, v)
			b.Output("mean", y[1])
			b.Output("y", op.Apply(b, tensor.Relu, y[0]))
			z := b.Apply(op.BatchNorm{Epsilon: 1}, x, v, v, v, v)
			b.Output("z", op.Apply(b, tensor.Relu, z))
			both := b.Apply(op.BatchNorm{Epsilon: 2}, x, v, v, v, v)
			b.Output("both", op.Add(b, op.Apply(b, tensor.Relu, both), both))
		}, "batch_norm_training relu batch_norm relu batch_norm relu add",
			"batch_norm_training_relu batch_norm_relu batch_norm relu add"},
		{"wholechain, but not through a place that others read", rewrite.WholeChains,
			func(b *graph.Builder) {
				x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4)...))
				v := parameter(b, "v", 4)
				y := op.Apply(b, tensor.Relu, op.Add(b, x, op.Scale(b, x, 2)))
				d := op.Gradients(b, op.Sum(b, op.Mul(b, op.Add(b, y, v), x)), y)[0]
				b.Output("y", y)
				b.Output("d", b.Apply(op.UnaryGradient{Function: tensor.Relu}, op.Add(b, d, x), y))
			}, "scale add relu add mul reduce_sum expand_axes mul mul reduce_sum add relu_gradient",
			"scale add chain add mul reduce_sum expand_axes mul mul reduce_sum add chain"},
		{"poolrelu", rewrite.PoolRelu, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4, 4)...))
			y := op.MaxPool(b, op.Slide(1, 1), op.Apply(b, tensor.Relu, x), 3, 3)
			b.Output("dx", op.Gradients(b, op.Sum(b, y), x)[0])
		}, "relu max_pool reduce_sum expand_axes max_pool_gradient relu_gradient",
			"relu max_pool reduce_sum expand_axes max_pool_gradient relu_gradient max_pool_gradient"},
		{"poolrelu, of means or of another activation", rewrite.PoolRelu, func(b *graph.Builder) {
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4, 4)...))
			y := op.AveragePool(b, op.Slide(1, 1), op.Apply(b, tensor.Relu, x), 3, 3)
			z := op.MaxPool(b, op.Slide(1, 1), op.Apply(b, tensor.Tanh, x), 3, 3)
			b.Output("dy", op.Gradients(b, op.Sum(b, y), x)[0])
			b.Output("dz", op.Gradients(b, op.Sum(b, z), x)[0])
		}, "relu average_pool tanh max_pool reduce_sum expand_axes average_pool_gradient relu_gradient " +
			"reduce_sum expand_axes max_pool_gradient tanh_gradient",
			"relu average_pool tanh max_pool reduce_sum expand_axes average_pool_gradient relu_gradient " +
				"reduce_sum expand_axes max_pool_gradient tanh_gradient"},
		{"descent", func(g *graph.Graph) (*graph.Graph, error) {
			g, err := rewrite.ColumnSum(g)
			require.NoError(t, err)
			return rewrite.DescentSteps(g)
		}, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			w, bias := parameter(b, "w", 3, 4), parameter(b, "b", 4)
			h := op.Sum(b, op.Add(b, op.MatMul(b, x, w), bias))
			op.SGD(b, op.Scalar(b, tensor.Float64Type, 0.1), []*graph.Value{w, bias},
				op.Gradients(b, h, w, bias))
		}, "matmul add reduce_sum expand_axes reduce_sum matmul matmul sgd sgd",
			"matmul add reduce_sum expand_axes matmul descent sgd"},
		{"descent by Adam", func(g *graph.Graph) (*graph.Graph, error) {
			g, err := rewrite.ColumnSum(g)
			require.NoError(t, err)
			return rewrite.DescentSteps(g)
		}, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			w, bias := parameter(b, "w", 3, 4), parameter(b, "b", 4)
			h := op.Sum(b, op.Add(b, op.MatMul(b, x, w), bias))
			op.Adam(b, op.AdamStep{Beta1: 0.9, Beta2: 0.999}, op.Scalar(b, tensor.Float64Type, 0.1),
				[]*graph.Value{w, bias}, op.Gradients(b, h, w, bias))
		}, "matmul add reduce_sum expand_axes reduce_sum matmul matmul mul adam adam",
			"matmul add reduce_sum expand_axes matmul mul adam_descent adam"},
		{"pack", func(g *graph.Graph) (*graph.Graph, error) {
			e := exec.NewEngines(tensor.ActiveISA(), 1,
				tensor.WithTuning(tensor.Tuning{MCBytes: 500 * 384 * 4}))
			return rewrite.Pack(g, e.Float32, e.Float64)
		}, func(b *graph.Builder) {
			x, small := b.Input("x", matrix(500)), tensor.NewArray(tensor.Float32Type, 384, 4)
			large := tensor.NewArray(tensor.Float32Type, 500, 384)
			h := op.MatMul(b, x, b.Constant(large))
			b.Output("y", op.MatMul(b, h, b.Constant(small)))
		}, "matmul matmul", "matmul_packed matmul"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := graph.NewBuilder()
			c.build(b)
			g, err := b.Graph()
			require.NoError(t, err)
			require.Equal(t, c.before, operators(g))
			g, err = c.pass(g)
			require.NoError(t, err)
			require.Equal(t, c.after, operators(g))
		})
	}
}

// TestAdamInBands trains a layer whose gradient is made in bands, on one to three threads, and
// compares with the gradient in memory.
func TestAdamInBands(t *testing.T) {
	var want []float32
	for threads := range 4 { // none: without the pass
		b := graph.NewBuilder()
		x := b.Input("x", matrix(300))
		w := parameter(b, "w", 300, 70)
		parameters := []*graph.Value{w, parameter(b, "b", 70)}
		h := op.Apply(b, tensor.Tanh, op.Add(b, op.MatMul(b, x, w), parameters[1]))
		op.Adam(b, op.AdamStep{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 0.1},
			op.Scalar(b, tensor.Float64Type, 0.1), parameters,
			op.Gradients(b, op.Sum(b, op.Mul(b, h, h)), parameters...))
		g, err := b.Graph()
		require.NoError(t, err)
		passes := rewrite.Passes()
		if threads == 0 {
			passes = slices.DeleteFunc(passes, func(p rewrite.Pass) bool { return p.Name == "descent" })
		}
		g, err = rewrite.Run(g, passes)
		require.NoError(t, err)
		tuning := tensor.Tuning{Caches: tensor.Caches{L1: 1 << 10, L2: 1 << 16}, ThreadWork: 1 << 10}
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), max(threads, 1),
			tensor.WithTuning(tuning)), map[string][]int{"x": {40, 300}})
		require.NoError(t, err)
		input, err := p.Input("x")
		require.NoError(t, err)
		for i := range tensor.Elements[float32](input) {
			tensor.Elements[float32](input)[i] = float32(i%17)/17 - 0.5
		}
		for i := range tensor.Elements[float32](w.Variable().Value) {
			tensor.Elements[float32](w.Variable().Value)[i] = float32(i%13)/13 - 0.5
		}
		for range 4 {
			require.NoError(t, p.Run())
		}
		got := tensor.Elements[float32](w.Variable().Value)
		if threads == 0 {
			want = got
			require.Greater(t, p.ArenaBytes(), 300*70*4)
			continue
		}
		require.True(t, sameBits(want, got), "%d threads", threads)
		require.Less(t, p.ArenaBytes(), 300*70*4)
		require.Zero(t, testing.AllocsPerRun(5, func() { require.NoError(t, p.Run()) }))
	}
}

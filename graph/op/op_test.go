package op_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// values is shorthand in the tables below.
type values = []*graph.Value

// gradientCase is a function of inputs of given shapes, whose gradients are compared with finite
// differences. A dimension of 0 stands for the symbol "n", which is 3 when the graph runs.
type gradientCase struct {
	name   string
	shapes [][]int
	f      func(b *graph.Builder, x values) *graph.Value
	low    float64 // inputs are drawn from [low, low+2)
	once   bool    // there is no second derivative
}

func gradientCases() []gradientCase {
	cases := []gradientCase{
		{name: "add broadcast", shapes: [][]int{{0, 4}, {4}}, f: binary(op.Add)},
		{name: "add column", shapes: [][]int{{0, 4}, {0, 1}}, f: binary(op.Add)},
		{name: "add both ways", shapes: [][]int{{0, 1, 2}, {5, 1}}, f: binary(op.Add)},
		{name: "sub scalar", shapes: [][]int{{0, 4}, {}}, f: binary(op.Sub)},
		{name: "mul", shapes: [][]int{{0, 4}, {0, 4}}, f: binary(op.Mul)},
		{name: "mul broadcast", shapes: [][]int{{2, 0, 4}, {0, 1}}, f: binary(op.Mul)},
		{name: "div", shapes: [][]int{{0, 4}, {1, 4}}, f: binary(op.Div), low: 1},
		{name: "square", shapes: [][]int{{0}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Mul(b, x[0], x[0])
		}},
		{name: "scale", shapes: [][]int{{0}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Scale(b, x[0], -1.5)
		}},
		{name: "matmul", shapes: [][]int{{0, 4}, {4, 5}}, f: binary(op.MatMul)},
		{name: "matmul of a batch", shapes: [][]int{{2, 0, 4}, {2, 4, 5}}, f: binary(op.MatMul)},
		{name: "matmul by one matrix", shapes: [][]int{{2, 0, 4}, {4, 5}}, f: binary(op.MatMul)},
		{name: "matmul broadcast", shapes: [][]int{{2, 1, 3, 4}, {0, 4, 2}}, f: binary(op.MatMul)},
		{name: "transpose", shapes: [][]int{{2, 0, 4, 5}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Transpose(b, x[0], 1, -1) }},
		{name: "flatten", shapes: [][]int{{2, 0, 4, 5}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Flatten(b, x[0], 1, 2) }},
		{name: "sum", shapes: [][]int{{0, 4}}, f: reduction(op.Sum)},
		{name: "sum of rows", shapes: [][]int{{0, 4, 5}}, f: reduction(op.Sum, -1)},
		{name: "sum of columns", shapes: [][]int{{0, 4, 5}}, f: reduction(op.Sum, 0, 1)},
		{name: "mean of outer axes", shapes: [][]int{{0, 4, 5}}, f: reduction(op.Mean, 0, 2)},
		{name: "mean of the middle", shapes: [][]int{{0, 4, 5}}, f: reduction(op.Mean, 1)},
		{name: "max of columns", shapes: [][]int{{0, 4, 2}}, f: reduction(op.Max, 0)},
		{name: "max of rows", shapes: [][]int{{0, 4}}, f: reduction(op.Max, -1)},
		{name: "gather", shapes: [][]int{{4, 0}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Gather(b, x[0], indices(b, 3, 0, -1, 3), 0)
		}},
		{name: "gather of columns", shapes: [][]int{{0, 4, 2}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.Gather(b, x[0], indices(b, 1, 1, 2), 1)
			}},
		{name: "where", shapes: [][]int{{0, 4}, {4}},
			f: func(b *graph.Builder, x values) *graph.Value {
				y := op.Mul(b, x[0], x[1])
				return op.Where(b, op.Less(b, x[0], x[1]), y, x[1])
			}},
		{name: "softmax", shapes: [][]int{{0, 2, 5}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Softmax(b, x[0]) }},
		{name: "permute", shapes: [][]int{{2, 0, 4, 5}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Permute(b, x[0], 2, 0, 3, 1) }},
		{name: "slice", shapes: [][]int{{6, 4}}, f: sliceOf(0, 1, 5, 2)},
		{name: "slice of a symbol", shapes: [][]int{{4, 0}}, f: sliceOf(-1, -2, op.ToEnd, 1)},
		{name: "slice backwards", shapes: [][]int{{2, 5, 3}}, f: sliceOf(1, -1, op.BeforeFirst, -2)},
		{name: "concat", shapes: [][]int{{0, 2, 4}, {0, 3, 4}, {0, 1, 4}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Concat(b, 1, x...) }},
		{name: "split", shapes: [][]int{{0, 5}},
			f: func(b *graph.Builder, x values) *graph.Value {
				parts := op.Split(b, x[0], -1, 2, 2, 1)
				return op.Add(b, op.Mul(b, parts[0], parts[1]), parts[2])
			}},
		{name: "log softmax", shapes: [][]int{{0, 5}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.LogSoftmax(b, x[0]) }},
		{name: "mean squared error", shapes: [][]int{{0, 2}, {0, 2}}, f: binary(op.MSE)},
		{name: "cross entropy", shapes: [][]int{{3, 5}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.CrossEntropy(b, x[0], indices(b, 4, 0, 2))
			}},
		{name: "binary cross entropy", shapes: [][]int{{0, 2}, {0, 2}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.BinaryCrossEntropy(b, x[0], op.Apply(b, tensor.Sigmoid, x[1]))
			}},
		{name: "dropout", shapes: [][]int{{0, 50}}, f: func(b *graph.Builder, x values) *graph.Value {
			b.SetTraining(true)
			step := b.Constant(tensor.ArrayOf([]uint64{3}, 1))
			return op.Dropout(b, x[0], step, 0.4, 1)
		}},
		{name: "minimum", shapes: [][]int{{0, 4}, {4}}, f: binary(op.Minimum)},
		{name: "maximum", shapes: [][]int{{0, 4}, {0, 1}}, f: binary(op.Maximum)},
		{name: "pow", shapes: [][]int{{0, 4}, {4}}, f: binary(op.Pow), low: 0.5},
		{name: "mod", shapes: [][]int{{0, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			y := b.Constant(tensor.ArrayOf([]float64{-0.7, 0.6, 1.1, -3}, 4))
			return b.Apply(op.Pairwise{By: op.ModOf}, x[0], y)
		}},
		{name: "remainder", shapes: [][]int{{0, 4}}, low: -1,
			f: func(b *graph.Builder, x values) *graph.Value {
				y := b.Constant(tensor.ArrayOf([]float64{-0.7, 0.6, 1.1, -3}, 4))
				return b.Apply(op.Pairwise{By: op.RemainderOf}, x[0], y)
			}},
		{name: "min of columns", shapes: [][]int{{0, 4, 2}}, f: reduction(op.Min, 0)},
		{name: "product", shapes: [][]int{{0, 4, 2}}, f: reduction(op.Prod, 0, 2), low: 0.5},
		{name: "product with zeros", shapes: [][]int{{3, 4}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value {
				zeros := []float64{0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1}
				return op.Prod(b, op.Mul(b, x[0], b.Constant(tensor.ArrayOf(zeros, 3, 4))), 1)
			}},
		{name: "gather elements", shapes: [][]int{{4, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.GatherElements(b, x[0], matrixOf(b, 2, 3, -1, 3, 0, -1, 1, 2), 0)
			}},
		{name: "scatter elements", shapes: [][]int{{4, 3}, {2, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				index := matrixOf(b, 2, 3, 3, 3, 0, -2, 1, 2)
				return op.ScatterElements(b, x[0], index, x[1], 0, op.Replaced)
			}},
		{name: "scatter elements to sums", shapes: [][]int{{4, 3}, {2, 2}},
			f: func(b *graph.Builder, x values) *graph.Value {
				index := matrixOf(b, 2, 2, 1, 1, 0, -1)
				return op.ScatterElements(b, x[0], index, x[1], 1, op.ScatteredSum)
			}},
		{name: "gather blocks", shapes: [][]int{{4, 3, 2}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.GatherND(b, x[0], matrixOf(b, 3, 2, 3, -1, 0, 1, 3, -1), 0)
			}},
		{name: "gather blocks of a batch", shapes: [][]int{{2, 3, 2}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.GatherND(b, x[0], matrixOf(b, 2, 1, 2, -2), 1)
			}},
		{name: "scatter blocks", shapes: [][]int{{4, 3}, {2, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.ScatterND(b, x[0], matrixOf(b, 2, 1, 3, 1), x[1], op.Replaced)
			}},
		{name: "scatter blocks to sums", shapes: [][]int{{4, 3}, {2, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.ScatterND(b, x[0], matrixOf(b, 2, 1, 3, 3), x[1], op.ScatteredSum)
			}},
		{name: "top k", shapes: [][]int{{0, 5}}, f: func(b *graph.Builder, x values) *graph.Value {
			largest, _ := op.TopK(b, x[0], 2, 1)
			return largest
		}},
		{name: "pad", shapes: [][]int{{0, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Pad(b, x[0], []int{1, -1}, []int{0, 2}, 0.5)
		}},
		{name: "pad by reflection", shapes: [][]int{{0, 4}}, f: padded(op.PadReflect)},
		{name: "pad by edges", shapes: [][]int{{0, 4}}, f: padded(op.PadEdge)},
		{name: "pad around", shapes: [][]int{{0, 4}}, f: padded(op.PadWrap)},
		{name: "tile", shapes: [][]int{{0, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Tile(b, x[0], 2, 3)
		}},
		{name: "expand", shapes: [][]int{{0, 1}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.BroadcastTo(b, x[0], 2, -1, 5)
		}},
		{name: "reshape", shapes: [][]int{{0, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Squeeze(b, op.Reshape(b, x[0], 0, 2, 1, -1), 2)
		}},
		{name: "stack", shapes: [][]int{{0, 4}, {0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Stack(b, 1, x...) }},
		{name: "flip", shapes: [][]int{{0, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Flip(b, x[0], 0, 1)
		}},
		{name: "spectrum", shapes: [][]int{{2, 30}, {8}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return b.Apply(op.Spectrum{Length: 8, Step: 3, Bins: 5, Windowed: true}, x...)
			}},
		{name: "whole spectrum", shapes: [][]int{{2, 6}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return b.Apply(op.Spectrum{Length: 6, Step: 1, Bins: 6}, x...)
			}},
		{name: "running sums", shapes: [][]int{{0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.CumSum(b, x[0], 0) }},
		{name: "running sums before", shapes: [][]int{{0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return b.Apply(op.RunningSum{Axis: 1, Exclusive: true, Reverse: true}, x[0])
			}},
		{name: "variance", shapes: [][]int{{0, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			return op.Variance(b, x[0], 0, 1)
		}},
		{name: "variance of a sample", shapes: [][]int{{0, 4, 2}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Variance(b, x[0], 1, 0, 2) }},
		{name: "log sum exp", shapes: [][]int{{0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.LogSumExp(b, x[0], 1) }},
		{name: "L1 norm", shapes: [][]int{{0, 4}}, f: reduction(op.L1Norm, 0), low: -1},
		{name: "L2 norm", shapes: [][]int{{0, 4}}, f: reduction(op.L2Norm), low: -1},
		{name: "clip", shapes: [][]int{{0, 4}}, low: -1,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.Mul(b, op.Clip(b, x[0], -0.5, math.Inf(1)), op.Relu6(b, x[0]))
			}},
		{name: "hard sigmoid", shapes: [][]int{{0, 4}}, low: -1,
			f: func(b *graph.Builder, x values) *graph.Value { return op.HardSigmoid(b, x[0], 2, 0.5) }},
		{name: "softsign", shapes: [][]int{{0, 4}}, low: -1,
			f: func(b *graph.Builder, x values) *graph.Value { return op.Softsign(b, x[0]) }},
		{name: "selu", shapes: [][]int{{0, 4}}, low: -1, once: true,
			f: func(b *graph.Builder, x values) *graph.Value { return op.Selu(b, x[0]) }},
		{name: "log sigmoid", shapes: [][]int{{0, 4}}, low: -1, once: true,
			f: func(b *graph.Builder, x values) *graph.Value { return op.LogSigmoid(b, x[0]) }},
		{name: "einsum of scores", shapes: [][]int{{2, 0, 4, 5}, {2, 0, 3, 5}},
			f: einsum("bhqd,bhkd->bhqk")},
		{name: "einsum of three", shapes: [][]int{{3, 4}, {4, 5}, {5, 3}}, f: einsum("ij,jk,kl")},
		{name: "einsum with a trace", shapes: [][]int{{3, 4, 3}, {4}}, f: einsum("iji,j->ij")},
		{name: "einsum with dots", shapes: [][]int{{2, 1, 3, 4}, {0, 4, 5}}, f: einsum("...ij,...jk")},
		{name: "two consumers", shapes: [][]int{{0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value {
				y := op.Apply(b, tensor.Tanh, x[0])
				return op.Add(b, op.Mul(b, y, x[0]), op.Apply(b, tensor.Exp, y))
			}},
	}
	for _, trans := range []op.Product{{TransposeA: true}, {TransposeB: true},
		{TransposeA: true, TransposeB: true}} {
		shapes := [][]int{{0, 4}, {4, 5}}
		if trans.TransposeA {
			shapes[0] = []int{4, 0}
		}
		if trans.TransposeB {
			shapes[1] = []int{5, 4}
		}
		cases = append(cases, gradientCase{name: fmt.Sprintf("%+v", trans), shapes: shapes,
			f: func(b *graph.Builder, x values) *graph.Value { return b.Apply(trans, x...) }})
	}
	twice := []tensor.Unary{tensor.Relu, tensor.Exp, tensor.Log, tensor.Tanh, tensor.Sigmoid,
		tensor.Sqrt}
	for f := range tensor.Unaries {
		c := gradientCase{name: f.String(), shapes: [][]int{{0, 4}}, low: -1,
			once: !slices.Contains(twice, f),
			f: func(b *graph.Builder, x values) *graph.Value {
				return b.Apply(op.Unary{Function: f}, x...)
			}}
		if f == tensor.Log || f == tensor.Sqrt {
			c.low = 1
		}
		cases = append(cases, c)
	}
	for _, o := range op.List() {
		f, ok := o.(op.Mapping)
		switch f.By {
		case op.Floor, op.Ceil, op.Trunc, op.Round, op.Sign, op.Not:
			continue
		}
		if !ok {
			continue
		}
		scale := 1.0 // of what is drawn from [1.2, 3.2)
		switch f.By {
		case op.Asin, op.Acos, op.Atanh:
			scale = 0.25
		case op.Tan:
			scale = 0.4
		}
		cases = append(cases, gradientCase{name: f.Name(), shapes: [][]int{{0, 4}}, low: 1.2,
			f: func(b *graph.Builder, x values) *graph.Value {
				return b.Apply(f, op.Scale(b, x[0], scale))
			}})
	}
	for f := range tensor.Parametrics {
		if f == tensor.Axpy {
			continue
		}
		cases = append(cases, gradientCase{name: f.String(), shapes: [][]int{{0, 4}}, low: -1,
			once: f == tensor.Elu, f: func(b *graph.Builder, x values) *graph.Value {
				return b.Apply(op.Parametric{Function: f, Alpha: 0.3}, x...)
			}})
	}
	return cases
}

// binary adapts a function of two values.
func binary(f func(b *graph.Builder, x, y *graph.Value) *graph.Value) func(*graph.Builder,
	values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value { return f(b, x[0], x[1]) }
}

// indices returns a constant of indices.
func indices(b *graph.Builder, index ...int64) *graph.Value {
	return b.Constant(tensor.ArrayOf(index, len(index)))
}

// matrixOf returns a constant matrix of indices.
func matrixOf(b *graph.Builder, rows, columns int, index ...int64) *graph.Value {
	return b.Constant(tensor.ArrayOf(index, rows, columns))
}

// padded adapts a padding.
func padded(mode op.Padding) func(*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.PadBy{Mode: mode, Before: op.IntsOf(2, -1), After: op.IntsOf(1, 2)}, x[0])
	}
}

// einsum adapts an equation.
func einsum(equation string) func(*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value { return op.Einsum(b, equation, x...) }
}

// sliceOf adapts a slice.
func sliceOf(axis, start, end, step int) func(*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value {
		return op.Slice(b, x[0], axis, start, end, step)
	}
}

// reduction adapts a reduction.
func reduction(f func(*graph.Builder, *graph.Value, ...int) *graph.Value, axes ...int) func(
	*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value { return f(b, x[0], axes...) }
}

// TestGradients compares derived gradients with central differences in float64, with random
// upstream gradients.
func TestGradients(t *testing.T) {
	for i, c := range gradientCases() {
		t.Run(c.name, func(t *testing.T) {
			weighted := func(b *graph.Builder, x values) *graph.Value {
				y := c.f(b, x)
				return op.Sum(b, op.Mul(b, y, upstream(b, y)))
			}
			checkGradients(t, c, weighted, uint64(i))
		})
	}
}

// TestSecondDerivatives does the same with the sum of the squares of first derivatives.
func TestSecondDerivatives(t *testing.T) {
	for i, c := range gradientCases() {
		if c.once {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			squares := func(b *graph.Builder, x values) *graph.Value {
				y := c.f(b, x)
				l := op.Sum(b, op.Mul(b, op.Mul(b, y, y), upstream(b, y)))
				var sum *graph.Value
				for _, g := range op.Gradients(b, l, x...) {
					s := op.Sum(b, op.Mul(b, g, g))
					if sum == nil {
						sum = s
						continue
					}
					sum = op.Add(b, sum, s)
				}
				return sum
			}
			checkGradients(t, c, squares, uint64(i))
		})
	}
}

// upstream returns random numbers in the shape of y, made of a constant that is broadcast.
func upstream(b *graph.Builder, y *graph.Value) *graph.Value {
	r := rand.New(rand.NewPCG(7, 7))
	u := op.Expand(b, op.Scalar(b, tensor.Float64Type, 0.5+r.Float64()), y)
	if n, ok := last(y.Shape()).Value(); ok && n > 1 {
		row := make([]float64, n)
		for i := range row {
			row[i] = r.NormFloat64()
		}
		u = op.Mul(b, u, b.Constant(tensor.ArrayOf(row, n)))
	}
	return u
}

// last returns the last dimension, 1 if there is none.
func last(s graph.Shape) graph.Dim {
	if len(s) == 0 {
		return graph.Fixed(1)
	}
	return s[len(s)-1]
}

// checkGradients compares dL/dx with differences of L.
func checkGradients(t *testing.T, c gradientCase, l func(*graph.Builder, values) *graph.Value,
	seed uint64) {
	b := graph.NewBuilder()
	shapes := map[string][]int{}
	var x values
	for i, dims := range c.shapes {
		name := fmt.Sprintf("x%d", i)
		symbolic, concrete := graph.ShapeOf(dims...), slices.Clone(dims)
		for d, n := range dims {
			if n == 0 {
				symbolic[d], concrete[d] = graph.Symbol("n"), 3
			}
		}
		x = append(x, b.Input(name, graph.TypeOf[float64](symbolic...)))
		shapes[name] = concrete
	}
	loss := l(b, x)
	b.Output("loss", loss)
	for i, g := range op.Gradients(b, loss, x...) {
		b.Output(fmt.Sprintf("d%d", i), g)
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
	require.NoError(t, err)

	r := rand.New(rand.NewPCG(seed, 1))
	data := make([][]float64, len(x))
	for i := range x {
		a, err := p.Input(fmt.Sprintf("x%d", i))
		require.NoError(t, err)
		data[i] = tensor.Elements[float64](a)
		for j := range data[i] {
			data[i][j] = c.low + 2*r.Float64()
		}
	}
	value, err := p.Output("loss")
	require.NoError(t, err)
	run := func() float64 {
		require.NoError(t, p.Run())
		return tensor.Elements[float64](value)[0]
	}
	run()
	var derived [][]float64
	for i := range x {
		a, err := p.Output(fmt.Sprintf("d%d", i))
		require.NoError(t, err)
		derived = append(derived, slices.Clone(tensor.Elements[float64](a)))
	}
	const h = 1e-5
	for i := range x {
		require.Len(t, derived[i], len(data[i]))
		for j, v := range data[i] {
			data[i][j] = v + h
			above := run()
			data[i][j] = v - h
			below := run()
			data[i][j] = v
			want := (above - below) / (2 * h)
			require.InDelta(t, want, derived[i][j], 1e-6*(1+math.Abs(want)), "input %d, element %d", i, j)
		}
	}
}

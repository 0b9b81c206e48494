package op_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/internal/golden"
	"simdnn/tensor"
)

// operatorFunctions are the operators that are compared with PyTorch's, beside those that are found
// by their own names.
var operatorFunctions = map[string]func(b *graph.Builder, x values) *graph.Value{
	"maximum of equals": func(b *graph.Builder, x values) *graph.Value {
		return op.Maximum(b, x[0], x[0])
	},
	"leaky_relu": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: 0.1}, x...)
	},
	"elu": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.Parametric{Function: tensor.Elu, Alpha: 0.5}, x...)
	},
	"scale": func(b *graph.Builder, x values) *graph.Value {
		return op.Scale(b, x[0], -1.5)
	},
	"fake_quantize": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.FakeQuantize{High: 15}, x[0], op.Scalar(b, x[0].DType(), 0.375),
			op.Scalar(b, x[0].DType(), 5))
	},
	"fake_quantize of channels": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.FakeQuantize{Low: -4, High: 3, Axis: 1}, x[0],
			b.Constant(tensor.ArrayOf([]float64{0.125, 0.5, 0.75}, 3)),
			b.Constant(tensor.ArrayOf([]float64{0, -3, 2}, 3)))
	},
	"matmul of a batch":    binary(op.MatMul),
	"matmul by one matrix": binary(op.MatMul),
	"matmul broadcast":     binary(op.MatMul),
	"matmul transposed": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.Product{TransposeA: true, TransposeB: true}, x...)
	},
	"spectrum": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.Spectrum{Length: 12, Step: 5, Bins: 7, Windowed: true}, x...)
	},
	"sum": reduction(op.Sum, 0, 2),
	"mean": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.Reduce{By: op.MeanOf, Axes: op.IntsOf(1), KeepDims: true}, x...)
	},
	"max":                  reduction(op.Max, 0, 1),
	"max of equals":        reduction(op.Max),
	"min":                  reduction(op.Min, -1),
	"prod":                 reduction(op.Prod, 1),
	"cross_entropy":        binary(op.CrossEntropy),
	"binary_cross_entropy": binary(op.BinaryCrossEntropy),
	"mse":                  binary(op.MSE),
	"permute": func(b *graph.Builder, x values) *graph.Value {
		return op.Permute(b, x[0], 2, 0, 1)
	},
	"slice": sliceOf(1, 1, 6, 2),
	"concat": func(b *graph.Builder, x values) *graph.Value {
		return op.Concat(b, 1, x...)
	},
	"split": func(b *graph.Builder, x values) *graph.Value {
		return op.Split(b, x[0], 1, 2, 3)[1]
	},
	"stack": func(b *graph.Builder, x values) *graph.Value {
		return op.Stack(b, 1, x...)
	},
	"flip": func(b *graph.Builder, x values) *graph.Value {
		return op.Flip(b, x[0], 0, 1)
	},
	"flatten": func(b *graph.Builder, x values) *graph.Value {
		return op.Flatten(b, x[0], 1, -1)
	},
	"gather": func(b *graph.Builder, x values) *graph.Value {
		return op.Gather(b, x[0], x[1], 1)
	},
	"gather_elements": func(b *graph.Builder, x values) *graph.Value {
		return op.GatherElements(b, x[0], x[1], 0)
	},
	"scatter":     scattered(op.Replaced),
	"scatter add": scattered(op.ScatteredSum),
	"scatter max": scattered(op.ScatteredMax),
	"gather_nd": func(b *graph.Builder, x values) *graph.Value {
		return op.GatherND(b, x[0], x[1], 0)
	},
	"scatter_nd": func(b *graph.Builder, x values) *graph.Value {
		return op.ScatterND(b, x[0], x[1], x[2], op.Replaced)
	},
	"scatter_nd add": func(b *graph.Builder, x values) *graph.Value {
		return op.ScatterND(b, x[0], x[1], x[2], op.ScatteredSum)
	},
	"top_k": func(b *graph.Builder, x values) *graph.Value {
		largest, _ := op.TopK(b, x[0], 2, 0)
		return largest
	},
	"smallest k": func(b *graph.Builder, x values) *graph.Value {
		return b.ApplyAll(op.TopKOf{K: 2, Axis: 1, Smallest: true}, x...)[0]
	},
	"argmax": func(b *graph.Builder, x values) *graph.Value { return op.ArgMax(b, x[0], 1) },
	"argmin": func(b *graph.Builder, x values) *graph.Value { return op.ArgMin(b, x[0], 0) },
	"one_hot": func(b *graph.Builder, x values) *graph.Value {
		return op.OneHot(b, x[0], 5, tensor.Int64Type)
	},
	"pad": func(b *graph.Builder, x values) *graph.Value {
		return op.Pad(b, x[0], []int{2, 1}, []int{-1, 2}, 0.5)
	},
	"pad reflect": paddedRows(op.PadReflect),
	"pad edge":    paddedRows(op.PadEdge),
	"pad wrap":    paddedRows(op.PadWrap),
	"tile": func(b *graph.Builder, x values) *graph.Value {
		return op.Tile(b, x[0], 2, 3)
	},
	"expand": func(b *graph.Builder, x values) *graph.Value {
		return op.BroadcastTo(b, x[0], 2, 3, 4)
	},
	"cumsum": func(b *graph.Builder, x values) *graph.Value {
		return op.CumSum(b, x[0], 1)
	},
	"variance": func(b *graph.Builder, x values) *graph.Value {
		return op.Variance(b, x[0], 1, 0, 2)
	},
	"variance of all": func(b *graph.Builder, x values) *graph.Value {
		return op.Variance(b, x[0], 0)
	},
	"log_sum_exp": reduction(op.LogSumExp),
	"L1 norm":     reduction(op.L1Norm, 1),
	"L2 norm":     reduction(op.L2Norm, 0),
	"L2 norm of 0": func(b *graph.Builder, x values) *graph.Value {
		return op.L2Norm(b, op.Scale(b, x[0], 0))
	},
	"clip": func(b *graph.Builder, x values) *graph.Value {
		return op.Clip(b, x[0], -0.5, 0.75)
	},
	"relu6": func(b *graph.Builder, x values) *graph.Value { return op.Relu6(b, x[0]) },
	"hard_sigmoid": func(b *graph.Builder, x values) *graph.Value {
		return op.HardSigmoid(b, x[0], 1.0/6, 0.5)
	},
	"selu": func(b *graph.Builder, x values) *graph.Value { return op.Selu(b, x[0]) },
	"softsign": func(b *graph.Builder, x values) *graph.Value {
		return op.Softsign(b, x[0])
	},
	"log_sigmoid": func(b *graph.Builder, x values) *graph.Value {
		return op.LogSigmoid(b, x[0])
	},
	"einsum scores":   einsum("bhqd,bhkd->bhqk"),
	"einsum of three": einsum("ij,jk,kl"),
	"einsum bilinear": einsum("bn,anm,bm->ba"),
	"einsum trace":    einsum("ii"),
	"einsum diagonal": einsum("bii -> ib"),
	"einsum dots":     einsum("...ij,...jk->...ik"),
	"einsum outer":    einsum("i,j->ji"),
	"einsum elements": einsum("ij,ij->j"),
	"einsum many":     einsum("abcd,cdef->abef"),
	"cast": func(b *graph.Builder, x values) *graph.Value {
		return op.Cast(b, x[0], tensor.Int64Type)
	},
	"integer div": binary(op.Div),
	"integer mod": func(b *graph.Builder, x values) *graph.Value {
		return b.Apply(op.Pairwise{By: op.ModOf}, x...)
	},
	"integer pow": binary(op.Pow),
}

// scattered adapts a scatter along the first axis.
func scattered(by op.Scattering) func(*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value {
		return op.ScatterElements(b, x[0], x[1], x[2], 0, by)
	}
}

// paddedRows adapts a padding along the last of three axes.
func paddedRows(mode op.Padding) func(*graph.Builder, values) *graph.Value {
	o := op.PadBy{Mode: mode, Before: op.IntsOf(0, 0, 2), After: op.IntsOf(0, 0, 1)}
	return func(b *graph.Builder, x values) *graph.Value { return b.Apply(o, x...) }
}

// operand is an array in a golden file.
type operand struct {
	Kind  string // "float", "int64" or "bool"
	Shape []int
	Data  []float64
}

// dtype returns the type of the elements, where floats are of type f.
func (a operand) dtype(f tensor.DType) tensor.DType {
	switch a.Kind {
	case "int64":
		return tensor.Int64Type
	case "bool":
		return tensor.BoolType
	}
	return f
}

// operatorCase is an operator as PyTorch computes it.
type operatorCase struct {
	Name, Type string
	Inputs     []operand
	Output     operand
	Upstream   *operand
	Gradients  []*operand
}

// TestPyTorch compares values and gradients of all operators.
func TestPyTorch(t *testing.T) {
	byName := map[string]graph.Operator{}
	for _, o := range op.List() {
		byName[o.Name()] = o
	}
	for _, c := range golden.Read[operatorCase](t, "graph/operators.json") {
		t.Run(c.Name+" "+c.Type, func(t *testing.T) {
			f := operatorFunctions[c.Name]
			if f == nil {
				o := byName[c.Name]
				require.NotNil(t, o, "there is no operator of this name")
				f = func(b *graph.Builder, x values) *graph.Value { return b.Apply(o, x...) }
			}
			c.compare(t, f)
		})
	}
}

// compare runs the operator, whose floats are cast from float64 and back.
func (c operatorCase) compare(t *testing.T, f func(b *graph.Builder, x values) *graph.Value) {
	b := graph.NewBuilder()
	float, err := tensor.ParseDType(c.Type)
	require.NoError(t, err)
	var x values
	for _, a := range c.Inputs {
		x = append(x, c.input(b, a, float))
	}
	y := f(b, x)
	require.NoError(t, b.Err())
	require.Equal(t, c.Output.dtype(float), y.DType())
	b.Output("y", op.Cast(b, y, tensor.Float64Type))
	if c.Upstream != nil {
		up := c.input(b, *c.Upstream, float)
		add := op.Binary{Function: tensor.Add}
		for i, d := range graph.Gradients(b, values{y}, values{up}, x, add) {
			switch want := c.Gradients[i]; {
			case want == nil:
				require.Nil(t, d)
			case d == nil: // as an operator says that is constant but for jumps
				require.Equal(t, make([]float64, len(want.Data)), want.Data)
			default:
				b.Output(fmt.Sprintf("d%d", i), op.Cast(b, d, tensor.Float64Type))
			}
		}
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	tolerance := 1e-13
	if c.Type == "float32" {
		tolerance = 2e-6
	}
	requireClose(t, p, "y", c.Output, tolerance)
	for _, o := range g.Outputs()[1:] {
		var i int
		_, err := fmt.Sscanf(o.Name, "d%d", &i)
		require.NoError(t, err)
		requireClose(t, p, o.Name, *c.Gradients[i], tolerance)
	}
}

// input returns a constant of an array's numbers.
func (c operatorCase) input(b *graph.Builder, a operand,
	float tensor.DType) *graph.Value {
	return op.Cast(b, b.Constant(tensor.ArrayOf(a.Data, a.Shape...)), a.dtype(float))
}

// requireClose compares an output, relative to the largest number if it is above 1.
func requireClose(t *testing.T, p *exec.Program, name string, want operand, tolerance float64) {
	out, err := p.Output(name)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(want.Shape), fmt.Sprint(out.Shape()), name)
	scale := 1.0
	for _, v := range want.Data {
		scale = max(scale, math.Abs(v))
	}
	require.InDeltaSlice(t, want.Data, tensor.Elements[float64](out), tolerance*scale, name)
}

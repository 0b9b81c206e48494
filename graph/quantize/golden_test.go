package quantize_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/quantize"
	"simdnn/internal/golden"
	"simdnn/tensor"
)

// calibrationCase is what ONNX Runtime makes of samples and weights.
type calibrationCase struct {
	Name       string
	Batches    [][]float32
	Weights    []float32
	Percentile float64
	Symmetric  bool
	Scale      float32
	Zero       int
	Codes      []int
	Columns    []struct {
		Scale float32
		Codes []int8
	}
}

// TestONNXRuntime compares ranges, codes and weights with those of ONNX Runtime's calibration.
func TestONNXRuntime(t *testing.T) {
	for _, c := range golden.Read[calibrationCase](t, "quantize/calibration.json") {
		t.Run(c.Name, func(t *testing.T) {
			b := graph.NewBuilder()
			x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(3)))
			b.Output("y", op.MatMul(b, x, b.Constant(tensor.ArrayOf(c.Weights, 3, 4))))
			g, err := b.Graph()
			require.NoError(t, err)
			var samples []quantize.Sample
			for _, batch := range c.Batches {
				samples = append(samples, quantize.Sample{"x": tensor.ArrayOf(batch, len(batch)/3, 3)})
			}
			o := quantize.Options{Method: quantize.Static, Symmetric: c.Symmetric}
			if c.Percentile > 0 {
				o.Calibration, o.Percentile = quantize.Percentile, c.Percentile
			}
			made, _, err := quantize.Graph(g, samples, o)
			require.NoError(t, err)
			scale, zero := find(t, made, "quantize")[1], find(t, made, "quantize")[2]
			require.InEpsilon(t, c.Scale, tensor.Elements[float32](scale)[0], 1e-6)
			if c.Symmetric {
				require.Equal(t, []int8{int8(c.Zero)}, tensor.Elements[int8](zero))
			} else {
				require.Equal(t, []uint8{uint8(c.Zero)}, tensor.Elements[uint8](zero))
			}
			requireCodes(t, c, scale, zero)
			weights := find(t, made, "dequantize")
			for j, column := range c.Columns {
				require.Equal(t, column.Scale, tensor.Elements[float32](weights[1])[j])
				for i, code := range column.Codes {
					require.Equal(t, code, tensor.Elements[int8](weights[0])[i*4+j])
				}
			}
		})
	}
}

// find returns the constants among the inputs of the only operator of a name all of whose inputs
// but the first are constants; of dequantize, of that whose inputs all are.
func find(t *testing.T, g *graph.Graph, name string) []*tensor.Array {
	for _, n := range g.Nodes() {
		if n.Operator.Name() != name || name == "dequantize" && n.Inputs[0].Constant() == nil {
			continue
		}
		var all []*tensor.Array
		for _, v := range n.Inputs {
			all = append(all, v.Constant())
		}
		return all
	}
	require.Fail(t, "no "+name)
	return nil
}

// requireCodes compares the codes of the first batch.
func requireCodes(t *testing.T, c calibrationCase, scale, zero *tensor.Array) {
	b := graph.NewBuilder()
	x := b.Constant(tensor.ArrayOf(c.Batches[0], len(c.Batches[0])))
	y := b.Apply(op.Quantize{To: zero.DType()}, x, b.Constant(scale), b.Constant(zero))
	b.Output("y", op.Cast(b, y, tensor.Int64Type))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	codes, err := p.Output("y")
	require.NoError(t, err)
	for i, v := range tensor.Elements[int64](codes) {
		require.EqualValues(t, c.Codes[i], v, "%v", c.Batches[0][i])
	}
}

package op_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// batchLossOf runs a loss on outputs and a target of two columns, with weights of the rows.
func batchLossOf(t *testing.T, o op.BatchLoss, z, y,
	weights []float64) (mean float64, gradient []float64, err error) {
	b := graph.NewBuilder()
	rows := len(z) / 2
	inputs := []*graph.Value{b.Constant(tensor.ArrayOf(z, rows, 2)),
		b.Constant(tensor.ArrayOf(y, rows, len(y)/rows))}
	if weights != nil {
		inputs = append(inputs, b.Constant(tensor.ArrayOf(weights, len(weights))))
	}
	outputs := b.ApplyAll(o, inputs...)
	if b.Err() != nil {
		return 0, nil, b.Err()
	}
	for i, name := range []string{"sum", "weight", "gradient"} {
		b.Output(name, outputs[i])
	}
	g, err := b.Graph()
	require.NoError(t, err)
	data, err := json.Marshal(g)
	require.NoError(t, err)
	g, err = graph.Read(data, op.List(), g.Arrays())
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	if err := p.Run(); err != nil {
		return 0, nil, err
	}
	of := func(name string) []float64 {
		a, err := p.Output(name)
		require.NoError(t, err)
		return tensor.Elements[float64](a)
	}
	return of("sum")[0] / of("weight")[0], of("gradient"), nil
}

// TestBatchLosses compares the losses of two rows, through a file, with their formulas, and the
// gradients with central differences. Package nn compares them with PyTorch.
func TestBatchLosses(t *testing.T) {
	z, p := []float64{0.3, -1.2, 2, 0.5}, []float64{0.6, 0.4, 0.1, 0.9}
	softmax := func(row []float64) float64 { return math.Log(math.Exp(row[0]) + math.Exp(row[1])) }
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	two := func(q func(x float64) float64, x, y []float64) (sum float64) {
		for i, v := range x {
			sum -= (y[i]*math.Log(q(v)) + (1-y[i])*math.Log(1-q(v))) / 4
		}
		return sum
	}
	same := func(x float64) float64 { return x }
	for _, c := range []struct {
		loss       op.BatchLoss
		x, y, rows []float64
		want       float64
	}{
		{op.BatchLoss{Of: op.LossMSE}, z, p, nil,
			(0.3*0.3 + 1.6*1.6 + 1.9*1.9 + 0.4*0.4) / 4},
		{op.BatchLoss{Of: op.LossMSE}, z, p, []float64{3, 1},
			(3*(0.3*0.3+1.6*1.6) + 1.9*1.9 + 0.4*0.4) / 8},
		{op.BatchLoss{Of: op.LossBCELogits}, z, p, nil, two(sigmoid, z, p)},
		{op.BatchLoss{Of: op.LossBCE}, p, []float64{1, 0, 0, 1}, nil,
			two(same, p, []float64{1, 0, 0, 1})},
		{op.BatchLoss{Of: op.LossCELogits}, z, []float64{1, 0}, nil,
			(softmax(z[:2]) - z[1] + softmax(z[2:]) - z[2]) / 2},
		{op.BatchLoss{Of: op.LossCELogits, ClassWeights: op.FloatsOf(1, 3)}, z, []float64{1, 0}, nil,
			(3*(softmax(z[:2])-z[1]) + softmax(z[2:]) - z[2]) / 4},
		{op.BatchLoss{Of: op.LossCE}, p, []float64{0, 1}, nil, -(math.Log(0.6) + math.Log(0.9)) / 2},
	} {
		got, gradient, err := batchLossOf(t, c.loss, c.x, c.y, c.rows)
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 1e-12, c.loss)
		for i := range c.x {
			const h = 1e-6
			at := func(d float64) float64 {
				x := append([]float64(nil), c.x...)
				x[i] += d
				v, _, err := batchLossOf(t, c.loss, x, c.y, c.rows)
				require.NoError(t, err)
				return v
			}
			require.InDelta(t, (at(h)-at(-h))/(2*h), gradient[i], 1e-8, "%v, element %d", c.loss, i)
		}
	}
}

// TestBatchLossRefuses says what is wrong with shapes, and with a target.
func TestBatchLossRefuses(t *testing.T) {
	x := []float64{1, 2, 3, 4}
	for _, c := range []struct {
		of         op.LossOf
		y, weights []float64
		want       string
	}{
		{op.LossMSE, []float64{1, 2}, nil, "loss mse: a target of 1 columns does not go with 2 outputs"},
		{op.LossCELogits, []float64{0, 2}, nil,
			"the target 2 of row 1 is not the index of one of 2 classes"},
		{op.LossMSE, x, []float64{1, 2, 3}, "the loss mse of outputs [2 2] has weights [3]"},
		{op.LossMSE, x, []float64{0, 0}, "the weights of the batch are all 0 or not numbers"},
	} {
		_, _, err := batchLossOf(t, op.BatchLoss{Of: c.of}, x, c.y, c.weights)
		require.ErrorContains(t, err, c.want)
	}
}

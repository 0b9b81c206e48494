package nn_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// TestLossesOfLargeLogits checks the fused losses where exp overflows or a probability is 0 in the
// element type.
func TestLossesOfLargeLogits(t *testing.T) {
	t.Run("float32", requireStableLosses[float32])
	t.Run("float64", requireStableLosses[float64])
}

func requireStableLosses[T tensor.Float](t *testing.T) {
	for _, c := range []struct {
		loss            nn.Loss
		outputs, target []T
		value           float64
		gradient        []T
	}{
		{nn.CrossEntropyLogits, []T{1e4, -1e4}, []T{1}, 2e4, []T{1, -1}},
		{nn.CrossEntropyLogits, []T{1e4, -1e4}, []T{0}, 0, []T{0, 0}},
		{nn.CrossEntropyLogits, []T{-1e4, -1e4}, []T{0}, math.Ln2, []T{-0.5, 0.5}},
		{nn.CrossEntropyLogits, []T{1e4, -1e4, 0}, []T{0, 0.5, 0.5}, 1.5e4, []T{1, -0.5, -0.5}},
		{nn.BinaryCrossEntropyLogits, []T{1e4, -1e4}, []T{0, 1}, 1e4, []T{0.5, -0.5}},
		{nn.BinaryCrossEntropyLogits, []T{1e4, -1e4}, []T{1, 0}, 0, []T{0, 0}},
		{nn.BinaryCrossEntropyLogits, []T{0, 0}, []T{1, 0}, math.Ln2, []T{-0.25, 0.25}},
		{nn.CrossEntropy, []T{1, 0}, []T{1}, 100, []T{0, -1e12}},
		{nn.CrossEntropy, []T{1, 0}, []T{0}, 0, []T{-1, 0}},
		{nn.BinaryCrossEntropy, []T{1, 0}, []T{0, 1}, 100, []T{5e11, -5e11}},
		{nn.BinaryCrossEntropy, []T{1, 0}, []T{1, 0}, 0, []T{0, 0}},
	} {
		t.Run(fmt.Sprintf("%s of %v for %v", c.loss, c.outputs, c.target), func(t *testing.T) {
			value, gradient, err := nn.EvaluateLoss(c.loss,
				tensor.FromSlice(c.outputs, 1, len(c.outputs)),
				tensor.FromSlice(c.target, 1, len(c.target)))
			require.NoError(t, err)
			require.InDelta(t, c.value, value, 1e-6*max(1, c.value))
			for i, want := range c.gradient {
				require.InDelta(t, want, gradient.Data()[i], 1e-6*max(1, math.Abs(float64(want))))
			}
		})
	}
}

// TestLossesPropagateNaN checks that no loss hides an output that is not a number.
func TestLossesPropagateNaN(t *testing.T) {
	for _, name := range nn.Losses() {
		l, err := nn.ParseLoss(name)
		require.NoError(t, err)
		target, shape := tensor.FromSlice([]float32{0, 1, 0, 0, 1, 0}, 2, 3), []int{2, 3}
		switch name {
		case "triplet":
			target, shape = tensor.New[float32](1, 1), []int{1, 3, 2}
		case "ctc":
			target, shape = tensor.FromSlice([]float32{1, -1}, 1, 2), []int{1, 2, 3}
		}
		for i := range 6 {
			outputs := tensor.FromSlice([]float32{0.2, 0.3, 0.5, 0.1, 0.2, 0.7}, shape...)
			outputs.Data()[i] = float32(math.NaN())
			value, _, err := nn.EvaluateLoss(l, outputs, target)
			require.NoError(t, err)
			require.True(t, math.IsNaN(value), "%s, output %d", l, i)
		}
	}
}

func TestLossesRefuseTargetsThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		loss            nn.Loss
		outputs, target *tensor.Tensor[float64]
		weights         []float64
		want            string
	}{
		{nn.MSE, tensor.New[float64](2, 3), tensor.New[float64](2, 2), nil,
			"a target of 2 columns does not go with 3 outputs"},
		{nn.MSE, tensor.New[float64](2, 3), tensor.New[float64](3, 3), nil,
			"a target of shape [3 3]"},
		{nn.MSE, tensor.New[float64](2, 3), tensor.New[float64](3, 2).T(), nil, "contiguous"},
		{nn.MSE, tensor.New[float64](2, 3), tensor.New[float64](), nil, "a target of shape []"},
		{nn.MSE, tensor.New[float64](2, 3), nil, nil, "no target"},
		{nn.MSE, tensor.New[float64](2, 3), tensor.New[float64](2, 3), []float64{1},
			"1 sample weights for 2 rows"},
		{nn.MSE, tensor.New[float64](2, 3), tensor.New[float64](2, 3), []float64{0, 0},
			"weights of the batch"},
		{nn.MSE, tensor.New[float64](6), tensor.New[float64](6), nil, "outputs of shape [6]"},
		{nn.MSE.WithClassWeights(1), tensor.New[float64](2, 3), tensor.New[float64](2, 3), nil,
			"no classes to weight"},
		{nn.CrossEntropy, tensor.New[float64](2, 1), tensor.New[float64](2, 1), nil,
			"at least 2 outputs"},
		{nn.CrossEntropy, tensor.New[float64](2, 3), tensor.New[float64](2, 2), nil,
			"a target of 2 columns"},
		{nn.CrossEntropy, tensor.New[float64](1, 3), tensor.FromSlice([]float64{3}, 1, 1), nil,
			"the target 3 of row 0"},
		{nn.CrossEntropy, tensor.New[float64](1, 3), tensor.FromSlice([]float64{0.5}, 1, 1), nil,
			"the target 0.5 of row 0"},
		{nn.CrossEntropyLogits, tensor.New[float64](1, 3), tensor.FromSlice([]float64{3}, 1, 1),
			nil, "the target 3 of row 0"},
		{nn.CrossEntropyLogits, tensor.New[float64](1, 3), tensor.FromSlice([]float64{-1}, 1, 1),
			nil, "the target -1 of row 0"},
		{nn.CrossEntropyLogits, tensor.New[float64](2, 3),
			tensor.FromSlice([]float64{2, 0.5}, 2, 1), nil, "the target 0.5 of row 1"},
		{nn.CrossEntropyLogits, tensor.New[float64](1, 3),
			tensor.FromSlice([]float64{math.NaN()}, 1, 1), nil, "the target NaN of row 0"},
		{nn.CrossEntropy, tensor.New[float64](1, 3), tensor.FromSlice([]float64{-1}, 1, 1), nil,
			"the target -1 of row 0"},
		{nn.CrossEntropy, tensor.New[float64](1, 3), tensor.FromSlice([]float64{math.NaN()}, 1, 1),
			nil, "the target NaN of row 0"},
		{nn.CrossEntropy.WithClassWeights(1, 2), tensor.New[float64](1, 3),
			tensor.New[float64](1, 1), nil, "2 class weights for 3 outputs"},
		{nn.CrossEntropy.WithClassWeights(1, 2, -3), tensor.New[float64](1, 3),
			tensor.New[float64](1, 1), nil, "class weight -3"},
		{nn.BinaryCrossEntropy, tensor.New[float64](2, 1), tensor.FromSlice([]float64{0, 2}, 2, 1),
			nil, "the target 2 of row 1"},
		{nn.BinaryCrossEntropy.WithClassWeights(1), tensor.New[float64](2, 1),
			tensor.New[float64](2, 1), nil, "it takes two"},
		{nn.Loss{}, tensor.New[float64](2, 1), tensor.New[float64](2, 1), nil,
			"the loss is missing"},
	} {
		_, _, err := nn.EvaluateLoss(c.loss, c.outputs, c.target, c.weights...)
		require.ErrorContains(t, err, c.want)
	}
}

// TestTargetsOfOneDimension checks that a vector serves as a column.
func TestTargetsOfOneDimension(t *testing.T) {
	outputs := tensor.FromSlice([]float64{1, 2, 3}, 3, 1)
	value, _, err := nn.EvaluateLoss(nn.MSE, outputs, tensor.FromSlice([]float64{1, 2, 6}, 3))
	require.NoError(t, err)
	require.Equal(t, 3.0, value)
}

// TestStepsReturnTheirOwnLoss takes steps by each loss, whatever comes first in its graph, the sum
// or what divides it: one whose loss is NaN changes nothing.
func TestStepsReturnTheirOwnLoss(t *testing.T) {
	x, values := random[float64](source(1), 4, 3), random[float64](source(3), 4, 4)
	indices := classes[float64](source(2), 4, 4)
	for _, l := range []nn.Loss{nn.CrossEntropyLogits, nn.CrossEntropyLogits.WithIgnored(-1),
		nn.CrossEntropyLogits.WithSmoothing(0.1), nn.MSE, nn.L1, nn.Huber(1), nn.Hinge, nn.Focal(0.25, 2),
		nn.CosineDistance} {
		y := values
		if strings.HasPrefix(l.String(), "ce") {
			y = indices
		}
		m := build(t, nn.NewModel[float64](l, nn.WithOptimizer(nn.SGD(0.01))),
			nn.NewDense(3, 4, nn.Linear))
		w := workspace(t, m, 4)
		for range 2 {
			want, _, err := nn.EvaluateLoss(l, must(m.Predict(x)), y)
			require.NoError(t, err)
			got, err := m.Step(w, x, y)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-12, l)
		}
		before, wrong := m.ParamsSHA256(), tensor.New[float64](4, 3)
		wrong.Fill(math.NaN())
		got, err := m.Step(w, wrong, y)
		require.NoError(t, err)
		require.True(t, math.IsNaN(got), l)
		require.Equal(t, before, m.ParamsSHA256(), l)
	}
}

package nn_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

func TestAddRefusesLayersThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		layers []nn.Layer
		want   string
	}{
		{[]nn.Layer{nn.NewDense(2, 3, nn.ReLU),
			nn.NewDense(4, 1, nn.Linear)},
			"nn: layer 2 (Dense 4 → 1, linear): it takes 4 inputs a row, not [batch 3]; " +
				"layer 1 (Dense 2 → 3, relu) gives float32[batch 3]"},
		{[]nn.Layer{nn.NewDense(2, 0, nn.ReLU)},
			"nn: layer 1 (Dense 2 → 0, relu): a layer needs at least 1 input and 1 output"},
		{[]nn.Layer{nn.NewDense(-2, 1, nn.ReLU)}, "at least 1 input"},
		{[]nn.Layer{nn.NewDense(1<<30, 1<<30, nn.ReLU)},
			"nn: layer 1 (Dense 1073741824 → 1073741824, relu): its weight needs " +
				"4611686018427387904 bytes (4 EiB), but this machine has "},
		{[]nn.Layer{nn.NewDense(2, 1, nn.Activation{})},
			"the activation is missing"},
		{[]nn.Layer{nn.NewDense(2, 1, nn.ReLU, nn.WithInit(nn.Init{}))},
			"the initialisation is missing"},
	} {
		require.ErrorContains(t, nn.NewModel[float32](nn.MSE).Add(c.layers...), c.want)
	}
}

func TestCheckNamesWhatCannotRun(t *testing.T) {
	dense := func(out int, a nn.Activation) nn.Layer {
		return nn.NewDense(2, out, a)
	}
	for _, c := range []struct {
		model *nn.Model[float64]
		last  nn.Layer
		want  string
	}{
		{nn.NewModel[float64](nn.CrossEntropy), dense(1, nn.Softmax), "at least 2 outputs"},
		{nn.NewModel[float64](nn.CrossEntropy), dense(3, nn.Linear), "takes probabilities, " +
			"but the last layer ends with linear: end with softmax, or use the loss ce_logits"},
		{nn.NewModel[float64](nn.BinaryCrossEntropy), dense(1, nn.Tanh),
			"end with sigmoid, or use the loss bce_logits"},
		{nn.NewModel[float64](nn.CrossEntropyLogits), dense(3, nn.Softmax),
			"nn: the loss ce_logits takes logits, " +
				"but the last layer ends with softmax: " +
				"end with linear, or with softmax and use the loss ce"},
		{nn.NewModel[float64](nn.CrossEntropyLogits), dense(3, nn.Sigmoid),
			"ends with sigmoid: end with linear, or with softmax and use the loss ce"},
		{nn.NewModel[float64](nn.BinaryCrossEntropyLogits), dense(1, nn.Sigmoid),
			"nn: the loss bce_logits takes logits, " +
				"but the last layer ends with sigmoid: " +
				"end with linear, or with sigmoid and use the loss bce"},
		{nn.NewModel[float64](nn.BinaryCrossEntropyLogits), dense(3, nn.Softmax),
			"ends with softmax: end with linear, or with sigmoid and use the loss bce"},
		{nn.NewModel[float64](nn.CrossEntropy), dense(3, nn.Sigmoid),
			"nn: the loss ce takes probabilities that add up to 1, " +
				"but the last layer ends with sigmoid: end with softmax, or use the loss bce"},
		{nn.NewModel[float64](nn.BinaryCrossEntropy), dense(1, nn.Softmax),
			"nn: the last layer ends with softmax of 1 output, " +
				"which is always 1: end with sigmoid and use the loss bce, or with linear and mse"},
		{nn.NewModel[float64](nn.MSE), dense(1, nn.Softmax),
			"end with sigmoid and use the loss bce, or with linear and mse"},
		{nn.NewModel[float64](nn.CrossEntropy.WithClassWeights(1)), dense(3, nn.Softmax),
			"1 class weights for 3 outputs"},
		{nn.NewModel[float64](nn.Loss{}), dense(1, nn.Linear), "the loss is missing"},
		{nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.Optimizer{})), dense(1, nn.Linear),
			"the optimizer is missing"},
		{nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SGD(math.Inf(1)))), dense(1, nn.Linear),
			"learning rate"},
		{nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.Momentum(1, 1))), dense(1, nn.Linear),
			"momentum"},
		{nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.Adam(1).WithBetas(0.9, 1))),
			dense(1, nn.Linear), "betas"},
		{nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SGD(1).WithWeightDecay(-1))),
			dense(1, nn.Linear), "weight decay"},
	} {
		require.ErrorContains(t, build(t, c.model, c.last).Check(), c.want)
		_, err := c.model.NewWorkspace(1)
		require.ErrorContains(t, err, c.want)
		_, err = c.model.Predict(tensor.New[float64](1, 2))
		require.NoError(t, err, "a prediction needs neither loss nor optimizer")
	}
}

// TestCheckNamesSettingsBeyondTheType refuses in float32 what float64 takes.
func TestCheckNamesSettingsBeyondTheType(t *testing.T) {
	adam := nn.Adam(0.1)
	for _, c := range []struct {
		loss      nn.Loss
		optimizer nn.Optimizer
		want      string
	}{
		{nn.BinaryCrossEntropy, adam.WithEpsilon(1e-60), "the epsilon 1e-60 is 0 in float32"},
		{nn.BinaryCrossEntropy, adam.WithEpsilon(1e39), "the epsilon 1e+39 is +Inf in float32"},
		{nn.BinaryCrossEntropy, nn.SGD(1e-60), "sgd(lr 1e-60): the learning rate 1e-60 is 0 in float32"},
		{nn.BinaryCrossEntropy, nn.SGD(1e39), "the learning rate 1e+39 is +Inf in float32"},
		{nn.BinaryCrossEntropy, nn.AdamW(0.1).WithWeightDecay(1e39), "the weight decay 1e+39 is +Inf"},
		{nn.BinaryCrossEntropy, nn.Momentum(0.1, 1-1e-9), "the momentum 0.999999999 is 1 in float32"},
		{nn.BinaryCrossEntropy, adam.WithBetas(0.9, 1-1e-9), "the beta2 0.999999999 is 1 in float32"},
		{nn.BinaryCrossEntropy.WithClassWeights(1, 1e-60), adam,
			"the class weight 1e-60 is 0 in float32"},
		{nn.BinaryCrossEntropy.WithClassWeights(1e39, 1), adam, "weight 1e+39 is +Inf in float32"},
	} {
		narrow := nn.NewModel[float32](c.loss, nn.WithOptimizer(c.optimizer))
		require.NoError(t, narrow.Add(nn.NewDense(2, 1, nn.Sigmoid)))
		require.ErrorContains(t, narrow.Check(), c.want)
		wide := nn.NewModel[float64](c.loss, nn.WithOptimizer(c.optimizer))
		require.NoError(t, wide.Add(nn.NewDense(2, 1, nn.Sigmoid)))
		require.NoError(t, wide.Check())
	}
	for _, o := range []nn.Optimizer{adam.WithEpsilon(math.Inf(1)),
		adam.WithWeightDecay(math.Inf(1))} {
		m := nn.NewModel[float64](nn.MSE, nn.WithOptimizer(o))
		require.NoError(t, m.Add(nn.NewDense(2, 1, nn.Linear)))
		require.ErrorContains(t, m.Check(), " +Inf is +Inf in float64")
	}
	for _, a := range []nn.Activation{nn.LeakyReLU(1e-60), nn.ELU(1e39), nn.LeakyReLU(math.NaN())} {
		err := nn.NewModel[float32](nn.MSE).Add(nn.NewDense(2, 1, a))
		require.ErrorContains(t, err, "the activation "+a.String()+": the parameter")
		require.ErrorContains(t, err, " in float32")
	}
}

// TestCheckAcceptsEveryFittingPair builds what the refusals name, and pairs that are rarer but
// train.
func TestCheckAcceptsEveryFittingPair(t *testing.T) {
	for _, c := range []struct {
		loss       nn.Loss
		activation nn.Activation
		outputs    int
	}{
		{nn.CrossEntropy, nn.Softmax, 3}, {nn.CrossEntropyLogits, nn.Linear, 3},
		{nn.BinaryCrossEntropy, nn.Sigmoid, 1}, {nn.BinaryCrossEntropy, nn.Sigmoid, 3},
		{nn.BinaryCrossEntropyLogits, nn.Linear, 1}, {nn.BinaryCrossEntropy, nn.Softmax, 3},
		{nn.MSE, nn.Linear, 1}, {nn.MSE, nn.Sigmoid, 1}, {nn.MSE, nn.Softmax, 3},
	} {
		m := build(t, nn.NewModel[float32](c.loss), nn.NewDense(4, 5, nn.Sigmoid),
			nn.NewDense(5, c.outputs, c.activation))
		require.NoError(t, m.Check(), "%s after %s", c.loss, c.activation)
	}
}

func TestStepRefusesWhatDoesNotFit(t *testing.T) {
	m := linear(t, 0.1)
	w := workspace(t, m, 4)
	_, err := m.NewWorkspace(0)
	require.ErrorContains(t, err, "at least 1")
	_, err = m.Forward(w, tensor.New[float64](4, 3))
	require.ErrorContains(t, err, "an input of shape [4 3]; the model takes (rows, 2)")
	_, err = m.Forward(w, tensor.New[float64](5, 2))
	require.ErrorContains(t, err, "a batch of 5 rows; the workspace takes 1 to 4")
	_, err = m.Forward(w, tensor.New[float64](0, 2))
	require.ErrorContains(t, err, "a batch of 0 rows")
	_, err = linear(t, 0.1).Forward(w, tensor.New[float64](4, 2))
	require.ErrorContains(t, err, "another model")
	_, err = m.Predict(tensor.New[float64](2))
	require.ErrorContains(t, err, "an input of shape [2]")
	_, err = m.Backward(w, tensor.New[float64](4, 1))
	require.ErrorContains(t, err, "no Forward")
	require.ErrorContains(t, m.BackwardFrom(w, tensor.New[float64](4, 1)), "no Forward")
	require.ErrorContains(t, m.Update(w), "without a Backward")
	_, err = m.Forward(w, tensor.New[float64](4, 2))
	require.NoError(t, err)
	require.ErrorContains(t, m.BackwardFrom(w, tensor.New[float64](3, 1)),
		"an upstream gradient of shape [3 1]")
	require.NoError(t, m.Add(nn.NewDense(1, 1, nn.Linear)))
	_, err = m.Forward(w, tensor.New[float64](4, 2))
	require.ErrorContains(t, err, "before the model's last layer was added")
}

// TestStepIsForwardBackwardUpdate compares one call with three, and checks the default learning
// rate of 0.001.
func TestStepIsForwardBackwardUpdate(t *testing.T) {
	x, y := random[float64](source(1), 4, 2), random[float64](source(2), 4, 1)
	whole, parts := linear(t, nn.DefaultLearningRate),
		build(t, nn.NewModel[float64](nn.MSE), nn.NewDense(2, 1, nn.Linear))
	loss, err := whole.Step(workspace(t, whole, 4), x, y)
	require.NoError(t, err)

	before := parts.Parameters()[0].Value.Clone().Data()
	w := workspace(t, parts, 4)
	_, err = parts.Forward(w, x)
	require.NoError(t, err)
	same, err := parts.Backward(w, y)
	require.NoError(t, err)
	gradient := w.Gradients()[0].Value.Clone().Data()
	require.NoError(t, parts.Update(w))
	require.Equal(t, loss, same)
	require.Equal(t, whole.ParamsSHA256(), parts.ParamsSHA256())
	for i, v := range parts.Parameters()[0].Value.Clone().Data() {
		require.InDelta(t, before[i]-0.001*gradient[i], v, 1e-15)
	}
	require.ErrorContains(t, parts.Update(w), "without a Backward", "a gradient is used once")
}

// TestFusedModelPredictsProbabilities compares a model that fuses its last activation with the loss
// with one that does not.
func TestFusedModelPredictsProbabilities(t *testing.T) {
	x := random[float64](source(3), 6, 4)
	fused := build(t, nn.NewModel[float64](nn.CrossEntropy, nn.WithSeed(5)),
		nn.NewDense(4, 3, nn.Softmax))
	plain := build(t, nn.NewModel[float64](nn.MSE, nn.WithSeed(5)),
		nn.NewDense(4, 3, nn.Softmax))
	a, err := fused.Predict(x)
	require.NoError(t, err)
	b, err := plain.Predict(x)
	require.NoError(t, err)
	require.Equal(t, b.Data(), a.Data())
	sum := 0.0
	for _, p := range a.Row(0) {
		sum += p
	}
	require.InDelta(t, 1, sum, 1e-15)
}

// TestParamsSHA256 computes the sum from W in its logical order, then b.
func TestParamsSHA256(t *testing.T) {
	m := build(t, nn.NewModel[float32](nn.MSE), nn.NewDense(2, 3, nn.ReLU),
		nn.NewDense(3, 1, nn.Linear))
	hash := sha256.New()
	for i, name := range []string{"0.weight", "0.bias", "2.weight", "2.bias"} {
		p := m.Parameters()[i]
		require.Equal(t, name, p.Name)
		for j := range p.Value.Dim(0) {
			if p.Value.Rank() == 1 {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, p.Value.At(j)))
				continue
			}
			for k := range p.Value.Dim(1) {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, p.Value.At(j, k)))
			}
		}
	}
	require.Equal(t, hex.EncodeToString(hash.Sum(nil)), m.ParamsSHA256())
}

// TestSetLearningRateKeepsTheState compares a run whose rate is set to what it was with one that is
// left alone, and one with a fresh optimizer.
func TestSetLearningRateKeepsTheState(t *testing.T) {
	x, y := random[float64](source(1), 4, 2), random[float64](source(2), 4, 1)
	run := func(between func(*nn.Model[float64])) string {
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.Adam(0.1))),
			nn.NewDense(2, 1, nn.Linear))
		w := workspace(t, m, 4)
		for range 2 {
			_, err := m.Step(w, x, y)
			require.NoError(t, err)
			between(m)
		}
		return m.ParamsSHA256()
	}
	alone := run(func(*nn.Model[float64]) {})
	require.Equal(t, alone, run(func(m *nn.Model[float64]) { m.SetLearningRate(0.1) }))
	require.NotEqual(t, alone, run(func(m *nn.Model[float64]) { m.SetLearningRate(0.2) }))
	require.NotEqual(t, alone, run(func(m *nn.Model[float64]) { m.SetOptimizer(nn.Adam(0.1)) }))
}

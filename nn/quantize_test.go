package nn_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph/quantize"
	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// digits are pixels from 0 to 1 and classes of the handwritten digits: most for training, the
// others for tests.
type digits struct{ x, y, testX, testY *tensor.Tensor[float32] }

func readDigits(t *testing.T) digits {
	d, err := data.Digits()
	require.NoError(t, err)
	n := d.X.Dim(0)
	x, y := tensor.New[float32](n, 64), tensor.New[float32](n, 1)
	for i, v := range d.X.Clone().Data() {
		x.Data()[i] = float32(v) / 16
	}
	for i, v := range d.Y.Clone().Data() {
		y.Data()[i] = float32(v)
	}
	const first = 1400
	return digits{x.Slice(0, first).Clone(), y.Slice(0, first).Clone(), x.Slice(first, n).Clone(),
		y.Slice(first, n).Clone()}
}

// fit trains a model on the digits.
func (d digits) fit(t *testing.T, m *nn.Model[float32], epochs int, images bool) {
	x := d.x
	if images {
		x = x.Reshape(x.Dim(0), 1, 8, 8)
	}
	loader, err := data.NewLoader(x, d.y, data.LoaderOptions{BatchSize: 32, Shuffle: true, Seed: 1})
	require.NoError(t, err)
	trainer := nn.Trainer[float32]{Model: m, Epochs: epochs}
	_, err = trainer.Fit(context.Background(), loader, nil)
	require.NoError(t, err)
}

// accuracy returns the share of the test digits whose class is the most probable.
func (d digits) accuracy(t *testing.T, m *nn.Model[float32], images bool) float64 {
	x := d.testX
	if images {
		x = x.Reshape(x.Dim(0), 1, 8, 8)
	}
	y, err := m.Predict(x)
	require.NoError(t, err)
	right := 0
	for i := range y.Dim(0) {
		best := 0
		for j, p := range y.Row(i) {
			if p > y.Row(i)[best] {
				best = j
			}
		}
		if best == int(d.testY.Data()[i]) {
			right++
		}
	}
	return float64(right) / float64(y.Dim(0))
}

// quantizeCases are ways to quantise, and what they may cost in accuracy.
var quantizeCases = []struct {
	name   string
	o      quantize.Options
	within float64
}{
	{"dynamic", quantize.Options{}, 0.01},
	{"static", quantize.Options{Method: quantize.Static}, 0.01},
	{"static, symmetric, per tensor", quantize.Options{Method: quantize.Static, Symmetric: true,
		PerTensor: true}, 0.015},
	{"percentile", quantize.Options{Method: quantize.Static, Calibration: quantize.Percentile}, 0.01},
	{"mse", quantize.Options{Method: quantize.Static, Calibration: quantize.MSE}, 0.01},
	{"bf16", quantize.Options{Method: quantize.BFloat16}, 0.01},
	{"f16", quantize.Options{Method: quantize.Float16}, 0.005},
	{"u8", quantize.Options{Method: quantize.Uint8}, 0.005},
	{"u4", quantize.Options{Method: quantize.Uint4}, 0.02},
}

// TestQuantizeDigits quantises a perceptron and a convolutional network and compares what they
// reach; the quantised models are saved, loaded and frozen without another bit, and predict each
// row alone as in a batch.
func TestQuantizeDigits(t *testing.T) {
	d := readDigits(t)
	epochs := 8
	if testing.Short() {
		epochs = 3
	}
	shapes := map[string][]int{"dense": {64}, "convolutions": {1, 8, 8}}
	for name, layers := range map[string][]nn.Layer{
		"dense": {nn.NewDense(64, 48, nn.ReLU), nn.NewDense(48, 32, nn.Tanh),
			nn.NewDense(32, 10, nn.Softmax)},
		"convolutions": {nn.NewConv2D(1, 8, 3, nn.ReLU, nn.WithPadding(1)),
			nn.NewMaxPool2D(2), nn.NewConv2D(8, 16, 3, nn.ReLU, nn.WithPadding(1)), nn.Flatten{},
			nn.NewDense(256, 10, nn.Softmax)},
	} {
		images := name == "convolutions"
		m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithSeed(2),
			nn.WithOptimizer(nn.Adam(3e-3)), nn.WithInput(shapes[name]...)), layers...)
		d.fit(t, m, epochs, images)
		before := d.accuracy(t, m, images)
		require.Greater(t, before, 0.85)
		x := d.x.Slice(0, 200).Clone()
		if images {
			x = x.Reshape(200, 1, 8, 8)
		}
		for _, c := range quantizeCases {
			t.Run(name+" "+c.name, func(t *testing.T) {
				q, report, err := nn.Quantize(m, c.o, x)
				require.NoError(t, err)
				require.Len(t, report.Nodes, len(m.Parameters())/2)
				for _, n := range report.Nodes {
					require.LessOrEqual(t, n.Bits, 16.0)
					require.Greater(t, n.Weights, 20.0)
					require.Greater(t, n.Output, 15.0)
				}
				require.Less(t, report.After, report.Before*9/10)
				after := d.accuracy(t, q, images)
				require.InDelta(t, before, after, c.within)
				requireSavedAndFrozen(t, q, x)
			})
		}
	}
}

// requireSavedAndFrozen checks that copies of a model predict its bits, and a row alone those that
// it has in a batch.
func requireSavedAndFrozen(t *testing.T, m *nn.Model[float32], x *tensor.Tensor[float32]) {
	path := filepath.Join(t.TempDir(), "q.safetensors")
	require.NoError(t, m.Save(path))
	loaded, err := nn.Load[float32](path)
	require.NoError(t, err)
	frozen, err := m.Freeze()
	require.NoError(t, err)
	want, err := m.Predict(x)
	require.NoError(t, err)
	got, err := loaded.Predict(x)
	require.NoError(t, err)
	require.Equal(t, want.Data(), got.Data())
	got, err = frozen.Predict(x)
	require.NoError(t, err)
	require.Equal(t, want.Data(), got.Data())
	one, err := frozen.Predict(x.Slice(7, 8).Clone())
	require.NoError(t, err)
	require.Equal(t, want.Row(7), one.Row(0))
	p, err := frozen.NewPredictor()
	require.NoError(t, err)
	for range 40 { // until its plans have tried their ways
		_, err = p.Predict(x)
		require.NoError(t, err)
	}
	require.Zero(t, testing.AllocsPerRun(5, func() { _, _ = p.Predict(x) }))
}

// TestFakeQuantized trains for two bits from a network that two bits spoil: most of what they lost
// comes back, the rounded weights are what is predicted with, saved and loaded, and a frozen copy
// and one quantised to eight bits predict nearly the same.
func TestFakeQuantized(t *testing.T) {
	d := readDigits(t)
	epochs := 8
	if testing.Short() {
		epochs = 4
	}
	layers := []nn.Layer{nn.NewDense(64, 48, nn.ReLU), nn.NewDense(48, 10, nn.Softmax)}
	options := []nn.Option{nn.WithSeed(2), nn.WithOptimizer(nn.Adam(3e-3))}
	m := build(t, nn.NewModel[float32](nn.CrossEntropy, options...), layers...)
	d.fit(t, m, epochs, false)
	before := d.accuracy(t, m, false)
	few := build(t, nn.NewModel[float32](nn.CrossEntropy, options...),
		nn.NewFakeQuantized(2, layers...))
	spoiled := d.accuracy(t, few, false)
	require.Less(t, spoiled, before-0.05)
	d.fit(t, few, epochs, false)
	after := d.accuracy(t, few, false)
	require.Greater(t, after, (spoiled+before)/2)
	require.Greater(t, after, before-0.05)

	weights := few.Parameters()[0]
	require.Equal(t, "0.0.weight", weights.Name)
	levels := map[float32]bool{}
	for _, v := range weights.Data {
		levels[v] = true
	}
	require.Greater(t, len(levels), 1000, "the parameters themselves are not rounded")
	x := d.testX.Slice(0, 40).Clone()
	requireSavedAndFrozen(t, few, x)
	q, _, err := nn.Quantize(few, quantize.Options{}, x)
	require.NoError(t, err)
	require.InDelta(t, after, d.accuracy(t, q, false), 0.01)
	err = nn.NewModel[float32](nn.MSE).Add(nn.NewFakeQuantized(1, nn.NewDense(2, 1, nn.Linear)))
	require.ErrorContains(t, err, "weights of 1 bits, not of 2 to 16")
}

// TestRunningRange trains with weights and values of eight bits: integers within the ranges that
// the training found, without samples, predict the same.
func TestRunningRange(t *testing.T) {
	d := readDigits(t)
	m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithSeed(2),
		nn.WithOptimizer(nn.Adam(3e-3)), nn.WithInput(64)),
		nn.NewFakeQuantized(8, nn.NewRunningRange(8), nn.NewDense(64, 48, nn.ReLU),
			nn.NewRunningRange(8), nn.NewDense(48, 10, nn.Softmax)))
	d.fit(t, m, 4, false)
	require.Greater(t, d.accuracy(t, m, false), 0.85)
	requireSavedAndFrozen(t, m, d.testX.Slice(0, 40).Clone())
	q, _, err := nn.Quantize(m, quantize.Options{Method: quantize.Static})
	require.NoError(t, err)
	want, err := m.Predict(d.testX)
	require.NoError(t, err)
	got, err := q.Predict(d.testX)
	require.NoError(t, err)
	for i, v := range want.Data() {
		require.InDelta(t, v, got.Data()[i], 1e-3, "a bias is rounded")
	}
	for _, bad := range []*nn.RunningRange{nn.NewRunningRange(1), nn.NewRunningRange(17), {Bits: 8}} {
		err := nn.NewModel[float32](nn.MSE, nn.WithInput(4)).Add(bad)
		require.ErrorContains(t, err, "bits, not of 2 to 16, or the momentum")
	}
	_, _, err = nn.Quantize(q, quantize.Options{})
	require.ErrorContains(t, err, "integers of few bits, or halves, already")
}

// TestRunningRangeEqualsPyTorch compares what a range makes of the same numbers after each batch.
func TestRunningRangeEqualsPyTorch(t *testing.T) {
	type following struct{ Batch, X, Y [][]float64 }
	tensorOf := func(rows [][]float64) *tensor.Tensor[float64] {
		return tensor.FromSlice(slices.Concat(rows...), len(rows), len(rows[0]))
	}
	r := nn.NewRunningRange(4)
	r.Momentum = 0.1
	m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SGD(1e-300)),
		nn.WithInput(5)), r, nn.NewDense(5, 5, nn.Linear))
	for _, p := range m.Parameters() {
		for i := range p.Data { // the identity
			p.Data[i] = 0
			if len(p.Data) == 25 && i%6 == 0 {
				p.Data[i] = 1
			}
		}
	}
	for _, c := range golden.Read[following](t, "training/ranges.json") {
		trainer := nn.Trainer[float64]{Model: m, Epochs: 1}
		batch := tensorOf(c.Batch)
		_, err := trainer.Fit(context.Background(), batches[float64]{batch, batch, batch.Dim(0)}, nil)
		require.NoError(t, err)
		y, err := m.Predict(tensorOf(c.X))
		require.NoError(t, err)
		for i, v := range slices.Concat(c.Y...) {
			require.InDelta(t, v, y.Data()[i], 1e-6)
		}
	}
}

package nn_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/tensor"
)

// goldenOptionLoss is a loss with its parameters, of outputs of any shape.
type goldenOptionLoss struct {
	Loss                      string
	Outputs, Target, Gradient goldenValues
	Value                     float64
	ClassWeights              []float64
}

// TestLossesWithOptionsEqualPyTorch compares values and gradients, and parses the names.
func TestLossesWithOptionsEqualPyTorch(t *testing.T) {
	for _, c := range golden.Read[goldenOptionLoss](t, "training/losses.json") {
		l, err := nn.ParseLoss(c.Loss)
		require.NoError(t, err)
		require.Equal(t, c.Loss, l.String())
		if c.ClassWeights != nil {
			l = l.WithClassWeights(c.ClassWeights...)
		}
		value, gradient, err := nn.EvaluateLoss(l, c.Outputs.tensor(), c.Target.tensor())
		require.NoError(t, err, c.Loss)
		require.InDelta(t, c.Value, value, 1e-12*max(1, c.Value), c.Loss)
		requireClose(t, c.Gradient, gradient, c.Loss)
	}
}

// TestIgnoredClassesEndWithSoftmax trains with padding whose outputs don't matter, whether the
// layers end with softmax or with logits, and keeps the options in the model's file.
func TestIgnoredClassesEndWithSoftmax(t *testing.T) {
	x, y := random[float64](source(1), 12, 3), classes[float64](source(2), 12, 4)
	y.Slice(8, 12).Fill(-1)
	train := func(l nn.Loss, last nn.Activation, rows int) *nn.Model[float64] {
		m := build(t, nn.NewModel[float64](l.WithIgnored(-1).WithSmoothing(0.1), nn.WithSeed(2),
			nn.WithOptimizer(nn.SGD(0.1))), nn.NewDense(3, 4, last, nn.WithInit(nn.GlorotUniform)))
		trainer := nn.Trainer[float64]{Model: m, Epochs: 5}
		h, err := trainer.Fit(context.Background(),
			batches[float64]{x.Slice(0, rows), y.Slice(0, rows), 12}, nil)
		require.NoError(t, err)
		require.False(t, math.IsNaN(h.Epochs[4].TrainMetric))
		return m
	}
	want := train(nn.CrossEntropyLogits, nn.Linear, 8)
	for _, m := range []*nn.Model[float64]{train(nn.CrossEntropyLogits, nn.Linear, 12),
		train(nn.CrossEntropy, nn.Softmax, 12)} {
		for i, p := range m.Parameters() {
			requireWithin(t, want.Parameters()[i].Data, p.Data, 1e-12, p.Name)
		}
	}
	path := filepath.Join(t.TempDir(), "m")
	require.NoError(t, want.Save(path))
	loaded, err := nn.Load[float64](path)
	require.NoError(t, err)
	require.Equal(t, "ce_logits:0.1,-1", loaded.Loss().String())
}

func TestLossesRefuse(t *testing.T) {
	for name, want := range map[string]string{"huber:a": `"a" is not a number`,
		"huber:1,2": "doesn't take 2 parameters", "mse:1": "doesn't take 1 parameters",
		"hubert": `unknown loss "hubert"`} {
		_, err := nn.ParseLoss(name)
		require.ErrorContains(t, err, want)
	}
	x := tensor.New[float64](2, 3)
	for want, l := range map[string]nn.Loss{
		"its parameter must be positive and finite": nn.Huber(0),
		"no classes to smooth or to ignore":         nn.MSE.WithSmoothing(0.1),
		"a smoothing of 2":                          nn.CrossEntropyLogits.WithSmoothing(2),
		"no classes to weight":                      nn.L1.WithClassWeights(1, 2),
		"takes outputs (rows, 3, n)":                nn.Triplet(1),
		"alpha must be at most 1":                   nn.Focal(2, 1),
	} {
		_, _, err := nn.EvaluateLoss(l, x, x)
		require.ErrorContains(t, err, want)
	}
	_, _, err := nn.EvaluateLoss(nn.L1, x, tensor.New[float64](2, 1))
	require.ErrorContains(t, err, "a target of 1 numbers a row; the loss takes 3")
	_, _, err = nn.EvaluateLoss(nn.CrossEntropyLogits.WithSmoothing(0.1), x, x)
	require.ErrorContains(t, err, "a target of 3 numbers a row; the loss takes 1")
}

// TestTargetsThatAreNoClasses are errors, not other classes.
func TestTargetsThatAreNoClasses(t *testing.T) {
	for _, target := range []float64{-1, 3, 0.5, math.NaN(), math.Inf(1)} {
		_, _, err := nn.EvaluateLoss(nn.CrossEntropyLogits.WithIgnored(-100), tensor.New[float64](2, 3),
			tensor.FromSlice([]float64{0, target}, 2, 1))
		require.ErrorContains(t, err, "of row 1 is not the index of one of 3 classes")
	}
	_, _, err := nn.EvaluateLoss(nn.CTC, tensor.New[float64](1, 4, 3),
		tensor.FromSlice([]float64{1, 3}, 1, 2))
	require.ErrorContains(t, err, "the target 3 of row 0 is not the index")
}

// TestMetricsOfClassesEqualScikitLearn compares every metric of classes and rankings, also with
// rows between of a class that is ignored.
func TestMetricsOfClassesEqualScikitLearn(t *testing.T) {
	type score struct {
		Metric             string
		Prediction, Target [][]float64
		Value              float64
	}
	averaged := map[string]func(nn.Average) nn.Metric{"precision": nn.Precision, "recall": nn.Recall,
		"f1": nn.F1}
	plain := map[string]nn.Metric{"roc_auc": nn.ROCAUC, "average_precision": nn.AveragePrecision,
		"top1": nn.TopK(1), "top2": nn.TopK(2), "top3": nn.TopK(3)}
	for _, c := range golden.Read[score](t, "training/metrics.json") {
		m := plain[c.Metric]
		if name, average, ok := strings.Cut(c.Metric, " "); ok {
			m = averaged[name](nn.Average(average))
		}
		require.Equal(t, c.Metric, m.String())
		a, others := m.New(), nn.IgnoringClass(m, -100)
		require.Equal(t, c.Metric, others.String())
		of := others.New()
		for i := range c.Target {
			a.Add(c.Prediction[i], c.Target[i])
			of.Add(c.Prediction[len(c.Target)-1-i], []float64{-100})
			of.Add(c.Prediction[i], c.Target[i])
		}
		require.InDelta(t, c.Value, a.Value(), 1e-12, c.Metric)
		require.Equal(t, a.Value(), of.Value(), c.Metric)
	}
	type confusion struct {
		Prediction, Target [][]float64
		Counts             [][]int
	}
	for _, c := range golden.Read[confusion](t, "training/confusion.json") {
		got := nn.NewConfusion(4)
		for i := range c.Target {
			got.Add(c.Prediction[i], c.Target[i])
		}
		require.Equal(t, c.Counts, got.Counts)
		require.Equal(t, 4, strings.Count(got.String(), "\n"))
	}
	nan := nn.ROCAUC.New()
	nan.Add([]float64{math.NaN()}, []float64{1})
	require.True(t, math.IsNaN(nan.Value()))
}

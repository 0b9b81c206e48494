package nn_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/tensor"
)

// twoHeads takes an image and its features, and gives a class and a number.
type twoHeads struct {
	image, features *nn.Dense
	class, number   *nn.Dense
}

func newTwoHeads() *twoHeads {
	return &twoHeads{nn.NewDense(6, 5, nn.ReLU), nn.NewDense(3, 5, nn.Tanh),
		nn.NewDense(5, 4, nn.Softmax), nn.NewDense(5, 1, nn.Linear)}
}

func (n *twoHeads) Apply(b *nn.Builder, in []*graph.Value) []*graph.Value {
	image := b.Layer("image", n.image, op.Flatten(b.Builder, in[0], 1, -1))
	h := op.Add(b.Builder, image, b.Layer("features", n.features, in[1]))
	return []*graph.Value{b.Layer("class", n.class, h), b.Layer("number", n.number, h)}
}

// columns are batches of any number of tensors.
type columns[T tensor.Float] []*tensor.Tensor[T]

func (c columns[T]) Len() int { return 1 }

func (c columns[T]) Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]] {
	return func(yield func(x, y *tensor.Tensor[T]) bool) { yield(c[0], c[1]) }
}

func (c columns[T]) Batches() iter.Seq[[]*tensor.Tensor[T]] {
	return func(yield func([]*tensor.Tensor[T]) bool) { yield(c) }
}

func headsModel(t *testing.T, options ...nn.Option) *nn.Model[float64] {
	m, err := nn.NewNetworkModel[float64](newTwoHeads(), [][]int{{2, 3}, {3}},
		[]nn.Objective{{Loss: nn.CrossEntropy}, {Loss: nn.MSE, Weight: 0.5}}, options...)
	require.NoError(t, err)
	return m
}

// TestSeveralInputsAndOutputs trains two heads at once and checks the whole loss, the predictions
// in several batches, and what a step does to each parameter by central differences.
func TestSeveralInputsAndOutputs(t *testing.T) {
	r := source(1)
	x1, x2 := random[float64](r, 7, 2, 3), random[float64](r, 7, 3)
	y1, y2 := classes[float64](r, 7, 4), random[float64](r, 7, 1)
	all := columns[float64]{x1, x2, y1, y2}
	m := headsModel(t, nn.WithOptimizer(nn.SGD(1)))
	loss := func(m *nn.Model[float64]) float64 {
		e, err := nn.Evaluate(context.Background(), m, all)
		require.NoError(t, err)
		return e.Loss
	}
	p, err := m.NewPredictor()
	require.NoError(t, err)
	y, err := p.PredictAll(x1, x2)
	require.NoError(t, err)
	require.Len(t, y, 2)
	first, _, err := nn.EvaluateLoss(nn.CrossEntropy, y[0], y1)
	require.NoError(t, err)
	second, _, err := nn.EvaluateLoss(nn.MSE, y[1], y2)
	require.NoError(t, err)
	require.InDelta(t, first+second/2, loss(m), 1e-12)

	trained := headsModel(t, nn.WithOptimizer(nn.SGD(1)))
	trainer := nn.Trainer[float64]{Model: trained, Epochs: 1}
	_, err = trainer.Fit(context.Background(), all, nil)
	require.NoError(t, err)
	for i, q := range m.Parameters() {
		gradient := make([]float64, len(q.Data))
		for j, after := range trained.Parameters()[i].Data {
			gradient[j] = q.Data[j] - after
		}
		requireSlopes(t, q.Name, q.Data, gradient, func() float64 { return loss(m) })
	}
	require.Equal(t, "image.weight", m.Parameters()[0].Name)
}

// TestPredictAllInBatches compares more rows than one batch takes with the rows one by one.
func TestPredictAllInBatches(t *testing.T) {
	x1, x2 := random[float64](source(1), 600, 2, 3), random[float64](source(2), 600, 3)
	m := headsModel(t)
	p, err := m.NewPredictor()
	require.NoError(t, err)
	y, err := p.PredictAll(x1, x2)
	require.NoError(t, err)
	whole := [2]*tensor.Tensor[float64]{y[0].Clone(), y[1].Clone()}
	for _, i := range []int{0, 255, 256, 599} {
		y, err := p.PredictAll(x1.Slice(i, i+1), x2.Slice(i, i+1))
		require.NoError(t, err)
		require.Equal(t, whole[0].Row(i), y[0].Row(0))
		require.Equal(t, whole[1].Row(i), y[1].Row(0))
	}
	frozen, err := m.Freeze()
	require.NoError(t, err)
	fp, err := frozen.NewPredictor()
	require.NoError(t, err)
	y, err = fp.PredictAll(x1, x2)
	require.NoError(t, err)
	require.Equal(t, whole[0].Data(), y[0].Data())
}

func TestNetworksThatDoNotFit(t *testing.T) {
	one := []nn.Objective{{Loss: nn.MSE}}
	_, err := nn.NewNetworkModel[float32](newTwoHeads(), [][]int{{2, 3}, {3}}, one)
	require.ErrorContains(t, err, "the network twoHeads has 2 outputs, but there are 1 objectives")
	_, err = nn.NewNetworkModel[float32](newTwoHeads(), [][]int{{2, 3}, {4}}, one)
	require.ErrorContains(t, err, "nn: the network twoHeads: it takes 3 inputs a row, not [batch 4]")
	_, err = nn.NewNetworkModel[float32](nil, nil, nil)
	require.ErrorContains(t, err, "needs a network, inputs and objectives")
	m := headsModel(t)
	require.ErrorContains(t, m.Add(nn.ReLU), "takes no more layers")
	_, err = m.Predict(tensor.New[float64](1, 2, 3))
	require.ErrorContains(t, err, "nn: 1 inputs; the model takes 2")
	_, err = nn.Evaluate(context.Background(), m, columns[float64]{tensor.New[float64](1, 2, 3)})
	require.ErrorContains(t, err, "batches of 1 tensors for a model of 2 inputs and 2 targets")
}

// TestModelsAreLayers puts a model into another one, which trains it.
func TestModelsAreLayers(t *testing.T) {
	inner := build(t, nn.NewModel[float32](nn.Loss{}), nn.NewDense(3, 4, nn.ReLU))
	outer := build(t, nn.NewModel[float32](nn.MSE, nn.WithInput(3)), inner,
		nn.NewDense(4, 1, nn.Linear))
	require.Equal(t, "0.0.weight", outer.Parameters()[0].Name)
	before := inner.ParamsSHA256()
	_, err := outer.Step(workspace(t, outer, 5), random[float32](source(1), 5, 3),
		random[float32](source(2), 5, 1))
	require.NoError(t, err)
	require.NotEqual(t, before, inner.ParamsSHA256())
}

package nn_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/tensor"
)

// counted is a layer with a buffer: the number of steps of training, a hundredth of which it adds
// to x.
type counted struct{ steps *graph.Variable }

func (c *counted) Apply(b *nn.Builder, x *graph.Value) *graph.Value {
	steps := b.Buffer(&c.steps, nn.Spec{Name: "steps", Shape: []int{1}})
	if b.Training() {
		b.Update(steps, op.Add(b.Builder, steps,
			op.Expand(b.Builder, op.Scalar(b.Builder, b.DType(), 1), steps)))
	}
	return op.Add(b.Builder, x, op.Scale(b.Builder, steps, 0.01))
}

func init() { nn.RegisterLayer("test.counted", &counted{}) }

// branched returns a model of named, nested and repeated layers.
func branched(t *testing.T, options ...nn.Option) (*nn.Model[float32], *nn.Dense) {
	shared := nn.NewDense(6, 6, nn.Tanh)
	return build(t, nn.NewModel[float32](nn.MSE, append(options, nn.WithInput(4))...),
		nn.Named("first", nn.NewDense(4, 6, nn.ReLU)),
		nn.Residual{shared, nn.NewDense(6, 6, nn.Linear)},
		nn.Sequential{nn.SiLU, shared},
		&counted{},
		nn.LeakyReLU(0.1),
		nn.NewDense(6, 2, nn.Linear)), shared
}

func TestNamesOfNestedLayers(t *testing.T) {
	m, _ := branched(t)
	var names []string
	for _, p := range m.Parameters() {
		names = append(names, p.Name)
	}
	require.Equal(t, []string{"first.weight", "first.bias", "2.0.weight", "2.0.bias", "2.2.weight",
		"2.2.bias", "6.weight", "6.bias"}, names, "the layer that is applied twice has its first name")
	require.Equal(t, []int{4}, m.InputShape())
	require.Equal(t, []int{2}, m.OutputShape())
}

// TestNestedLayersAreSaved trains, saves and loads, buffers included.
func TestNestedLayersAreSaved(t *testing.T) {
	m, _ := branched(t, nn.WithOptimizer(nn.Adam(0.01)))
	x, y := random[float32](source(1), 7, 4), random[float32](source(2), 7, 2)
	w := workspace(t, m, 7)
	first, err := m.Step(w, x, y)
	require.NoError(t, err)
	for range 30 {
		_, err = m.Step(w, x, y)
		require.NoError(t, err)
	}
	last, err := m.Step(w, x, y)
	require.NoError(t, err)
	require.Less(t, last, first)
	path := filepath.Join(t.TempDir(), "m.safetensors")
	require.NoError(t, m.Save(path))
	loaded, err := nn.Load[float32](path)
	require.NoError(t, err)
	require.Equal(t, m.ParamsSHA256(), loaded.ParamsSHA256())
	want, err := m.Predict(x)
	require.NoError(t, err)
	got, err := loaded.Predict(x)
	require.NoError(t, err)
	require.Equal(t, want.Data(), got.Data())
	require.Len(t, loaded.Layers(), 6)
}

func TestModelThatCannotBeSaved(t *testing.T) {
	m := build(t, nn.NewModel[float32](nn.MSE, nn.WithInput(2)),
		nn.Func(func(b *nn.Builder, x *graph.Value) *graph.Value { return op.Scale(b.Builder, x, 2) }))
	require.ErrorContains(t, m.Save(filepath.Join(t.TempDir(), "m")),
		"nn: layer 1 (Func) can't be saved: ")
}

// TestLayersKeepTheirParameters gives a layer to a second model, which draws nothing anew: a step
// of one changes the other.
func TestLayersKeepTheirParameters(t *testing.T) {
	shared := nn.NewDense(3, 2, nn.Linear)
	a := build(t, nn.NewModel[float32](nn.MSE, nn.WithSeed(1)), shared)
	before := a.ParamsSHA256()
	b := build(t, nn.NewModel[float32](nn.MSE, nn.WithSeed(2), nn.WithOptimizer(nn.SGD(0.1))),
		nn.NewDense(3, 3, nn.ReLU), shared)
	require.Equal(t, before, a.ParamsSHA256())
	require.Equal(t, a.Parameters()[0].Data, b.Parameters()[2].Data)
	x, y := random[float32](source(1), 5, 3), random[float32](source(2), 5, 2)
	_, err := b.Step(workspace(t, b, 5), x, y)
	require.NoError(t, err)
	require.NotEqual(t, before, a.ParamsSHA256())
	require.Equal(t, a.Parameters()[0].Data, b.Parameters()[2].Data)
	require.ErrorContains(t, nn.NewModel[float64](nn.MSE).Add(shared),
		"nn: layer 1 (Dense 3 → 2, linear): its weight is float32[3 2], kept from before; "+
			"here it would be float64[3 2]")
}

func TestFixedParametersStay(t *testing.T) {
	m, _ := branched(t, nn.WithOptimizer(nn.SGD(0.1)))
	require.NoError(t, m.SetTrainable(false, "first", "2.0.bias"))
	require.ErrorContains(t, m.SetTrainable(false, "fist"), `no layer with one, of the name "fist"`)
	before := map[string][]float32{}
	for _, p := range m.Parameters() {
		before[p.Name] = append([]float32(nil), p.Data...)
	}
	x, y := random[float32](source(1), 7, 4), random[float32](source(2), 7, 2)
	w := workspace(t, m, 7)
	_, err := m.Step(w, x, y)
	require.NoError(t, err)
	_, err = m.Forward(w, x)
	require.NoError(t, err)
	_, err = m.Backward(w, y)
	require.NoError(t, err)
	require.NoError(t, m.Update(w))
	for _, p := range m.Parameters() {
		fixed := map[string]bool{"first.weight": true, "first.bias": true, "2.0.bias": true}
		require.Equal(t, fixed[p.Name], sameData(before[p.Name], p.Data), p.Name)
	}
	require.NoError(t, m.SetTrainable(true, "first"))
	_, err = m.Step(w, x, y)
	require.NoError(t, err)
	require.NotEqual(t, before["first.weight"], m.Parameters()[0].Data)
}

func sameData(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestModelsNameWhatIsMissing(t *testing.T) {
	require.ErrorContains(t, nn.NewModel[float32](nn.MSE).Add(nn.ReLU),
		"nn: layer 1 (relu) takes inputs of any shape: give the model one by WithInput")
	require.ErrorContains(t, nn.NewModel[float32](nn.MSE).Add(nil), "layer 1 is nil")
	same := nn.NewModel[float32](nn.MSE)
	require.ErrorContains(t, same.Add(nn.Named("a", nn.NewDense(2, 2, nn.ReLU)),
		nn.Named("a", nn.NewDense(2, 2, nn.ReLU))), `two variables have the name "a.weight"`)
	require.Len(t, same.Layers(), 1, "what came before stays")
}

// TestAccumulationIsOneBatch compares steps over four batches of eight rows with steps over 32.
func TestAccumulationIsOneBatch(t *testing.T) {
	x, y := random[float64](source(1), 64, 3), random[float64](source(2), 64, 2)
	train := func(size, accumulate int) *nn.Model[float64] {
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.Momentum(0.05, 0.9))),
			nn.NewDense(3, 5, nn.Tanh), nn.NewDense(5, 2, nn.Linear))
		trainer := nn.Trainer[float64]{Model: m, Epochs: 4, Accumulate: accumulate}
		_, err := trainer.Fit(context.Background(), batches[float64]{x, y, size}, nil)
		require.NoError(t, err)
		return m
	}
	whole, parts := train(32, 0), train(8, 4)
	for i, p := range whole.Parameters() {
		require.InDeltaSlice(t, p.Data, parts.Parameters()[i].Data, 1e-13)
	}
	rest := train(8, 3) // 8 batches an epoch: 3, 3 and 2
	require.NotEqual(t, whole.ParamsSHA256(), rest.ParamsSHA256())
	_, err := (&nn.Trainer[float64]{Model: rest, Accumulate: -1}).Fit(context.Background(),
		batches[float64]{x, y, 8}, nil)
	require.ErrorContains(t, err, "-1 batches to accumulate")
}

// TestModelsOfMoreDimensions trains on (rows, time, features), which Dense takes row by row.
func TestModelsOfMoreDimensions(t *testing.T) {
	flatten := nn.Func(func(b *nn.Builder, x *graph.Value) *graph.Value {
		return op.Flatten(b.Builder, x, 1, -1)
	})
	m := build(t, nn.NewModel[float64](nn.MSE, nn.WithInput(4, 3), nn.WithOptimizer(nn.Adam(0.01))),
		nn.NewDense(3, 5, nn.GELU), flatten, nn.NewDense(20, 2, nn.Linear))
	x, y := random[float64](source(1), 6, 4, 3), random[float64](source(2), 6, 2)
	w := workspace(t, m, 6)
	_, err := m.Forward(w, x)
	require.NoError(t, err)
	_, err = m.Backward(w, y)
	require.NoError(t, err)
	for i, p := range m.Parameters() {
		requireSlopes(t, p.Name, p.Data, w.Gradients()[i].Data, func() float64 {
			_, err := m.Forward(w, x)
			require.NoError(t, err)
			loss, err := m.Evaluate(w, y)
			require.NoError(t, err)
			return loss
		})
	}
	_, err = m.Predict(tensor.New[float64](6, 4))
	require.ErrorContains(t, err, "an input of shape [6 4]; the model takes (rows, 4, 3)")
}

// TestPredictorsAfterAnotherLayer refuse to go on with what is no longer the model.
func TestPredictorsAfterAnotherLayer(t *testing.T) {
	m := build(t, nn.NewModel[float32](nn.Loss{}), nn.NewDense(2, 2, nn.ReLU))
	p, err := m.NewPredictor()
	require.NoError(t, err)
	require.NoError(t, m.Add(nn.NewDense(2, 1, nn.Linear)))
	_, err = p.Predict(tensor.New[float32](1, 2))
	require.ErrorContains(t, err, "before the model's last layer was added")
}

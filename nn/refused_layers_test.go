package nn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// made is a layer that a test writes as a function.
type made func(b *Builder, x *graph.Value) *graph.Value

func (f made) Apply(b *Builder, x *graph.Value) *graph.Value { return f(b, x) }

// TestLayersRefused says what is wrong with layers of another package, where they would panic.
func TestLayersRefused(t *testing.T) {
	with := func(s Spec) made {
		return func(b *Builder, x *graph.Value) *graph.Value {
			return op.Add(b.Builder, x, b.Parameter(new(*graph.Variable), s))
		}
	}
	for want, layer := range map[string]made{
		`the layer "2" gives no value`:                   func(*Builder, *graph.Value) *graph.Value { return nil },
		`a parameter of the name "" and the shape [3]`:   with(Spec{Shape: []int{3}}),
		`a parameter of the name "w" and the shape [-3]`: with(Spec{Name: "w", Shape: []int{-3}}),
	} {
		err := NewModel[float32](MSE).Add(NewDense(2, 3, Tanh), layer)
		require.ErrorContains(t, err, "nn: layer 2 (")
		require.ErrorContains(t, err, want)
	}
	m := NewModel[float32](MSE)
	require.NoError(t, m.Add(NewDense(2, 3, Linear),
		made(func(b *Builder, x *graph.Value) *graph.Value {
			return op.ArgMax(b.Builder, x, 1)
		})))
	_, err := m.Predict(tensor.FromSlice([]float32{1, 2}, 1, 2))
	require.EqualError(t, err, "nn: output 1 of the model is int64, not float32: op.Cast converts it")
	require.Error(t, m.Check())
}

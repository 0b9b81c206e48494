package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// TestNeuronsAgreeWithTheLayer compares the derivatives of each neuron with the layer's matrices
// and with the forward pass.
func TestNeuronsAgreeWithTheLayer(t *testing.T) {
	for _, a := range activations() {
		d := nn.NewDense(3, 4, a, nn.WithInit(nn.Normal(0, 1)))
		build(t, nn.NewModel[float64](nn.MSE, nn.WithSeed(1)), d)
		neurons := nn.NeuronsOf[float64](d)
		x := []float64{0.5, -1, 2}
		g := neurons.Gradients(x)
		require.Equal(t, x, g.DZDW)
		require.Equal(t, []int{4, 3}, g.DZDX.Shape())
		require.Equal(t, nn.Apply(a, g.Z), g.A)
		require.Equal(t, nn.Derivative(a, g.Z), g.DADZ)
		for i := range 4 {
			n := neurons.Neuron(i).Gradients(x)
			w := neurons.Neuron(i).Weights()
			require.Equal(t, g.DZDX.Row(i), w)
			require.Equal(t, nn.NeuronGradients[float64]{Z: g.Z[i], A: g.A[i], DZDW: x, DZDX: w,
				DADZ: g.DADZ[i]}, n)
			require.InDelta(t, w[0]*x[0]+w[1]*x[1]+w[2]*x[2]+neurons.Neuron(i).Bias(), n.Z, 1e-15)
		}
	}
}

func TestNeuronPanicsOutsideTheLayer(t *testing.T) {
	d := nn.NewDense(3, 4, nn.ReLU)
	require.PanicsWithValue(t, "nn: NeuronsOf: Dense 3 → 4, relu has no parameters of type float32",
		func() { nn.NeuronsOf[float32](d) })
	build(t, nn.NewModel[float32](nn.MSE), d)
	neurons := nn.NeuronsOf[float32](d)
	require.PanicsWithValue(t, "nn: Neuron: no neuron 4 in Dense 3 → 4, relu",
		func() { neurons.Neuron(4) })
	require.PanicsWithValue(t, "nn: Gradients: an input of 2 values for Dense 3 → 4, relu",
		func() { neurons.Gradients([]float32{1, 2}) })
	require.PanicsWithValue(t, "nn: Gradient: 1 upstream gradients for 2 inputs",
		func() { nn.Gradient(nn.ReLU, []float32{1, 2}, []float32{1}) })
}

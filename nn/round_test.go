package nn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestRoundParameters rounds a network with a matrix that L2 has no room for: its frozen copy keeps
// that as halves, and predicts the same bits as the model, for few rows and for many.
func TestRoundParameters(t *testing.T) {
	for _, to := range []tensor.DType{tensor.BFloat16Type, tensor.Float16Type} {
		m := NewModel[float32](MSE, WithSeed(3), WithThreads(1))
		require.NoError(t, m.Add(NewDense(512, 520, ReLU), NewDense(520, 4, Linear)))
		before, err := m.Freeze()
		require.NoError(t, err)
		require.NoError(t, m.RoundParameters(to))
		f, err := m.Freeze()
		require.NoError(t, err)
		require.Equal(t, []int{0, 1}, []int{compressedProducts(before), compressedProducts(f)})
		for _, rows := range []int{1, 5, 33} {
			x := tensor.New[float32](rows, 512)
			for i := range x.Data() {
				x.Data()[i] = float32(i%13) - 6.1
			}
			want, err := m.Predict(x)
			require.NoError(t, err)
			got, err := f.Predict(x)
			require.NoError(t, err)
			require.Equal(t, want.Data(), got.Data())
		}
	}
}

// compressedProducts counts the products by weights of two bytes.
func compressedProducts(f *Frozen[float32]) (n int) {
	for _, node := range f.of.graph.Nodes() {
		if o, ok := node.Operator.(op.PackedProduct); ok {
			if _, ok := o.Packed.(*tensor.Compressed); ok {
				n++
			}
		}
	}
	return n
}

func TestRoundParametersRefuses(t *testing.T) {
	m := NewModel[float64](MSE, WithSeed(3))
	require.ErrorContains(t, m.RoundParameters(tensor.BFloat16Type), "no layers")
	require.NoError(t, m.Add(NewDense(2, 1, Linear)))
	require.ErrorContains(t, m.RoundParameters(tensor.Float32Type), "bfloat16 or float16, not float32")
	p := m.Parameters()[1].Data
	p[0] = 65520 // the first that float16 rounds to infinity
	before := append([]float64(nil), m.Parameters()[0].Data...)
	require.ErrorContains(t, m.RoundParameters(tensor.Float16Type),
		"element 0 of 0.bias is 65520, beyond the range of float16")
	require.Equal(t, before, m.Parameters()[0].Data, "nothing is rounded")
	p[0] = 1 + 0x1p-11 // a tie, and just above one
	require.NoError(t, m.RoundParameters(tensor.Float16Type))
	require.Equal(t, 1.0, p[0])
	p[0] = 1 + 0x1p-11 + 0x1p-40
	require.NoError(t, m.RoundParameters(tensor.Float16Type))
	require.Equal(t, 1+0x1p-10, p[0])
}

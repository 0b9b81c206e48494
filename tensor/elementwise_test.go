package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestElementwiseWritesItsDestination gives every element-wise operation a destination of its own
// and compares with the kernel on plain slices: other tests compare an engine with itself.
func TestElementwiseWritesItsDestination(t *testing.T) {
	e := Default[float64]()
	k := e.Kernels()
	rng := rand.New(rand.NewPCG(51, 52))
	positive := func() *Tensor[float64] {
		x := random[float64](rng, 5, 7)
		for i, v := range x.Data() {
			x.Data()[i] = 0.1 + v*v
		}
		return x
	}
	for name, op := range map[string]struct {
		engine func(dst, x, y *Tensor[float64])
		kernel func(dst, x, y []float64)
	}{
		"Add":     {e.Add, k.Add},
		"Sub":     {e.Sub, k.Sub},
		"Mul":     {e.Mul, k.Mul},
		"Scale":   {func(dst, x, _ *Tensor[float64]) { e.Scale(dst, x, 3) }, func(dst, x, _ []float64) { k.Scale(dst, x, 3) }},
		"Relu":    {func(dst, x, _ *Tensor[float64]) { e.Relu(dst, x) }, func(dst, x, _ []float64) { k.Relu(dst, x) }},
		"Exp":     {func(dst, x, _ *Tensor[float64]) { e.Exp(dst, x) }, func(dst, x, _ []float64) { k.Exp(dst, x) }},
		"Log":     {func(dst, x, _ *Tensor[float64]) { e.Log(dst, x) }, func(dst, x, _ []float64) { k.Log(dst, x) }},
		"Softmax": {func(dst, x, _ *Tensor[float64]) { e.Softmax(dst, x) }, func(dst, x, _ []float64) { k.Softmax(dst, x, 7) }},
		"Axpy":    {func(dst, x, _ *Tensor[float64]) { e.Axpy(dst, x, 3) }, func(dst, x, _ []float64) { k.Axpy(dst, x, 3) }},
		"LeakyRelu": {func(dst, x, _ *Tensor[float64]) { e.LeakyRelu(dst, x, 0.2) },
			func(dst, x, _ []float64) { k.LeakyRelu(dst, x, 0.2) }},
	} {
		x, y, dst := positive(), positive(), positive()
		want := append([]float64(nil), dst.Data()...)
		op.kernel(want, x.Data(), y.Data())
		keptX, keptY := x.Clone(), y.Clone()
		op.engine(dst, x, y)
		require.Equal(t, want, dst.Data(), name)
		require.Equal(t, keptX.Data(), x.Data(), name)
		require.Equal(t, keptY.Data(), y.Data(), name)
	}
}

// TestParseTrans takes both letters of each way, and refuses all other texts.
func TestParseTrans(t *testing.T) {
	for text, want := range map[string]Trans{"NN": NN, "NT": NT, "TN": TN, "TT": TT} {
		got, err := ParseTrans(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "N", "nn", "NX", "XN", "NNN", "T T", "TU", "OT"} {
		_, err := ParseTrans(text)
		require.ErrorContains(t, err, "known: NN, NT, TN, TT", text)
	}
}

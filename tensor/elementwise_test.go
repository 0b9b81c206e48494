package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestElementwiseWritesItsDestination gives operations a destination of their own and compares with
// plain Go: other tests compare an engine with itself.
func TestElementwiseWritesItsDestination(t *testing.T) {
	e := Default[float64]()
	rng := rand.New(rand.NewPCG(51, 52))
	for name, op := range map[string]struct {
		engine func(dst, x, y *Tensor[float64])
		plain  func(dst, x, y float64) float64
	}{
		"Add": {e.Add, func(_, x, y float64) float64 { return x + y }},
		"Sub": {e.Sub, func(_, x, y float64) float64 { return x - y }},
		"Mul": {e.Mul, func(_, x, y float64) float64 { return x * y }},
		"Scale": {func(dst, x, _ *Tensor[float64]) { e.Scale(dst, x, 3) },
			func(_, x, _ float64) float64 { return 3 * x }},
		"Axpy": {func(dst, x, _ *Tensor[float64]) { e.Axpy(dst, x, 3) },
			func(dst, x, _ float64) float64 { return float64(3*x) + dst }},
	} {
		whole := func() *Tensor[float64] { // numbers whose results are exact, fused or not
			t := New[float64](5, 7)
			for i := range t.Data() {
				t.Data()[i] = float64(rng.IntN(201) - 100)
			}
			return t
		}
		dst, x, y := whole(), whole(), whole()
		var want []float64
		for i, v := range dst.Data() {
			want = append(want, op.plain(v, x.Data()[i], y.Data()[i]))
		}
		keptX, keptY := x.Clone(), y.Clone()
		op.engine(dst, x, y)
		require.Equal(t, want, dst.Data(), name)
		require.Equal(t, keptX.Data(), x.Data(), name)
		require.Equal(t, keptY.Data(), y.Data(), name)
	}
}

func TestSoftmaxOfNothing(t *testing.T) {
	for _, isa := range AvailableISAs() {
		e := NewEngine[float32](&isa, 1)
		for _, shape := range [][]int{{0}, {0, 3}, {3, 0}} {
			x := New[float32](shape...)
			require.NotPanics(t, func() { e.Softmax(x, x) }, "%s %v", isa.Name, shape)
		}
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
	e, c := Default[float32](), New[float32](2, 2)
	a, b := New[float32](2, 2), New[float32](2, 2)
	require.PanicsWithValue(t, "tensor: MatMul: Trans(4) is not NN, NT, TN or TT",
		func() { e.MatMul(c, a, b, Trans(4)) })
	require.PanicsWithValue(t, "tensor: Plan: Trans(7) is not NN, NT, TN or TT",
		func() { e.Plan(2, 2, 2, Trans(7)) })
}

// TestBools compares functions of bools with those of one at a time, in place too.
func TestBools(t *testing.T) {
	for n := range 27 {
		x, y := make([]bool, n), make([]bool, n)
		and, not := make([]bool, n), make([]bool, n)
		for i := range n {
			x[i], y[i] = i%3 == 0, i*i%5 < 2
			and[i], not[i] = x[i] && y[i], !(x[i] && y[i])
		}
		Bools(x, x, y, func(x, y uint64) uint64 { return x & y })
		require.Equal(t, and, x)
		Bools(y, x, x, func(x, _ uint64) uint64 { return x ^ 0x0101010101010101 })
		require.Equal(t, not, y)
	}
	require.Panics(t, func() { Bools(make([]bool, 2), make([]bool, 2), make([]bool, 1), nil) })
}

package op_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestRowNormBits normalises so many rows that threads share them, with all ISAs but generic, and
// compares them, and their gradients, with one another and with rows alone.
func TestRowNormBits(t *testing.T) {
	const rows, n = 2050, 65
	for _, rms := range []bool{false, true} {
		var want [][]float32
		isas := tensor.AvailableISAs()
		for _, isa := range isas {
			if isa.Name == "generic" || isa.Name == "reference" && testing.Short() && len(isas) > 2 {
				continue
			}
			for threads := 1; threads <= 2; threads++ {
				got := runRowNorm(t, rms, exec.NewEngines(&isa, threads), 0, rows, n)
				if want == nil {
					want = got
				}
				require.True(t, slices.EqualFunc(want, got, slices.Equal[[]float32]), isa.Name)
			}
		}
		for _, i := range []int{0, 31, 32, rows - 1} {
			alone := runRowNorm(t, rms, exec.NewEngines(exactISA(), 1), i, 1, n)
			for j := range alone { // the row, and its gradient
				require.Equal(t, want[j][i*n:][:n], alone[j], "row %d", i)
			}
		}
	}
}

// runRowNorm returns rows normalised, from one on, and the gradient by them.
func runRowNorm(t *testing.T, rms bool, e exec.Engines, from, rows, n int) [][]float32 {
	r := rand.New(rand.NewPCG(5, 6))
	numbers := func(rows int) *tensor.Array {
		data := make([]float32, rows*n)
		for i := range data {
			data[i] = r.Float32() + 3
		}
		return tensor.ArrayOf(data, rows, n)
	}
	gamma, beta, all := numbers(1), numbers(1), numbers(2050)
	b := graph.NewBuilder()
	x := op.Slice(b, b.Constant(all), 0, from, from+rows, 1)
	g := op.Squeeze(b, b.Constant(gamma), 0)
	var y *graph.Value
	if rms {
		y = op.RMSNorm(b, x, 1, 1e-5, g)
	} else {
		y = op.LayerNorm(b, x, 1, 1e-5, g, op.Squeeze(b, b.Constant(beta), 0))
	}
	b.Output("y", y)
	b.Output("dx", op.Gradients(b, op.Sum(b, op.Mul(b, y, op.Mul(b, y, x))), x)[0])
	built, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(built, e, nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	require.Zero(t, testing.AllocsPerRun(2, func() { require.NoError(t, p.Run()) }))
	var results [][]float32
	for _, o := range built.Outputs() {
		a, err := p.Output(o.Name)
		require.NoError(t, err)
		results = append(results, slices.Clone(tensor.Elements[float32](a)))
	}
	return results
}

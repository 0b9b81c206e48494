package tensor

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// fourierLengths have odd factors of 1, 3, 5, 7, 25 and 63 and powers of two up to 512.
var fourierLengths = []int{2, 4, 6, 8, 10, 14, 16, 50, 64, 126, 160, 400, 512}

// columnsOf returns columns of m numbers, and the same for a plan.
func columnsOf(plan *Fourier, m int) [FourierColumns][]float64 {
	rng := rand.New(rand.NewPCG(uint64(m), 1))
	var columns [FourierColumns][]float64
	for c := range columns {
		for i := range m {
			columns[c] = append(columns[c], rng.NormFloat64())
			plan.Columns()[plan.Place(i)+c] = columns[c][i]
		}
	}
	return columns
}

func TestFourierIsTheSumOfTurns(t *testing.T) {
	for _, m := range fourierLengths {
		plan := NewFourier(Default[float64](), m)
		columns := columnsOf(plan, m)
		got := plan.Transform()
		for c, x := range columns {
			for k := range m/2 + 1 {
				var re, im float64
				for i, v := range x {
					angle := 2 * math.Pi * float64(k*i%m) / float64(m)
					re += float64(v * math.Cos(angle))
					im -= float64(v * math.Sin(angle))
				}
				require.InDelta(t, 2*re, got[2*k*FourierColumns+c], 1e-12, "length %d, row %d", m, k)
				require.InDelta(t, 2*im, got[(2*k+1)*FourierColumns+c], 1e-12, "length %d, row %d", m, k)
			}
			for _, k := range []int{0, m / 2} {
				require.Zero(t, got[(2*k+1)*FourierColumns+c], "the imaginary part of row %d of %d", k, m)
			}
		}
	}
}

func TestFourierHasTheSameBits(t *testing.T) {
	for _, m := range fourierLengths {
		var want []float64
		for i, isa := range exactISAs() {
			plan := NewFourier(NewEngine[float64](&isa, 1), m)
			columnsOf(plan, m)
			got := plan.Transform()[:(m/2+1)*2*FourierColumns]
			if i == 0 {
				want = got
			}
			require.Equal(t, want, got, "length %d, %s", m, isa.Name)
		}
	}
}

func TestFourierColumnsAreApart(t *testing.T) {
	for _, m := range []int{6, 64} {
		plan := NewFourier(Default[float64](), m)
		columnsOf(plan, m)
		want := append([]float64(nil), plan.Transform()...)
		columnsOf(plan, m)
		for i := range m {
			plan.Columns()[plan.Place(i)+3] = math.NaN()
		}
		got := plan.Transform()
		for i := range (m/2 + 1) * 2 * FourierColumns {
			if i%FourierColumns == 3 {
				require.True(t, math.IsNaN(got[i]))
				continue
			}
			require.Equal(t, want[i], got[i])
		}
	}
}

func TestTurnsMirrorOneAnother(t *testing.T) {
	for _, m := range []int{1, 2, 3, 4, 5, 8, 12, 25, 400} {
		for k := range m {
			cos, sin := Turn(k, m)
			angle := 2 * math.Pi * float64(k) / float64(m)
			require.InDelta(t, math.Cos(angle), cos, 1e-15)
			require.InDelta(t, math.Sin(angle), sin, 1e-15)
			c, s := Turn(m-k, m)
			require.True(t, c == cos && s == -sin, "turns %d and %d of %d", k, m-k, m)
			c, s = Turn(m+4*k, 4*m) // a quarter more
			require.True(t, c == -sin && s == cos, "turn %d of %d and a quarter", k, m)
		}
	}
	require.PanicsWithValue(t, "tensor: NewFourier: a length of 7", func() {
		NewFourier(Default[float64](), 7)
	})
}

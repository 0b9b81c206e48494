package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChannelNorm compares the normalisation of channels and its gradient with the formulas in
// float64, and its bits on other numbers of threads with those of reference.
func TestChannelNorm(t *testing.T) {
	for _, shape := range [][2]int{{1, 3}, {7, 1}, {50, 16}, {96, 24}, {3000, 5}, {1030, 33},
		{5000, 64}} {
		rows, channels := shape[0], shape[1]
		var want [][]float32
		for i := range AvailableISAs() {
			isa := &AvailableISAs()[i]
			if isa.Name == "generic" {
				continue // which rounds twice
			}
			e, r := NewEngine[float32](isa, 1+i), rand.New(rand.NewPCG(1, uint64(rows)))
			draw := func(n int, mean float64) []float32 {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(mean + r.NormFloat64())
				}
				return x
			}
			x, g := draw(rows*channels, 5), draw(rows*channels, 0)
			gamma, beta := draw(channels, 1), draw(channels, 0)
			mean, variance, scale := make([]float32, channels), make([]float32, channels),
				make([]float32, channels)
			e.ChannelMoments(mean, variance, x)
			for c := range scale {
				scale[c] = gamma[c] / float32(math.Sqrt(float64(variance[c]+1e-5)))
			}
			y := make([]float32, len(x))
			e.NormalizeChannels(y, x, channels, mean, scale, beta, false)
			requireReluOf(t, e, y, x, mean, scale, beta)
			requireGapsAreSkipped(t, e, y, x, mean, scale, beta)
			dx, dGamma, dBeta := make([]float32, len(x)), make([]float32, channels), make([]float32,
				channels)
			e.BatchNormGradient(dx, dGamma, dBeta, g, x, gamma, mean, variance, 1e-5)
			got := [][]float32{mean, variance, y, dx, dGamma, dBeta}
			if want == nil {
				want = got
				requireBatchNorm(t, got, x, g, gamma, beta)
			}
			for j := range want {
				requireSameBits(t, want[j], got[j], "%s: result %d of %d rows of %d", isa.Name, j, rows,
					channels)
			}
		}
	}
}

// requireReluOf normalises with a ReLU and compares it with that of y.
func requireReluOf(t *testing.T, e *Engine[float32], y, x, mean, scale, shift []float32) {
	want, got := make([]float32, len(y)), make([]float32, len(y))
	e.Kernels().Unary[Relu](want, y)
	e.NormalizeChannels(got, x, len(mean), mean, scale, shift, true)
	requireSameBits(t, want, got, "%s: ReLU of %d channels", e.ISA(), len(mean))
}

// requireBatchNorm compares mean, variance, y, dx, dGamma and dBeta with the formulas.
func requireBatchNorm(t *testing.T, got [][]float32, x, g, gamma, beta []float32) {
	channels, n := len(gamma), float64(len(x)/len(gamma))
	for c := range channels {
		var sum, squares, sumG, sumGX float64
		for i := c; i < len(x); i += channels {
			sum += float64(x[i]) / n
		}
		for i := c; i < len(x); i += channels {
			squares += (float64(x[i]) - sum) * (float64(x[i]) - sum) / n
		}
		root := math.Sqrt(squares + 1e-5)
		for i := c; i < len(x); i += channels {
			sumG += float64(g[i])
			sumGX += float64(g[i]) * (float64(x[i]) - sum) / root
		}
		near := func(want float64, got float32, what string) {
			require.InDelta(t, want, got, 2e-5*(1+math.Abs(want)), "%s of channel %d", what, c)
		}
		near(sum, got[0][c], "mean")
		near(squares, got[1][c], "variance")
		if n == 1 {
			continue // the gradients are all but 0
		}
		near(sumGX, got[4][c], "dGamma")
		near(sumG, got[5][c], "dBeta")
		for i := c; i < len(x); i += channels {
			h := (float64(x[i]) - sum) / root
			near(h*float64(gamma[c])+float64(beta[c]), got[2][i], "y")
			near(float64(gamma[c])/root*(float64(g[i])-sumG/n-h*sumGX/n), got[3][i], "dx")
		}
	}
}

// TestConstantChannels have no variance worth the name, however far from zero they are.
func TestConstantChannels(t *testing.T) {
	for _, v := range []float32{0, 0.1, 1e4, 3e7} {
		x := make([]float32, 3000)
		for i := range x {
			x[i] = v
		}
		mean, variance := make([]float32, 3), make([]float32, 3)
		Default[float32]().ChannelMoments(mean, variance, x)
		for c := range mean {
			require.Equal(t, v, mean[c], fmt.Sprint(v))
			require.InDelta(t, 0, variance[c], float64(v)*float64(v)*1e-17, fmt.Sprint(v))
		}
	}
}

// requireGapsAreSkipped compares what pixels with gaps between them are normalised to with y.
func requireGapsAreSkipped(t *testing.T, e *Engine[float32], y, x, mean, scale, shift []float32) {
	t.Helper()
	channels := len(mean)
	step := channels + 3
	apart := make([]float32, len(x)/channels*step-3)
	for i := range apart {
		apart[i] = float32(math.NaN())
	}
	for i := range len(x) / channels {
		copy(apart[i*step:], x[i*channels:][:channels])
	}
	got := make([]float32, len(y))
	e.NormalizeChannels(got, apart, step, mean, scale, shift, false)
	require.Equal(t, y, got)
	require.Panics(t, func() { e.NormalizeChannels(got, apart[1:], step, mean, scale, shift, false) })
	require.Panics(t, func() {
		e.NormalizeChannels(got, apart, channels-1, mean, scale, shift, false)
	})
}

func TestChannelNormAllocatesNothing(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 2)
	x, y, row := make([]float32, 200_000), make([]float32, 200_000), make([]float32, 10)
	other := [4][]float32{}
	for i := range other {
		other[i] = make([]float32, 10)
	}
	require.Zero(t, testing.AllocsPerRun(10, func() {
		e.ChannelMoments(row, other[0], x)
		e.NormalizeChannels(y, x, len(row), row, other[0], other[1], false)
		e.BatchNormGradient(y, other[0], other[1], x, x, row, other[2], other[3], 1)
	}))
}

// TestColumnAdder compares sums of pieces of rows with those of all rows.
func TestColumnAdder(t *testing.T) {
	rng := rand.New(rand.NewPCG(47, 48))
	for _, set := range exactISAs() {
		e := NewEngine[float32](&set, 1)
		for _, rows := range []int{1, 40, columnBlock, 2*columnBlock + 7} {
			const columns = 19
			x := random[float32](rng, rows*columns).Data()
			want, got := make([]float32, columns), make([]float32, columns)
			e.ColumnSums(want, x)
			adder := NewColumnAdder(e.Kernels(), rows)
			for range 2 {
				adder.Begin(got)
				for at := 0; at < rows; at += 33 {
					adder.Add(x[at*columns : min(at+33, rows)*columns])
				}
				adder.Finish()
				requireSameBits(t, want, got, "%s, %d rows", e.ISA(), rows)
			}
		}
	}
}

package data

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGlibcLog(t *testing.T) {
	for _, c := range readGolden[struct{ X, Log []float64 }](t, "log.json") {
		for i, x := range c.X {
			require.Equal(t, c.Log[i], glibcLog(x), "log(%b)", x)
		}
	}
	require.Zero(t, glibcLog(1))
}

func TestRandomStateAsNumPy(t *testing.T) {
	type numbers struct {
		Args           struct{ Seed uint32 }
		RandomSample   []float64 `json:"random_sample"`
		Uniform        []float64
		StandardNormal []float64 `json:"standard_normal"`
		Normal         []float64
		RandInt        []uint64
		Permutation    []int
		Shuffle        []int
		Choice         []int
		Many           recorded
		End            float64
	}
	for _, c := range readGolden[numbers](t, "random_state.json") {
		rng := NewRandomState(c.Args.Seed)
		draw := func(n int, next func() float64) []float64 {
			values := make([]float64, n)
			for i := range values {
				values[i] = next()
			}
			return values
		}
		require.Equal(t, c.RandomSample, draw(5, rng.Float64))
		require.Equal(t, c.Uniform, draw(5, func() float64 { return rng.Uniform(-3, 7.5) }))
		require.Equal(t, c.StandardNormal, draw(7, rng.StandardNormal))
		require.Equal(t, c.Normal, draw(4, func() float64 { return rng.Normal(2.5, 30) }))
		var ints []uint64
		for _, limit := range []uint64{0, 1, 2, 9, 999, 1<<31 - 1, 1<<32 - 1, 1 << 32, 1<<50 - 1} {
			ints = append(ints, rng.upTo(limit))
		}
		require.Equal(t, c.RandInt, ints)
		require.Equal(t, c.Permutation, rng.Permutation(20))
		a := make([]int, 13)
		for i := range a {
			a[i] = 3 * i
		}
		rng.Shuffle(a)
		require.Equal(t, c.Shuffle, a)
		require.Equal(t, c.Choice,
			rng.Choice([]int{100, 101, 102, 103, 104, 105, 106, 107, 108}, 4))
		c.Many.requireBits(t, draw(200001, rng.StandardNormal), "200001 normal deviates")
		require.Equal(t, c.End, rng.Float64())
	}
}

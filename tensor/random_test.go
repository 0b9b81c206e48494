package tensor

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPhilox compares with the numbers that the authors publish with their implementation,
// Random123.
func TestPhilox(t *testing.T) {
	require.Equal(t, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, philox(0, 0, 0))
	all := ^uint64(0)
	require.Equal(t, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, philox(all, all, all))
	require.Equal(t, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e))
}

// TestQuantile compares with math.Erfinv, which rounds otherwise, far into both tails.
func TestQuantile(t *testing.T) {
	for _, p := range []float64{0.5, 0.4, 0.075, 0.0749, 0.01, 1e-5, 1e-10, 1e-12, 0x1p-33, 0x1p-54,
		0.925, 0.9251, 1 - 0x1p-33, 1 - 0x1p-53} {
		want := -math.Sqrt2 * math.Erfinv(1-2*p)
		if p < 0.5 { // 1−2p loses what small p are
			require.InEpsilon(t, p, 0.5*math.Erfc(-quantile(p)/math.Sqrt2), 1e-12, "%v", p)
			want = quantile(p)
		}
		require.InDelta(t, want, quantile(p), 1e-13*math.Abs(want)+1e-300, "%v", p)
		if 1-(1-p) == p {
			require.Equal(t, -quantile(p), quantile(1-p), "%v", p)
		}
	}
}

// TestFills checks the numbers' range, mean, deviation and largest distance from the distribution
// function (Kolmogorov and Smirnov), that streams and steps differ, and that order in memory does
// not show.
func TestFills(t *testing.T) {
	t.Run("float32", testFills[float32])
	t.Run("float64", testFills[float64])
}

func testFills[T Float](t *testing.T) {
	const n = 100_000
	r := Random{Seed: 5, Stream: 3, Step: 7}
	x := New[T](n/100, 100)
	FillUniform(x, r, -2, 6)
	require.Less(t, distance(x, func(v float64) float64 { return (v + 2) / 8 }), 1.7/math.Sqrt(n))
	require.GreaterOrEqual(t, slices.Min(x.Data()), T(-2))
	require.Less(t, slices.Max(x.Data()), T(6))
	FillNormal(x, r, 3, 0.5)
	require.Less(t, distance(x, func(v float64) float64 {
		return 0.5 * math.Erfc(-(v-3)/0.5/math.Sqrt2)
	}), 1.7/math.Sqrt(n))

	turned := New[T](100, n/100).T()
	FillNormal(turned, r, 3, 0.5)
	require.Equal(t, x.Data(), turned.Clone().Data())
	part := New[T](7)
	FillNormal(part, r, 3, 0.5)
	require.Equal(t, x.Data()[:7], part.Data())
	for _, other := range []Random{{5, 3, 8}, {5, 4, 7}, {6, 3, 7}} {
		FillNormal(part, other, 3, 0.5)
		require.NotEqual(t, x.Data()[:7], part.Data())
	}
	FillUniform(part, r, 1, 1)
	require.Equal(t, []T{1, 1, 1, 1, 1, 1, 1}, part.Data())
	FillUniform(
		x,
		r,
		1,
		before(T(1))+T(2)*(1-before(T(1))),
	) // two numbers, of which the second is out
	require.Equal(t, T(1), slices.Max(x.Data()))
	require.Panics(t, func() { FillUniform(part, r, 1, 0) })
	require.Panics(t, func() { FillUniform(part, r, 0, T(math.Inf(1))) })
	require.Panics(t, func() { FillUniform(part, r, T(math.NaN()), 0) })
	require.Panics(t, func() { FillNormal(part, r, 0, -1) })
}

// distance returns the largest distance of a sample's distribution from another.
func distance[T Float](x *Tensor[T], distribution func(v float64) float64) float64 {
	sorted := slices.Sorted(slices.Values(x.Data()))
	far := 0.0
	for i, v := range sorted {
		p := distribution(float64(v))
		far = max(far, math.Abs(p-float64(i)/float64(len(sorted))))
	}
	return far
}

// TestFillsAreKept pins the first numbers: they are part of what a seed means, on every processor.
func TestFillsAreKept(t *testing.T) {
	x, y := New[float32](5), New[float64](3)
	FillUniform(x, Random{Seed: 1}, 0, 1)
	FillUniform(y, Random{Seed: 1}, 0, 1)
	require.Equal(t, []float32{0.89025915, 0.8946847, 0.5857259, 0.71126807, 0.67199826}, x.Data())
	require.Equal(t, []float64{0.8902591729757107, 0.5857259483801359, 0.6719982688953429}, y.Data())
	FillNormal(x, Random{Seed: 1}, 0, 1)
	FillNormal(y, Random{Seed: 1}, 0, 1)
	require.Equal(t, []float32{1.2279077, 1.2518334, 0.21656406, 0.5570931, 0.4454377}, x.Data())
	require.Equal(t, []float64{1.2279076057444953, 0.21656405195766407, 0.4454377144888912}, y.Data())
}

func TestFillBernoulli(t *testing.T) {
	x := New[bool](100_000)
	for _, p := range []float64{0, 0.25, 1} {
		FillBernoulli(x, Random{Seed: 9}, p)
		count := 0
		for _, v := range x.Data() {
			if v {
				count++
			}
		}
		require.InDelta(t, p*100_000, count, 4*math.Sqrt(p*(1-p)*100_000), "%v", p)
	}
	require.Panics(t, func() { FillBernoulli(x, Random{}, 1.5) })
	require.Panics(t, func() { FillBernoulli(x, Random{}, math.NaN()) })
}

package compare

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchmath"
)

// sample returns a sample of the values.
func sample(values ...float64) *benchmath.Sample {
	return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
}

// bruteP returns the two-sided p of the rank-sum test by trying every assignment of the values to
// two samples of these sizes, with U counted pair by pair.
func bruteP(a, b []float64) float64 {
	doubledU := func(a, b []float64) (u int) {
		for _, x := range a {
			for _, y := range b {
				switch {
				case x > y:
					u += 2
				case x == y:
					u++
				}
			}
		}
		return u
	}
	all, observed := slices.Concat(a, b), doubledU(a, b)
	var below, above, total int
	for set := range uint(1) << len(all) {
		if bits.OnesCount(set) != len(a) {
			continue
		}
		var one, other []float64
		for i, v := range all {
			if set>>i&1 == 1 {
				one = append(one, v)
			} else {
				other = append(other, v)
			}
		}
		u := doubledU(one, other)
		total++
		if u <= observed {
			below++
		}
		if u >= observed {
			above++
		}
	}
	return min(1, 2*float64(min(below, above))/float64(total))
}

// TestPWithTiesAndUnequalNumbers has samples for which benchmath's p is 1.56, and 0.
func TestPWithTiesAndUnequalNumbers(t *testing.T) {
	for _, c := range []struct {
		old, new []float64
		want     float64
	}{
		{[]float64{16, 16, 16, 16, 16, 16, 16}, []float64{16, 32}, 4.0 / 9},
		{[]float64{16, 32}, []float64{16, 16, 16, 16, 16, 16, 16}, 4.0 / 9},
		// 13 values, of which ten are 200: all three others are among the last six.
		{slices.Repeat([]float64{200}, 7), []float64{200, 200, 200, 100, 100, 100}, 2 * 20.0 / 286},
		{[]float64{1, 1, 2}, []float64{1}, 1},
	} {
		got := test(benchmath.AssumeNothing, sample(c.old...), sample(c.new...))
		require.InDelta(t, c.want, got.P, 1e-12, "%v and %v", c.old, c.new)
	}
	few := test(benchmath.AssumeNothing, sample(1, 1), sample(2, 2, 2))
	require.EqualError(t, few.Warnings[0],
		"need >= 4 samples to detect a difference at alpha level 0.05")
}

func TestVerdictWithTiesAndUnequalNumbers(t *testing.T) {
	lines := func(n int, value string) string {
		text := ""
		for range n {
			text += "BenchmarkS 100 " + value + "\n"
		}
		return text
	}
	c, err := Files(write(t, "old", lines(7, "200 MB/s")),
		write(t, "new", lines(3, "200 MB/s")+lines(3, "100 MB/s")))
	require.NoError(t, err)
	table, r := row(t, c, "S", "B/s")
	require.Equal(t, Same, table.Verdict(r))
	require.InDelta(t, 0.14, r.Test.P, 0.001)
}

// TestPProperties compares p for random samples with few values and with many: it is a probability,
// does not depend on the order of the samples, is the share of permutations, and equals benchmath's
// where that is right.
func TestPProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n, values int) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = float64(random.IntN(values))
		}
		return xs
	}
	for range 400 {
		values := []int{2, 3, 5, 1000}[random.IntN(4)]
		a, b := draw(1+random.IntN(6), values), draw(1+random.IntN(6), values)
		got := test(benchmath.AssumeNothing, sample(a...), sample(b...))
		back := test(benchmath.AssumeNothing, sample(b...), sample(a...))
		require.Greater(t, got.P, 0.0, "%v and %v", a, b)
		require.LessOrEqual(t, got.P, 1.0, "%v and %v", a, b)
		require.InDelta(t, got.P, back.P, 1e-12, "%v and %v", a, b)
		require.InDelta(t, bruteP(a, b), got.P, 1e-12, "%v and %v", a, b)
		ties, _ := tied(a, b)
		if len(a) == len(b) || !ties {
			want := benchmath.AssumeNothing.Compare(sample(a...), sample(b...))
			require.InDelta(t, want.P, got.P, 1e-12, "%v and %v", a, b)
			require.Equal(t, want.Warnings, got.Warnings, "%v and %v", a, b)
		}
	}
}

func TestPOfLargeSamples(t *testing.T) {
	large := func(n int, from float64) *benchmath.Sample {
		values := make([]float64, n)
		for i := range values {
			values[i] = from + float64(i/2)
		}
		return sample(values...)
	}
	low, high := large(200, 0), large(300, 1000)
	up, down := test(benchmath.AssumeNothing, low, high), test(benchmath.AssumeNothing, high, low)
	require.Greater(t, up.P, 0.0)
	require.InEpsilon(t, up.P, down.P, 1e-12)
	vast := test(benchmath.AssumeNothing, large(3000, 0), large(4000, 1e6))
	require.Equal(t, math.SmallestNonzeroFloat64, vast.P)
	// At the limit all ways are counted, 10²⁸ of them.
	limit := test(benchmath.AssumeNothing, large(exactLimit, 0), large(exactLimit-1, 1000))
	require.Greater(t, limit.P, 0.0)
	require.Less(t, limit.P, 1e-27)
}

func TestExactUnitsHaveNoP(t *testing.T) {
	require.Zero(t, test(benchmath.AssumeExact, sample(1), sample(2)).P)
}

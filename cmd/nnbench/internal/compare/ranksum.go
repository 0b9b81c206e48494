package compare

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

const (
	// exactLimit is the largest sample whose p is counted out where the library's is wrong. It is
	// the size up to which the library itself counts out samples without ties.
	exactLimit = 50
	// leastRuns is the number of runs per side from which the test can find a difference.
	leastRuns = 4
)

// test compares two samples as the assumption does, with a p that is a probability.
//
// With ties and samples of different sizes the distribution of U is skewed. benchmath looks at one
// of its tails for both sides, and returns numbers from 0 to 2 there; p is then the share of
// permutations instead. Far out in the tail of the normal distribution, which stands for large
// samples, it returns 0 for one order of the samples; p is then that of the other order.
func test(assumption benchmath.Assumption, old, new *benchmath.Sample) benchmath.Comparison {
	c := assumption.Compare(old, new)
	if assumption != benchmath.AssumeNothing {
		return c
	}
	ties, equal := tied(old.Values, new.Values)
	switch {
	case equal: // P is 1, with a warning that says why
	case ties && c.N1 != c.N2 && max(c.N1, c.N2) <= exactLimit:
		c.P, c.Warnings = exactP(old.Values, new.Values), nil
		if c.P > c.Alpha && max(c.N1, c.N2) < leastRuns {
			c.Warnings = []error{fmt.Errorf(
				"need >= %d samples to detect a difference at alpha level %v", leastRuns, c.Alpha)}
		}
	case c.P == 0:
		c.P = max(assumption.Compare(new, old).P, math.SmallestNonzeroFloat64)
	}
	c.P = min(c.P, 1) // sums of probabilities may round to more
	return c
}

// tied reports whether values occur repeatedly in two samples together, and whether all are equal.
func tied(a, b []float64) (ties, equal bool) {
	all := slices.Concat(a, b)
	slices.Sort(all)
	n := len(slices.Compact(slices.Clone(all)))
	return n < len(all), n == 1
}

// exactP returns the two-sided p of the rank-sum test (Mann–Whitney U) with ties: twice the share
// of the assignments of all values to samples of these sizes whose rank sum is as extreme as the
// observed one, on the side where there are fewer, and at most 1.
func exactP(a, b []float64) float64 {
	if len(a) > len(b) {
		a, b = b, a // the rank sum of either says the same; the smaller one takes less counting
	}
	ranks, observed := doubledRanks(a, b)
	counts := rankSums(ranks, len(a))
	var below, above, total float64
	for sum, count := range counts {
		total += count
		if sum <= observed {
			below += count
		}
		if sum >= observed {
			above += count
		}
	}
	return min(1, 2*min(below, above)/total)
}

// doubledRanks returns twice the rank of each value of both samples together, which is whole, as
// tied values share the mean of their ranks; and the sum of those of a.
func doubledRanks(a, b []float64) (ranks []int, sum int) {
	all := slices.Concat(a, b)
	slices.Sort(all)
	for begin, end := 0, 0; begin < len(all); begin = end {
		for end < len(all) && all[end] == all[begin] {
			ranks = append(ranks, 0)
			end++
		}
		rank := begin + 1 + end
		for i := begin; i < end; i++ {
			ranks[i] = rank
		}
		for _, v := range a {
			if v == all[begin] {
				sum += rank
			}
		}
	}
	return ranks, sum
}

// rankSums returns, by sum, in how many ways n of the ranks have that sum.
func rankSums(ranks []int, n int) []float64 {
	largest := 0
	for _, rank := range ranks[len(ranks)-n:] { // in ascending order
		largest += rank
	}
	ways := make([][]float64, n+1) // by number of ranks taken, and sum
	for i := range ways {
		ways[i] = make([]float64, largest+1)
	}
	ways[0][0] = 1
	for _, rank := range ranks {
		for taken := n; taken > 0; taken-- {
			with, without := ways[taken], ways[taken-1]
			for sum := largest; sum >= rank; sum-- {
				with[sum] += without[sum-rank]
			}
		}
	}
	return ways[n]
}

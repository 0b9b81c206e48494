package guard

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"
)

// passOf returns a pass in which the arms took the given times beside a reference of 1.
func passOf(old, control, new float64) pass {
	return pass{{seconds: old, reference: 1}, {seconds: control, reference: 1}, {seconds: new, reference: 1}}
}

// repeated returns passes of a round.
func repeated(p pass, n int) []pass {
	round := make([]pass, n)
	for i := range round {
		round[i] = p
	}
	return round
}

func TestJudge(t *testing.T) {
	slow, same := repeated(passOf(1, 1, 1.1), 6), repeated(passOf(1, 1, 1.01), 6)
	// In half of the passes the control differs from old by 30 %, either way.
	var noisy []pass
	for i := range 6 {
		noisy = append(noisy, passOf(1, []float64{1, 1.3, 1, 1 / 1.3, 1.3, 1 / 1.3}[i], 1.1))
	}
	for name, test := range map[string]struct {
		rounds [][]pass
		want   Verdict
	}{
		"same":                         {[][]pass{same}, Same},
		"slower in all rounds":         {[][]pass{slow, slow, slow}, Slower},
		"slower in too few rounds":     {[][]pass{slow, slow}, Unclear},
		"slower in two of three":       {[][]pass{slow, same, slow}, Unclear},
		"slower in three of four":      {[][]pass{slow, same, slow, slow}, Slower},
		"slower in one":                {[][]pass{slow, same, same}, Same},
		"within the noise":             {[][]pass{noisy, noisy, noisy}, Unclear},
		"faster":                       {[][]pass{repeated(passOf(1.1, 1.1, 1), 6)}, Faster},
		"faster in too few passes":     {[][]pass{repeated(passOf(1.1, 1.1, 1), 5)}, Same},
		"a lucky pass":                 {[][]pass{append(repeated(passOf(1, 1, 1), 5), passOf(1, 1, 9))}, Same},
		"faster, but within the noise": {[][]pass{append(repeated(passOf(1.1, 1.6, 1), 3), repeated(passOf(1.6, 1.1, 1), 3)...)}, Same},
	} {
		b := benchmark{name: name, rounds: test.rounds}
		require.Equal(t, test.want, b.judge(0.05).Verdict, name)
	}
}

func TestSuspect(t *testing.T) {
	slow, less, same := repeated(passOf(1, 1, 1.1), 6), repeated(passOf(1, 1, 1.03), 6), repeated(passOf(1, 1, 1.02), 6)
	for name, test := range map[string]struct {
		rounds [][]pass
		want   bool
	}{
		"beyond the threshold":        {[][]pass{slow}, true},
		"beyond half of it":           {[][]pass{less}, true},
		"within half of it":           {[][]pass{same}, false},
		"half of it is not enough":    {[][]pass{less, less}, false},
		"understated at first":        {[][]pass{less, slow, slow}, true},
		"once within, beyond in all":  {[][]pass{slow, less, slow}, true},
		"once beyond, within in all":  {[][]pass{slow, less, less}, false},
		"half of the passes are slow": {[][]pass{less, slow}, true},
	} {
		b := benchmark{name: name, rounds: test.rounds}
		require.Equal(t, test.want, b.suspect(0.05), name)
	}
}

func TestJudgeMemory(t *testing.T) {
	memory := func(allocations, bytes float64) benchmark {
		clean := passOf(1, 1, 1)
		more := clean
		more[newArm].allocations, more[newArm].bytes = allocations, bytes
		return benchmark{rounds: [][]pass{repeated(more, 6)}}
	}
	for want, b := range map[Verdict]benchmark{Same: memory(0, 0), Allocates: memory(1, 16)} {
		require.Equal(t, want, b.judge(0.05).Verdict)
	}
	larger := memory(0, 16)
	require.Equal(t, Allocates, larger.judge(0.05).Verdict)
	// What the runtime allocated once is not the benchmark's.
	stray := memory(1, 16)
	stray.rounds[0][3] = passOf(1, 1, 1)
	require.Equal(t, Same, stray.judge(0.05).Verdict)
}

func TestChangeIsThatOfRatiosToTheReference(t *testing.T) {
	p := passOf(1, 1, 2.2)
	p[newArm].reference = 2 // a machine at half its speed
	require.InDelta(t, math.Log(1.1), change([]pass{p}), 1e-12)
	// Old and control count by halves.
	require.InDelta(t, math.Log(1.1), change([]pass{passOf(0.5, 2, 1.1)}), 1e-12)
}

func TestFloor(t *testing.T) {
	require.Zero(t, floor(repeated(passOf(1, 1, 5), 6)), "old and control agree")
	constant := floor(repeated(passOf(1, 1.2, 1), 6))
	require.InDelta(t, math.Log(1.2), constant, 1e-12)
	outlier := append(repeated(passOf(1, 1.01, 1), 17), passOf(1, 3, 1))
	require.InDelta(t, math.Log(1.01), floor(outlier), 1e-12)
	require.Equal(t, floor(outlier), floor(outlier))
	var few, many []pass
	for i := range 36 {
		p := passOf(1, 1+0.1*math.Sin(float64(7*i)), 1)
		if many = append(many, p); i < 6 {
			few = append(few, p)
		}
	}
	require.Less(t, floor(many), floor(few), "more passes, less noise")
}

func TestFiguresKeepTheFastest(t *testing.T) {
	slice := func(ns, reference, bytes, allocations float64) *benchfmt.Result {
		return &benchfmt.Result{Name: benchfmt.Name("A"), Values: []benchfmt.Value{
			{Value: ns, Unit: "sec/op"}, {Value: reference, Unit: "ref-sec"}, {Value: bytes, Unit: "B/op"}, {Value: allocations, Unit: "allocs/op"}}}
	}
	var f figures
	require.NoError(t, f.add(slice(3, 2, 64, 2)))
	require.NoError(t, f.add(slice(4, 1, 0, 1)))
	require.Equal(t, figures{3, 1, 1, 0}, f)
	require.Equal(t, 3.0, f.ratio())
	require.ErrorContains(t, f.add(slice(0, 1, 0, 0)), "not positive")
	require.ErrorContains(t, f.add(slice(1, math.NaN(), 0, 0)), "not positive")
	missing := slice(1, 1, 0, 0)
	missing.Values = missing.Values[1:]
	require.ErrorContains(t, f.add(missing), "without sec/op")
}

func TestOrder(t *testing.T) {
	var places [arms][arms]int
	for number := range arms {
		for slice := range turns {
			turn := order(number, slice)
			seen := map[int]bool{}
			for place, arm := range turn {
				seen[arm] = true
				places[arm][place]++
			}
			require.Len(t, seen, arms)
			if slice%2 == 1 {
				there := order(number, slice-1)
				require.Equal(t, there, [arms]int{turn[2], turn[1], turn[0]})
			}
		}
	}
	for arm := range places {
		require.Equal(t, [arms]int{turns, turns, turns}, places[arm], "arm %d", arm)
	}
}

package guard

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"
)

// passOf returns a pass in which the arms took the given times beside a reference of 1.
func passOf(old, control, new float64) pass {
	return pass{{seconds: old, reference: 1}, {seconds: control, reference: 1},
		{seconds: new, reference: 1}}
}

// repeated returns passes of a round.
func repeated(p pass, n int) []pass {
	round := make([]pass, n)
	for i := range round {
		round[i] = p
	}
	return round
}

// A round in which nothing disturbs: a build a tenth slower, one as fast, and one slower by less
// than the threshold. And one in which the old build is never undisturbed, beside which the slow
// build seems to be hardly slower.
var (
	slow     = repeated(passOf(1, 1, 1.1), passes)
	same     = repeated(passOf(1, 1, 1.01), passes)
	somewhat = repeated(passOf(1, 1, 1.03), passes)
	blurred  = repeated(passOf(1.07, 1.07, 1.1), passes)
)

func TestJudge(t *testing.T) {
	// In half of the passes the control differs from old by 30 %, either way.
	var noisy []pass
	for i := range passes {
		noisy = append(noisy, passOf(1, []float64{1, 1.3, 1, 1 / 1.3, 1.3, 1 / 1.3}[i], 1.1))
	}
	disturbed := append(repeated(passOf(1, 1, 1), 5), passOf(1, 1, 9))
	unsure := append(repeated(passOf(1.1, 1.6, 1), 3), repeated(passOf(1.6, 1.1, 1), 3)...)
	for name, test := range map[string]struct {
		rounds [][]pass
		want   Verdict
	}{
		"same":                         {[][]pass{same}, Same},
		"slower in all rounds":         {[][]pass{slow, slow, slow}, Slower},
		"slower in too few rounds":     {[][]pass{slow, slow}, Unclear},
		"slower in two of three":       {[][]pass{slow, blurred, slow}, Unclear},
		"slower in three of four":      {[][]pass{slow, blurred, slow, slow}, Slower},
		"as fast in one":               {[][]pass{slow, same, slow, slow}, Same},
		"within the noise":             {[][]pass{noisy, noisy, noisy}, Unclear},
		"faster":                       {[][]pass{repeated(passOf(1.1, 1.1, 1), passes)}, Faster},
		"faster in too few passes":     {[][]pass{repeated(passOf(1.1, 1.1, 1), passes-1)}, Same},
		"a disturbed pass":             {[][]pass{disturbed}, Same},
		"faster, but within the noise": {[][]pass{unsure}, Same},
	} {
		b := benchmark{name: name, rounds: test.rounds}
		require.Equal(t, test.want, b.judge(0.05).Verdict, name)
	}
}

func TestSuspect(t *testing.T) {
	lucky := append(repeated(passOf(1, 1, 1.1), 5), passOf(1, 1, 0.9))
	for name, test := range map[string]struct {
		rounds [][]pass
		want   bool
	}{
		"beyond the threshold":       {[][]pass{slow}, true},
		"beyond half of it":          {[][]pass{somewhat}, true},
		"within half of it":          {[][]pass{same}, false},
		"half of it is not enough":   {[][]pass{somewhat, somewhat}, false},
		"understated at first":       {[][]pass{blurred, slow}, true},
		"once within, beyond in all": {[][]pass{slow, blurred, slow}, true},
		"a lucky pass":               {[][]pass{lucky}, true},
		"once beyond, within in all": {[][]pass{slow, somewhat, somewhat}, false},
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

// TestJudgeAveragedMemory has an old build whose bytes per call vary from 64 to 66.
func TestJudgeAveragedMemory(t *testing.T) {
	for bytes, want := range map[float64]Verdict{65: Same, 66: Same, 67: Allocates} {
		round := repeated(passOf(1, 1, 1), passes)
		for i := range round {
			round[i][oldArm].bytes, round[i][controlArm].bytes = 64, 64
			round[i][newArm].bytes = bytes
		}
		round[1][controlArm].bytes = 66
		b := benchmark{rounds: [][]pass{round}, averagedMemory: true}
		require.Equal(t, want, b.judge(0.05).Verdict, "%v bytes", bytes)
		b.averagedMemory = false
		require.Equal(t, Allocates, b.judge(0.05).Verdict, "%v bytes", bytes)
	}
}

func TestChangeIsThatOfRatiosToTheReference(t *testing.T) {
	p := passOf(1, 1, 2.2)
	p[newArm].reference = 2 // a machine at half its speed
	require.InDelta(t, math.Log(1.1), change([]pass{p}, quiet), 1e-12)
	// Old and control count by halves.
	require.InDelta(t, math.Log(1.1), change([]pass{passOf(0.5, 2, 1.1)}, quiet), 1e-12)
}

// busy is a round on a machine that makes calls of one arm or another longer in most passes, of
// builds of which new is a tenth slower.
var busy = []pass{passOf(1, 1.6, 1.7), passOf(1.5, 1, 1.1), passOf(1, 1.7, 1.1),
	passOf(1.6, 1, 1.7), passOf(1, 1, 1.8), passOf(1.7, 1.4, 1.6)}

func TestQuietPassesDecide(t *testing.T) {
	b := benchmark{rounds: [][]pass{busy, busy, busy, busy, busy}}
	require.InDelta(t, math.Log(1.1), change(slices.Concat(b.rounds...), quiet), 1e-12)
	require.Equal(t, Slower, b.judge(0.05).Verdict)
	// One lucky pass of many is not the build's time.
	lucky := append(repeated(passOf(1, 1, 1), 23), passOf(1, 1, 0.5))
	require.InDelta(t, 0, change(lucky, quiet), 1e-12)
}

func TestFloor(t *testing.T) {
	for _, quantile := range []float64{quiet, median} {
		require.Zero(t, floor(repeated(passOf(1, 1, 5), passes), quantile), "old and control agree")
		apart := repeated(passOf(1, 1.2, 1), passes)
		require.InDelta(t, math.Log(1.2), floor(apart, quantile), 1e-12)
		outlier := append(repeated(passOf(1, 1, 1), 17), passOf(1, 3, 1))
		require.Zero(t, floor(outlier, quantile), "one disturbed pass")
		require.Equal(t, floor(busy, quantile), floor(busy, quantile))
	}
	more := slices.Repeat(busy, 4)
	require.Less(t, floor(more, quiet), floor(busy, quiet), "more passes, less noise")
}

func TestSteadierQuantile(t *testing.T) {
	// Quiet in one of ten passes: too few for the quiet ones to be met each time, and hardly any
	// for the median.
	rare := append(repeated(passOf(1.5, 1.5, 1.65), 18), passOf(1, 1.5, 1.65), passOf(1.5, 1, 1.65))
	quantile, noise := steadier(rare)
	require.Equal(t, median, quantile)
	require.Zero(t, noise)
	b := benchmark{rounds: [][]pass{rare, rare, rare}}
	require.Equal(t, Slower, b.judge(0.05).Verdict)
	quantile, _ = steadier(slices.Repeat(busy, 4))
	require.Equal(t, quiet, quantile)
}

func TestFiguresKeepTheFastest(t *testing.T) {
	slice := func(ns, reference, bytes, allocations float64) *benchfmt.Result {
		return &benchfmt.Result{Name: benchfmt.Name("A"), Values: []benchfmt.Value{
			{Value: ns, Unit: "sec/op"}, {Value: reference, Unit: "ref-sec"},
			{Value: bytes, Unit: "B/op"}, {Value: allocations, Unit: "allocs/op"}}}
	}
	var f figures
	require.NoError(t, f.add(slice(3, 2, 64, 2), true))
	require.NoError(t, f.add(slice(4, 1, 0, 1), true))
	require.Equal(t, figures{3, 1, 1, 0}, f)
	require.Equal(t, 3.0, f.ratio())
	require.ErrorContains(t, f.add(slice(0, 1, 0, 0), true), "not positive")
	require.ErrorContains(t, f.add(slice(1, math.NaN(), 0, 0), true), "not positive")
	missing := slice(1, 1, 0, 0)
	missing.Values = missing.Values[1:]
	require.ErrorContains(t, f.add(missing, true), "without sec/op")
}

func TestOrder(t *testing.T) {
	var places [arms][arms]int
	for number := range arms {
		for slice := range slicesPerPass {
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
		for place, times := range places[arm] {
			require.Equal(t, slicesPerPass, times, "arm %d at place %d", arm, place)
		}
	}
}

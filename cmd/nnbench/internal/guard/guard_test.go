package guard

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// options compare two kinds of fake builds.
func options(t *testing.T, old, new string) Options {
	return Options{Old: Build{Binary: fake(t, old)}, New: Build{Binary: fake(t, new)},
		Bench: regexp.MustCompile("."), Threshold: 0.05}
}

// verdicts returns the verdicts of a report by name.
func verdicts(r *Report) map[string]Verdict {
	found := map[string]Verdict{}
	for _, result := range r.Results {
		found[result.Name] = result.Verdict
	}
	return found
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		kind   string
		want   []Verdict // of MatMul/a, MatMul/b and Step/c
		passes int       // of MatMul/a
	}{
		{"same", []Verdict{Same, Same, Same}, passes},
		{"throttled", []Verdict{Same, Same, Same}, passes},
		{"slow", []Verdict{Slower, Same, Same}, slowRounds * passes},
		{"wasteful", []Verdict{Same, Same, Allocates}, passes},
	} {
		t.Run(test.kind, func(t *testing.T) {
			report, err := Run(t.Context(), options(t, "same", test.kind))
			require.NoError(t, err)
			require.Equal(t, map[string]Verdict{"MatMul/a": test.want[0],
				"MatMul/b": test.want[1], "Step/c": test.want[2]}, verdicts(report))
			require.Equal(t, test.passes, report.Results[0].Passes)
			require.Equal(t, strings.Contains("slow wasteful", test.kind), report.Fails())
			require.Len(t, report.OldSlices, len(report.NewSlices))
			require.GreaterOrEqual(t, len(report.NewSlices), 3*passes*slicesPerPass)
		})
	}
}

// TestRunGivesUpOnNoise lets the old build differ from itself by 30 %.
func TestRunGivesUpOnNoise(t *testing.T) {
	report, err := Run(t.Context(), options(t, "unsteady", "slow"))
	require.NoError(t, err)
	require.Equal(t, Unclear, report.Results[0].Verdict)
	require.Equal(t, mostRounds*passes, report.Results[0].Passes)
	require.InDelta(t, 0.3, report.Results[0].Floor, 1e-9)
	require.False(t, report.Fails())
}

func TestRunNamesBenchmarksOfOneBuild(t *testing.T) {
	report, err := Run(t.Context(), options(t, "same", "larger"))
	require.NoError(t, err)
	require.Empty(t, report.OldOnly)
	require.Equal(t, []string{"MatMul/new"}, report.NewOnly)
	report, err = Run(t.Context(), options(t, "larger", "same"))
	require.NoError(t, err)
	require.Equal(t, []string{"MatMul/new"}, report.OldOnly)
	require.Len(t, report.Results, 3)
}

func TestRunErrors(t *testing.T) {
	for kind, want := range map[string]string{
		"broken":   "can't list its benchmarks with run --list: exit status 3: nnbench: out of",
		"dies":     "it failed at MatMul/b: exit status 1: nnbench: a kernel went up in smoke",
		"quits":    "MatMul/b: ",
		"confused": "asked to measure MatMul/a, it answered with MatMul/c",
		"babbles":  "asked to measure MatMul/a, it answered: ",
		"other":    `have no benchmark in common that "." matches`,
		"drifting": "the reference kernel takes +20 % time in the new build",
	} {
		t.Run(kind, func(t *testing.T) {
			report, err := Run(t.Context(), options(t, "same", kind))
			require.ErrorContains(t, err, want)
			require.False(t, Interrupted(err))
			if kind == "dies" {
				require.Equal(t, map[string]Verdict{"MatMul/a": Same}, verdicts(report),
					"what was measured is kept")
			}
		})
	}
	o := options(t, "same", "same")
	o.New.Binary = filepath.Join(t.TempDir(), "none")
	_, err := Run(t.Context(), o)
	require.ErrorContains(t, err, "can't run "+o.New.Binary)
}

func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, "same", "same")
	o.Progress = func(done, _ int) {
		if done == 4 { // three benchmarks in the first pass, one in the second
			cancel()
		}
	}
	report, err := Run(ctx, o)
	require.True(t, Interrupted(err), err)
	require.Len(t, report.Results, 3)
	for i, want := range []int{2, 1, 1} {
		require.Equal(t, want, report.Results[i].Passes)
	}
}

func TestInterruptWhileAnAnswerIsDue(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, "same", "slow-witted")
	s, err := server{o.New.Binary}.start(ctx)
	require.NoError(t, err)
	cancel()
	_, err = s.measure("MatMul/a")
	require.Error(t, err)
}

func TestSelfTestCounts(t *testing.T) {
	o := options(t, "same", "same")
	reports := 0
	found, err := Test(t.Context(), o, 2, func(*SelfTest) { reports++ })
	require.NoError(t, err)
	require.Equal(t, 6, reports)
	require.Positive(t, found.Longest)
	found.Longest = 0
	require.Equal(t, SelfTest{Null: Score{2, 2}, Slow: Score{2, 2},
		Allocation: Score{2, 2}, Others: Score{8, 8}}, *found)
	require.True(t, found.Passed())

	o.Threshold = 0.2 // the guard is blind to what is planted
	found, err = Test(t.Context(), o, 1, func(*SelfTest) {})
	require.NoError(t, err)
	require.Equal(t, Score{1, 0}, found.Slow)
	require.Equal(t, []string{
		"MatMul/a: same, should be slower (+10.0 %, noise 0.0 %, 6 passes)"}, found.Mistakes)
	require.False(t, found.Passed())
}

func TestSelfTestCountsFalseAlarms(t *testing.T) {
	report := &Report{Results: []Result{{Name: "a", Verdict: Slower}, {Name: "b", Verdict: Same}}}
	var found SelfTest
	found.count(&found.Null, report, fault{})
	found.count(&found.Slow, report, fault{"--plant-slow", "a", Slower})
	require.Equal(t, Score{1, 0}, found.Null)
	require.Equal(t, Score{1, 1}, found.Slow)
	require.Equal(t, Score{3, 2}, found.Others)
	require.Len(t, found.Mistakes, 1)
	require.Contains(t, found.Mistakes[0], "a: slower, without a cause")
}

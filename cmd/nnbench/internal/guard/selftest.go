package guard

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Score counts the trials of one kind, and those that the guard called right.
type Score struct{ Trials, Right int }

// SelfTest is what a test of the guard found.
type SelfTest struct {
	Null       Score    // a binary against itself: right without an alarm
	Slow       Score    // one benchmark a tenth slower: right if it is found slower
	Allocation Score    // a training step that allocates once: right if it is found
	Mistakes   []string // what was called wrong

	Longest time.Duration // time of a comparison

	// Others counts the benchmarks beside the planted ones in all trials, and those among them
	// without an alarm.
	Others Score
}

// Passed reports whether the guard keeps its promise: no alarm without a cause, 19 of 20
// slow-downs, every allocation.
func (t *SelfTest) Passed() bool {
	return t.Null.Right == t.Null.Trials && 20*t.Slow.Right >= 19*t.Slow.Trials &&
		t.Allocation.Right == t.Allocation.Trials
}

// quick is the time of a call in nanoseconds above which a benchmark is not slowed down: a planted
// one repeats every tenth call, and would need longer batches than the others.
const quick = 30e3

// fault is what a trial plants: a flag of run --serve, the benchmark that it makes worse, and the
// verdict that is right.
type fault struct {
	flag, benchmark string
	verdict         Verdict
}

// Test compares a binary with itself, with and without planted faults, in the given number of
// trials of each kind, taken in turns. It reports the counts after each trial. An error means that
// it did not come to its end.
//
// A comparison with a fault takes the benchmarks of the family that has it; one without takes all.
// The faults are real: of the slow benchmark every tenth call is made twice, and the allocating
// step allocates 64 bytes per call. Which benchmark is slow goes through all whose calls take up to
// 30 µs.
func Test(ctx context.Context, o Options, trials int, progress func(t *SelfTest)) (
	*SelfTest, error) {
	t := &SelfTest{}
	binary, err := filepath.Abs(o.Old.Binary)
	if err != nil {
		return t, err
	}
	o.Old = Build{Binary: binary}
	o.New = o.Old
	steps, err := stepNames(ctx, binary)
	if err != nil {
		return t, err
	}
	var candidates []string
	for trial := range trials {
		report, err := t.try(ctx, o, &t.Null, fault{}, progress)
		if err != nil {
			return t, err
		}
		if trial == 0 {
			if candidates = quickBenchmarks(report); len(candidates) == 0 {
				return t, errors.New("no benchmark is quick enough to be slowed down")
			}
		}
		slow := fault{"--plant-slow", candidates[trial*len(candidates)/trials], Slower}
		slowOptions := only(o, familyOf(slow.benchmark))
		if _, err := t.try(ctx, slowOptions, &t.Slow, slow, progress); err != nil {
			return t, err
		}
		allocation := fault{"--plant-allocation", steps[trial%len(steps)], Allocates}
		stepOptions := only(o, familyOf(allocation.benchmark))
		if _, err := t.try(ctx, stepOptions, &t.Allocation, allocation, progress); err != nil {
			return t, err
		}
	}
	return t, nil
}

// try makes one trial.
func (t *SelfTest) try(ctx context.Context, o Options, score *Score, f fault,
	progress func(t *SelfTest)) (*Report, error) {
	if f.flag != "" {
		o.plant = []string{f.flag, f.benchmark}
	}
	start := time.Now()
	report, err := Run(ctx, o)
	if err != nil {
		return nil, err
	}
	t.Longest = max(t.Longest, time.Since(start))
	t.count(score, report, f)
	progress(t)
	return report, nil
}

// quickBenchmarks returns the names of those whose calls are quick.
func quickBenchmarks(r *Report) []string {
	var names []string
	for _, result := range r.Results {
		if result.OldNS <= quick {
			names = append(names, result.Name)
		}
	}
	return names
}

// familyOf returns what a benchmark's name begins with, up to the first slash.
func familyOf(benchmark string) string {
	family, _, _ := strings.Cut(benchmark, "/")
	return family
}

// only returns the options for the benchmarks of one family, which spares the time of the others.
func only(o Options, family string) Options {
	o.Bench = regexp.MustCompile("^" + regexp.QuoteMeta(family) + "/")
	return o
}

// trainingSteps matches the benchmarks of training steps.
var trainingSteps = regexp.MustCompile("^Step/")

// stepNames returns the names of the training steps of a build of nnbench.
func stepNames(ctx context.Context, binary string) ([]string, error) {
	test, err := isTest(ctx, binary)
	if err != nil {
		return nil, err
	}
	if test {
		return nil, fmt.Errorf("%s is a test binary: only nnbench has faults to plant", binary)
	}
	names, err := server{binary}.list(ctx, trainingSteps)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no training step among its benchmarks", binary)
	}
	return names, nil
}

// count enters a trial: it is right if the benchmark at fault has the verdict, or if there is none
// and nothing fails.
func (t *SelfTest) count(score *Score, r *Report, f fault) {
	right := f.benchmark == ""
	for _, result := range r.Results {
		if result.Name == f.benchmark {
			if right = result.Verdict == f.verdict; !right {
				t.mistake(result, fmt.Sprintf("should be %s", f.verdict))
			}
			continue
		}
		t.Others.Trials++
		if !result.Verdict.Fails() {
			t.Others.Right++
			continue
		}
		t.mistake(result, "without a cause")
		right = right && f.benchmark != ""
	}
	score.Trials++
	if right {
		score.Right++
	}
}

// mistake notes a wrong verdict.
func (t *SelfTest) mistake(r Result, what string) {
	t.Mistakes = append(t.Mistakes, fmt.Sprintf("%s: %s, %s (%+.1f %%, noise %.1f %%, %d passes)",
		r.Name, r.Verdict, what, 100*r.Change, 100*r.Floor, r.Passes))
}

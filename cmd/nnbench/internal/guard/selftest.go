package guard

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Tally counts the trials of one kind, and those that the guard called right.
type Tally struct{ Trials, Right int }

// SelfTest is what a test of the guard found.
type SelfTest struct {
	Null       Tally    // a binary against itself: right without an alarm
	Slow       Tally    // one benchmark a tenth slower: right if it is found slower
	Allocation Tally    // a training step that allocates once: right if it is found
	Mistakes   []string // what was called wrong

	Longest time.Duration // time of a comparison

	// Others counts the benchmarks beside the planted ones in all trials, and those among them without an alarm.
	Others Tally
}

// Passed tells whether the guard keeps its promise: no alarm without a cause, 19 of 20 slow-downs, every allocation.
func (t *SelfTest) Passed() bool {
	return t.Null.Right == t.Null.Trials && 20*t.Slow.Right >= 19*t.Slow.Trials && t.Allocation.Right == t.Allocation.Trials
}

// quick is the time of a call in nanoseconds above which a benchmark is not slowed down: a planted one repeats every tenth call, and would
// need longer batches than the others.
const quick = 30e3

// Test compares a binary with itself, with and without planted faults, in the given number of trials of each kind, taken in turns.
// An error means that it did not come to its end; the counts are those up to there.
//
// The faults are real: of the slow benchmark every tenth call is made twice, and the allocating step allocates 64 bytes a call. Which
// benchmark is slow goes through all whose calls take up to 30 µs.
func Test(ctx context.Context, o Options, trials int, progress func(t *SelfTest)) (*SelfTest, error) {
	o.New = o.Old
	t := &SelfTest{}
	var candidates []string
	for trial := range trials {
		report, err := t.run(ctx, o)
		if err != nil {
			return t, err
		}
		t.count(&t.Null, report, "", Same)
		progress(t)
		if trial == 0 {
			if candidates = quickBenchmarks(report); len(candidates) == 0 {
				return t, errors.New("no benchmark is quick enough to be slowed down")
			}
		}
		slow := candidates[trial*len(candidates)/trials]
		if report, err = t.planted(ctx, o, "--plant-slow", slow); err != nil {
			return t, err
		}
		t.count(&t.Slow, report, slow, Slower)
		progress(t)
		steps := o
		steps.Bench = regexp.MustCompile("^Step/")
		step, err := trainingStep(ctx, o.Old, trial)
		if err != nil {
			return t, err
		}
		if report, err = t.planted(ctx, steps, "--plant-allocation", step); err != nil {
			return t, err
		}
		t.count(&t.Allocation, report, step, Allocates)
		progress(t)
	}
	return t, nil
}

// planted compares the binary with itself made worse.
func (t *SelfTest) planted(ctx context.Context, o Options, flag, name string) (*Report, error) {
	o.plant = []string{flag, name}
	return t.run(ctx, o)
}

// run compares and notes the time.
func (t *SelfTest) run(ctx context.Context, o Options) (*Report, error) {
	start := time.Now()
	report, err := Run(ctx, o)
	t.Longest = max(t.Longest, time.Since(start))
	return report, err
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

// trainingStep returns the name of a training step, another one in each trial.
func trainingStep(ctx context.Context, binary string, trial int) (string, error) {
	names, err := list(ctx, binary)
	if err != nil {
		return "", err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !regexp.MustCompile("^Step/").MatchString(name) })
	if len(names) == 0 {
		return "", errors.New("there is no training step among the benchmarks")
	}
	return names[trial%len(names)], nil
}

// count enters a trial: right if the planted benchmark has the verdict, and if nothing was planted, if nothing fails.
func (t *SelfTest) count(tally *Tally, r *Report, planted string, want Verdict) {
	right := planted == ""
	for _, result := range r.Results {
		if result.Name == planted {
			if right = result.Verdict == want; !right {
				t.mistake(result, fmt.Sprintf("should be %s", want))
			}
			continue
		}
		t.Others.Trials++
		if !result.Verdict.Fails() {
			t.Others.Right++
			continue
		}
		t.mistake(result, "without a cause")
		right = right && planted != ""
	}
	tally.Trials++
	if right {
		tally.Right++
	}
}

// mistake notes a wrong verdict.
func (t *SelfTest) mistake(r Result, what string) {
	t.Mistakes = append(t.Mistakes, fmt.Sprintf("%s: %s, %s (%+.1f %%, noise %.1f %%, %d passes)", r.Name, r.Verdict, what, 100*r.Change, 100*r.Floor, r.Passes))
}

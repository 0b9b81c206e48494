package guard

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"golang.org/x/perf/benchfmt"

	"simdnn/internal/measure"
)

// Options say what to compare.
type Options struct {
	Old, New  Build
	Bench     *regexp.Regexp // of the benchmarks' names; for test binaries as in go test -bench
	BenchTime time.Duration  // of a slice of a test binary's benchmark
	Threshold float64        // changes up to here are never a regression: 0.05 is 5 %
	Progress  func(done, total int)

	plant []string // flags that make the new binary worse than it is, for a test of the guard
}

// Report is what a comparison found.
type Report struct {
	Results              []Result
	OldOnly, NewOnly     []string           // benchmarks that one build has
	OldSlices, NewSlices []*benchfmt.Result // all that was measured
}

// Fails reports whether there is a regression.
func (r *Report) Fails() bool {
	return slices.ContainsFunc(r.Results, func(r Result) bool { return r.Verdict.Fails() })
}

const (
	// passes is the number of passes of a round.
	passes = 6
	// slowRounds is the number of rounds in which a benchmark must be slower to count as slower.
	slowRounds = 3
	// mostRounds is the number of rounds after which a suspect of which that can't be said is given
	// up.
	mostRounds = 12
	// referenceDrift is the largest change of the reference itself with which ratios to it mean
	// anything.
	referenceDrift = 0.1
)

// guard is one comparison under way.
type guard struct {
	Options
	old, new   program
	tests      bool // they are test binaries
	benchmarks []*benchmark
	report     Report
}

// Run compares two builds. An error means that there is no verdict; the report then holds what was
// measured before it.
func Run(ctx context.Context, o Options) (*Report, error) {
	g := &guard{Options: o}
	if err := g.choose(ctx); err != nil {
		return &g.report, err
	}
	err := g.measure(ctx)
	if ctx.Err() != nil {
		err = ctx.Err() // what else went wrong is a consequence
	}
	for _, b := range g.benchmarks {
		if len(b.rounds) > 0 && len(b.rounds[0]) > 0 {
			g.report.Results = append(g.report.Results, b.judge(o.Threshold))
		}
	}
	if err == nil {
		err = g.checkReference()
	}
	return &g.report, err
}

// choose finds out what the builds are, and the benchmarks that both have.
func (g *guard) choose(ctx context.Context) error {
	if err := g.open(ctx); err != nil {
		return err
	}
	before, err := g.old.list(ctx, g.Bench)
	if err != nil {
		return err
	}
	after, err := g.new.list(ctx, g.Bench)
	if err != nil {
		return err
	}
	for _, name := range before {
		if slices.Contains(after, name) {
			b := &benchmark{name: name, averagedMemory: g.tests}
			g.benchmarks = append(g.benchmarks, b)
		} else {
			g.report.OldOnly = append(g.report.OldOnly, name)
		}
	}
	for _, name := range after {
		if !slices.Contains(before, name) {
			g.report.NewOnly = append(g.report.NewOnly, name)
		}
	}
	if len(g.benchmarks) == 0 {
		return fmt.Errorf("the old and the new build have no benchmark in common that %q matches",
			g.Bench)
	}
	return nil
}

// measure makes the first round with all benchmarks and the others with the suspects, as long as it
// isn't clear what they are.
func (g *guard) measure(ctx context.Context) error {
	suspects := g.benchmarks
	for round := 0; round < mostRounds && len(suspects) > 0; round++ {
		if err := g.round(ctx, round, suspects); err != nil {
			return err
		}
		suspects = slices.DeleteFunc(slices.Clone(suspects), func(b *benchmark) bool {
			return !b.suspect(g.Threshold) || b.judge(g.Threshold).Verdict == Slower
		})
	}
	return nil
}

// round makes one round of passes.
func (g *guard) round(ctx context.Context, round int, benchmarks []*benchmark) error {
	byName, names := map[string]*benchmark{}, []string(nil)
	for _, b := range benchmarks {
		byName[b.name], names = b, append(names, b.name)
	}
	done := 0
	for number := range passes {
		err := g.measurePass(ctx, round*passes+number, names, func(name string, p pass) {
			b := byName[name]
			if len(b.rounds) == round {
				b.rounds = append(b.rounds, nil)
			}
			b.rounds[round] = append(b.rounds[round], p)
			if done++; g.Progress != nil {
				g.Progress(done, passes*len(names))
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkReference returns an error if the reference kernel itself takes another time in the new
// build.
func (g *guard) checkReference() error {
	var drifts []float64
	for _, b := range g.benchmarks {
		for _, p := range b.rounds[0] {
			drifts = append(drifts, math.Log(p[newArm].reference/p[oldArm].reference))
		}
	}
	if drift := math.Exp(measure.Median(drifts)) - 1; math.Abs(drift) > referenceDrift {
		return fmt.Errorf("the reference kernel takes %+.0f %% time in the new build, "+
			"so that times beside it can't be compared", 100*drift)
	}
	return nil
}

// Interrupted reports whether an error of [Run] is that of an interrupt.
func Interrupted(err error) bool { return errors.Is(err, context.Canceled) }

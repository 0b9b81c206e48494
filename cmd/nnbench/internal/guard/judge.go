package guard

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Verdict is what the guard says about a benchmark.
type Verdict string

// The verdicts. The last two fail.
const (
	Same      Verdict = "same"
	Faster    Verdict = "faster"
	Unclear   Verdict = "unclear" // beyond the threshold, but not beyond the noise
	Slower    Verdict = "slower"
	Allocates Verdict = "allocates" // more memory than before, or more often
)

// Fails reports whether the verdict is a regression.
func (v Verdict) Fails() bool { return v == Slower || v == Allocates }

// Times are taken at one of two quantiles over passes: that at which old and control differ less,
// see [steadier].
//
// Most passes of a busy machine may be disturbed, and some by a half: between the hyperthreads of a
// core that two systems share, a call takes one time or another. What the quiet passes say is the
// same each time, as long as there are enough of them, and the median, as long as there are few.
// The very quietest is none of the two: a process may have been lucky with its memory.
const (
	quiet  = 0.1
	median = 0.5
)

// Result is what was found about one benchmark. Times are those of a call in nanoseconds.
type Result struct {
	Name                           string
	OldNS, NewNS                   float64
	Change                         float64 // of the time: 0.1 is a tenth slower
	Floor                          float64 // changes up to here come without a cause
	OldAllocations, NewAllocations float64
	OldBytes, NewBytes             float64
	Passes                         int
	Verdict                        Verdict
}

// benchmark is the measurements of one benchmark, by round.
type benchmark struct {
	name   string
	rounds [][]pass
	// averagedMemory is set if the memory of a call is an average that may differ from slice to
	// slice, as that of test binaries is.
	averagedMemory bool
}

// judge concludes what the measurements say.
func (b *benchmark) judge(threshold float64) Result {
	all := slices.Concat(b.rounds...)
	quantile, floor := steadier(all)
	r := Result{
		Name: b.name, Passes: len(all), Verdict: Same,
		Change: math.Exp(change(all, quantile)) - 1, Floor: math.Exp(floor) - 1,
	}
	r.OldNS = at(quantile, each(all, func(p *pass) float64 { return 1e9 * p[oldArm].seconds }))
	r.NewNS = at(quantile, each(all, func(p *pass) float64 { return 1e9 * p[newArm].seconds }))
	allocations := func(f *figures) float64 { return f.allocations }
	bytes := func(f *figures) float64 { return f.bytes }
	r.OldAllocations, r.OldBytes = slices.Min(b.before(allocations)), slices.Min(b.before(bytes))
	r.NewAllocations, r.NewBytes = slices.Min(b.after(allocations)), slices.Min(b.after(bytes))
	switch {
	case b.allocates(allocations) || b.allocates(bytes):
		r.Verdict = Allocates
	case r.Change > max(threshold, r.Floor) && b.slowRounds(threshold, quantile) >= slowRounds:
		r.Verdict = Slower
	case r.Change > threshold:
		r.Verdict = Unclear
	case 1/(1+r.Change)-1 > max(threshold, r.Floor) && len(all) >= passes:
		r.Verdict = Faster
	}
	return r
}

// before returns a figure of the passes of both old arms.
func (b *benchmark) before(figure func(f *figures) float64) []float64 {
	all := slices.Concat(b.rounds...)
	return slices.Concat(each(all, func(p *pass) float64 { return figure(&p[oldArm]) }),
		each(all, func(p *pass) float64 { return figure(&p[controlArm]) }))
}

// after returns a figure of the passes of the new arm.
func (b *benchmark) after(figure func(f *figures) float64) []float64 {
	return each(slices.Concat(b.rounds...), func(p *pass) float64 { return figure(&p[newArm]) })
}

// allocates reports whether a figure of memory became worse: in every pass more than the old build
// ever needed, which is its least or, if it varies for no reason, its most.
func (b *benchmark) allocates(figure func(f *figures) float64) bool {
	before := slices.Min(b.before(figure))
	if b.averagedMemory {
		before = slices.Max(b.before(figure))
	}
	return slices.Min(b.after(figure)) > before
}

// suspect reports whether the benchmark may turn out to be slower, at either quantile: by more than
// half the threshold after the first round, which a round of a benchmark that is slower by more
// than the whole may show, and then by more than the threshold over all passes.
func (b *benchmark) suspect(threshold float64) bool {
	if len(b.rounds) == 1 {
		threshold /= 2
	}
	all := slices.Concat(b.rounds...)
	return exceeds(change(all, quiet), threshold) || exceeds(change(all, median), threshold)
}

// slowRounds returns the number of rounds in which the benchmark was slower by more than the
// threshold.
func (b *benchmark) slowRounds(threshold, quantile float64) int {
	n := 0
	for _, round := range b.rounds {
		if exceeds(change(round, quantile), threshold) {
			n++
		}
	}
	return n
}

// exceeds reports whether the logarithm of a change is that of a larger one than the threshold.
func exceeds(change, threshold float64) bool { return math.Exp(change)-1 > threshold }

// change returns the logarithm of the time of new over that of old at a quantile of the passes, of
// which there is at least one, old being the mean of both old arms.
func change(passes []pass, quantile float64) float64 {
	before := (level(passes, oldArm, quantile) + level(passes, controlArm, quantile)) / 2
	return level(passes, newArm, quantile) - before
}

// level returns the logarithm of an arm's time beside the reference at a quantile of the passes.
func level(passes []pass, arm int, quantile float64) float64 {
	return at(quantile, each(passes, func(p *pass) float64 { return math.Log(p[arm].ratio()) }))
}

// steadier returns the quantile with the lower noise floor, and that. The new build has no say in
// it.
func steadier(passes []pass) (quantile, noise float64) {
	atQuiet, atMedian := floor(passes, quiet), floor(passes, median)
	if atMedian < atQuiet {
		return median, atMedian
	}
	return quiet, atQuiet
}

// floor returns the noise floor: the 99.9th percentile of the absolute difference between the
// levels of old and control, over resamplings in which passes are drawn with replacement and old
// and control exchanged at random in each, since nothing tells one from the other.
func floor(passes []pass, quantile float64) float64 {
	const resamplings = 2000
	random := rand.New(rand.NewPCG(1, 2)) // the same verdict for the same measurements
	differences, drawn := make([]float64, resamplings), make([]pass, len(passes))
	for i := range differences {
		for j := range drawn {
			drawn[j] = passes[random.IntN(len(passes))]
			if random.IntN(2) == 0 {
				drawn[j][oldArm], drawn[j][controlArm] = drawn[j][controlArm], drawn[j][oldArm]
			}
		}
		difference := level(drawn, controlArm, quantile) - level(drawn, oldArm, quantile)
		differences[i] = math.Abs(difference)
	}
	return stats.Sample{Xs: differences}.Quantile(0.999)
}

// at returns a quantile of values.
func at(quantile float64, values []float64) float64 {
	return stats.Sample{Xs: values}.Quantile(quantile)
}

// each returns a figure of every pass.
func each(passes []pass, f func(p *pass) float64) []float64 {
	values := make([]float64, len(passes))
	for i := range passes {
		values[i] = f(&passes[i])
	}
	return values
}

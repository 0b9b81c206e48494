package guard

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/perf/benchfmt"
)

// The programs that are measured in turns.
const (
	oldArm = iota
	controlArm
	newArm
	arms
)

// slicesPerPass is the number of slices of a benchmark that an arm measures in a pass: on a machine
// that is busy half of the time, enough for one of them to be quiet.
const slicesPerPass = 8

// figures are what an arm found about a benchmark in a pass: the fastest slice's times in seconds,
// and the memory of a call.
type figures struct {
	seconds, reference float64
	allocations, bytes float64
}

// ratio returns the benchmark's time in units of the reference's.
func (f *figures) ratio() float64 { return f.seconds / f.reference }

// add takes one slice into account. Without a reference in the slices the time itself is compared.
func (f *figures) add(r *benchfmt.Result, withReference bool) error {
	slice := figures{reference: 1}
	for unit, value := range map[string]*float64{"sec/op": &slice.seconds,
		"ref-sec": &slice.reference, "allocs/op": &slice.allocations, "B/op": &slice.bytes} {
		if unit == "ref-sec" && !withReference {
			continue
		}
		var ok bool
		if *value, ok = r.Value(unit); !ok {
			return fmt.Errorf("a result of %s without %s", r.Name, unit)
		}
	}
	if !(slice.seconds > 0 && slice.reference > 0) {
		return fmt.Errorf("a result of %s whose times are not positive", r.Name)
	}
	if f.seconds == 0 {
		*f = slice
		return nil
	}
	f.seconds, f.reference = min(f.seconds, slice.seconds), min(f.reference, slice.reference)
	f.allocations, f.bytes = min(f.allocations, slice.allocations), min(f.bytes, slice.bytes)
	return nil
}

// pass is what all arms found about a benchmark in one pass.
type pass [arms]figures

// order returns the order in which the arms measure a slice: there and back, and each arm first, in
// the middle and last as often as the others in the course of three passes.
func order(number, slice int) [arms]int {
	first := (number + slice/2) % arms
	turn := [arms]int{first, (first + 1) % arms, (first + 2) % arms}
	if slice%2 == 1 {
		turn[0], turn[2] = turn[2], turn[0]
	}
	return turn
}

// measurePass measures benchmarks in new processes and hands out what each yields. When it fails,
// the benchmarks measured before have been handed out.
func (g *guard) measurePass(ctx context.Context, number int, names []string,
	yield func(name string, p pass)) (err error) {
	var sessions [arms]session
	defer func() {
		for _, s := range sessions {
			if s != nil {
				err = errors.Join(err, s.stop())
			}
		}
	}()
	for arm, p := range [arms]program{g.old, g.old, g.new} {
		var flags []string
		if arm == newArm {
			flags = g.plant
		}
		s, err := p.start(ctx, flags...)
		if err != nil {
			return err
		}
		sessions[arm] = s
	}
	for _, name := range names {
		var p pass
		for slice := range slicesPerPass {
			for _, arm := range order(number, slice) {
				results, err := sessions[arm].measure(name)
				if err != nil {
					return err
				}
				for _, r := range results {
					if err := p[arm].add(r, !g.tests); err != nil {
						return err
					}
				}
				g.keep(arm, results)
			}
		}
		yield(name, p)
	}
	return nil
}

// keep keeps the results of a slice of the old or the new build.
func (g *guard) keep(arm int, results []*benchfmt.Result) {
	switch arm {
	case oldArm:
		g.report.OldSlices = append(g.report.OldSlices, results...)
	case newArm:
		g.report.NewSlices = append(g.report.NewSlices, results...)
	}
}

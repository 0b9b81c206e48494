package main

import (
	"runtime"

	"simdnn/tensor/asm"
)

// session is one run of the program.
type session struct {
	*options
	*report
	failed int // sides that gave a wrong result or could not work
}

// run times the sections.
func (s *session) run() error {
	s.note("simdnn: ISA %s, %d threads (GOMAXPROCS %d), pinned to the processors %v",
		asm.Active().Name, s.threads, runtime.GOMAXPROCS(0), pinned())
	if name := asm.Active().Name; name == "generic" || name == "reference" {
		s.note("simdnn runs without assembly: was SIMDNN_ISA set, or the program built with the tag purego, or noasm, which is meant for gonum but takes cpuid's detection away too?")
	}
	s.note("%s of %d timings of at least %v each by %v, the sides in turns", s.contest.statistic(),
		s.contest.repeats, s.contest.least, s.contest.clock)
	work := map[string]func() error{"gemm": s.gemm, "elementwise": s.elementwise, "step": s.step,
		"infer": s.infer, "fit": s.fit,
		"conv": s.conv, "convgrad": s.convGradients, "trees": s.trees,
		"classical": s.classical, "integers": s.integers,
		"weights": s.weights}
	for _, section := range s.sections {
		if err := work[section](); err != nil {
			return err
		}
	}
	return nil
}

// finish compares the sides of a row, writes it, and reports the sides that failed.
func (s *session) finish(r *row) error {
	r.ISA, r.Threads, r.Clock = asm.Active().Name, s.threads, s.contest.clock.String()
	r.compare()
	if err := s.report.row(r); err != nil {
		return err
	}
	for _, t := range r.Timings {
		if t.Error != "" {
			s.failed++
			s.note("%s: %s: %s", r.Job, t.Name, t.Error)
		}
	}
	return nil
}

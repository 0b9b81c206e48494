package suite

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"golang.org/x/perf/benchfmt"

	"simdnn/bench"
	"simdnn/internal/measure"
	"simdnn/tensor/asm"
)

// Plant is a fault to be planted into one case, for testing what is to find such faults.
type Plant struct {
	Case     string // its name
	Again    int    // every Again-th call is made twice
	Allocate bool   // every call allocates once
}

// planted holds the last allocation that was planted, so that it can't be left out.
var planted atomic.Pointer[[64]byte]

// Serve measures what the lines of requests name, one slice of some milliseconds for each, and
// answers with a line in Go's benchmark format, until requests end. The first answer comes after
// the lines of the machine. A case named again at once is measured with the same operands; memory
// is counted when it is named first.
func Serve(requests io.Reader, answers io.Writer, machine []benchfmt.Config, plant Plant) error {
	cases := map[string]*bench.Case{}
	for _, c := range bench.Cases(bench.Options{}) {
		cases[c.Name()] = &c
	}
	w := benchfmt.NewWriter(answers)
	var current *served
	for lines := bufio.NewScanner(requests); ; {
		if !lines.Scan() {
			return lines.Err()
		}
		c := cases[strings.TrimSpace(lines.Text())]
		if c == nil {
			return fmt.Errorf("there is no benchmark %q", lines.Text())
		}
		if current == nil || current.c != c {
			var err error
			if current, err = prepare(c, plant); err != nil {
				return fmt.Errorf("%s: %w", c.Name(), err)
			}
		}
		if err := w.Write(result(c, machine, current.measure())); err != nil {
			return err
		}
	}
}

// served is the case under measurement.
type served struct {
	c                  *bench.Case
	slicer             *measure.Slicer
	allocations, bytes int
}

// prepare makes a case ready to be measured.
func prepare(c *bench.Case, plant Plant) (*served, error) {
	call, err := c.Prepare()
	if err != nil {
		return nil, err
	}
	again := 0
	if plant.Case == c.Name() {
		again = plant.Again
		if plant.Allocate {
			clean := call
			call = func() { planted.Store(new([64]byte)); clean() }
		}
	}
	s := &served{c: c, slicer: measure.NewSlicer(call, reference, again)}
	s.allocations, s.bytes = measure.Memory(call, memoryCalls)
	return s, nil
}

// measure times a slice.
func (s *served) measure() figures {
	function, reference := s.slicer.Slice()
	return figures{function.Calls, function.NS, float64(reference), s.allocations, s.bytes}
}

// reference is the kernel beside which all cases are timed: fused multiply-adds on registers, whose
// time follows the processor's clock and nothing else.
func reference() { asm.PeakFMA[float32](asm.Active(), 5000) }

// Package suite measures the cases of package bench in this process and writes the results in Go's
// benchmark format.
package suite

import (
	"fmt"
	"math"
	"runtime"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"

	"simdnn/bench"
)

// ReferenceUnit is the unit of the reference's time in results of [Serve].
const ReferenceUnit = "ref-ns"

// memoryCalls is the number of calls over which memory is counted.
const memoryCalls = 20

// figures are what was measured of a case.
type figures struct {
	calls              int
	ns                 float64
	reference          float64 // nanoseconds, 0 if there is none
	allocations, bytes int
}

// result returns a line of results under the lines of the machine.
func result(c *bench.Case, machine []benchfmt.Config, f figures) *benchfmt.Result {
	name := benchfmt.Name(c.Name() + processors())
	r := &benchfmt.Result{Config: machine, Name: name, Iters: f.calls}
	add := func(value float64, unit string) {
		value = round(value)
		tidy, tidyUnit := benchunit.Tidy(value, unit)
		r.Values = append(r.Values,
			benchfmt.Value{Value: tidy, Unit: tidyUnit, OrigValue: value, OrigUnit: unit})
	}
	add(f.ns, "ns/op")
	if f.reference > 0 {
		add(f.reference, ReferenceUnit)
	}
	if rate, unit := c.Rate(f.ns); unit != "" {
		add(rate, unit)
	}
	add(float64(f.bytes), "B/op")
	add(float64(f.allocations), "allocs/op")
	return r
}

// processors returns the end of a name that Go gives to benchmarks on more than one processor.
func processors() string {
	if n := runtime.GOMAXPROCS(0); n > 1 {
		return fmt.Sprintf("-%d", n)
	}
	return ""
}

// round rounds to five significant digits, more than any timing holds.
func round(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 4-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

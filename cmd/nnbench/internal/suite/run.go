package suite

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/perf/benchfmt"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
)

// Run measures the cases count times, in as many passes so that a change of the machine's speed meets all of them, and writes a line for each
// measurement of about the given time. When the context ends it stops before the next measurement and returns the context's error. It returns
// the number of results written.
func Run(ctx context.Context, w io.Writer, cases []bench.Case, machine []benchfmt.Config, count int, total time.Duration) (results int, err error) {
	for _, unit := range bench.Rates {
		if _, err := fmt.Fprintf(w, "Unit %s better=higher\n", unit); err != nil {
			return 0, err
		}
	}
	lines := benchfmt.NewWriter(w)
	for range count {
		for i := range cases {
			if err := ctx.Err(); err != nil {
				return results, err
			}
			f, err := sample(&cases[i], total)
			if err != nil {
				return results, fmt.Errorf("%s: %w", cases[i].Name(), err)
			}
			if err := lines.Write(result(&cases[i], machine, f)); err != nil {
				return results, err
			}
			results++
		}
	}
	return results, nil
}

// sample measures one case once.
func sample(c *bench.Case, total time.Duration) (figures, error) {
	call, err := c.Prepare()
	if err != nil {
		return figures{}, err
	}
	timed := measure.Over(call, total)
	allocations, bytes := measure.Memory(call, memoryCalls)
	return figures{calls: timed.Calls, ns: timed.NS, allocations: allocations, bytes: bytes}, nil
}

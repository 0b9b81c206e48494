package suite

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/perf/benchfmt"

	"simdnn/bench"
	"simdnn/internal/measure"
)

// Measure measures each case once, for about the given time, and yields the results. It stops at
// the first error, also of the context.
func Measure(ctx context.Context, cases []bench.Case, machine []benchfmt.Config,
	total time.Duration, yield func(*benchfmt.Result) error) error {
	for i := range cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := sample(&cases[i], total)
		if err != nil {
			return fmt.Errorf("%s: %w", cases[i].Name(), err)
		}
		if err := yield(result(&cases[i], machine, f)); err != nil {
			return err
		}
	}
	return nil
}

// Run measures the cases count times, in as many passes so that a change of the machine's speed
// meets all of them, and writes the results. It returns their number, which is less than all if
// there is an error.
func Run(ctx context.Context, w io.Writer, cases []bench.Case, machine []benchfmt.Config,
	count int, total time.Duration) (results int, err error) {
	for _, unit := range bench.Rates {
		if _, err := fmt.Fprintf(w, "Unit %s better=higher\n", unit); err != nil {
			return 0, err
		}
	}
	lines := benchfmt.NewWriter(w)
	for range count {
		err := Measure(ctx, cases, machine, total, func(r *benchfmt.Result) error {
			results++
			return lines.Write(r)
		})
		if err != nil {
			return results, err
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

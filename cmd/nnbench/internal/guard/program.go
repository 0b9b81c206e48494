package guard

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/perf/benchfmt"
)

// Build is a binary to run: nnbench, or a test binary as go test -c makes them.
type Build struct {
	Binary string
	Folder string // where a test binary runs; the working folder if empty
}

// program is a build that runs benchmarks.
type program interface {
	// list returns the names of the benchmarks that a pattern chooses.
	list(ctx context.Context, bench *regexp.Regexp) ([]string, error)
	// start begins a pass. The flags plant a fault.
	start(ctx context.Context, flags ...string) (session, error)
}

// session measures for a program in one pass.
type session interface {
	// measure measures one slice of a benchmark.
	measure(name string) ([]*benchfmt.Result, error)
	// stop ends the session and returns how it failed, if it did.
	stop() error
}

// open finds out what programs the builds are. They are of one kind.
func (g *guard) open(ctx context.Context) error {
	var tests [2]bool
	for i, b := range []*Build{&g.Old, &g.New} {
		var err error
		if b.Binary, err = filepath.Abs(b.Binary); err != nil {
			return err
		}
		if tests[i], err = isTest(ctx, b.Binary); err != nil {
			return err
		}
	}
	if tests[0] != tests[1] {
		kinds := map[bool]string{true: "a test binary", false: "not"}
		return fmt.Errorf("%s is %s and %s is %s: only builds of one kind can be compared",
			g.Old.Binary, kinds[tests[0]], g.New.Binary, kinds[tests[1]])
	}
	if g.tests = tests[0]; !g.tests {
		g.old, g.new = server{g.Old.Binary}, server{g.New.Binary}
		return nil
	}
	calls := map[string]int{}
	g.old = &testBinary{Build: g.Old, time: g.BenchTime, calls: calls}
	g.new = &testBinary{Build: g.New, time: g.BenchTime, calls: calls}
	return nil
}

// isTest reports whether a binary is one of tests: those say so when asked for help.
func isTest(ctx context.Context, binary string) (bool, error) {
	asked, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	command := exec.CommandContext(asked, binary, "--help")
	command.WaitDelay = time.Second
	out, err := command.CombinedOutput()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil && command.ProcessState == nil {
		return false, fmt.Errorf("can't run %s: %w", binary, err)
	}
	return bytes.Contains(out, []byte("-test.benchtime")), nil
}

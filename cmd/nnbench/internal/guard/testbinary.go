package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

const (
	// repeats is the number of times that a slice of a test binary runs the benchmark, of which the
	// fastest counts: short runs escape the interrupts of a busy machine, and starting the process
	// takes longer than they do.
	repeats = 10
	// leastCalls is the least number of calls that are timed: a single one finds everything cold.
	leastCalls = 2
)

// testBinary is a build of a package's tests. Each slice is a process of its own.
type testBinary struct {
	Build
	time  time.Duration  // of a run of a benchmark
	calls map[string]int // in a run, by benchmark; the same for both builds
}

// list returns the names of the benchmarks that a pattern of go test -bench chooses and that report
// their time. It runs them, since only running benchmarks name those inside them, and notes how
// many calls fill the time of a run. All runs of both builds make this number of calls, so that
// what a benchmark allocates once weighs the same.
func (b *testBinary) list(ctx context.Context, bench *regexp.Regexp) ([]string, error) {
	results, err := b.run(ctx, bench.String(), b.time.String(), 1)
	if err != nil {
		return nil, fmt.Errorf("%s: can't run its benchmarks: %w", b.Binary, err)
	}
	var names []string
	for _, r := range results {
		name := nameOf(r)
		if _, timed := r.Value("sec/op"); !timed {
			continue
		}
		if _, known := b.calls[name]; !known {
			b.calls[name] = max(leastCalls, r.Iters)
		}
		names = append(names, name)
	}
	return names, nil
}

// nameOf returns a benchmark's name without the number of processors, which Go adds unless it is 1.
func nameOf(r *benchfmt.Result) string {
	name := string(r.Name)
	if n := runtime.GOMAXPROCS(0); n > 1 {
		return strings.TrimSuffix(name, "-"+strconv.Itoa(n))
	}
	return name
}

// run runs benchmarks and returns their results.
func (b *testBinary) run(ctx context.Context, bench, benchTime string, count int) (
	[]*benchfmt.Result, error) {
	command := exec.CommandContext(ctx, b.Binary, "-test.run=^$", "-test.bench="+bench,
		"-test.benchtime="+benchTime, "-test.count="+strconv.Itoa(count), "-test.benchmem",
		"-test.cpu="+strconv.Itoa(runtime.GOMAXPROCS(0)))
	command.Dir = b.Folder
	command.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, described(err, reason(stdout.String()+"\n"+stderr.String()))
	}
	var results []*benchfmt.Result
	for reader := benchfmt.NewReader(&stdout, b.Binary); reader.Scan(); {
		if r, ok := reader.Result().(*benchfmt.Result); ok {
			results = append(results, r.Clone())
		}
	}
	return results, nil
}

// reason returns what a test binary says about its failure, on one line.
func reason(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "--- FAIL: ") && i+1 < len(lines):
			return strings.TrimPrefix(line, "--- ") + ": " + strings.TrimSpace(lines[i+1])
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
			return line
		}
	}
	return lines[len(lines)-1]
}

// start returns a session, for which no process runs yet.
func (b *testBinary) start(ctx context.Context, _ ...string) (session, error) {
	return &testSession{b, ctx}, nil
}

// testSession measures with a test binary.
type testSession struct {
	*testBinary
	ctx context.Context // of the pass
}

// measure runs a benchmark in a process of its own.
func (s *testSession) measure(name string) ([]*benchfmt.Result, error) {
	ctx, cancel := context.WithTimeout(s.ctx, answerTimeout)
	defer cancel()
	count := repeats
	if s.calls[name] == leastCalls { // beside a call the start of the process takes no time
		count = 1
	}
	results, err := s.run(ctx, exactly(name), strconv.Itoa(s.calls[name])+"x", count)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: %s took more than %v", s.Binary, name, answerTimeout)
	case err != nil:
		return nil, fmt.Errorf("%s: it failed at %s: %w", s.Binary, name, err)
	}
	var found []*benchfmt.Result
	for _, r := range results {
		if nameOf(r) == name {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: asked to measure %s, it gave no result", s.Binary, name)
	}
	return found, nil
}

// stop has nothing to stop.
func (s *testSession) stop() error { return nil }

// exactly returns the pattern of go test -bench that chooses one benchmark: it matches the elements
// between slashes one by one.
func exactly(name string) string {
	elements := strings.Split("Benchmark"+name, "/")
	for i, element := range elements {
		elements[i] = "^" + regexp.QuoteMeta(element) + "$"
	}
	return strings.Join(elements, "/")
}

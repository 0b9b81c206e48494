package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// answerTimeout is how long a program may take for an answer, which takes some milliseconds.
const answerTimeout = time.Minute

// server is a build of nnbench.
type server struct{ binary string }

// serving is a running nnbench run --serve.
type serving struct {
	binary  string
	command *exec.Cmd
	stderr  bytes.Buffer
	input   io.WriteCloser
	answers *benchfmt.Reader
}

// start runs the binary with flags beside --serve.
func (n server) start(ctx context.Context, flags ...string) (session, error) {
	flags = append([]string{"run", "--serve"}, flags...)
	s := &serving{binary: n.binary, command: exec.CommandContext(ctx, n.binary, flags...)}
	s.command.Stderr = &s.stderr
	s.command.WaitDelay = time.Second
	input, err := s.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("can't run %s: %w", n.binary, err)
	}
	s.input, s.answers = input, benchfmt.NewReader(output, n.binary)
	return s, nil
}

// measure asks for one slice of a benchmark.
func (s *serving) measure(name string) ([]*benchfmt.Result, error) {
	alarm := time.AfterFunc(answerTimeout, func() {
		_ = s.command.Process.Kill() // it may have ended by itself
	})
	defer alarm.Stop()
	if _, err := io.WriteString(s.input, name+"\n"); err != nil {
		return nil, s.failure(name, err)
	}
	for s.answers.Scan() {
		switch answer := s.answers.Result().(type) {
		case *benchfmt.Result:
			if !strings.HasPrefix(string(answer.Name), name) {
				return nil, fmt.Errorf("%s: asked to measure %s, it answered with %s",
					s.binary, name, answer.Name)
			}
			return []*benchfmt.Result{answer.Clone()}, nil
		case *benchfmt.SyntaxError:
			return nil, fmt.Errorf("%s: asked to measure %s, it answered: %s",
				s.binary, name, answer.Msg)
		}
	}
	return nil, s.failure(name, s.answers.Err())
}

// failure says why there was no answer.
func (s *serving) failure(name string, err error) error {
	if ended := s.stop(); ended != nil {
		return fmt.Errorf("%s: it failed at %s: %w", s.binary, name, ended)
	}
	if err == nil {
		err = errors.New("it gave no answer")
	}
	return fmt.Errorf("%s: %s: %w", s.binary, name, err)
}

// stop lets the program end and returns how it failed, if it did.
func (s *serving) stop() error {
	_ = s.input.Close() // it may be closed already
	return described(s.command.Wait(), s.stderr.String())
}

// described adds to the failure of a program the last line of what it said.
func described(err error, stderr string) error {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := lines[len(lines)-1]
	if err == nil || last == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, last)
}

// list returns the names of the benchmarks that the pattern matches. The machine's ceilings are
// none of them: no change of the source moves those.
func (n server) list(ctx context.Context, bench *regexp.Regexp) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, n.binary, "run", "--list")
	command.Stderr = &stderr
	command.WaitDelay = time.Second
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: can't list its benchmarks with run --list: %w",
			n.binary, described(err, stderr.String()))
	}
	names := slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool {
		return !bench.MatchString(name) || strings.HasPrefix(name, "Ceiling/")
	})
	return names, nil
}

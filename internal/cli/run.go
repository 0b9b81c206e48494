// Package cli is what the command lines of this module have in common: exit statuses, errors, flags
// and what is printed.
//
// Results go to stdout, progress and diagnostics to stderr.
package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// interrupts returns the signals that end the work in good order. One that is ignored stays so: a
// shell starts programs in the background with interrupts ignored, and nohup with hangups.
func interrupts() []os.Signal {
	if runtime.GOARCH == "wasm" { // signal.Ignored panics there: Go's runtime keeps no signals
		return []os.Signal{os.Interrupt}
	}
	return slices.DeleteFunc(append(hangups, os.Interrupt, syscall.SIGTERM), signal.Ignored)
}

// Await returns what work does, or an error as soon as the context ends: what waits for a pipe
// can't be interrupted, only left behind.
func Await[V any](ctx context.Context, work func() (V, error)) (V, error) {
	type result struct {
		value V
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := work()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done: // at the same moment
		return r.value, r.err
	default:
		return *new(V), errors.New("interrupted")
	}
}

// Exit statuses.
const (
	StatusDone   = 0
	StatusFailed = 1
	StatusUsage  = 2 // no result: wrong usage, unusable input, or interrupted
)

// usageError is a mistake in the command line or in what it names, or an interrupt: there is no
// result, neither a good nor a bad one.
type usageError struct{ error }

// Usage makes an error one of usage, so that the status is StatusUsage.
func Usage(err error) error { return usageError{err} }

// Usagef returns an error of usage.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs a program until it is done or interrupted, and ends the process with the status that it
// returns.
func Main(program func(context.Context) int) {
	reportBrokenPipes()
	ctx, stop := signal.NotifyContext(context.Background(), interrupts()...)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	status := program(ctx)
	stop()
	os.Exit(status)
}

// Run executes one command line of root and returns the exit status. Errors are one line on stderr.
func Run(
	ctx context.Context, root *cobra.Command, args []string, stdout, stderr io.Writer,
) int {
	err := Execute(ctx, root, args, stdout, stderr)
	if err != nil && !isUnread(err) {
		fmt.Fprintf(stderr, "%s: %s\n", root.Name(), OneLine(err))
	}
	return Status(err)
}

// Execute executes one command line of root.
func Execute(
	ctx context.Context, root *cobra.Command, args []string, stdout, stderr io.Writer,
) error {
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	helpErr := reportHelpErrors(root)
	return errors.Join(root.ExecuteContext(ctx), *helpErr)
}

// Status returns the exit status that tells of an error, or of none.
func Status(err error) int {
	switch {
	case err == nil:
		return StatusDone
	case (errors.As(err, new(usageError)) || isMissing(err)) && !isUnread(err):
		return StatusUsage
	}
	return StatusFailed
}

// isMissing reports whether a file that was to be read isn't there.
func isMissing(err error) bool {
	var onPath *fs.PathError
	return errors.As(err, &onPath) && errors.Is(onPath, fs.ErrNotExist) &&
		slices.Contains([]string{"open", "stat", "lstat"}, onPath.Op)
}

// reportHelpErrors makes the command write its help at once, and returns where the error of that is
// found: cobra drops it.
func reportHelpErrors(root *cobra.Command) *error {
	failed, help := new(error), root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		var text bytes.Buffer
		out := cmd.OutOrStdout()
		cmd.SetOut(&text)
		help(cmd, args)
		cmd.SetOut(out)
		_, *failed = out.Write(text.Bytes())
	})
	return failed
}

// isUnread reports whether a command ended because nobody reads on, as in nnbench … | head: then
// there is nobody to tell.
func isUnread(err error) bool {
	var onPath *fs.PathError
	return errors.As(err, &onPath) && onPath.Path == os.Stdout.Name() &&
		errors.Is(err, syscall.EPIPE)
}

// packages are those whose names begin their errors, which says nothing to who runs a command.
var packages = []string{"nn", "onnx", "exec", "graph", "safetensors"}

// OneLine returns the text of an error without line breaks and without the names of packages that
// it comes from.
func OneLine(err error) string {
	text := ": " + strings.Join(strings.Fields(err.Error()), " ")
	for _, name := range packages {
		text = strings.ReplaceAll(text, ": "+name+": ", ": ")
	}
	return text[len(": "):]
}

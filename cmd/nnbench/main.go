// Command nnbench trains the networks of this module on synthetic, embedded and CSV data, and
// measures its kernels.
//
// Results go to stdout, progress and diagnostics to stderr. The exit status is 0 when the work was
// done, 1 when it failed and 2 when the command line was wrong or there is no result. With --json
// the results are JSON Lines.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func main() {
	reportBrokenPipes()
	ctx, stop := signal.NotifyContext(context.Background(), interrupts()...)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// interrupts returns the signals that end the work in good order. One that is ignored stays so: a
// shell starts programs in the background with interrupts ignored, and nohup with hangups.
func interrupts() []os.Signal {
	if runtime.GOARCH == "wasm" { // signal.Ignored panics there: Go's runtime keeps no signals
		return []os.Signal{os.Interrupt}
	}
	return slices.DeleteFunc(append(hangups, os.Interrupt, syscall.SIGTERM), signal.Ignored)
}

// await returns what work does, or an error as soon as the context ends: what waits for a pipe
// can't be interrupted, only left behind.
func await[V any](ctx context.Context, work func() (V, error)) (V, error) {
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
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2 // no result: wrong usage, unusable input, or interrupted
)

// usageError is a mistake in the command line or in what it names, or an interrupt: there is no
// result, neither a good nor a bad one.
type usageError struct{ error }

// usagef returns a usageError.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes one command line and returns the exit status. Errors are one line on stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return execRoot(ctx, newRoot(), args, stdout, stderr)
}

// execRoot executes one command line of root.
func execRoot(
	ctx context.Context, root *cobra.Command, args []string, stdout, stderr io.Writer,
) int {
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	helpErr := reportHelpErrors(root)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = *helpErr
	}
	switch {
	case err == nil:
		return statusDone
	case isUnread(err):
		return statusFailed
	}
	fmt.Fprintf(stderr, "nnbench: %s\n", oneLine(err))
	if errors.As(err, new(usageError)) {
		return statusUsage
	}
	return statusFailed
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

// oneLine returns the text of an error without line breaks and without the name of the package that
// it comes from.
func oneLine(err error) string {
	return strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "nn: ")
}

// newRoot returns the command with its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "nnbench",
		Short: "Train small neural networks and measure what they are made of",
		Long: "nnbench trains neural networks on synthetic, embedded and CSV data, and\n" +
			"measures the kernels under them.\n\n" +
			"Results go to stdout, progress and diagnostics to stderr. Exit status: 0\n" +
			"done, 1 failed or regressed, 2 wrong usage, or no result. The environment\n" +
			"variable SIMDNN_ISA=reference|generic|avx2|avx512|neon selects the ISA.",
		Example: "  nnbench train regression\n" +
			"  nnbench train --data houses.csv --target price --task regression --plot " +
			"losses.svg\n" +
			"  nnbench kernels --op gemm --shape 64x64x64,512x512x512\n" +
			"  nnbench report -o report.html",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          subcommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{explainFlag(cmd, err)}
	})
	root.AddCommand(newInfo(), newTrain(), newPredict(), newExport(), newQuantize(), newVerify(),
		newStep(), newKernels(), newRun(), newCompare(), newReport(), newExplain(), newGraph(),
		newGuard(),
		newONNX(), newDiff(), newTrees())
	return root
}

// explainFlag returns an error of the flags' parser in words that say what was expected.
func explainFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%w; %s --help lists those there are", err, cmd.CommandPath())
	case errors.As(err, &empty):
		return fmt.Errorf("--%s needs a value; %s --help says which", empty.GetFlag().Name,
			cmd.CommandPath())
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		if expected := expectedValue[f.Value.Type()]; expected != "" {
			return fmt.Errorf("--%s: %q is not %s", f.Name, invalid.GetValue(), expected)
		}
	}
	return err
}

// expectedValue says what flags of a type take.
var expectedValue = map[string]string{
	"int":         fmt.Sprintf("a whole number up to %d", math.MaxInt),
	"uint32":      fmt.Sprintf("a whole number from 0 to %d", uint32(math.MaxUint32)),
	"float64":     "a number, such as 0.5 or 1e-3",
	"bool":        "true or false",
	"duration":    "a time, such as 300ms or 2s",
	"intSlice":    "a list of whole numbers, such as 16,256",
	"stringSlice": "a list with commas between, quoted as in CSV",
}

// subcommand refuses arguments of the root command: what gets there is the name of no subcommand.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return usagef("unknown command %q; known: %s", args[0], strings.Join(names, ", "))
}

// noArguments refuses positional arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, only flags; got %q", cmd.Name(), args[0])
	}
	return nil
}

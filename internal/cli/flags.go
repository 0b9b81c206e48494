package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"simdnn/tensor"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// NewRoot completes a program's command without subcommands of its own.
func NewRoot(root *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Args = subcommand
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{explainFlag(cmd, err)}
	})
	root.AddCommand(commands...)
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
	return Usagef("unknown command %q; known: %s", args[0], strings.Join(names, ", "))
}

// NoArguments refuses positional arguments.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usagef("%s takes no argument, only flags; got %q", cmd.Name(), args[0])
	}
	return nil
}

// OneArgument demands one positional argument.
func OneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return Usagef("%s needs a %s", cmd.Name(), what)
		case 1:
			return nil
		}
		return Usagef("%s takes one %s; got %q", cmd.Name(), what, args)
	}
}

// ParseWidths returns the widths of layers that a text lists, such as 64,32 or 784-10.
func ParseWidths(text, between string) ([]int, error) {
	var widths []int
	for _, part := range strings.Split(text, between) {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a list of positive widths", text)
		}
		widths = append(widths, n)
	}
	return widths, nil
}

// FlagError says which flag an error of package nn is about.
func FlagError(flag string, err error) error {
	return fmt.Errorf("--%s: %s", flag, strings.TrimPrefix(err.Error(), "nn: "))
}

// Join lists names.
func Join[N ~string](names []N) string {
	var texts []string
	for _, n := range names {
		texts = append(texts, string(n))
	}
	return strings.Join(texts, ", ")
}

// CheckDtype refuses what is not the name of an element type.
func CheckDtype(name string) error {
	if name != "f32" && name != "f64" {
		return fmt.Errorf("--dtype: unknown element type %q; known: f32, f64", name)
	}
	return nil
}

// CheckThreads refuses a number of threads that is not positive or that no engine takes.
func CheckThreads(n int) error {
	if n < 1 {
		return fmt.Errorf("--threads: %d is not a positive number of threads", n)
	}
	return CheckMaxThreads(n)
}

// CheckMaxThreads refuses a number of threads that no engine takes.
func CheckMaxThreads(n int) error {
	if n > tensor.MaxThreads {
		return fmt.Errorf("--threads: %d is more than %d threads", n, tensor.MaxThreads)
	}
	return nil
}

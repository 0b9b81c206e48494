// Nnbench-parquet trains networks on files of Parquet and Arrow, and predicts from their rows:
//
//	nnbench-parquet train --data houses.parquet --target price --task regression --save m.safetensors
//	nnbench-parquet predict --model m.safetensors --data new.parquet
//
// Flags, lines of JSON and the model's file are those of nnbench, as far as they go.
package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	simdnn "simdnn/adapters/arrow"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/safetensors"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// errUsage marks wrong usage, which ends with the status 2.
var errUsage = errors.New("usage: nnbench-parquet train --data FILE --target COLUMN --task TASK " +
	"[flags] | nnbench-parquet predict --model FILE --data FILE [flags]")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "nnbench-parquet:", err)
	stop()
	if errors.Is(err, errUsage) || errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	os.Exit(1)
}

// run is the program. What errors about a table say to do, they spell as flags.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	err := command(ctx, args, stdout, stderr)
	if e := new(data.Error); errors.As(err, &e) {
		return errors.New(e.Format(spell))
	}
	return err
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "train":
		return runTrain(ctx, args[1:], stdout, stderr)
	case "predict":
		return runPredict(args[1:], stdout, stderr)
	}
	return fmt.Errorf("unknown command %q\n%w", args[0], errUsage)
}

// parse understands the flags, of which some are needed, and refuses other arguments.
func parse(set *flag.FlagSet, args []string, needed ...string) error {
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w\n%w", err, errUsage)
	}
	if set.NArg() > 0 {
		return fmt.Errorf("unknown argument %q\n%w", set.Arg(0), errUsage)
	}
	for _, name := range needed {
		if set.Lookup(name).Value.String() == "" {
			return fmt.Errorf("--%s is missing\n%w", name, errUsage)
		}
	}
	return nil
}

// runPredict prints a prediction for each row, as CSV with a header or as lines of JSON.
func runPredict(args []string, stdout, stderr io.Writer) error {
	set := flag.NewFlagSet("nnbench-parquet predict", flag.ContinueOnError)
	set.SetOutput(stderr)
	path := set.String("model", "", "`FILE` that train --save, or nnbench's, wrote")
	rows := set.String("data", "", "`FILE` of Parquet or Arrow with the rows to predict from")
	threads := set.Int("threads", 0, "threads; 0: one per processor")
	asJSON := set.Bool("json", false, "print JSON Lines, one per row")
	if err := parse(set, args, "model", "data"); err != nil {
		return err
	}
	if *threads < 0 {
		return fmt.Errorf("--threads: %d is not a number of threads\n%w", *threads, errUsage)
	}
	wide, err := isWide(*path)
	if err != nil {
		return err
	}
	table, err := simdnn.Open(*rows)
	if err != nil {
		return err
	}
	defer table.Close()
	out := bufio.NewWriter(stdout)
	if wide {
		err = predict[float64](*path, table, *threads, *asJSON, out)
	} else {
		err = predict[float32](*path, table, *threads, *asJSON, out)
	}
	if e := new(data.Error); errors.As(err, &e) {
		e.File = *rows
	}
	return errors.Join(err, out.Flush())
}

// isWide reports whether the model in a file has parameters of 64 bits.
func isWide(path string) (bool, error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	tensors := r.Tensors()
	return len(tensors) > 0 && tensors[0].DType == safetensors.F64, nil
}

// predict prints the predictions of the model in a file.
func predict[T tensor.Float](
	path string, table *simdnn.Table, threads int, asJSON bool, out *bufio.Writer,
) error {
	model, err := tabular.Load[T](path, nn.WithThreads(threads))
	if err != nil {
		return err
	}
	frozen, err := model.Freeze()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	appendRow := (*tabular.Prediction).AppendJSON
	if !asJSON {
		appendRow = (*tabular.Prediction).AppendCSV
		if err := writeHeader(out, model.Target, model.Classes); err != nil {
			return err
		}
	}
	var line []byte
	return simdnn.Predict(table, frozen, func(_ int, p *tabular.Prediction) error {
		line = append(appendRow(p, line[:0]), '\n')
		_, err := out.Write(line)
		return err
	})
}

// writeHeader writes the names of the columns of predictions, as nnbench does.
func writeHeader(w io.Writer, target string, classes []string) error {
	fields := []string{target}
	for _, c := range classes {
		fields = append(fields, fmt.Sprintf("P(%s)", c))
	}
	lines := csv.NewWriter(w)
	_ = lines.Write(fields) // Flush has the error
	lines.Flush()
	return lines.Error()
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	simdnn "simdnn/adapters/arrow"
	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/safetensors"
	"simdnn/nn/tabular"
	"simdnn/nn/task"
	"simdnn/tensor"
)

// predictFlags are the flags of predict.
type predictFlags struct {
	model, data string
	threads     int
	json        bool
}

func newPredict() *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict --model FILE.safetensors --data FILE",
		Short: "Predict from the rows of a table with a saved model",
		Long: "predict prints a prediction for each row of a table of Parquet or Arrow, with a model\n" +
			"that train --save wrote, nnbench's too: the value, or the class and the probability of\n" +
			"each class. Columns are found by their names; others are left out.",
		Example: "  nnbench-parquet predict --model m.safetensors --data new.parquet --json",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.model == "" || f.data == "" {
				return cli.Usagef("predict needs --model FILE.safetensors and --data FILE")
			}
			if err := cli.CheckMaxThreads(f.threads); err != nil || f.threads < 0 {
				return cli.Usagef("--threads: %d is not a number of threads", f.threads)
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			return training.WithFlags(errors.Join(f.run(out), out.Flush()))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "`FILE` that train --save wrote")
	flags.StringVar(&f.data, "data", "", "`FILE` of Parquet or Arrow with the rows to predict from")
	flags.IntVar(&f.threads, "threads", 0, "threads; 0: one per processor")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines, one per row")
	return cmd
}

// run predicts with the model's element type.
func (f *predictFlags) run(out *bufio.Writer) error {
	dtype, err := f.check()
	if err != nil {
		return err
	}
	table, err := simdnn.Open(f.data)
	if err != nil {
		return err
	}
	defer table.Close()
	if dtype == safetensors.F64 {
		err = predict[float64](f, table, out)
	} else {
		err = predict[float32](f, table, out)
	}
	if e := new(data.Error); errors.As(err, &e) {
		e.File = f.data
	}
	return err
}

// check returns the model's element type, or what is neither a model nor rows for this program.
func (f *predictFlags) check() (safetensors.DType, error) {
	model, err := safetensors.Open(f.model)
	if err != nil {
		return "", err
	}
	kind := task.KindOf(model.Metadata())
	model.Close()
	if kind != "" {
		return "", fmt.Errorf("%s: predict takes rows of tables, and the model is one of %s; "+
			"nnbench predict takes it", f.model, kind)
	}
	if _, err := os.Stat(f.data); err == nil && !simdnn.IsTable(f.data) {
		return "", fmt.Errorf("%s: it is no file of Parquet or Arrow; nnbench predict takes CSV files",
			f.data)
	}
	return safetensors.DTypeOf(f.model)
}

// predict prints the predictions as CSV with a header or as lines of JSON.
func predict[T tensor.Float](f *predictFlags, table *simdnn.Table, out *bufio.Writer) error {
	model, err := tabular.Load[T](f.model, nn.WithThreads(f.threads))
	if err != nil {
		return err
	}
	frozen, err := model.Freeze()
	if err != nil {
		return fmt.Errorf("%s: %w", f.model, err)
	}
	var line []byte
	appendRow := (*tabular.Prediction).AppendJSON
	if !f.json {
		appendRow = (*tabular.Prediction).AppendCSV
		line = append(model.AppendHeader(nil), '\n')
	}
	err = simdnn.Predict(table, frozen, func(_ int, p *tabular.Prediction) error {
		line = append(appendRow(p, line), '\n')
		_, err := out.Write(line)
		line = line[:0]
		return err
	})
	if err == nil { // the header, if there are no rows
		_, err = out.Write(line)
	}
	return err
}

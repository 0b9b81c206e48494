package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/experiment"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// predictRows is how many rows are read, predicted and printed at a time.
const predictRows = 256

// predictFlags are the flags of predict.
type predictFlags struct {
	model, data string
	threads     int
	json        bool
}

func newPredict() *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict --model FILE.safetensors --data FILE.csv",
		Short: "Predict from the rows of a CSV file with a saved model",
		Long: "predict prints a prediction for each row of a CSV file, with a model that train --save wrote: the value, or the class and the probability of\n" +
			"each class. The file's columns are found by the names that they had in training; the target and other columns may be there and are left\n" +
			"out. Files of any length are read as they come. At a row that can't be understood predict ends with its line and column, after the\n" +
			"predictions for the rows before it.",
		Example: "  nnbench predict --model iris.safetensors --data flowers.csv\n" +
			"  nnbench predict --model iris.safetensors --data flowers.csv --json\n" +
			"  tail -n 100 flowers.csv | cat header.csv - | nnbench predict --model iris.safetensors --data -",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.model == "" || f.data == "" {
				return usagef("predict needs --model FILE.safetensors and --data FILE.csv")
			}
			if f.threads < 0 {
				return usagef("--threads: %d is not a number of threads", f.threads)
			}
			return f.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.model, "model", "", "`FILE` that train --save wrote")
	flags.StringVar(&f.data, "data", "", "CSV `FILE` with the rows to predict from; - for standard input")
	flags.IntVar(&f.threads, "threads", 0, "threads; 0: one a processor")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines, one a row")
	return cmd
}

// run opens the files and predicts with the model's element type.
func (f *predictFlags) run(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	wide, err := isWide(f.model)
	if err != nil {
		return err
	}
	input := stdin
	if f.data != "-" {
		file, err := os.Open(f.data)
		if err != nil {
			return err
		}
		defer file.Close()
		input = file
	}
	if wide {
		return predict[float64](ctx, f, input, stdout)
	}
	return predict[float32](ctx, f, input, stdout)
}

// isWide tells whether the model in a file has parameters of 64 bits.
func isWide(path string) (bool, error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	tensors := r.Tensors()
	return len(tensors) > 0 && tensors[0].DType == safetensors.F64, nil
}

// predict prints a prediction for each row of the input.
func predict[T tensor.Float](ctx context.Context, f *predictFlags, input io.Reader, stdout io.Writer) error {
	model, err := experiment.LoadTrained[T](f.model, nn.WithThreads(f.threads))
	if err != nil {
		return err
	}
	rows, err := data.NewRowReader(input, model.Columns, data.CSVFormat{})
	if err != nil {
		return fmt.Errorf("%s: %w", f.data, err)
	}
	var printer predictionPrinter = newCSVPrinter(stdout)
	if f.json {
		printer = newJSONPrinter(stdout)
	}
	p := &predictor[T]{model, printer}
	if err := printer.header(model.Target, model.Classes); err != nil {
		return err
	}
	x := tensor.New[float64](predictRows, rows.Features())
	for {
		n, ended := fill(x, rows)
		if err := p.print(x.Slice(0, n)); err != nil {
			return err
		}
		switch {
		case errors.Is(ended, io.EOF):
			return nil
		case ended != nil:
			return fmt.Errorf("%s: %w", f.data, ended)
		case ctx.Err() != nil:
			return errors.New("interrupted")
		}
	}
}

// fill reads rows into x until it is full or reading ends, and returns how many and why it ended.
func fill(x *tensor.Tensor[float64], rows *data.RowReader) (n int, ended error) {
	for n < x.Dim(0) {
		if err := rows.Read(x.Row(n)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// predictor predicts and prints.
type predictor[T tensor.Float] struct {
	model   *experiment.Trained[T]
	printer predictionPrinter
}

// print prints the predictions for rows of features.
func (p *predictor[T]) print(x *tensor.Tensor[float64]) error {
	if x.Dim(0) == 0 {
		return nil
	}
	y, err := p.model.Predict(x)
	if err != nil {
		return err
	}
	classes := make([]int, x.Dim(0))
	if p.model.Classes != nil {
		column, err := data.Classes(y)
		if err != nil {
			return err
		}
		if classes, err = data.ClassNumbers(column); err != nil {
			return err
		}
	}
	for i, class := range classes {
		if err := p.row(y.Row(i), class); err != nil {
			return err
		}
	}
	return p.printer.flush()
}

// row prints one prediction.
func (p *predictor[T]) row(y []T, class int) error {
	outputs := make([]shortest, len(y))
	for i, v := range y {
		outputs[i] = shortestOf(v)
	}
	if p.model.Classes == nil {
		return p.printer.value(outputs[0])
	}
	return p.printer.class(p.model.Classes[class], outputs)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/safetensors"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// predictFlags are the flags of predict.
type predictFlags struct {
	model, data string
	format      training.CSVFormatFlags
	threads     int
	json        bool
	prompt      string // of a text
	length      int
	temperature float64
	seed        uint64
	steps       int // of a series
}

func newPredict() *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict --model FILE.safetensors --data FILE",
		Short: "Predict from rows, images, a text or a series with a saved model",
		Long: "predict prints a prediction for each row of a CSV file, with a model that train --save\n" +
			"wrote: the value, or the class and the probability of each class. The file's columns are\n" +
			"found by the names that they had in training; the target and other columns may be there and\n" +
			"are left out. Files of any length are read as they come, and read, predicted and printed\n" +
			"side by side. At a row that can't be understood, or with which the network would leave the\n" +
			"range of its numbers, predict ends with line and column, after the predictions for the rows\n" +
			"before it. Missing values and unknown texts are treated as train --missing and --unknown\n" +
			"chose, and numbers are read with the marks of train --decimal and --thousands. A mark that is\n" +
			"given to predict is the file's own: then none of the training's is used, so that --decimal .\n" +
			"reads plain numbers whatever the model was trained on. Printed numbers are plain. " +
			"Values are printed with the digits that the network can tell apart.\n\n" +
			predictSamplesLong,
		Example: "  nnbench predict --model iris.safetensors --data flowers.csv\n" +
			"  nnbench predict --model iris.safetensors --data flowers.csv --json\n" +
			"  tail -n 9 flowers.csv | cat header.csv - | nnbench predict --model iris.safetensors --data -",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.model == "" {
				return cli.Usagef("predict needs --model FILE.safetensors and --data FILE.csv")
			}
			if f.threads < 0 {
				return cli.Usagef("--threads: %d is not a number of threads", f.threads)
			}
			if err := cli.CheckMaxThreads(f.threads); err != nil {
				return cli.Usage(err)
			}
			format, err := f.format.Format()
			if err != nil {
				return cli.Usage(err)
			}
			switch kind, err := kindOf(f.model); {
			case err != nil: // run tells it
			case kind != "":
				return f.runSamples(cmd, kind, format)
			case f.data == "":
				return cli.Usagef("predict needs --model FILE.safetensors and --data FILE.csv")
			}
			return f.run(cmd.Context(), format, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.model, "model", "", "`FILE` that train --save wrote")
	flags.StringVar(&f.data, "data", "",
		"CSV `FILE` with the rows to predict from; - for standard input; or images")
	f.format.Register(flags, "that of the training unless a mark is given, then a point",
		"that of the training unless a mark is given, then none")
	flags.IntVar(&f.threads, "threads", 0, "threads; 0: one per processor")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines, one per row")
	flags.StringVar(&f.prompt, "prompt", "", "`TEXT` that a model of texts goes on from")
	flags.IntVar(&f.length, "length", 200, "characters that it writes")
	flags.Float64Var(&f.temperature, "temperature", 0.8,
		"how freely it chooses: 0 for the most probable character, 1 as it learned")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of its choices")
	flags.IntVar(&f.steps, "steps", 0,
		"rows that a model of a series predicts; 0: as many as it learned to at once")
	return cmd
}

// run opens the files and predicts with the model's element type.
func (f *predictFlags) run(
	ctx context.Context, format *data.CSVFormat, stdin io.Reader, stdout, stderr io.Writer,
) error {
	dtype, err := safetensors.DTypeOf(f.model)
	if err != nil {
		return err
	}
	t := &predictTask{predictFlags: f, format: format, input: stdin, size: -1}
	if f.data != "-" {
		file, err := cli.Await(ctx, func() (*os.File, error) { return os.Open(f.data) })
		if err != nil {
			return err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			t.size = int(info.Size())
		}
		t.input = file
	}
	if dtype == safetensors.F64 {
		return predict[float64](ctx, t, stdout, stderr)
	}
	return predict[float32](ctx, t, stdout, stderr)
}

// predictTask is what predict has to do: the flags, understood.
type predictTask struct {
	*predictFlags
	format *data.CSVFormat
	input  io.Reader
	size   int // of the input in bytes, −1 if that is not known
}

// predict prints a prediction for each row of the input.
func predict[T tensor.Float](
	ctx context.Context, f *predictTask, stdout, stderr io.Writer,
) error {
	model, err := tabular.Load[T](f.model, nn.WithThreads(f.threads))
	if err != nil {
		return err
	}
	frozen, err := model.Freeze()
	if err != nil {
		return fmt.Errorf("%s: %w", f.model, err)
	}
	counted := &countingReader{reader: f.input}
	rows, err := cli.Await(ctx, func() (*data.RowReader, error) {
		return data.NewRowReader(counted, model.Columns, *f.format)
	})
	if err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.data, training.WithFlags(err))
	}
	p, err := startPipeline(frozen, rows)
	if err != nil {
		return err
	}
	defer close(p.stop)
	appendRow := (*tabular.Prediction).AppendCSV
	if f.json {
		appendRow = (*tabular.Prediction).AppendJSON
	} else if _, err := stdout.Write(append(model.AppendHeader(nil), '\n')); err != nil {
		return err
	}
	bar := cli.NewProgress(stdout, stderr, "predicting", "bytes", f.size)
	defer bar.End()
	w := &predictionWriter{w: stdout, append: appendRow, bar: bar, read: counted.count.Load}
	if err := p.drain(ctx, w); err != nil {
		if errors.As(err, new(*rowError)) {
			return fmt.Errorf("%s: %w", f.data, training.WithFlags(err))
		}
		return err
	}
	return nil
}

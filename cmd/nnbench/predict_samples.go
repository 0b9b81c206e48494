package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/safetensors"
	"simdnn/nn/task"
	"simdnn/tensor"
)

// predictSamplesLong says what predict does with models of images, texts and series.
const predictSamplesLong = "With a model of train mnist or train images, --data is an image, " +
	"a folder of them\n" +
	"or of folders, or an IDX or .npy file: predict prints the class of each and the probability\n" +
	"of every class, of an autoencoder how far each is from what the network makes of it, as a\n" +
	"mean square. A model of train text writes a text that begins with --prompt. With one of train\n" +
	"series, --data is a CSV file, whose last rows predict goes on from."

// kindOf returns what samples the model in a file is for, empty if these are rows of a table.
func kindOf(path string) (task.Kind, error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return task.KindOf(r.Metadata()), nil
}

// runSamples predicts with a model of images, texts or series.
func (f *predictFlags) runSamples(
	cmd *cobra.Command, kind task.Kind, format *data.CSVFormat,
) error {
	switch {
	case kind != task.Texts && f.data == "":
		return cli.Usagef("predict needs --data with a model of %s", kind)
	case kind == task.Texts && f.data != "":
		return cli.Usagef("predict takes --prompt, not --data, with a model of texts")
	case f.length < 0 || f.steps < 0:
		return cli.Usagef("--length and --steps: %d and %d must not be negative", f.length, f.steps)
	}
	dtype, err := safetensors.DTypeOf(f.model)
	if err != nil {
		return err
	}
	run := predictSamples[float32]
	if dtype == safetensors.F64 {
		run = predictSamples[float64]
	}
	return run(cmd, f, kind, format)
}

// predictSamples loads the model and prints what it predicts.
func predictSamples[T tensor.Float](
	cmd *cobra.Command, f *predictFlags, kind task.Kind, format *data.CSVFormat,
) error {
	model, err := task.Load[T](f.model, nn.WithThreads(f.threads))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	switch kind {
	case task.Images:
		err = printClasses(out, f, model)
	case task.Texts:
		err = printText(cmd, f, model)
	default:
		err = printForecast(out, f, model, format)
	}
	return errors.Join(err, out.Flush())
}

// printClasses prints the classes of images, a line each.
func printClasses[T tensor.Float](w io.Writer, f *predictFlags, model *task.Model[T]) error {
	images, err := data.ReadImages(f.data, model.Images.Size())
	if err != nil {
		return err
	}
	if model.Images.Reconstruct {
		return printErrors(w, f, model, images)
	}
	lines := csv.NewWriter(w)
	fields := []string{"image", "class"}
	for _, c := range model.Images.Classes {
		fields = append(fields, fmt.Sprintf("P(%s)", c))
	}
	if !f.json {
		_ = lines.Write(fields) // Flush has the error
	}
	err = model.ClassifyImages(images, func(image int, probabilities []float64) error {
		name := nameOf(images, image)
		class := model.Images.Classes[slices.Index(probabilities, slices.Max(probabilities))]
		if f.json {
			return printClass(w, name, class, model.Images.Classes, probabilities)
		}
		fields = append(fields[:0], name, class)
		for _, p := range probabilities {
			fields = append(fields, strconv.FormatFloat(p, 'g', 4, 64))
		}
		return lines.Write(fields)
	})
	lines.Flush()
	return errors.Join(err, lines.Error())
}

// nameOf returns the file of an image, or its number, from 1 on.
func nameOf(images *data.Images, image int) string {
	if image < len(images.Files) {
		return images.Files[image]
	}
	return strconv.Itoa(image + 1)
}

// printErrors prints, a line each, how far images are from what an autoencoder makes of them: the
// mean square of the differences of pixels from 0 to 1.
func printErrors[T tensor.Float](
	w io.Writer, f *predictFlags, model *task.Model[T], images *data.Images,
) error {
	lines := csv.NewWriter(w)
	if !f.json {
		_ = lines.Write([]string{"image", "mse"}) // Flush has the error
	}
	err := model.ReconstructImages(images, func(image int, x, y []T) error {
		mse := 0.0
		for i, v := range y {
			d := float64(v) - float64(x[i])
			mse += float64(d*d) / float64(len(y))
		}
		if f.json {
			return cli.JSONLine(w, struct {
				Image string     `json:"image"`
				MSE   cli.Number `json:"mse"`
			}{nameOf(images, image), cli.Number(mse)})
		}
		return lines.Write([]string{nameOf(images, image), strconv.FormatFloat(mse, 'g', 4, 64)})
	})
	lines.Flush()
	return errors.Join(err, lines.Error())
}

// printClass prints the class of an image as JSON.
func printClass(w io.Writer, image, class string, classes []string, probabilities []float64) error {
	of := map[string]cli.Number{}
	for i, p := range probabilities {
		of[classes[i]] = cli.Number(p)
	}
	return cli.JSONLine(w, struct {
		Image         string                `json:"image"`
		Class         string                `json:"class"`
		Probabilities map[string]cli.Number `json:"probabilities"`
	}{image, class, of})
}

// printText prints the prompt, once it is understood, and what follows, as it is written.
func printText[T tensor.Float](cmd *cobra.Command, f *predictFlags, model *task.Model[T]) error {
	writer, err := model.NewWriter(f.seed)
	if err != nil {
		return err
	}
	stdout, text, printed := cmd.OutOrStdout(), []byte(f.prompt), 0
	err = writer.Write([]byte(f.prompt), f.length, f.temperature, func(symbol string) error {
		if err := cmd.Context().Err(); err != nil {
			return errors.New("interrupted")
		}
		text = append(text, symbol...)
		if f.json {
			return nil
		}
		n, err := stdout.Write(text[printed:])
		printed += n
		return err
	})
	switch {
	case err != nil:
		return err
	case f.json:
		return cli.JSONLine(stdout, struct {
			Text string `json:"text"`
		}{string(text)})
	}
	_, err = fmt.Fprintf(stdout, "%s\n", text[printed:])
	return err
}

// printForecast prints the next values of a series, a line each.
func printForecast[T tensor.Float](
	w io.Writer, f *predictFlags, model *task.Model[T], format *data.CSVFormat,
) error {
	series, err := readSeries(f.data, model.Series, format)
	if err != nil {
		return fmt.Errorf("%s: %w", f.data, training.WithFlags(err))
	}
	steps := f.steps
	if steps == 0 {
		steps = model.Series.Horizon
	}
	values, err := model.Forecast(series, steps)
	if err != nil {
		return fmt.Errorf("%s: %w", f.data, err)
	}
	if !f.json {
		fmt.Fprintf(w, "step,%s\n", model.Series.Target())
	}
	for i, v := range values {
		if f.json {
			line := map[string]cli.Number{"step": cli.Number(i + 1), "value": cli.Number(v)}
			if err := cli.JSONLine(w, line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%d,%s\n", i+1, strconv.FormatFloat(v, 'g', 7, 64))
	}
	return nil
}

// readSeries returns the rows of a CSV file or of a file of NumPy, (rows, features).
func readSeries(
	path string, f *task.SeriesFormat, format *data.CSVFormat,
) (*tensor.Tensor[float64], error) {
	if data.IsArrayFile(path) {
		return readArraySeries(path, f)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := data.NewRowReader(file, f.Columns, *format)
	if err != nil {
		return nil, err
	}
	var all []float64
	row := make([]float64, rows.Features())
	for {
		err := rows.Read(row)
		switch {
		case errors.Is(err, io.EOF):
			return tensor.FromSlice(all, len(all)/len(row), len(row)), nil
		case err != nil:
			return nil, err
		}
		all = append(all, row...)
	}
}

// readArraySeries returns the columns that a network takes of a file of NumPy, (rows, features).
func readArraySeries(path string, f *task.SeriesFormat) (*tensor.Tensor[float64], error) {
	table, err := data.ReadArrayTable(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range f.Columns {
		if f.Columns[i].Features() != 1 || f.Columns[i].Categories != nil {
			return nil, fmt.Errorf("the model takes column %q as texts or with missing values, which "+
				"arrays don't have", f.Columns[i].Name)
		}
		names = append(names, f.Columns[i].Name)
	}
	series, err := table.Select(names...)
	if err != nil {
		return nil, err
	}
	return series, data.CheckFinite(series, names)
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"simdnn/cmd/nnbench/internal/plot"
	"simdnn/internal/atomicfile"
	"simdnn/nn"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// trainOutputs are the files that a training run writes, nil where none is wanted.
type trainOutputs struct{ plot, arch, save *atomicfile.File }

// stage starts the files, so that it is known before training that they can be written.
func (o *trainOutputs) stage(ctx context.Context, p *fitPlan) error {
	for _, f := range []struct {
		path string
		file **atomicfile.File
	}{{p.plot, &o.plot}, {p.arch, &o.arch}, {p.save, &o.save}} {
		if f.path == "" {
			continue
		}
		var err error
		*f.file, err = await(ctx, func() (*atomicfile.File, error) { return atomicfile.Create(f.path) })
		if err != nil {
			o.discard()
			return err
		}
	}
	return nil
}

// namedFile is a file that a flag names.
type namedFile struct{ flag, path string }

// checkDistinct reports two flags that name the same file: what is written to one would take the
// place of the other.
func checkDistinct(files ...namedFile) error {
	for i, b := range files {
		for _, a := range files[:i] {
			if a.path != "" && b.path != "" && isSameFile(a.path, b.path) {
				return fmt.Errorf("--%s and --%s both name the file %s", a.flag, b.flag, b.path)
			}
		}
	}
	return nil
}

// isSameFile reports whether two paths lead to the same regular file, or would.
func isSameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return first.Mode().IsRegular() && os.SameFile(first, second)
	}
	a, err = filepath.Abs(a)
	b, err2 = filepath.Abs(b)
	return err == nil && err2 == nil && a == b
}

// discard removes the files that were not completed.
func (o *trainOutputs) discard() {
	for _, f := range []*atomicfile.File{o.plot, o.arch, o.save} {
		if f != nil {
			f.Discard()
		}
	}
}

// writeArchitecture draws the network, if that is wanted.
func writeArchitecture[T tensor.Float](o *trainOutputs, p *trainPlan, job *tabular.Job[T]) error {
	if o.arch == nil {
		return nil
	}
	if err := drawNetwork(o.arch, p.name, job.Model); err != nil {
		return err
	}
	return o.arch.Commit()
}

// writeResults saves the model and draws the curves, as far as that is wanted.
func (t *trainingRun[T]) writeResults(o *trainOutputs, history *nn.History) error {
	if o.save != nil {
		if err := t.encode(o.save); err != nil {
			return err
		}
		if err := o.save.Commit(); err != nil {
			return err
		}
	}
	if o.plot == nil {
		return nil
	}
	if err := drawCurves(o.plot, t.plotFormat, t.model.Loss(), history); err != nil {
		return err
	}
	return o.plot.Commit()
}

// pictureFormat returns the format that a file's extension names.
func pictureFormat(path string, formats ...string) (string, error) {
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	for _, f := range formats {
		if extension == f {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s: unknown picture format %q; the file's name must end in .%s", path,
		extension, strings.Join(formats, " or ."))
}

// otherFormats are extensions under which nobody would look for, or could open, a file of weights.
var otherFormats = []string{
	"csv", "tsv", "txt", "json", "jsonl", "svg", "png", "html", "pdf", "parquet", "zip", "gz",
	"onnx", "pt", "pth", "pkl", "pickle", "joblib", "h5", "keras", "npy", "npz", "gguf",
}

// checkModelName refuses a model's file whose extension names a format that it won't have. None,
// or one that names no format, as in model.v2, is fine.
func checkModelName(path string) error {
	extension := filepath.Ext(path)
	if extension == "" || !slices.Contains(otherFormats, strings.ToLower(extension[1:])) {
		return nil
	}
	return fmt.Errorf("%s: a model is saved in the format safetensors, which is not that of %s "+
		"files; %s.safetensors would do", path, extension, strings.TrimSuffix(path, extension))
}

// drawCurves writes loss and metric over the epochs.
func drawCurves(w io.Writer, format string, loss nn.Loss, h *nn.History) error {
	var trainLoss, valLoss, trainMetric, valMetric []float64
	for _, e := range h.Epochs {
		trainLoss, valLoss = append(trainLoss, e.TrainLoss), append(valLoss, e.ValLoss)
		trainMetric, valMetric = append(trainMetric, e.TrainMetric), append(valMetric, e.ValMetric)
	}
	metric := metricTitle(h.Metric)
	return plot.Curves(w, format,
		plot.Panel{Title: "Loss", YLabel: lossTitle(loss), MayLog: true,
			Curves: []plot.Curve{{Name: "training", Y: trainLoss},
				{Name: "validation", Y: valLoss}}},
		plot.Panel{Title: metric, YLabel: metric,
			Curves: []plot.Curve{{Name: "training", Y: trainMetric},
				{Name: "validation", Y: valMetric}}},
	)
}

// drawNetwork writes the architecture of a model.
func drawNetwork[T tensor.Float](w io.Writer, title string, m *nn.Model[T]) error {
	in := m.InputShape()[0]
	columns := []plot.Column{{Size: in, Title: "input", Detail: []string{count(in, "feature")}}}
	widths := fmt.Sprint(in)
	layers := m.Layers()
	for i, l := range layers {
		d, ok := l.(*nn.Dense)
		if !ok {
			return fmt.Errorf("a drawing of layer %d, which is not dense", i+1)
		}
		c := plot.Column{Size: d.Out(), Title: fmt.Sprintf("hidden %d", i+1),
			Detail: []string{count(d.Out(), "neuron"), d.Activation().String(),
				count(d.In()*d.Out()+d.Out(), "parameter")}}
		switch {
		case i == len(layers)-1:
			c.Title = "output"
		case len(layers) == 2:
			c.Title = "hidden"
		}
		columns = append(columns, c)
		widths += fmt.Sprintf(" → %d", d.Out())
	}
	return plot.Network(w, fmt.Sprintf("%s: %s, %s", title, widths,
		count(parameterCount(m.Parameters()), "parameter")), columns)
}

// parameterCount returns the number of numbers in the parameters.
func parameterCount[T tensor.Float](parameters []nn.Parameter[T]) int {
	n := 0
	for _, p := range parameters {
		n += len(p.Data)
	}
	return n
}

// metricTitle names a metric for people.
func metricTitle(metric string) string {
	if metric == nn.R2.String() {
		return "R²"
	}
	return metric
}

// lossTitle names a loss for people.
func lossTitle(l nn.Loss) string {
	switch l.String() {
	case nn.MSE.String():
		return "mean squared error"
	case nn.CrossEntropy.String():
		return "cross entropy"
	}
	return l.String()
}

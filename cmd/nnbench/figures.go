package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"simdnn/cmd/nnbench/internal/draw"
	"simdnn/nn"
	"simdnn/tensor"
)

// pictureFormat returns the format that a file's extension names.
func pictureFormat(path string, formats ...string) (string, error) {
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	for _, f := range formats {
		if extension == f {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s: unknown picture format %q; the file's name must end in .%s", path, extension, strings.Join(formats, " or ."))
}

// drawCurves writes loss and metric over the epochs.
func drawCurves(w io.Writer, format string, loss nn.Loss, h *nn.History) error {
	var trainLoss, valLoss, trainMetric, valMetric []float64
	for _, e := range h.Epochs {
		trainLoss, valLoss = append(trainLoss, e.TrainLoss), append(valLoss, e.ValLoss)
		trainMetric, valMetric = append(trainMetric, e.TrainMetric), append(valMetric, e.ValMetric)
	}
	metric := metricTitle(h.Metric)
	return draw.Curves(w, format,
		draw.Panel{Title: "Loss", YLabel: lossTitle(loss), MayLog: true, Curves: []draw.Curve{{Name: "training", Y: trainLoss}, {Name: "validation", Y: valLoss}}},
		draw.Panel{Title: metric, YLabel: metric, Curves: []draw.Curve{{Name: "training", Y: trainMetric}, {Name: "validation", Y: valMetric}}},
	)
}

// drawNetwork writes the architecture of a model.
func drawNetwork[T tensor.Float](w io.Writer, title string, m *nn.Model[T]) error {
	layers := m.Layers()
	columns := []draw.Column{{Size: layers[0].In(), Title: "input", Detail: []string{count(layers[0].In(), "feature")}}}
	widths := fmt.Sprint(layers[0].In())
	for i, l := range layers {
		c := draw.Column{Size: l.Out(), Title: fmt.Sprintf("hidden %d", i+1), Detail: []string{count(l.Out(), "neuron")}}
		switch {
		case i == len(layers)-1:
			c.Title = "output"
		case len(layers) == 2:
			c.Title = "hidden"
		}
		if a, ok := l.(nn.Activated[T]); ok {
			c.Detail = append(c.Detail, a.Activation().String())
		}
		c.Detail = append(c.Detail, count(parameterCount(l.Parameters()), "parameter"))
		columns = append(columns, c)
		widths += fmt.Sprintf(" → %d", l.Out())
	}
	return draw.Network(w, fmt.Sprintf("%s: %s, %s", title, widths, count(parameterCount(m.Parameters()), "parameter")), columns)
}

// parameterCount returns the number of numbers in the parameters.
func parameterCount[T tensor.Float](parameters []nn.Parameter[T]) int {
	n := 0
	for _, p := range parameters {
		n += len(p.Data)
	}
	return n
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
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

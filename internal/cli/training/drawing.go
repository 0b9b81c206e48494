package training

import (
	"fmt"
	"io"

	"simdnn/internal/cli"
	"simdnn/internal/plot"
	"simdnn/nn"
	"simdnn/tensor"
)

// drawCurves writes loss and metric over the epochs.
func drawCurves(w io.Writer, format string, loss nn.Loss, h *nn.History) error {
	var trainLoss, valLoss, trainMetric, valMetric []float64
	for _, e := range h.Epochs {
		trainLoss, valLoss = append(trainLoss, e.TrainLoss), append(valLoss, e.ValLoss)
		trainMetric, valMetric = append(trainMetric, e.TrainMetric), append(valMetric, e.ValMetric)
	}
	metric := MetricTitle(h.Metric)
	return plot.Curves(w, format,
		plot.Panel{Title: "Loss", YLabel: LossTitle(loss), MayLog: true,
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
	columns := []plot.Column{{Size: in, Title: "input", Detail: []string{cli.Count(in, "feature")}}}
	widths := fmt.Sprint(in)
	layers := m.Layers()
	for i, l := range layers {
		d, ok := l.(*nn.Dense)
		if !ok {
			return fmt.Errorf("a drawing of layer %d, which is not dense", i+1)
		}
		c := plot.Column{Size: d.Out(), Title: fmt.Sprintf("hidden %d", i+1),
			Detail: []string{cli.Count(d.Out(), "neuron"), d.Activation().String(),
				cli.Count(d.In()*d.Out()+d.Out(), "parameter")}}
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
		cli.Count(parameterCount(m.Parameters()), "parameter")), columns)
}

// parameterCount returns the number of numbers in the parameters.
func parameterCount[T tensor.Float](parameters []nn.Parameter[T]) int {
	n := 0
	for _, p := range parameters {
		n += len(p.Data)
	}
	return n
}

// MetricTitle names a metric for people.
func MetricTitle(metric string) string {
	if metric == nn.R2.String() {
		return "R²"
	}
	return metric
}

// LossTitle names a loss for people.
func LossTitle(l nn.Loss) string {
	switch l.String() {
	case nn.MSE.String():
		return "mean squared error"
	case nn.CrossEntropy.String():
		return "cross entropy"
	}
	return l.String()
}

package report

import (
	"fmt"
	"math"
	"time"

	"simdnn/cmd/nnbench/internal/draw"
	"simdnn/nn"
)

// Training is one training of an experiment.
type Training struct {
	Name, About  string
	Loss, Metric string
	Epochs       []nn.Epoch
	Time         time.Duration
}

// logSpan is the ratio of the largest loss to the smallest from which on the axis of a loss is logarithmic.
const logSpan = 10

// trainings shows the losses of the experiments.
func trainings(all []Training) *section {
	if len(all) == 0 {
		return nil
	}
	s := &section{
		ID: "trainings", Heading: "Trainings",
		Lead: []string{"The experiments of nnbench train with their default settings. What they reach is the same on every ISA but generic and " +
			"with any number of threads, to the last bit; the time they take is this machine's."},
	}
	t := table{Caption: "What the trainings reached, after the last epoch", Columns: []string{
		"experiment", "epochs", "time", "loss", "training loss", "validation loss", "metric", "training metric", "validation metric"}}
	for _, one := range all {
		if len(one.Epochs) == 0 {
			continue
		}
		s.Small = append(s.Small, small(one.chart(), one.Name+": "+one.About+"."))
		e := one.Epochs[len(one.Epochs)-1]
		t.row(one.Name, count(float64(len(one.Epochs))), duration(one.Time.Seconds()), one.Loss, figures3(e.TrainLoss), figures3(e.ValLoss),
			one.Metric, decimals(e.TrainMetric), decimals(e.ValMetric))
	}
	s.Tables = append(s.Tables, t)
	return s
}

// decimals writes a metric, such as an accuracy, with four decimals.
func decimals(v float64) string {
	if math.IsNaN(v) {
		return missing
	}
	return fmt.Sprintf("%.4f", v)
}

// chart draws the losses over the epochs.
func (t *Training) chart() draw.Chart {
	training := draw.Series{Label: "training", Class: "c1", Joined: true}
	validation := draw.Series{Label: "validation", Class: "c2", Joined: true}
	lo, hi := math.Inf(1), 0.0
	for i, e := range t.Epochs {
		training.Points = append(training.Points, draw.Point{X: float64(i + 1), Y: e.TrainLoss})
		lo, hi = min(lo, e.TrainLoss), max(hi, e.TrainLoss)
		if !math.IsNaN(e.ValLoss) {
			validation.Points = append(validation.Points, draw.Point{X: float64(i + 1), Y: e.ValLoss})
			lo, hi = min(lo, e.ValLoss), max(hi, e.ValLoss)
		}
	}
	last := t.Epochs[len(t.Epochs)-1]
	description := fmt.Sprintf("The training loss falls from %s to %s", figures3(t.Epochs[0].TrainLoss), figures3(last.TrainLoss))
	if !math.IsNaN(last.ValLoss) {
		description += ", the validation loss ends at " + figures3(last.ValLoss)
	}
	return draw.Chart{
		ID: "training-" + t.Name, Title: "Loss of " + t.Name + " over the epochs", Description: description + ".",
		X: draw.Axis{Title: "epoch"}, Y: draw.Axis{Title: t.Loss, Log: lo > 0 && hi/lo > logSpan},
		Series: []draw.Series{training, validation},
	}
}

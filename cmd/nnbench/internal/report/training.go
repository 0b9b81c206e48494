package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"simdnn/internal/plot"
	"simdnn/nn"
)

// steps shows the time of training steps against the size of the network.
func steps(r *Results) *section {
	training, predicting := r.find("Step"), r.find("Inference")
	if len(training)+len(predicting) == 0 {
		return nil
	}
	s := &section{
		ID: "steps", Heading: "Training steps",
		Lead: []string{"One step is forward pass, loss, backward pass and update on one batch, " +
			"float32, on one thread with " + r.activeISA() + "."},
	}
	if len(training) > 1 {
		s.Big = append(s.Big, r.stepFigure(training))
	}
	if len(training) > 0 {
		s.Tables = append(s.Tables, r.networkTable("Training steps", training))
	}
	if len(predicting) > 0 {
		s.Tables = append(s.Tables, r.networkTable("Predictions", predicting))
	}
	return s
}

// parameters returns the number of parameters of a fully connected network, "64-128-10".
func parameters(net string) float64 {
	total, in := 0.0, math.NaN()
	for i, text := range strings.Split(net, "-") {
		out := number(text)
		if i > 0 {
			total += in*out + out
		}
		in = out
	}
	return total
}

// stepGroup is the steps that differ in nothing but the network.
type stepGroup struct {
	settings string // optimizer and batch
	steps    []*Benchmark
}

// group sorts steps by size and puts those with the same settings together, the largest group
// first.
func group(steps []*Benchmark) []stepGroup {
	steps = slices.Clone(steps)
	slices.SortStableFunc(steps, func(a, b *Benchmark) int {
		return cmp.Compare(parameters(a.op()), parameters(b.op()))
	})
	var groups []stepGroup
	for _, b := range steps {
		settings := cmp.Or(b.Settings["opt"], "any optimizer") + ", batch " + b.Settings["size"]
		i := slices.IndexFunc(groups, func(g stepGroup) bool { return g.settings == settings })
		if i < 0 {
			i, groups = len(groups), append(groups, stepGroup{settings: settings})
		}
		groups[i].steps = append(groups[i].steps, b)
	}
	slices.SortStableFunc(groups, func(a, b stepGroup) int {
		return cmp.Compare(len(b.steps), len(a.steps))
	})
	return groups
}

// stepFigure draws the time of a step against the number of parameters. A group of steps forms a
// line if it is large enough; the first has its bound beside it.
func (r *Results) stepFigure(steps []*Benchmark) figure {
	chart := plot.Chart{
		ID: "steps-time", Title: "Time of a training step against the number of parameters",
		X: plot.Axis{Title: "parameters", Log: true, Text: decimal},
		Y: plot.Axis{Title: "time of a step", Log: true, Text: roundDuration},
	}
	styles := []plot.Series{{Class: "c1", Symbol: plot.Circle}, {Class: "c2", Symbol: plot.Square},
		{Class: "c3", Symbol: plot.Triangle}, {Class: "c4", Symbol: plot.Diamond}}
	groups := group(steps)
	var key []keyEntry
	for i, g := range groups {
		series := styles[i%len(styles)]
		series.Joined = len(g.steps) > 2
		for _, b := range g.steps {
			t := b.Value("sec/op")
			series.Points = append(series.Points,
				plot.Point{X: parameters(b.op()), Y: t, Label: b.op(),
					Note: fmt.Sprintf("%s, %s: %s", b.op(), g.settings, duration(t))})
		}
		key = append(key, keyEntry{plot.Key(series.Class, series.Symbol), g.settings})
		chart.Series = append(chart.Series, series)
	}
	meaning := ""
	if bound := r.stepBound(groups[0].steps); len(bound) > 2 {
		meaning = " The grey line is the time that the products of a step would take at the " +
			"peak of fused multiply-adds: what lies above it is everything else, and what the " +
			"products lose."
		chart.Series = append(chart.Series,
			plot.Series{Class: "c5", Label: "at the FMA peak", Joined: true, Points: bound})
	}
	least, most := groups[0].steps[0], groups[0].steps[len(groups[0].steps)-1]
	chart.Description = fmt.Sprintf("With %s: from %s for %s to %s for %s.",
		groups[0].settings, duration(least.Value("sec/op")), least.op(),
		duration(most.Value("sec/op")), most.op())
	f := big(chart, chart.Description+meaning)
	f.Key = key
	return f
}

// stepBound returns the times that the arithmetic of steps takes at the FMA peak.
func (r *Results) stepBound(steps []*Benchmark) []plot.Point {
	var points []plot.Point
	peak := r.peak("f32", r.activeISA())
	for _, b := range steps {
		if t := b.Value("sec/op") * b.Value("GFLOP/s") / peak; t > 0 {
			points = append(points, plot.Point{X: parameters(b.op()), Y: t})
		}
	}
	return points
}

// networkTable lists steps or predictions.
func (r *Results) networkTable(caption string, all []*Benchmark) table {
	t := table{Caption: caption, Columns: []string{"network", "parameters", "optimizer", "rows",
		"time", "GFLOP/s", "of the FMA peak", "allocations"}}
	for _, b := range all {
		gflops := b.Value("GFLOP/s")
		t.row(b.op(), count(parameters(b.op())), cmp.Or(b.Settings["opt"], missing),
			b.Settings["size"], duration(b.Value("sec/op")),
			figures3(gflops), percent(gflops/r.peak("f32", r.activeISA())),
			figures3(b.Value("allocs/op")))
	}
	return t
}

// TrainingRun is one run of an experiment.
type TrainingRun struct {
	Name, About  string
	Loss, Metric string
	Epochs       []nn.Epoch
	Time         time.Duration
}

// logSpan is the ratio of the largest loss to the smallest from which on the axis of a loss is
// logarithmic.
const logSpan = 10

// trainingRuns shows the losses of the experiments.
func trainingRuns(all []TrainingRun) *section {
	if len(all) == 0 {
		return nil
	}
	s := &section{
		ID: "runs", Heading: "Training runs",
		Lead: []string{"The experiments of nnbench train with their default settings. What they " +
			"reach is the same on every ISA but generic and with any number of threads, to the " +
			"last bit; the time they take is this machine's."},
	}
	t := table{Caption: "What the runs reached, after the last epoch", Columns: []string{
		"experiment", "epochs", "time", "loss", "training loss", "validation loss",
		"metric", "training metric", "validation metric"}}
	for _, one := range all {
		if len(one.Epochs) == 0 {
			continue
		}
		s.Small = append(s.Small, small(one.chart(), one.Name+": "+one.About+"."))
		e := one.Epochs[len(one.Epochs)-1]
		t.row(one.Name, count(float64(len(one.Epochs))), duration(one.Time.Seconds()), one.Loss,
			figures3(e.TrainLoss), figures3(e.ValLoss),
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
func (t *TrainingRun) chart() plot.Chart {
	training := plot.Series{Label: "training", Class: "c1", Joined: true}
	validation := plot.Series{Label: "validation", Class: "c2", Joined: true}
	lo, hi := math.Inf(1), 0.0
	for i, e := range t.Epochs {
		training.Points = append(training.Points, plot.Point{X: float64(i + 1), Y: e.TrainLoss})
		lo, hi = min(lo, e.TrainLoss), max(hi, e.TrainLoss)
		if !math.IsNaN(e.ValLoss) {
			validation.Points = append(validation.Points,
				plot.Point{X: float64(i + 1), Y: e.ValLoss})
			lo, hi = min(lo, e.ValLoss), max(hi, e.ValLoss)
		}
	}
	last := t.Epochs[len(t.Epochs)-1]
	description := fmt.Sprintf("The training loss falls from %s to %s",
		figures3(t.Epochs[0].TrainLoss), figures3(last.TrainLoss))
	if !math.IsNaN(last.ValLoss) {
		description += ", the validation loss ends at " + figures3(last.ValLoss)
	}
	return plot.Chart{
		ID: "training-" + t.Name, Title: "Loss of " + t.Name + " over the epochs",
		Description: description + ".",
		X:           plot.Axis{Title: "epoch"},
		Y:           plot.Axis{Title: t.Loss, Log: lo > 0 && hi/lo > logSpan},
		Series:      []plot.Series{training, validation},
	}
}

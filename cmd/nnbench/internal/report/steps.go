package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/cmd/nnbench/internal/draw"
)

// steps shows the time of training steps against the size of the network.
func steps(r *Results) *section {
	training, predicting := r.find("Step"), r.find("Inference")
	if len(training)+len(predicting) == 0 {
		return nil
	}
	s := &section{
		ID: "steps", Heading: "Training steps",
		Lead: []string{"One step is forward pass, loss, backward pass and update on one batch, float32, on one thread with " + r.activeSet() + "."},
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

// stepFigure draws the time of a step against the number of parameters. Steps with the same optimizer and batch form a line if there are enough.
func (r *Results) stepFigure(steps []*Benchmark) figure {
	chart := draw.Chart{
		ID: "steps-time", Title: "Time of a training step against the number of parameters",
		X: draw.Axis{Title: "parameters", Log: true, Text: decimal}, Y: draw.Axis{Title: "time of a step", Log: true, Text: roundDuration},
	}
	styles := []draw.Series{{Class: "c1", Symbol: draw.Circle}, {Class: "c2", Symbol: draw.Square}, {Class: "c3", Symbol: draw.Triangle}, {Class: "c4", Symbol: draw.Diamond}}
	groups := map[string]*draw.Series{}
	var order []string
	bound := draw.Series{Class: "c5", Label: "at the FMA peak", Joined: true}
	for _, b := range steps {
		settings := b.Settings["opt"] + ", batch " + b.Settings["size"]
		if groups[settings] == nil {
			style := styles[len(order)%len(styles)]
			groups[settings] = &style
			order = append(order, settings)
		}
		p := draw.Point{X: parameters(b.op()), Y: b.Value("sec/op"), Label: b.op()}
		p.Note = fmt.Sprintf("%s, %s: %s", b.op(), settings, duration(p.Y))
		groups[settings].Points = append(groups[settings].Points, p)
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(len(groups[b].Points), len(groups[a].Points)) })
	var key []keyEntry
	for i, settings := range order {
		series := groups[settings]
		slices.SortFunc(series.Points, func(a, b draw.Point) int { return cmp.Compare(a.X, b.X) })
		series.Joined = len(series.Points) > 2
		if i == 0 && series.Joined {
			bound.Points = r.stepBound(steps, settings)
		}
		key = append(key, keyEntry{draw.Key(series.Class, series.Symbol), settings})
		chart.Series = append(chart.Series, *series)
	}
	if len(bound.Points) > 1 {
		chart.Series = append(chart.Series, bound)
	}
	least := slices.MinFunc(steps, func(a, b *Benchmark) int { return cmp.Compare(parameters(a.op()), parameters(b.op())) })
	most := slices.MaxFunc(steps, func(a, b *Benchmark) int { return cmp.Compare(parameters(a.op()), parameters(b.op())) })
	chart.Description = fmt.Sprintf("From %s for %s to %s for %s.", duration(least.Value("sec/op")), least.op(), duration(most.Value("sec/op")), most.op())
	f := big(chart, chart.Description+" The grey line is the time that the products of a step would take at the peak of fused multiply-adds: what lies above it is "+
		"everything else, and what the products lose.")
	f.Key = key
	return f
}

// stepBound returns the times that the arithmetic of the steps with some settings takes at the FMA peak.
func (r *Results) stepBound(steps []*Benchmark, settings string) []draw.Point {
	var points []draw.Point
	peak := r.peak("f32", r.activeSet())
	for _, b := range steps {
		if b.Settings["opt"]+", batch "+b.Settings["size"] == settings {
			points = append(points, draw.Point{X: parameters(b.op()), Y: b.Value("sec/op") * b.Value("GFLOP/s") / peak})
		}
	}
	slices.SortFunc(points, func(a, b draw.Point) int { return cmp.Compare(a.X, b.X) })
	return slices.DeleteFunc(points, func(p draw.Point) bool { return !(p.Y > 0) })
}

// networkTable lists steps or predictions.
func (r *Results) networkTable(caption string, all []*Benchmark) table {
	t := table{Caption: caption, Columns: []string{"network", "parameters", "optimizer", "rows", "time", "GFLOP/s", "of the FMA peak", "allocations"}}
	for _, b := range all {
		gflops := b.Value("GFLOP/s")
		t.row(b.op(), count(parameters(b.op())), cmp.Or(b.Settings["opt"], missing), b.Settings["size"], duration(b.Value("sec/op")),
			figures3(gflops), percent(gflops/r.peak("f32", r.activeSet())), figures3(b.Value("allocs/op")))
	}
	return t
}

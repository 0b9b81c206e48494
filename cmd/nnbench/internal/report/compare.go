package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"simdnn/internal/plot"
)

// pair is a benchmark of two runs.
type pair struct {
	before, after *Benchmark
	ratio         float64 // of the times: below 1 is faster
	p             float64 // the probability of such a difference between equals (Mann–Whitney)
}

// compare shows the times of a run beside those of an earlier one.
func compare(old, current *Results) (*section, error) {
	pairs := match(old, current)
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s and %s have no benchmark in common", old.Name, current.Name)
	}
	s := &section{ID: "comparison", Heading: "Against " + old.Name, Lead: []string{verdict(pairs)}}
	for _, key := range []string{"cpu", "goos", "goarch", "isa", "goversion", "revision"} {
		if was, is := old.Config[key], current.Config[key]; was != is {
			s.Lead = append(s.Lead, fmt.Sprintf("Other %s: it was %s and is %s.", key,
				cmp.Or(was, "not given"), cmp.Or(is, "not given")))
		}
	}
	s.Big = append(s.Big, comparisonFigure(pairs))
	t := table{Caption: "Times of " + old.Name + " and now, those that changed most first",
		Columns: []string{"benchmark", "then", "now", "change", "p", "samples"}}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return -cmp.Compare(math.Abs(math.Log(a.ratio)), math.Abs(math.Log(b.ratio)))
	})
	for _, p := range pairs {
		t.row(p.after.Name, duration(p.before.Value("sec/op")), duration(p.after.Value("sec/op")),
			change(p.ratio), fmt.Sprintf("%.3f", p.p),
			fmt.Sprintf("%d, %d", len(p.before.samples["sec/op"]), len(p.after.samples["sec/op"])))
	}
	s.Tables = append(s.Tables, t)
	return s, nil
}

// match finds the benchmarks that both runs have a time of.
func match(old, current *Results) []pair {
	before := map[string]*Benchmark{}
	for _, b := range old.Benchmarks {
		before[b.Name] = b
	}
	var pairs []pair
	for _, now := range current.Benchmarks {
		then := before[now.Name]
		if then == nil || len(then.samples["sec/op"]) == 0 || len(now.samples["sec/op"]) == 0 {
			continue
		}
		sample := func(b *Benchmark) *benchmath.Sample {
			return benchmath.NewSample(b.samples["sec/op"], &benchmath.DefaultThresholds)
		}
		p := benchmath.AssumeNothing.Compare(sample(then), sample(now)).P
		pairs = append(pairs, pair{then, now, now.Value("sec/op") / then.Value("sec/op"), p})
	}
	return pairs
}

// verdict sums the pairs up.
func verdict(pairs []pair) string {
	logs, faster, slower := 0.0, 0, 0
	for _, p := range pairs {
		logs += math.Log(p.ratio)
		switch {
		case p.ratio < 0.95:
			faster++
		case p.ratio > 1.05:
			slower++
		}
	}
	return fmt.Sprintf("Benchmarks in both runs: %d. Their times changed by %s on the geometric "+
		"mean; %d are more than 5 %% faster, %d more than 5 %% slower.",
		len(pairs), change(math.Exp(logs/float64(len(pairs)))), faster, slower) +
		" A probability p above 0.05, or fewer than four samples a side, says that the change " +
		"may be noise."
}

// comparisonFigure draws the ratios: a row for each path, a mark for each benchmark.
func comparisonFigure(pairs []pair) figure {
	var rows []string
	series := plot.Series{Class: "c1", Symbol: plot.Ring}
	hi := 1.1
	for _, p := range pairs {
		name := p.after.family()
		if name == "Elementwise" || name == "Ceiling" {
			name = p.after.op()
		}
		row := slices.Index(rows, name)
		if row < 0 {
			row, rows = len(rows), append(rows, name)
		}
		series.Points = append(series.Points,
			plot.Point{X: p.ratio, Y: float64(row), Note: p.after.Name + ": " + change(p.ratio)})
		hi = max(hi, p.ratio*1.02, 1.02/p.ratio)
	}
	same := plot.Series{Class: "c5", Limit: true,
		Points: []plot.Point{{X: 1, Y: -0.5}, {X: 1, Y: float64(len(rows)) - 0.5}}}
	chart := plot.Chart{
		ID: "comparison-ratios", Title: "Time now as a ratio to the earlier run, a mark for " +
			"each benchmark",
		Description: verdict(pairs),
		X: plot.Axis{Title: "time, now / then", Log: true, Lo: 1 / hi, Hi: hi,
			Ticks: ratioTicks(hi)},
		Y: plot.Axis{Names: rows}, Series: []plot.Series{same, series},
	}
	height := 70 + 20*len(rows)
	return figure{Wide: chart.SVG(wideWidth, height), Narrow: chart.SVG(narrowWidth, height),
		Caption: "Left of 1 is faster now."}
}

// ratioTicks returns round ratios from 1/hi to hi.
func ratioTicks(hi float64) []float64 {
	var ticks []float64
	for _, tick := range []float64{0.1, 0.2, 0.5, 0.8, 0.9, 1, 1.1, 1.25, 2, 5, 10} {
		if tick >= 1/hi && tick <= hi {
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

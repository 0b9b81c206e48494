package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"simdnn/internal/plot"
)

// Values is a regression's target in some rows, and what was predicted of it.
type Values struct {
	Target           string
	Truth, Predicted []float64
}

// Columns is a metric, and what it is where the values of one column are dealt to other rows.
type Columns struct {
	Metric   string
	Value    float64
	Names    []string
	Shuffled []float64
}

// section draws predictions over the target.
func (v *Values) section() *section {
	rows := plot.Series{Class: "c1"}
	low, high := math.Inf(1), math.Inf(-1)
	mean := 0.0
	for i, t := range v.Truth {
		rows.Points = append(rows.Points, plot.Point{X: t, Y: v.Predicted[i]})
		low, high = min(low, t), max(high, t)
		mean += t / float64(len(v.Truth))
	}
	var errors, spread float64
	for i, t := range v.Truth {
		errors += float64((v.Predicted[i] - t) * (v.Predicted[i] - t))
		spread += float64((t - mean) * (t - mean))
	}
	exact := plot.Series{Label: "predicted = " + v.Target, Class: "c5", Joined: true,
		Points: []plot.Point{{X: low, Y: low}, {X: high, Y: high}}}
	lead := fmt.Sprintf("The root of the mean squared error is %.4g", math.Sqrt(errors/
		float64(len(v.Truth))))
	if spread > 0 {
		lead += fmt.Sprintf("; the predictions explain %.2f %% of the target's variance",
			100*(1-errors/spread))
	}
	chart := plot.Chart{ID: "values", Title: "Predictions of " + v.Target,
		Description: fmt.Sprintf("Each of %d rows: the nearer to the line, the better.", len(v.Truth)),
		X:           plot.Axis{Title: v.Target}, Y: plot.Axis{Title: "predicted"},
		Series: []plot.Series{rows, exact}}
	return &section{ID: "values", Heading: "Predictions", Lead: []string{lead + "."},
		Big: []figure{big(chart, chart.Description)}}
}

// section lists the columns, those first whose values matter most.
func (c *Columns) section() *section {
	t := table{Caption: "Without the sense of a column", Columns: []string{"column", c.Metric, "change"}}
	order := make([]int, len(c.Names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(math.Abs(c.Shuffled[b]-c.Value), math.Abs(c.Shuffled[a]-c.Value))
	})
	for _, i := range order {
		t.row(c.Names[i], fmt.Sprintf("%.4g", c.Shuffled[i]), fmt.Sprintf("%+.4g",
			c.Shuffled[i]-c.Value))
	}
	return &section{ID: "columns", Heading: "What the columns are worth",
		Lead: []string{fmt.Sprintf("The model's %s is %.4g. Dealt to other rows at random, a column's "+
			"values say nothing of them: what the %s then is tells how far predictions rest on that "+
			"column.", c.Metric, c.Value, c.Metric)}, Tables: []table{t}}
}

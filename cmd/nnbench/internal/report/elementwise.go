package report

import (
	"cmp"
	"fmt"
	"slices"

	"simdnn/internal/plot"
)

// elementwise shows the operations on elements: all of them at one length, and each over the
// lengths.
func elementwise(r *Results) *section {
	all := r.find("Elementwise", "dtype", "f32")
	if len(all) == 0 {
		return nil
	}
	s := &section{
		ID: "elements", Heading: "Operations on elements",
		Lead: []string{"Operations on float32 slices that stay in the caches as far as they " +
			"fit. The bandwidth counts what an operation must read and write, and falls where a " +
			"slice leaves a cache."},
	}
	if f, ok := r.elementFigure(commonest(all, "size")); ok {
		s.Big = append(s.Big, f)
	}
	for _, op := range operations(all) {
		if c, ok := r.lengthChart(op); ok {
			s.Small = append(s.Small, small(c, ""))
		}
	}
	s.Tables = append(s.Tables, r.elementTable(all))
	return s
}

// operations returns the operations among the benchmarks, in the order of their first appearance.
func operations(all []*Benchmark) []string {
	var ops []string
	for _, b := range all {
		if !slices.Contains(ops, b.op()) {
			ops = append(ops, b.op())
		}
	}
	return ops
}

// commonest returns the value of a setting that most benchmarks have; among equals 16384, a length
// within L2.
func commonest(benchmarks []*Benchmark, setting string) string {
	rank := func(value string) int {
		n := 0
		for _, b := range benchmarks {
			if b.Settings[setting] == value {
				n += 2
			}
		}
		if value == "16384" {
			n++
		}
		return n
	}
	return slices.MaxFunc(distinct(benchmarks, setting), func(a, b string) int {
		return cmp.Compare(rank(a), rank(b))
	})
}

// elementFigure draws the time for one element of every operation at one length: a row for each,
// the fastest first.
func (r *Results) elementFigure(length string) (figure, bool) {
	nsPerElement := func(op, isa string) float64 {
		return first(r.find("Elementwise/"+op, "size", length, "dtype", "f32", "isa",
			isa)).Value("sec/op") * 1e9 / number(length)
	}
	ops := operations(r.find("Elementwise", "size", length, "dtype", "f32", "isa", r.activeISA()))
	slices.SortStableFunc(ops, func(a, b string) int {
		return cmp.Compare(nsPerElement(a, r.activeISA()), nsPerElement(b, r.activeISA()))
	})
	if len(ops) < 2 {
		return figure{}, false
	}
	chart := plot.Chart{
		ID: "elements-time", Title: "Time for one float32 element of each operation, by ISA",
		X: plot.Axis{Title: "ns / element", Log: true}, Y: plot.Axis{Names: ops},
	}
	var key []keyEntry
	for _, isa := range r.isas() {
		series := r.styleOf(isa)
		series.Label = ""
		for row, op := range ops {
			ns := nsPerElement(op, isa)
			series.Points = append(series.Points,
				plot.Point{X: ns, Y: float64(row),
					Note: fmt.Sprintf("%s, %s: %s ns/element", op, isa, figures3(ns))})
		}
		chart.Series = append(chart.Series, series)
		key = append(key, keyEntry{plot.Key(series.Class, series.Symbol), isa})
	}
	slices.Reverse(chart.Series) // the active ISA on top of the others
	fastest, slowest := ops[0], ops[len(ops)-1]
	chart.Description = fmt.Sprintf("With %s, on %s elements, %s takes %s ns for one and %s %s ns.",
		r.activeISA(), count(number(length)),
		fastest, figures3(nsPerElement(fastest,
			r.activeISA())), slowest, figures3(nsPerElement(slowest, r.activeISA())))
	height := 70 + 23*len(ops)
	return figure{Wide: chart.SVG(wideWidth, height), Narrow: chart.SVG(narrowWidth, height),
		Caption: chart.Description + " Further left is faster.", Key: key}, true
}

// lengthChart draws the bandwidth of an operation against the length, beside that of a copy.
func (r *Results) lengthChart(op string) (plot.Chart, bool) {
	chart := plot.Chart{
		ID: "elements-" + op, Title: "Bandwidth of " + op +
			" against the number of elements, by ISA",
		X: plot.Axis{Title: "elements", Log: true, Text: binary}, Y: plot.Axis{Title: op + ", GB/s",
			Log: true},
	}
	copying := plot.Series{Label: "copy", Class: "c5", Joined: true}
	for _, c := range r.copies() {
		copying.Points = append(copying.Points, plot.Point{X: c.elements, Y: c.gbps})
	}
	best := plot.Point{}
	lengths := map[float64]bool{}
	for _, isa := range r.isas() {
		series := r.styleOf(isa)
		series.Joined = true
		for _, b := range r.find("Elementwise/"+op, "dtype", "f32", "isa", isa) {
			p := plot.Point{X: number(b.Settings["size"]), Y: b.Value("GB/s")}
			p.Note = fmt.Sprintf("%s, %s elements: %s GB/s", isa, count(p.X), figures3(p.Y))
			series.Points = append(series.Points, p)
			lengths[p.X] = true
			if p.Y > best.Y {
				best = p
			}
		}
		if len(series.Points) > 1 {
			chart.Series = append(chart.Series, series)
		}
	}
	if len(lengths) < 3 || len(chart.Series) == 0 {
		return chart, false
	}
	for x := range lengths {
		chart.X.Ticks = append(chart.X.Ticks, x)
	}
	slices.Sort(chart.X.Ticks)
	chart.Series = append([]plot.Series{copying}, chart.Series...)
	chart.Description = "Best: " + best.Note + "."
	return chart, true
}

// elementTable lists the operations: the time for one element with each ISA, and the bandwidth with
// the first.
func (r *Results) elementTable(all []*Benchmark) table {
	isas := r.only(distinct(all, "isa"))
	t := table{Caption: "Operations on float32 elements",
		Columns: []string{"operation", "elements"}}
	for _, isa := range isas {
		t.Columns = append(t.Columns, isa+", ns/element")
	}
	t.Columns = append(t.Columns, isas[0]+", GB/s", "of a copy")
	for _, op := range operations(all) {
		for _, size := range distinct(all, "size") {
			cells := []string{op, count(number(size))}
			for _, isa := range isas {
				b := first(r.find("Elementwise/"+op, "size", size, "dtype", "f32", "isa", isa))
				cells = append(cells, figures3(b.Value("sec/op")*1e9/number(size)))
			}
			gbps := first(r.find("Elementwise/"+op, "size", size, "dtype", "f32", "isa",
				isas[0])).Value("GB/s")
			cells = append(cells, figures3(gbps),
				percent(gbps/first(r.find("Ceiling/copy", "size", size)).best("GB/s")))
			if slices.ContainsFunc(cells[2:], func(c string) bool { return c != missing }) {
				t.row(cells...)
			}
		}
	}
	return t
}

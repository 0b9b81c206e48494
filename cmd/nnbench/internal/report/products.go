package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"simdnn/internal/plot"
)

// products shows the speed of matrix products by size.
func products(r *Results) *section {
	s := &section{ID: "products", Heading: "Matrix products"}
	for _, dtype := range distinct(r.find("MatMul"), "dtype") {
		if f, ok := r.squares(dtype); ok {
			s.Big = append(s.Big, f)
		}
		s.Tables = append(s.Tables, r.productTable(dtype))
	}
	if len(s.Tables) == 0 {
		return nil
	}
	s.Lead = []string{"C = A·B of square matrices through the public call, which checks the " +
		"shapes and chooses kernel and packing each time. Small products are bounded by the " +
		"calls and the edges around the arithmetic, large ones by the peak of fused " +
		"multiply-adds."}
	return s
}

// squares draws the products of square matrices of a type against their side.
func (r *Results) squares(dtype string) (figure, bool) {
	chart := plot.Chart{
		ID: "products-" + dtype,
		Title: "Speed of " + typeName(dtype) +
			" products of square matrices against their side, by ISA",
		X: plot.Axis{Title: "side of the matrices", Log: true,
			Ticks: []float64{8, 16, 32, 64, 128, 256, 512, 1024}},
		Y: plot.Axis{Title: "GFLOP/s, " + typeName(dtype)},
	}
	var summary []string
	largest := 0.0
	for _, isa := range r.isas() {
		series := r.styleOf(isa)
		series.Joined = true
		for _, b := range r.find("MatMul", "trans", "NN", "dtype", dtype, "isa", isa) {
			if m, n, k := sizes(b.Settings["size"]); m == n && n == k {
				gflops := b.Value("GFLOP/s")
				note := fmt.Sprintf("%s, %.0f×%[2]g×%[2]g: %s GFLOP/s", isa, m, figures3(gflops))
				series.Points = append(series.Points, plot.Point{X: m, Y: gflops, Note: note})
			}
		}
		if len(series.Points) < 2 {
			continue
		}
		slices.SortFunc(series.Points, func(a, b plot.Point) int { return cmp.Compare(a.X, b.X) })
		best := slices.MaxFunc(series.Points, func(a, b plot.Point) int {
			return cmp.Compare(a.Y, b.Y)
		})
		text := fmt.Sprintf("%s reaches %s GFLOP/s at %g", isa, figures3(best.Y), best.X)
		if peak := r.peak(dtype, isa); peak > 0 {
			text += ", " + percent(best.Y/peak) + " of its peak"
			chart.Series = append(chart.Series,
				peakLine(isa+" FMA peak "+figures3(peak), series.Class, peak))
			largest = max(largest, peak)
		}
		largest = max(largest, best.Y)
		summary = append(summary, text)
		chart.Series = append(chart.Series, series)
	}
	if len(summary) == 0 {
		return figure{}, false
	}
	chart.Y.Hi = 1.08 * largest
	for i := range chart.Series { // the limits reach from the smallest to the largest size
		if s := &chart.Series[i]; s.Limit {
			s.Points[0].X, s.Points[1].X = span(chart.Series)
		}
	}
	chart.Description = strings.Join(summary, "; ") + "."
	return big(chart, chart.Description), true
}

// peakLine is a level line, whose ends are set when the sizes are known.
func peakLine(label, class string, y float64) plot.Series {
	return plot.Series{Label: label, Class: class, Limit: true,
		Points: []plot.Point{{X: 1, Y: y}, {X: 1, Y: y}}}
}

// span returns the smallest and the largest x of the series that are no limits.
func span(series []plot.Series) (lo, hi float64) {
	for _, s := range series {
		if n := len(s.Points); !s.Limit && n > 0 {
			if lo == 0 || s.Points[0].X < lo {
				lo = s.Points[0].X
			}
			hi = max(hi, s.Points[n-1].X)
		}
	}
	return lo, hi
}

// productTable lists the products of a type.
func (r *Results) productTable(dtype string) table {
	all := r.find("MatMul", "dtype", dtype)
	isas := r.only(distinct(all, "isa"))
	t := table{Caption: "Products of " + typeName(dtype) + ", GFLOP/s", Columns: []string{"M×N×K"}}
	for _, isa := range isas {
		t.Columns = append(t.Columns, isa)
		if r.peak(dtype, isa) > 0 {
			t.Columns = append(t.Columns, "of peak")
		}
	}
	t.Columns = append(t.Columns, "time, "+isas[0])
	for _, trans := range distinct(all, "trans") {
		for _, size := range distinct(all, "size") {
			cells := []string{transposed(trans) + shape(size)}
			for _, isa := range isas {
				gflops := first(r.find("MatMul", "trans", trans, "size", size, "dtype", dtype,
					"isa", isa)).Value("GFLOP/s")
				cells = append(cells, figures3(gflops))
				if peak := r.peak(dtype, isa); peak > 0 {
					cells = append(cells, percent(gflops/peak))
				}
			}
			cells = append(cells, duration(first(r.find("MatMul", "trans", trans, "size", size,
				"dtype", dtype, "isa", isas[0])).Value("sec/op")))
			if slices.ContainsFunc(cells[1:], func(c string) bool { return c != missing }) {
				t.row(cells...)
			}
		}
	}
	return t
}

// only returns the run's ISAs that are among the given ones, in the run's order.
func (r *Results) only(among []string) []string {
	return slices.DeleteFunc(r.isas(), func(isa string) bool {
		return !slices.Contains(among, isa)
	})
}

// transposed writes which operands are transposed, before a size.
func transposed(trans string) string {
	switch trans {
	case "NT":
		return "A·Bᵀ "
	case "TN":
		return "Aᵀ·B "
	case "TT":
		return "Aᵀ·Bᵀ "
	}
	return ""
}

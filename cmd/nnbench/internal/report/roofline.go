package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/bench"
	"simdnn/internal/plot"
)

// roofline draws, for each ISA, its float32 kernels under the ceilings of the machine (Williams,
// Waterman and Patterson 2009).
func roofline(r *Results) *section {
	s := &section{
		ID: "roofline", Heading: "Roofline",
		Lead: []string{"What a kernel can reach is bounded by its arithmetic or by its data. " +
			"Each mark is one kernel on float32, one thread: to the right its operations per " +
			"byte that it must read or write, upwards its speed. The slanted lines are " +
			"copies in the caches and in memory, the level ones the peaks of fused " +
			"multiply-adds on registers; all of them were measured in the same run.",
			"A copy reads as much as it writes: what only reads, such as a sum, may rise above " +
				"its line, and what runs in a cache rises above that of the memory. Sums and " +
				"comparisons count as operations, but have pipes of their own in some " +
				"processors: what has many of them may rise above the peak of " +
				"multiply-adds. A mark without room for a label names itself under " +
				"the pointer and in the table."},
	}
	points := table{Caption: "The kernels in the roofline",
		Columns: []string{"kernel", "ISA", "FLOP/byte", "GFLOP/s", "GB/s", "of the FMA peak"}}
	levels := r.levels()
	var lengths []string
	for _, l := range levels {
		lengths = append(lengths, fmt.Sprintf("%.0f", l.elements))
	}
	for _, isa := range r.isas() {
		kernels := r.kernels(isa, lengths)
		if len(kernels) == 0 || math.IsNaN(r.peak("f32", isa)) {
			continue
		}
		s.Big = append(s.Big, r.rooflineFigure(isa, kernels, levels))
		for _, k := range kernels {
			points.row(k.name(), isa, figures3(k.intensity), figures3(k.gflops),
				figures3(k.gflops/k.intensity), percent(k.gflops/r.peak("f32", isa)))
		}
	}
	if len(s.Big) == 0 {
		return nil
	}
	s.Tables = append(s.Tables, r.ceilings(), points)
	return s
}

// kernel is a kernel at work: a point of the roofline.
type kernel struct {
	op, size  string  // the op of a product is empty
	intensity float64 // operations per byte
	gflops    float64
}

func (k kernel) name() string {
	if k.op == "" {
		return "gemm " + shape(k.size)
	}
	return k.op + ", n = " + count(number(k.size))
}

// kernels returns the float32 kernels of an ISA: the products, and the operations on the given
// numbers of elements.
func (r *Results) kernels(isa string, lengths []string) []kernel {
	var kernels []kernel
	for _, b := range r.find("MatMul", "trans", "NN", "dtype", "f32", "isa", isa) {
		m, n, depth := sizes(b.Settings["size"])
		kernels = append(kernels, kernel{
			size:      b.Settings["size"],
			intensity: 2 * m * n * depth / (4 * (m*depth + depth*n + m*n)),
			gflops:    b.Value("GFLOP/s"),
		})
	}
	flops := map[string]float64{}
	for _, op := range bench.Operations[float32]() {
		flops[op.Name] = float64(op.Flops)
	}
	for _, b := range r.find("Elementwise", "dtype", "f32", "isa", isa) {
		if size := b.Settings["size"]; flops[b.op()] > 0 && slices.Contains(lengths, size) {
			gflops := flops[b.op()] * number(size) / b.Value("sec/op") / 1e9
			kernels = append(kernels, kernel{b.op(), size, gflops / b.Value("GB/s"), gflops})
		}
	}
	return slices.DeleteFunc(kernels, func(k kernel) bool {
		return !(k.gflops > 0 && k.intensity > 0)
	})
}

// levelElements are numbers of float32 elements of which a copy stays in the first-level and in L2
// of today's processors.
var levelElements = []float64{4096, 65536}

// levels returns up to three of the copies, one for each level of the memory: those nearest to
// levelElements, and the largest. Operations on as many elements are drawn beside them.
func (r *Results) levels() []copyRate {
	copies := r.copies()
	var levels []copyRate
	for _, elements := range append(levelElements, math.Inf(1)) {
		var nearest copyRate
		for _, c := range copies {
			distance := func(c copyRate) float64 { return math.Abs(math.Log(c.elements / elements)) }
			if distance(c) <= distance(nearest) {
				nearest = c
			}
		}
		if nearest.elements > 0 && !slices.Contains(levels, nearest) {
			levels = append(levels, nearest)
		}
	}
	return levels
}

// sizes reads the sizes of a product, "64x64x10" as M×N×K; NaN if they are no numbers.
func sizes(text string) (m, n, k float64) {
	parts := strings.Split(text, "x")
	if len(parts) != 3 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	return number(parts[0]), number(parts[1]), number(parts[2])
}

// shape writes the sizes of a product: "32×64×10", or "64³" for a square one.
func shape(size string) string {
	if m, n, k := sizes(size); m == n && n == k {
		return fmt.Sprintf("%g³", m)
	}
	return strings.ReplaceAll(size, "x", "×")
}

// rooflineFigure draws the kernels of one ISA.
func (r *Results) rooflineFigure(isa string, kernels []kernel, levels []copyRate) figure {
	chart := plot.Chart{
		ID: "roofline-" + isa,
		Title: "Roofline of " + isa + ": speed of the float32 kernels against their arithmetic " +
			"per byte",
		X: plot.Axis{Title: "FLOP / byte", Log: true},
		Y: plot.Axis{Title: "GFLOP/s", Log: true},
	}
	lo, hi, least := math.Inf(1), math.Inf(-1), math.Inf(1)
	for _, k := range kernels {
		lo, hi, least = min(lo, k.intensity/2), max(hi, k.intensity*1.5), min(least, k.gflops/1.5)
	}
	peak := r.peak("f32", isa)
	chart.Series = append(chart.Series, r.roof(isa, levels, lo, hi, least)...)
	kinds, key := r.marks(kernels)
	chart.Series = append(chart.Series, kinds...)
	best, bound := bestProduct(kernels), ""
	if best.gflops > 0 {
		bound = fmt.Sprintf("Of its products, %s comes closest to the FMA peak: %s GFLOP/s, %s "+
			"of %s. ",
			best.name(), figures3(best.gflops), percent(best.gflops/peak), figures3(peak))
	}
	chart.Description = bound + "All the values stand in the table below."
	f := big(chart, isa+". "+bound)
	f.Key = key
	return f
}

// bestProduct returns the fastest matrix product.
func bestProduct(kernels []kernel) (best kernel) {
	for _, k := range kernels {
		if k.op == "" && k.gflops > best.gflops {
			best = k
		}
	}
	return best
}

// roof returns the ceilings as limits of a chart: a copy's bandwidth as far as the peak of the ISA,
// and the peaks.
func (r *Results) roof(isa string, levels []copyRate, lo, hi, least float64) []plot.Series {
	var roof []plot.Series
	top, fastest := r.peak("f32", isa), 0.0
	for _, c := range levels {
		fastest = max(fastest, c.gbps)
		from, to := max(lo, least/c.gbps), min(hi, top/c.gbps)
		if !(from < to) {
			continue
		}
		roof = append(roof, plot.Series{
			Label: figures3(c.gbps) + " GB/s, " + byteCount(4*c.elements),
			Short: figures3(c.gbps) + " GB/s", Class: "c5", Limit: true,
			Points: []plot.Point{{X: from, Y: from * c.gbps}, {X: to, Y: to * c.gbps}},
		})
	}
	for _, other := range r.isas() {
		peak := r.peak("f32", other)
		if !(peak > 0) || peak > top {
			continue
		}
		from := lo
		if fastest > 0 {
			from = max(lo, peak/fastest)
		}
		roof = append(roof, plot.Series{
			Label: figures3(peak) + " GFLOP/s, " + other + " FMA",
			Short: figures3(peak) + ", " + other, Class: "c5", Limit: true,
			Points: []plot.Point{{X: from, Y: peak}, {X: hi, Y: peak}},
		})
	}
	return roof
}

// marks returns the kernels as series of a chart, one for the products and one for each number of
// elements, and the key to them.
func (r *Results) marks(kernels []kernel) ([]plot.Series, []keyEntry) {
	styles := []plot.Series{{Class: "c1", Symbol: plot.Circle}, {Class: "c2", Symbol: plot.Square},
		{Class: "c3", Symbol: plot.Triangle}, {Class: "c4", Symbol: plot.Diamond}}
	var series []plot.Series
	var key []keyEntry
	kinds := map[string]int{}
	for _, k := range kernels {
		kind := "gemm"
		if k.op != "" {
			kind = k.size
		}
		i, known := kinds[kind]
		if !known {
			i = len(series)
			kinds[kind] = i
			series = append(series, styles[i%len(styles)])
			text := "matrix products M×N×K"
			if k.op != "" {
				text = "operations on " + count(number(k.size)) + " elements"
			}
			key = append(key, keyEntry{plot.Key(series[i].Class, series[i].Symbol), text})
		}
		series[i].Points = append(series[i].Points,
			plot.Point{X: k.intensity, Y: k.gflops,
				Note: fmt.Sprintf("%s: %s GFLOP/s at %s FLOP/byte", k.name(), figures3(k.gflops),
					figures3(k.intensity))})
	}
	for i := range series {
		label(series[i].Points)
	}
	return series, key
}

// closeBy is the ratio of speeds below which kernels of the same intensity share a label.
const closeBy = 1.25

// label names the points of a series in the picture: those that lie on one another together.
func label(points []plot.Point) {
	slices.SortStableFunc(points, func(a, b plot.Point) int {
		return cmp.Or(cmp.Compare(a.X, b.X), -cmp.Compare(a.Y, b.Y))
	})
	for i := 0; i < len(points); {
		var names []string
		first := points[i]
		for ; i < len(points) && points[i].X < first.X*1.01 && points[i].Y > first.Y/closeBy; i++ {
			name, _, _ := strings.Cut(points[i].Note, ":")
			name, _, _ = strings.Cut(name, ",")
			names = append(names, strings.TrimPrefix(name, "gemm "))
		}
		points[i-1].Label = strings.Join(names, ", ")
	}
}

// ceilings lists the limits that the run measured.
func (r *Results) ceilings() table {
	t := table{Caption: "The ceilings", Columns: []string{"ceiling", "type", "measured"}}
	for _, isa := range r.isas() {
		for _, dtype := range []string{"f32", "f64"} {
			if peak := r.peak(dtype, isa); peak > 0 {
				t.row("fused multiply-adds, "+isa, typeName(dtype), figures3(peak)+" GFLOP/s")
			}
		}
	}
	for _, c := range r.copies() {
		t.row("copy of "+byteCount(4*c.elements)+", read plus written", "float32",
			figures3(c.gbps)+" GB/s")
	}
	return t
}

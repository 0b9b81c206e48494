package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"simdnn/internal/plot"
)

// fact is something about the machine or the run.
type fact struct{ Name, Value string }

// cpu returns the processor's name.
func (r *Results) cpu() string { return cmp.Or(r.Config["cpu"], "an unknown processor") }

// facts lists what the run says about the machine and itself, and the limits that it measured.
func (r *Results) facts() []fact {
	system := r.Config["goos"] + "/" + r.Config["goarch"]
	if system == "/" {
		system = ""
	}
	facts := []fact{
		{"Processor", r.cpu()}, {"System", system}, {"ISA", r.Config["isa"]},
		{"Go", r.Config["goversion"]}, {"Revision", short(r.Config["revision"])},
	}
	for _, dtype := range []string{"f32", "f64"} {
		if peak := r.peak(dtype, r.activeISA()); !math.IsNaN(peak) {
			facts = append(facts, fact{"FMA peak, " + typeName(dtype) + ", one thread",
				figures3(peak) + " GFLOP/s"})
		}
	}
	if copies := r.copies(); len(copies) > 0 {
		facts = append(facts, fact{"Copy in memory, one thread",
			figures3(copies[len(copies)-1].gbps) + " GB/s"})
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Value == "" })
}

// short cuts a revision's hash to what tells it from others.
func short(revision string) string {
	hash, changed, _ := strings.Cut(revision, "-")
	hash = hash[:min(len(hash), 12)]
	if changed != "" {
		hash += ", changed since"
	}
	return hash
}

// pureISAs are the ISAs without assembly, the portable one first.
var pureISAs = []string{"generic", "reference"}

// activeISA returns the ISA that the run used by default, or the first that it measured.
func (r *Results) activeISA() string {
	if isa := r.Config["isa"]; isa != "" {
		return isa
	}
	return append(r.isas(), "")[0]
}

// isas returns the ISAs that the run measured, the active one first and those in pure Go last.
func (r *Results) isas() []string {
	isas := distinct(r.Benchmarks, "isa")
	rank := func(isa string) int {
		if isa == r.Config["isa"] {
			return -1
		}
		return slices.Index(pureISAs, isa) + 1
	}
	slices.SortStableFunc(isas, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return isas
}

// peak returns the peak of fused multiply-adds of an ISA in GFLOP/s on one thread: the best that
// was measured, since a limit is what is sought. It is NaN if the run has none, and for pure Go,
// whose compiler decides what the loop that measures it becomes.
func (r *Results) peak(dtype, isa string) float64 {
	if slices.Contains(pureISAs, isa) {
		return math.NaN()
	}
	return first(r.find("Ceiling/fma", "dtype", dtype, "isa", isa)).best("GFLOP/s")
}

// first returns the first of some benchmarks, one without samples if there is none.
func first(benchmarks []*Benchmark) *Benchmark {
	if len(benchmarks) == 0 {
		return &Benchmark{}
	}
	return benchmarks[0]
}

// copyRate is the best rate of a copy of some float32 elements, counting bytes read and written.
type copyRate struct{ elements, gbps float64 }

// copies returns the copies that the run measured, by size.
func (r *Results) copies() []copyRate {
	var copies []copyRate
	for _, b := range r.find("Ceiling/copy") {
		if elements, gbps := number(b.Settings["size"]), b.best("GB/s"); elements > 0 && gbps > 0 {
			copies = append(copies, copyRate{elements, gbps})
		}
	}
	slices.SortFunc(copies, func(a, b copyRate) int { return cmp.Compare(a.elements, b.elements) })
	return copies
}

// typeName returns Go's name of an element type.
func typeName(dtype string) string {
	switch dtype {
	case "f32":
		return "float32"
	case "f64":
		return "float64"
	}
	return dtype
}

// styleOf returns how the figures of an ISA look, the same in every picture.
func (r *Results) styleOf(isa string) plot.Series {
	styles := []plot.Series{
		{Class: "c1", Symbol: plot.Circle}, {Class: "c2", Symbol: plot.Square}, {Class: "c3",
			Symbol: plot.Triangle},
		{Class: "c4", Symbol: plot.Diamond}, {Class: "c5", Symbol: plot.Ring},
	}
	style := styles[slices.Index(r.isas(), isa)%len(styles)]
	style.Label = isa
	return style
}

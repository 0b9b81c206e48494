package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"simdnn/bench"
)

// Results is a run of benchmarks: what it says about the machine, and the benchmarks by name.
type Results struct {
	Name       string // where it comes from
	Config     map[string]string
	Benchmarks []*Benchmark // in the order of their first results
}

// Benchmark is one benchmark of a run. Its name is a path and settings:
// "Elementwise/add/size=256/isa=avx2".
type Benchmark struct {
	Name     string
	Path     string // "Elementwise/add"
	Settings map[string]string
	samples  map[string][]float64 // by unit
}

// Read reads a run in the format of Go's benchmarks. name says in errors where it comes from.
func Read(r io.Reader, name string) (*Results, error) {
	results := &Results{Name: name, Config: map[string]string{}}
	reader := benchfmt.NewReader(r, name)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			results.add(record)
		case *benchfmt.SyntaxError:
			return nil, record
		}
	}
	if err := reader.Err(); err != nil {
		return nil, err
	}
	if len(results.Benchmarks) == 0 {
		return nil, fmt.Errorf("%s: no benchmark results; expected lines such as \"BenchmarkX "+
			"100 12.5 ns/op\"", name)
	}
	return results, nil
}

// add files one result. What it says of the machine counts if no earlier one did.
func (r *Results) add(result *benchfmt.Result) {
	for _, c := range result.Config {
		if _, known := r.Config[c.Key]; !known && c.File {
			r.Config[c.Key] = string(c.Value)
		}
	}
	b := r.named(result.Name)
	for _, v := range result.Values {
		b.samples[v.Unit] = append(b.samples[v.Unit], v.Value)
	}
}

// named returns the benchmark of a name, without the number of processors that Go appends to it.
func (r *Results) named(full benchfmt.Name) *Benchmark {
	base, parts := full.Parts()
	if n := len(parts); n > 0 && parts[n-1][0] == '-' {
		parts = parts[:n-1]
	}
	b := &Benchmark{Name: string(base), Path: string(base), Settings: map[string]string{},
		samples: map[string][]float64{}}
	for _, part := range parts {
		b.Name += string(part)
		if key, value, ok := strings.Cut(string(part[1:]), "="); ok {
			b.Settings[key] = value
		} else {
			b.Path += string(part)
		}
	}
	if i := slices.IndexFunc(r.Benchmarks, func(known *Benchmark) bool {
		return known.Name == b.Name
	}); i >= 0 {
		return r.Benchmarks[i]
	}
	r.Benchmarks = append(r.Benchmarks, b)
	return b
}

// Value returns the median of a benchmark's samples of a unit, NaN if it has none. Times are in
// seconds, "sec/op".
func (b *Benchmark) Value(unit string) float64 {
	samples := slices.Sorted(slices.Values(b.samples[unit]))
	n := len(samples)
	if n == 0 {
		return math.NaN()
	}
	return (samples[(n-1)/2] + samples[n/2]) / 2
}

// best returns the greatest of a benchmark's samples of a unit, NaN if it has none.
func (b *Benchmark) best(unit string) float64 {
	if len(b.samples[unit]) == 0 {
		return math.NaN()
	}
	return slices.Max(b.samples[unit])
}

// family returns the first part of a path, op the rest of it.
func (b *Benchmark) family() string { family, _, _ := strings.Cut(b.Path, "/"); return family }
func (b *Benchmark) op() string     { _, op, _ := strings.Cut(b.Path, "/"); return op }

// has reports whether a benchmark has the settings, given as key, value, key, value.
func (b *Benchmark) has(settings ...string) bool {
	for pair := range slices.Chunk(settings, 2) {
		if b.Settings[pair[0]] != pair[1] {
			return false
		}
	}
	return true
}

// find returns the benchmarks of a path or a family with the settings, given as key, value, key,
// value.
func (r *Results) find(path string, settings ...string) []*Benchmark {
	var found []*Benchmark
	for _, b := range r.Benchmarks {
		if (b.Path == path || b.family() == path) && b.has(settings...) {
			found = append(found, b)
		}
	}
	return found
}

// distinct returns the values of a setting among the benchmarks, in the order of their first
// appearance.
func distinct(benchmarks []*Benchmark, setting string) []string {
	var values []string
	for _, b := range benchmarks {
		if v := b.Settings[setting]; v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// HasAny reports whether the run has any of the cases.
func (r *Results) HasAny(cases []bench.Case) bool {
	names := map[string]bool{}
	for i := range cases {
		names[cases[i].Name()] = true
	}
	return slices.ContainsFunc(r.Benchmarks, func(b *Benchmark) bool { return names[b.Name] })
}

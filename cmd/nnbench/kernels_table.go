package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// portable is the ISA that the others are compared with.
const portable = "generic"

// printTables measures and prints a table of the products by weights of few bits, for each type one of the
// products, one of the convolutions and one of the operations on elements, and which ISA is chosen.
func (p *kernelsPlan) printTables(w io.Writer) error {
	v := &verdict{}
	var products [][]product
	if err := p.products(func(row []product) error {
		products = append(products, row)
		return nil
	}); err != nil {
		return err
	}
	var weights [][]weightFigures
	if err := p.weightProducts(func(row []weightFigures) error {
		weights = append(weights, row)
		return nil
	}); err != nil {
		return err
	}
	var convs [][]convFigures
	if err := p.convolutions(func(row []convFigures) error {
		convs = append(convs, row)
		return nil
	}); err != nil {
		return err
	}
	var elements []elementRow
	if err := p.elements(func(row elementRow) error {
		elements = append(elements, row)
		return nil
	}); err != nil {
		return err
	}
	if err := p.weightTable(w, weights, v); err != nil {
		return err
	}
	for _, dtype := range p.dtypes {
		if err := p.productTable(w, dtype, products, v); err != nil {
			return err
		}
		if err := p.convTable(w, dtype, convs, v); err != nil {
			return err
		}
		if err := p.elementTable(w, dtype, elements, v); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, v)
	return err
}

// productTable prints the products of a type.
func (p *kernelsPlan) productTable(w io.Writer, dtype string, rows [][]product, v *verdict) error {
	rows = slices.DeleteFunc(slices.Clone(rows), func(row []product) bool {
		return row[0].Dtype != dtype
	})
	if len(rows) == 0 {
		return nil
	}
	t := p.newISATable(w, "products, "+dtype+", "+count(p.threads, "thread"), "M×N×K", "GFLOP/s")
	for _, row := range rows {
		var times []float64
		var figures []isaFigure
		for _, r := range row {
			times = append(times, float64(r.NS))
			figures = append(figures, isaFigure{fmt.Sprintf("%.1f", r.GFLOPS),
				float64(r.PeakFraction)})
		}
		name := fmt.Sprintf("%s %d×%d×%d", row[0].Trans, row[0].M, row[0].N, row[0].K)
		t.row(name, "FMA peak", figures, times)
		v.count(p, name, times)
	}
	return t.flush()
}

// elementTable prints the operations on elements of a type.
func (p *kernelsPlan) elementTable(w io.Writer, dtype string, rows []elementRow, v *verdict) error {
	rows = slices.DeleteFunc(slices.Clone(rows), func(row elementRow) bool {
		return row.figures[0].Dtype != dtype
	})
	if len(rows) == 0 {
		return nil
	}
	limits := elementLimits[float32]
	if dtype == "f64" {
		limits = elementLimits[float64]
	}
	limit := limits(p)
	t := p.newISATable(w, "operations, "+dtype+", 1 thread", "operation, n", "ns/element")
	for _, row := range rows {
		var times []float64
		var figures []isaFigure
		bound := ""
		for i, r := range row.figures {
			least, by := limit(i, &row)
			if bound == "" || r.ISA == asm.Active().Name {
				bound = by
			}
			times = append(times, float64(r.NS))
			figures = append(figures, isaFigure{fmt.Sprintf("%.3f", r.NSPerElem),
				least / float64(r.NS)})
		}
		name := fmt.Sprintf("%s, %d", row.figures[0].Op, row.figures[0].N)
		t.row(name, bound, figures, times)
		v.count(p, name, times)
	}
	return t.flush()
}

// elementLimits returns a function that gives the least time in nanoseconds in which the i-th ISA
// of the plan could do the operation of a row, and what sets this limit. Operations run on one
// thread. The arithmetic of float64 operations is not counted: their limit is the copy.
func elementLimits[T tensor.Float](
	p *kernelsPlan,
) func(i int, row *elementRow) (ns float64, by string) {
	peaks := make([]float64, len(p.isas))
	for i, isa := range p.isas {
		peaks[i] = measure.PeakGFLOPS[T](isa, 1)
	}
	copied := operation[T]("scale") // reads and writes as many bytes as a copy
	return func(i int, row *elementRow) (float64, string) {
		op, n := operation[T](row.figures[i].Op), row.figures[i].N
		copying := row.copying * op.Bytes(n) / copied.Bytes(n)
		arithmetic := float64(op.Flops) * float64(n) / peaks[i]
		if bench.Dtype[T]() == "f32" && arithmetic > copying {
			return arithmetic, "FMA peak"
		}
		return copying, "copy"
	}
}

// isaFigure is what a table shows of an ISA in a row.
type isaFigure struct {
	speed string
	limit float64 // the part of the limit that is reached
}

// isaTable is a table with a group of columns for each ISA.
type isaTable struct {
	*table
	w    io.Writer
	plan *kernelsPlan
}

// newISATable starts a table under a line that names its content.
func (p *kernelsPlan) newISATable(w io.Writer, content, first, unit string) *isaTable {
	fmt.Fprintln(w, content)
	isas, columns := []string{""}, []string{first}
	for _, isa := range p.isas {
		group := append([]string{unit}, p.figureColumns(isa)...)
		columns = append(columns, group...)
		isas = append(append(isas, isa.Name), make([]string, len(group)-1)...)
	}
	t := &isaTable{newTable(w, isas...), w, p}
	t.table.row(append(columns, "limit", "time, "+p.shown().Name)...)
	return t
}

// figureColumns names the columns of an ISA beside its speed: pure Go has no limit, and the
// portable ISA is what the others are compared with.
func (p *kernelsPlan) figureColumns(isa *tensor.ISA) []string {
	var columns []string
	if !isPure(isa) {
		columns = append(columns, "of limit")
	}
	if isa.Name != portable && p.index(portable) >= 0 {
		columns = append(columns, "speed-up")
	}
	return columns
}

// row adds a row: times are those of the ISAs in nanoseconds.
func (t *isaTable) row(name, limit string, figures []isaFigure, times []float64) {
	cells := []string{name}
	for i, f := range figures {
		cells = append(cells, f.speed)
		for _, column := range t.plan.figureColumns(t.plan.isas[i]) {
			if column == "speed-up" {
				cells = append(cells, fmt.Sprintf("×%.1f", times[t.plan.index(portable)]/times[i]))
			} else {
				cells = append(cells, fmt.Sprintf("%.0f %%", 100*f.limit))
			}
		}
	}
	t.table.row(append(cells, limit, nanoseconds(times[t.plan.index(t.plan.shown().Name)]))...)
}

// flush writes the table and an empty line.
func (t *isaTable) flush() error {
	if err := t.table.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t.w)
	return err
}

// index returns the place of an ISA in the plan, −1 if it has none.
func (p *kernelsPlan) index(name string) int {
	return slices.IndexFunc(p.isas, func(isa *tensor.ISA) bool { return isa.Name == name })
}

// shown returns the ISA whose times are shown: the active one, or the first if that is not in the
// plan.
func (p *kernelsPlan) shown() *tensor.ISA { return p.isas[max(0, p.index(asm.Active().Name))] }

// isPure reports whether an ISA is pure Go. It has no peak to be measured against: its loop is what
// the compiler makes of it.
func isPure(isa *tensor.ISA) bool { return isa.Name == portable || isa.Name == "reference" }

// noise is the ratio of two times from which on one of them counts as faster.
const noise = 1.03

// verdict collects where another ISA than the active one was the fastest.
type verdict struct{ faster []string }

// count files a row: times of the ISAs in nanoseconds.
func (v *verdict) count(p *kernelsPlan, row string, times []float64) {
	active := p.index(asm.Active().Name)
	if active < 0 {
		return
	}
	best := slices.Index(times, slices.Min(times))
	if ratio := times[active] / times[best]; ratio > noise {
		v.faster = append(v.faster, fmt.Sprintf("%s in %s (×%.2f)", p.isas[best].Name, row, ratio))
	}
}

// String says which ISA is chosen and why, and where another one is faster.
func (v *verdict) String() string {
	if len(v.faster) == 0 {
		return chosenISA()
	}
	return chosenISA() + " Faster here: " + strings.Join(v.faster, "; ") + "."
}

// chosenISA says which ISA a program runs, and why.
func chosenISA() string {
	name := asm.Active().Name
	if asm.Forced() {
		return name + " is chosen: SIMDNN_ISA asks for it."
	}
	return name + " is chosen: of the ISAs that this processor runs it has the newest " +
		"instructions; SIMDNN_ISA would choose another."
}

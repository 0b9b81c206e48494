package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"simdnn/internal/cli"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// portable is the ISA that the others are compared with.
const portable = "generic"

// isaFigure is what a table shows of an ISA in a row.
type isaFigure struct {
	speed string
	limit float64 // the part of the limit that is reached
}

// isaTable is a table with a group of columns for each ISA.
type isaTable struct {
	*cli.Table
	w    io.Writer
	plan *kernelsPlan
}

// newISATable starts a table under its title.
func (p *kernelsPlan) newISATable(w io.Writer, head kernelTable) *isaTable {
	fmt.Fprintln(w, head.title)
	isas, columns := []string{""}, []string{head.first}
	for _, isa := range p.isas {
		group := append([]string{head.unit}, p.figureColumns(isa)...)
		columns = append(columns, group...)
		isas = append(append(isas, isa.Name), make([]string, len(group)-1)...)
	}
	t := &isaTable{cli.NewTable(w, isas...), w, p}
	t.Table.Row(append(columns, "limit", "time, "+p.shown().Name)...)
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

// row adds a row.
func (t *isaTable) row(r *kernelRow) {
	cells := []string{r.name}
	for i, f := range r.figures {
		cells = append(cells, f.speed)
		for _, column := range t.plan.figureColumns(t.plan.isas[i]) {
			if column == "speed-up" {
				cells = append(cells, fmt.Sprintf("×%.1f", r.times[t.plan.index(portable)]/r.times[i]))
			} else {
				cells = append(cells, fmt.Sprintf("%.0f %%", 100*f.limit))
			}
		}
	}
	t.Table.Row(append(cells, r.limit, cli.Nanoseconds(r.times[t.plan.index(t.plan.shown().Name)]))...)
}

// flush writes the table and an empty line.
func (t *isaTable) flush() error {
	if err := t.Table.Flush(); err != nil {
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

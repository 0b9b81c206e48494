package main

import (
	"fmt"
	"io"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
)

// kernelRow is what was measured of one operation with the ISAs of a plan, which stand in its lists
// in their order.
type kernelRow struct {
	table   kernelTable // where it is shown
	name    string      // in its table
	limit   string      // what the operation can't be faster than
	lines   []any       // as JSON
	figures []isaFigure
	times   []float64 // nanoseconds
}

// kernelTable names a table, the column of its operations, and the unit of their speeds.
type kernelTable struct{ title, first, unit string }

// add adds the figures of the next ISA: its time in nanoseconds, its speed, the part of the limit
// that it reaches, and the line of JSON.
func (r *kernelRow) add(ns float64, speed string, limit float64, line any) {
	r.times = append(r.times, ns)
	r.figures = append(r.figures, isaFigure{speed, limit})
	r.lines = append(r.lines, line)
}

// rows measures all operations of the plan, and yields a row as it comes.
func (p *kernelsPlan) rows(yield func(kernelRow) error) error {
	for _, family := range []func(func(kernelRow) error) error{
		p.products, p.weightProducts, p.convolutions, p.integerConvolutions, p.sequences, p.elements,
	} {
		if err := family(yield); err != nil {
			return err
		}
	}
	return nil
}

// eachType measures operations with each element type of the plan.
func (p *kernelsPlan) eachType(
	yield func(kernelRow) error, f32, f64 func(*kernelsPlan, func(kernelRow) error) error,
) error {
	for _, dtype := range p.dtypes {
		timed := f32
		if dtype == "f64" {
			timed = f64
		}
		if err := timed(p, yield); err != nil {
			return err
		}
	}
	return nil
}

// peaksOf returns the FMA peaks of the plan's ISAs on its threads.
func peaksOf[T tensor.Float](p *kernelsPlan) []float64 {
	peaks := make([]float64, len(p.isas))
	for i := range p.isas {
		peaks[i] = peakOf[T](p, i, p.threads)
	}
	return peaks
}

// peakOf returns the FMA peak of an ISA, in GFLOP/s, which is measured once.
func peakOf[T tensor.Float](p *kernelsPlan, isa, threads int) float64 {
	name := fmt.Sprint(p.isas[isa].Name, bench.Dtype[T](), threads)
	peak, ok := p.peaks[name]
	if !ok {
		if p.peaks == nil {
			p.peaks = map[string]float64{}
		}
		peak = measure.PeakGFLOPS[T](p.isas[isa], threads)
		p.peaks[name] = peak
	}
	return peak
}

// printJSON prints a line for each figure as it comes.
func (p *kernelsPlan) printJSON(w io.Writer) error {
	return p.rows(func(row kernelRow) error { return cli.JSONEach(w, row.lines) })
}

// printTables prints a table for each kind of operation and element type, and which ISA is chosen.
func (p *kernelsPlan) printTables(w io.Writer) error {
	v, t := &verdict{}, (*isaTable)(nil)
	var current kernelTable
	end := func() error {
		if t == nil {
			return nil
		}
		return t.flush()
	}
	if err := p.rows(func(row kernelRow) error {
		if row.table != current {
			if err := end(); err != nil {
				return err
			}
			t, current = p.newISATable(w, row.table), row.table
		}
		t.row(&row)
		v.count(p, row.name, row.times)
		return nil
	}); err != nil {
		return err
	}
	if err := end(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, v)
	return err
}

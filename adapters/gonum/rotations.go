package simdnn

import (
	"math"

	lapack "gonum.org/v1/gonum/lapack/gonum"

	"simdnn/tensor"
)

// rotations applies chains of plane rotations to neighbouring rows of a matrix, as the QR algorithm
// makes them, sweep after sweep. Most of its time goes there: to rows of n elements they are n
// times what a sweep computes itself. So sweeps are kept until there are many, and then applied to
// one panel of columns after the other, which stays in cache for all of them.
type rotations struct {
	k             *tensor.Kernels[float64]
	rows, columns int
	panels        []float64 // one after the other: all rows of some columns
	sweeps        []sweep
	turns         []float64 // of all sweeps, see the kernel Rows.Rotate
}

// sweep is a chain of rotations from the row first on, down or up to it.
type sweep struct {
	first, turns int // the number of turns, two for each rotation
	up           bool
}

// newRotations returns rotations of the rows of a copy of m.
func newRotations(k *tensor.Kernels[float64], m tensor.Matrix[float64]) *rotations {
	r := &rotations{k: k, rows: m.Rows, columns: m.Cols}
	run := tensor.RotateLanes[float64]()
	r.panels = make([]float64, m.Rows*((m.Cols+run-1)/run*run))
	r.eachPart(func(i, at int, part []float64) {
		row := m.Data[i*m.RowStride+at*m.ColStride:]
		for j := range part {
			part[j] = row[j*m.ColStride]
		}
	})
	return r
}

// eachPart calls f with the part of row i in each panel, which begins at column at.
func (r *rotations) eachPart(f func(i, at int, part []float64)) {
	run := tensor.RotateLanes[float64]()
	for at := 0; at < r.columns; at += run {
		panel := r.panels[at*r.rows:][:r.rows*run]
		for i := range r.rows {
			f(i, at, panel[i*run:][:min(run, r.columns-at)])
		}
	}
}

// add keeps a sweep. Nothing happens without a matrix.
func (r *rotations) add(first int, turns []float64, up bool) {
	if r == nil {
		return
	}
	r.sweeps = append(r.sweeps, sweep{first, len(turns), up})
	r.turns = append(r.turns, turns...)
	if len(r.turns) >= r.rows*tensor.RotateLanes[float64]() { // as much as a panel holds
		r.apply()
	}
}

// apply applies the sweeps that were kept.
func (r *rotations) apply() {
	run := tensor.RotateLanes[float64]()
	for panels := r.panels; len(panels) > 0; panels = panels[r.rows*run:] {
		turns := r.turns
		for _, s := range r.sweeps {
			rows := panels[s.first*run:][:(s.turns/2+1)*run]
			r.k.Rows.Rotate(rows, turns[:s.turns], s.up)
			turns = turns[s.turns:]
		}
	}
	r.sweeps, r.turns = r.sweeps[:0], r.turns[:0]
}

// store sets the rows of m to those of the matrix: row i to row order[i], times the sign of that
// one, and those behind order to themselves.
func (r *rotations) store(m tensor.Matrix[float64], order []int, sign []float64) {
	r.apply()
	to, by := make([]int, r.rows), make([]float64, r.rows)
	for i := range to {
		to[i], by[i] = i, 1
	}
	for i, from := range order {
		to[from] = i
	}
	copy(by, sign)
	r.eachPart(func(i, at int, part []float64) {
		row := m.Data[to[i]*m.RowStride+at*m.ColStride:]
		for j, v := range part {
			row[j*m.ColStride] = by[i] * v
		}
	})
}

// turn returns the rotation that maps (f, g) to (r, 0).
func turn(f, g float64) (c, s, r float64) {
	const least, most = 0x1p-500, 0x1p+500 // what can be squared
	switch a, b := math.Abs(f), math.Abs(g); {
	case g == 0:
		return 1, 0, f
	case f == 0:
		return 0, 1, g
	case min(a, b) < least || max(a, b) > most:
		return lapack.Implementation{}.Dlartg(f, g)
	}
	r = math.Copysign(math.Sqrt(float64(f*f)+float64(g*g)), f)
	return f / r, g / r, r
}

// rotate returns the two numbers turned by a rotation: c·p + s·q, c·q − s·p.
func rotate(c, s, p, q float64) (float64, float64) {
	return float64(c*p) + float64(s*q), float64(c*q) - float64(s*p)
}

package tensor

import (
	"fmt"
	"math"

	"simdnn/internal/portable"
)

// Fourier is a planned transform of real columns of m numbers,
//
//	X[k] = Σ x[i]·exp(−2πi·k·i/m), 0 ≤ k ≤ m/2
//
// of [FourierColumns] at a time: a product for the odd factor of m/2, which should be small, then
// passes that double the length (Cooley and Tukey 1965), then one that takes even and odd elements
// apart. A column's bits don't depend on the others. It belongs to one goroutine at a time.
type Fourier struct {
	k      *Kernels[float64]
	half   int // m/2, the length of the complex transform
	groups int // half's power of two
	matrix []float64
	base   *Product[float64] // nil if the odd factor is 1
	passes [][]float64       // their turns
	unzip  []float64
	a, b   []float64 // rows before and after a pass
}

// FourierColumns is the number of columns that are transformed together.
const FourierColumns = 8

// NewFourier plans a transform of m numbers, which must be even.
func NewFourier(e *Engine[float64], m int) *Fourier {
	if m < 2 || m%2 != 0 {
		panic(fmt.Sprintf("tensor: NewFourier: a length of %d", m))
	}
	f := &Fourier{k: e.k, half: m / 2, groups: 1}
	odd := f.half
	for ; odd%2 == 0; odd /= 2 {
		f.groups *= 2
	}
	if odd > 1 {
		f.matrix = realMatrix(odd)
		f.base = e.Serial().Plan(2*odd, FourierColumns*f.groups, 2*odd, NN)
	}
	for h := odd; h < f.half; h *= 2 {
		f.passes = append(f.passes, turnsOf(h, 2*h))
	}
	f.unzip = turnsOf(f.half+1, m)
	for k := range f.half + 1 { // times −i
		f.unzip[2*k], f.unzip[2*k+1] = f.unzip[2*k+1], -f.unzip[2*k]
	}
	size := 2 * FourierColumns * (f.half + 1) // with a row for the first one's copy
	f.a, f.b = make([]float64, size), make([]float64, size)
	return f
}

// realMatrix returns the transform of n complex numbers as a matrix: rows and columns are the real
// and imaginary parts of each.
func realMatrix(n int) []float64 {
	all := turnsOf(n, n)
	matrix := make([]float64, 4*n*n)
	for k := range n {
		for i := range n {
			re, im := all[2*(k*i%n)], all[2*(k*i%n)+1]
			row, next := matrix[(2*k)*2*n+2*i:], matrix[(2*k+1)*2*n+2*i:]
			row[0], row[1], next[0], next[1] = re, -im, im, re
		}
	}
	return matrix
}

// turnsOf returns exp(−2πi·k/m) for k < n, n ≤ m: real and imaginary parts.
func turnsOf(n, m int) []float64 {
	turns := make([]float64, 2*n)
	for k := range n {
		turns[2*k], turns[2*k+1] = Turn(k, m)
		turns[2*k+1] = -turns[2*k+1]
	}
	return turns
}

// Turn returns the cosine and sine of 2π·k/m, 0 ≤ k: zeros are exact, and angles that mirror one
// another have the same bits.
func Turn(k, m int) (cos, sin float64) {
	quarter, rest := 4*(k%m)/m, 4*(k%m)%m // of a quarter, in parts of m
	if 2*rest > m {
		sin, cos = eighth(m-rest, m)
	} else {
		cos, sin = eighth(rest, m)
	}
	switch quarter {
	case 1:
		cos, sin = -sin, cos
	case 2:
		cos, sin = -cos, -sin
	case 3:
		cos, sin = sin, -cos
	}
	return cos, sin
}

// eighth returns the cosine and sine of π/2·rest/m, which is at most π/4.
func eighth(rest, m int) (cos, sin float64) {
	if 2*rest == m {
		return math.Sqrt2 / 2, math.Sqrt2 / 2
	}
	angle := float64(math.Pi/2*float64(rest)) / float64(m)
	return portable.Cos(angle), portable.Sin(angle)
}

// Groups returns how many even, or odd, elements go side by side, [FourierColumns] apart: from each
// multiple of twice that number on.
func (f *Fourier) Groups() int { return f.groups }

// Place returns where element i of the first column goes in [Fourier.Columns]; those of the next
// columns follow it.
func (f *Fourier) Place(i int) int {
	n := i / 2
	row, group := n/f.groups, n%f.groups
	return ((2*row+i%2)*f.groups + group) * FourierColumns
}

// Columns returns what [Fourier.Transform] reads and overwrites.
func (f *Fourier) Columns() []float64 { return f.a[:2*f.half*FourierColumns] }

// Transform returns twice the transforms of the columns, which stay until the next call: rows of
// real and of imaginary parts in turns, for each k from 0 to m/2.
func (f *Fourier) Transform() []float64 {
	from, to := f.a, f.b
	if f.base != nil {
		n := 2 * f.half * FourierColumns
		f.base.MatMul(to[:n], f.matrix, from[:n])
		from, to = to, from
	}
	run := FourierColumns * f.groups
	for _, turns := range f.passes {
		run /= 2
		f.k.Fourier.Butterflies(to, from, turns, run)
		from, to = to, from
	}
	copy(from[2*f.half*FourierColumns:], from[:2*FourierColumns])
	f.k.Fourier.Unzip(to, from, f.unzip, FourierColumns)
	return to
}

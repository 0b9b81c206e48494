package tensor

import (
	"fmt"

	"simdnn/tensor/asm"
)

// CodeRange are the codes that floats become, see package asm.
type CodeRange = asm.CodeRange

// Integers are constant integers of 8 bits that products multiply by. They are packed once, and may
// be used by many goroutines at once, on engines with the same ISA.
//
// Within, an integer is a code, a signed byte: unsigned ones are 128 larger than theirs.
type Integers struct {
	isa        string
	rows, cols int // of the matrix
	run        int // of its rows, which begins with a group of its own
	panels     []int8
	sums       []int32 // of each column, less their zero points; padded to whole panels
	zeros      []int32 // of codes; padded
	none       []int32 // 0 for each column; padded
	hasZeros   bool    // whether not all zeros are 0, so that the sums of A's rows matter
}

// PackIntegers copies a matrix of rows×cols bytes, which are signed or not, with zero points for all or
// for each column; none means 0.
func (e *Engine[T]) PackIntegers(b []uint8, rows, cols int, signed bool, zeros []int32) *Integers {
	return e.PackIntegerRuns(b, rows, cols, rows, signed, zeros)
}

// PackIntegerRuns is PackIntegers for products whose rows stand in memory in runs of so many integers,
// as a convolution's do: see [ConvShape.IntegerRun].
func (e *Engine[T]) PackIntegerRuns(b []uint8, rows, cols, run int, signed bool, zeros []int32) *Integers {
	if rows < 1 || cols < 1 || run < 1 || rows%run != 0 || len(b) != rows*cols ||
		len(zeros) > 1 && len(zeros) != cols {
		panic(fmt.Sprintf("tensor: PackIntegers: %d bytes and %d zero points of %d×%d integers in runs of %d",
			len(b), len(zeros), rows, cols, run))
	}
	q := &e.isa.Quant
	w := newIntegers(e.ISA(), rows, cols, run, q.NR)
	flip := codeFlip(signed)
	for j := range cols {
		if len(zeros) > 0 {
			w.zeros[j] = zeros[j%len(zeros)]
		}
		w.zeros[j] -= int32(flip)
		w.hasZeros = w.hasZeros || w.zeros[j] != 0
	}
	width := len(w.sums)
	if w.hasZeros {
		width += q.NR
	}
	w.panels = make([]int8, width*w.groups()*asm.QuantGroup)
	w.fill(q.NR, b, flip)
	return w
}

// newIntegers returns a matrix without panels yet.
func newIntegers(isa string, rows, cols, run, nr int) *Integers {
	width := roundUp(cols, nr)
	return &Integers{isa: isa, rows: rows, cols: cols, run: run, sums: make([]int32, width),
		zeros: make([]int32, width), none: make([]int32, width)}
}

// codeFlip returns the bits in which a code differs from its integer's byte.
func codeFlip(signed bool) uint8 {
	if signed {
		return 0
	}
	return 128
}

// groups returns the number of groups of K.
func (w *Integers) groups() int {
	return w.rows / w.run * roundUp(w.run, asm.QuantGroup) / asm.QuantGroup
}

// place returns where row k is in panels of nr columns: its first column's byte.
func (w *Integers) place(k, nr int) int {
	k = k/w.run*roundUp(w.run, asm.QuantGroup) + k%w.run
	return k/asm.QuantGroup*nr*asm.QuantGroup + k%asm.QuantGroup
}

// fill copies the integers to panels of nr columns, and adds them up. Behind them is a panel of ones, by
// which the sums of A's rows are computed, if there are zero points.
func (w *Integers) fill(nr int, b []uint8, flip uint8) {
	panel := w.groups() * nr * asm.QuantGroup
	for k := range w.rows {
		at := w.place(k, nr)
		for j, v := range b[k*w.cols:][:w.cols] {
			code := int8(v ^ flip)
			w.panels[at+j/nr*panel+j%nr*asm.QuantGroup] = code
			w.sums[j] += int32(code) - w.zeros[j]
		}
	}
	if w.hasZeros {
		w.fillOnes(nr)
	}
}

// fillOnes sets the panel behind the others to a column of ones.
func (w *Integers) fillOnes(nr int) {
	ones := w.panels[len(w.sums)*w.groups()*asm.QuantGroup:]
	for k := range w.rows {
		ones[w.place(k, nr)] = 1
	}
}

// Shape returns the rows and columns of the matrix.
func (w *Integers) Shape() []int { return []int{w.rows, w.cols} }

// IntegerResult says what becomes of the sums of a product of integers: they are stored in the first
// of Integers, Floats and Codes that is not nil.
type IntegerResult struct {
	Integers []int32
	Floats   []float32 // T(sum)·Scale, plus the bias if there is one
	Codes    []uint8   // of T(sum)·Scale in the range
	Scale    []float32 // of each column
	Bias     []float32 // of each column; sums of codes have none
	Range    CodeRange
	// Zeros are the zero points of A's rows: one for all, or one for each.
	Zeros []int32
	// Offset is added to the sums of each column before anything else, unless it is nil.
	Offset []int32
}

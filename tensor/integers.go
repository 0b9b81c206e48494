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
	panels     []int8
	sums       []int32 // of each column, less their zero points; padded to whole panels
	zeros      []int32 // of codes; padded
	none       []int32 // 0 for each column; padded
	hasZeros   bool    // whether not all zeros are 0, so that the sums of A's rows matter
}

// PackIntegers copies a matrix of rows×cols bytes, which are signed or not, with zero points for all or
// for each column; none means 0.
func (e *Engine[T]) PackIntegers(b []uint8, rows, cols int, signed bool, zeros []int32) *Integers {
	if rows < 1 || cols < 1 || len(b) != rows*cols || len(zeros) > 1 && len(zeros) != cols {
		panic(fmt.Sprintf("tensor: PackIntegers: %d bytes and %d zero points of %d×%d integers", len(b),
			len(zeros), rows, cols))
	}
	q := &e.isa.Quant
	width := roundUp(cols, q.NR)
	w := &Integers{isa: e.ISA(), rows: rows, cols: cols, sums: make([]int32, width),
		zeros: make([]int32, width), none: make([]int32, width)}
	flip := uint8(0)
	if !signed {
		flip = 128
	}
	for j := range cols {
		if len(zeros) > 0 {
			w.zeros[j] = zeros[j%len(zeros)]
		}
		w.zeros[j] -= int32(flip)
		w.hasZeros = w.hasZeros || w.zeros[j] != 0
	}
	if w.hasZeros {
		width += q.NR
	}
	w.panels = make([]int8, width*w.groups()*asm.QuantGroup)
	w.fill(q.NR, b, flip)
	return w
}

// groups returns the number of groups of K.
func (w *Integers) groups() int { return roundUp(w.rows, asm.QuantGroup) / asm.QuantGroup }

// fill copies the integers to panels of nr columns, and adds them up. Behind them is a panel of ones, by
// which the sums of A's rows are computed, if there are zero points.
func (w *Integers) fill(nr int, b []uint8, flip uint8) {
	panel := w.groups() * nr * asm.QuantGroup
	for k := range w.rows {
		at := k/asm.QuantGroup*nr*asm.QuantGroup + k%asm.QuantGroup
		for j, v := range b[k*w.cols:][:w.cols] {
			code := int8(v ^ flip)
			w.panels[at+j/nr*panel+j%nr*asm.QuantGroup] = code
			w.sums[j] += int32(code) - w.zeros[j]
		}
		if w.hasZeros {
			w.panels[at+len(w.sums)/nr*panel] = 1
		}
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

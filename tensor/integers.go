package tensor

import "simdnn/tensor/asm"

// CodeRange are the codes that floats become, see package asm.
type CodeRange = asm.CodeRange

// QuantActivation is what becomes of floats on their way to codes, whose Bias is a product's own, see
// package asm.
type (
	QuantActivation = asm.QuantActivation
	QuantAffine     = asm.QuantAffine
)

// CanDivideCodes reports whether a [QuantActivation] may have the step.
func CanDivideCodes(step float32) bool { return asm.CanDivideCodes(step) }

// Integers are constant integers of 8 bits that products multiply by. They are packed once, and may
// be used by many goroutines at once, on engines with the same ISA.
//
// Within, an integer is a code, a signed byte: unsigned ones are 128 larger than theirs.
type Integers struct {
	isa        string
	rows, cols int      // of the matrix
	parts      int      // groups of columns, each in panels of its own and by channels of its own
	run        int      // of its rows, which begins with a group of its own
	unit       int      // rows that products take at once, which runs are padded to a multiple of
	nr         int      // columns of a panel
	beside     int      // panels that stand group by group beside each other, or 0
	form       asm.Form // of what products multiply by
	panels     []int8
	chains     *integerChains // where panels have groups in orders of their own, else nil
	taps       []int16        // instead, where each column has one channel of its own
	slide      []int8         // the same for windows that slide, or nil
	sums       []int32        // of each column, less their zero points; padded to whole panels
	zeros      []int32        // of codes; padded
	hasZeros   bool           // whether not all zeros are 0, so that the sums of A's rows matter
}

// newIntegers returns a matrix without panels yet, whose columns are in so many groups.
//
//go:noinline
func newIntegers(isa string, rows, cols, parts, run int, q *asm.Quant) *Integers {
	width := parts * roundUp(cols/parts, q.NR)
	return &Integers{isa: isa, rows: rows, cols: cols, parts: parts, run: run, unit: unitOf(run, q),
		nr: q.NR, beside: q.Beside, form: q.Form, sums: make([]int32, width), zeros: make([]int32, width)}
}

// unitOf returns how many rows of a run products take at once: as many as tiles can, and less if
// that saves padding.
func unitOf(run int, q *asm.Quant) int {
	most := q.Tiles.Depth
	if most == 0 || run <= asm.QuantGroup {
		return asm.QuantGroup
	}
	fewest := (run + most - 1) / most
	for n := fewest; n <= fewest+fewest/8; n++ {
		if run%(n*asm.QuantGroup) == 0 {
			return run / n
		}
	}
	return roundUp((run+fewest-1)/fewest, asm.QuantGroup)
}

// width returns the number of columns of a group, padded.
func (w *Integers) width() int { return len(w.sums) / w.parts }

// column returns where a column is among the padded ones.
func (w *Integers) column(j int) int {
	per := w.cols / w.parts
	return j/per*w.width() + j%per
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
	return w.rows / w.run * w.padded() / asm.QuantGroup
}

// padded returns the rows of a run with its padding.
func (w *Integers) padded() int { return roundUp(w.run, w.unit) }

// place returns where row k is in panels: its first column's byte.
func (w *Integers) place(k int) int {
	k = k/w.run*w.padded() + k%w.run
	return k/asm.QuantGroup*w.nr*asm.QuantGroup + k%asm.QuantGroup
}

// fillOnes sets the panel behind the others to a column of ones.
func (w *Integers) fillOnes() {
	ones := w.panels[len(w.sums)*w.groups()*asm.QuantGroup:]
	for k := range w.rows {
		ones[w.place(k)] = 1
	}
}

// Shape returns the rows and columns of the matrix.
func (w *Integers) Shape() []int { return []int{w.rows, w.cols} }

// IntegerResult says what becomes of the sums of a product of integers: they are stored in the
// first of Integers, Floats and Codes that is not nil.
type IntegerResult struct {
	Integers []int32
	Floats   []float32 // T(sum)·Scale·RowScale, plus the bias if there is one
	Codes    []uint8   // of T(sum)·Scale in the range; or of floats, see Apply
	Scale    []float32 // of each column
	RowScale []float32 // of each row, of floats alone, or nil
	Bias     []float32 // of each column; sums that become codes by their scale alone have none
	Range    CodeRange
	// Zeros are the zero points of A's rows: one for all, or one for each.
	Zeros []int32
	// Offset is added to the sums of each column before anything else, unless it is nil.
	Offset []int32
	// Apply, if not nil, is what becomes of each float before it is stored; codes are then those of
	// the floats divided by By. It is called for some floats at a time, by several goroutines at once.
	Apply func(floats []float32)
	By    float32
	// Activation, if not nil, is what becomes of each float before it is a code, instead of Apply.
	Activation *QuantActivation
	// Backwards says to begin with the last columns, which changes no bit: who multiplies again and
	// again, to and fro, finds in the caches what was multiplied by last.
	Backwards bool
}

// givesCodes reports whether sums become codes by one factor.
func (r *IntegerResult) givesCodes() bool {
	return r.Integers == nil && r.Floats == nil && r.Apply == nil && r.Activation == nil
}

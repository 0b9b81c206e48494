package asm

import "unsafe"

// Coding names how a product's weights of fewer bits than float32 are stored.
type Coding uint8

// The codings. A weight of a half is its number. One of an integer without sign is (code −
// zero)·scale, rounded once, with a scale and a zero for each column of a block of steps of K.
const (
	BFloat16Coding Coding = iota
	Float16Coding
	Int8Coding // codes from 0 to 255
	Int4Coding // codes from 0 to 15
	Codings
)

// codings says of each its name, and its steps of K that stand together and their bytes for a
// column.
var codings = [Codings]struct {
	name         string
	group, bytes int
}{
	BFloat16Coding: {"bf16", 1, 2},
	Float16Coding:  {"f16", 1, 2},
	Int8Coding:     {"u8", 1, 1},
	Int4Coding:     {"u4", 8, 4},
}

// String returns the coding's name.
func (c Coding) String() string { return codings[c].name }

// Group returns the number of steps of K that stand together, of which K is a multiple.
func (c Coding) Group() int { return codings[c].group }

// GroupBytes returns the bytes of a group of one column.
func (c Coding) GroupBytes() int { return codings[c].bytes }

// Scaled reports whether weights are integers with scales.
func (c Coding) Scaled() bool { return c >= Int8Coding }

// Compressed are the kernels of products by weights of few bits, which become float32 in registers.
// Their chains are those of [Gemm]: the result has the bits of the product by the weights as
// float32.
type Compressed struct {
	NR   int // columns of a panel
	Rows int // the most rows of A that Mul takes
	// Direct are the most rows of A that had better be multiplied a few at a time than by weights that
	// become float32 once for all.
	Direct [Codings]int
	Pairs  bool // whether Mul takes two panels of halves, for one row
	Mul    [Codings]CompressedMultiply
}

// CompressedMultiply begins or continues the chains of a panel of NR columns,
//
//	C(i,j) ← fma(A(i,k), weight(k,j), C(i,j)) for k = 0, 1, …, Blocks·Block − 1
//
// in rows c[i·LDC] and a[i·ARow]. Without a row in A it sets C(k,j) to weight(k,j). The codes of a
// group of steps stand together, those of column j at the byte j·GroupBytes of the group's; in that
// of four bits, the code of step t is shifted by 4t.
type CompressedMultiply func(c, a *float32, b *uint8, l *CompressedLayout)

// CompressedLayout holds what is to be multiplied; all sizes but M are at least 1.
type CompressedLayout struct {
	M             int // rows, at most Rows; 0 for the weights themselves
	LDC, ARow     int // elements
	Blocks, Block int // steps of K in blocks, each a multiple of the coding's group
	Resume        bool
	// If not 0, the next panel's codes are so many bytes behind these, and its columns of C behind those
	// of this panel; see [Compressed.Pairs].
	Beside int
	// Scales has those of integers for each column of a block, and then those of the next one.
	Scales *float32
	// Zeros has 2²³ + zero for each column of a block, and ZeroRow elements on those of the next
	// one, all the same ones if ZeroRow is 0. Uniform says that it is one number for all columns
	// too.
	Zeros   *float32
	ZeroRow int
	Uniform bool
}

// CodeBias is 2²³, whose last bit is worth 1: a code in its fraction makes it 2²³ + code.
const CodeBias float32 = 1 << 23

// compressedNR is the width of a panel in pure Go.
const compressedNR = 64

// compressedPure returns the pure-Go kernels.
func compressedPure(r rounding) Compressed {
	k := Compressed{NR: compressedNR, Rows: 4, Direct: [Codings]int{8, 8, 8, 8}}
	for c := range Codings {
		k.Mul[c] = func(cp, ap *float32, b *uint8, l *CompressedLayout) {
			mulCompressed(r, c, cp, ap, b, l)
		}
	}
	return k
}

// mulCompressed is the pure-Go [CompressedMultiply]: the weights of a step, then the step of each
// row.
func mulCompressed(r rounding, coding Coding, cp, ap *float32, b *uint8, l *CompressedLayout) {
	var weights [compressedNR]float32
	k := l.Blocks * l.Block
	group := coding.GroupBytes() * compressedNR
	codes := unsafe.Slice(b, k/coding.Group()*group)
	for step := range k {
		at := codes[step/coding.Group()*group:][:group]
		coding.weights(&weights, at, step%coding.Group())
		if coding.Scaled() {
			block := step / l.Block
			scales := unsafe.Slice(element(l.Scales, block*compressedNR), compressedNR)
			zeros := unsafe.Slice(element(l.Zeros, block*l.ZeroRow), compressedNR)
			for j, w := range weights {
				weights[j] = float32((w - zeros[j]) * scales[j])
			}
		}
		if l.M == 0 {
			copy(unsafe.Slice(element(cp, step*l.LDC), compressedNR), weights[:])
		}
		for i := range l.M {
			row := unsafe.Slice(element(cp, i*l.LDC), compressedNR)
			if step == 0 && !l.Resume {
				clear(row)
			}
			a := *element(ap, i*l.ARow+step)
			for j, w := range weights {
				row[j] = fma(r, a, w, row[j])
			}
		}
	}
}

// weights sets w to the numbers of a step of a group: those of integers are 2²³ + code.
func (c Coding) weights(w *[compressedNR]float32, codes []uint8, step int) {
	for j := range w {
		switch c {
		case BFloat16Coding:
			w[j] = FromBFloat16(uint16(codes[2*j]) | uint16(codes[2*j+1])<<8)
		case Float16Coding:
			w[j] = FromFloat16(uint16(codes[2*j]) | uint16(codes[2*j+1])<<8)
		case Int8Coding:
			w[j] = CodeBias + float32(codes[j])
		case Int4Coding:
			w[j] = CodeBias + float32(codes[4*j+step/2]>>(step%2*4)&15)
		}
	}
}

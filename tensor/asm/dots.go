package asm

import (
	"math"
	"unsafe"
)

// RunLength is the most steps of K that are added up as integers: as many products of a code of
// four bits and a signed byte, added in pairs, as 16 bits hold.
const RunLength = 32

// Run is a stretch of a row of A as signed bytes: an element is about Scale·code.
type Run struct {
	Scale float32
	Sum   float32 // of the codes
	// Codes has those of eight steps together: the even ones, then the odd ones, which stand in the
	// lower and the upper halves of the bytes of [Int4Coding].
	Codes [RunLength]int8
}

// Dots are the kernels of products by codes of four bits whose rows are signed bytes. They add up
// integers, and a float for each run.
type Dots struct {
	Rows int // the most rows of A that Mul takes
	// Mul continues the chains of a panel of [Compressed].NR columns,
	//
	//	C(i,j) ← fma(Σk a(k)·(code(k,j) − zero(j)), a.Scale·scale(j), C(i,j))
	//
	// for each run a of row i, the sum being exact and the product of the scales rounded once.
	Mul func(c *float32, a *Run, b *uint8, l *DotsLayout)
}

// DotsLayout holds what is to be multiplied; all sizes are at least 1.
type DotsLayout struct {
	M                    int // rows, at most Rows
	LDC, ARow            int // elements of C from row to row, and runs of A
	Blocks, Runs, Groups int // blocks of K, runs of a block, and groups of eight steps of a run
	// Scales, Zeros and ZeroRow are those of [CompressedLayout].
	Scales, Zeros *float32
	ZeroRow       int
}

// tiny is the largest magnitude of which a run counts as zeros: 127 divided by less is infinite.
const tiny = 0x1p-120

// Runs sets dst to the runs of so many steps of x, a multiple of eight, as ONNX Runtime's int8 rows
// are: the largest magnitude becomes 127, and codes are rounded half to even. A run with an
// infinity or a NaN is NaN.
func Runs(dst []Run, x []float32, steps int) {
	for i := range dst {
		dst[i].set(x[i*steps:][:steps])
	}
}

// set quantises x.
func (r *Run) set(x []float32) {
	largest, finite := float32(0), true
	for _, v := range x {
		v = math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
		finite = finite && v <= math.MaxFloat32
		largest = max(largest, v)
	}
	if *r = (Run{}); !finite {
		r.Scale = float32(math.NaN())
		return
	}
	if largest <= tiny {
		return
	}
	const whole = 3 << 22 // beyond which float32 has no fractions
	inverse, sum := 127/largest, int32(0)
	for k, v := range x {
		code := int32(float32(v*inverse) + whole - whole)
		r.Codes[k&^7|k&1<<2|k>>1&3] = int8(code)
		sum += code
	}
	r.Scale, r.Sum = largest/127, float32(sum)
}

// dotsPure returns the pure-Go kernels.
func dotsPure(r rounding) Dots {
	return Dots{Rows: 1, Mul: func(c *float32, a *Run, b *uint8, l *DotsLayout) { mulDots(r, c, a, b, l) }}
}

// mulDots is the pure-Go [Dots.Mul], a run after the other.
func mulDots(r rounding, cp *float32, ap *Run, b *uint8, l *DotsLayout) {
	const group = 4 * compressedNR
	runs := l.Blocks * l.Runs
	codes := unsafe.Slice(b, runs*l.Groups*group)
	for i := range l.M {
		row := unsafe.Slice(element(cp, i*l.LDC), compressedNR)
		for k, run := range unsafe.Slice(element(ap, i*l.ARow), runs) {
			block := k / l.Runs
			scales := unsafe.Slice(element(l.Scales, block*compressedNR), compressedNR)
			zeros := unsafe.Slice(element(l.Zeros, block*l.ZeroRow), compressedNR)
			for j := range row {
				sum := run.dot(codes[k*l.Groups*group:][:l.Groups*group], j)
				row[j] = fma(r, float32(sum)-float32((zeros[j]-CodeBias)*run.Sum),
					float32(run.Scale*scales[j]), row[j])
			}
		}
	}
}

// dot multiplies by the codes of column j of a panel's groups.
func (r *Run) dot(codes []uint8, j int) (sum int32) {
	for g := 0; g*4*compressedNR < len(codes); g++ {
		even, odd := r.Codes[g*8:][:4], r.Codes[g*8+4:][:4]
		for t, pair := range codes[(g*compressedNR+j)*4:][:4] {
			sum += int32(even[t])*int32(pair&15) + int32(odd[t])*int32(pair>>4)
		}
	}
	return sum
}

package asm

import "unsafe"

// Quant are the kernels of integers of 8 bits: exact products that add up in int32, which wraps
// around, and what leads from floats to integers and back. All ISAs give the same integers and
// floats, generic included.
//
// A product is one of codes: A's element is the byte of an integer in the form that Mul reads, B's
// a signed byte. What codes differ from integers by is one number for all, or for a column, and
// [QuantRow] takes its part out of the sums.
type Quant struct {
	Name string // of the instructions that multiply
	Form Form   // of A's elements
	NR   int    // columns of a panel of B
	// Mul multiplies codes, see [QuantMultiply].
	Mul QuantMultiply
	// Widen sets dst[i] to the integer src[i] ^ flip, from 0 to 255.
	Widen func(dst []int16, src []uint8, flip uint8)

	// Integers sets dst[j] to the integer [QuantRow] has for column j.
	Integers func(dst []int32, r *QuantRow)
	// Floats sets dst[j] = T(integer of column j)·Scale[j].
	Floats func(dst []float32, r *QuantRow)
	// Codes sets dst[j] to the code of T(integer of column j)·Scale[j], see [QuantRow].
	Codes func(dst []uint8, r *QuantRow)

	// Quantize sets dst[i] to the code of x[i]/scale in the given range.
	Quantize func(dst []uint8, x []float32, scale float32, r *CodeRange)
	// Dequantize sets dst[i] = T((x[i] ^ flip) − zero)·scale.
	Dequantize func(dst []float32, x []uint8, flip uint8, zero int32, scale float32)
	// Range returns the smallest and the largest of the elements and 0, and whether none is NaN.
	Range func(x []float32) (lowest, highest float32, ok bool)
}

// Form is how a product reads the elements of A.
type Form uint8

// The forms: integers from 0 to 255 in a byte each, from −128 to 127 in a byte each, and from 0 to
// 255 in 16 bits each.
const (
	UnsignedBytes Form = iota
	SignedBytes
	WordForm
)

// Bytes returns those of an element.
func (f Form) Bytes() int {
	if f == WordForm {
		return 2
	}
	return 1
}

// QuantGroup is the number of neighbouring steps of K that a product takes at once.
const QuantGroup = 4

// QuantMultiply computes, for whole groups of K and whole panels of columns,
//
//	C(i, p·NR+j) = Σ A(i,q,r)·B(p,q,j,r) over q < Groups and r < QuantGroup
//
// in int32, which wraps around. The layout says where the elements lie.
type QuantMultiply func(c *int32, a *uint8, b *int8, l *QuantLayout)

// QuantLayout holds the sizes of a product of integers, at least 1, and where its elements lie:
//
//	C(i,j) = c[i·LDC + j]
//	A(i,q,r) = the r-th element at the byte i·ARow + Steps[q] of a
//	B(p,q,j,r) = b[((p·Groups + q)·NR + j)·QuantGroup + r]
type QuantLayout struct {
	M, Groups, Panels int
	LDC               int // elements
	ARow              int // bytes
	Steps             *int32
}

// QuantRow is a row of sums of codes on its way to what a product gives. The integer of column j is
//
//	X[j] + Offset[j] − A·Sums[j] − Row·Zeros[j]
//
// which wraps around: Offset and the sum of the products of a − A and b − Zeros[j], if Row is the
// sum of the row of A, and Sums[j] that of b − Zeros[j]. A code is what [CodeRange] makes of its
// float.
type QuantRow struct {
	X, Offset, Sums, Zeros *int32
	Scale                  *float32
	A, Row                 int32
	CodeRange
}

// CodeRange are the codes that floats become: x is first brought between Low and High, to which NaN
// becomes Low, then rounded, half to even; the code is the lowest byte of it plus Zero. Low and
// High are integers within ±2¹⁶.
type CodeRange struct {
	Low, High float32
	Zero      int32
}

// code returns the code of a float.
func (r *CodeRange) code(x float32) uint8 {
	const whole = 3 << 22 // beyond which float32 has no fractions
	if !(x > r.Low) {
		x = r.Low
	}
	if x > r.High {
		x = r.High
	}
	return uint8(int32(x+whole-whole) + r.Zero)
}

// Quants returns the kernels of integers that this processor can run, those included that no [ISA]
// has because it has better ones.
func Quants() []Quant { return append([]Quant{quantPure()}, assemblyQuants()...) }

// quantPure returns the pure-Go kernels.
func quantPure() Quant {
	return Quant{Name: "go", Form: UnsignedBytes, NR: quantPureNR, Mul: mulQuant, Widen: widenBytes,
		Integers: quantIntegers, Floats: quantFloats, Codes: quantCodes,
		Quantize: quantize, Dequantize: dequantize, Range: rangeOf}
}

// quantPureNR is the width of a panel of the pure-Go product: sums that fit the registers.
const quantPureNR = 8

// mulQuant is the pure-Go [QuantMultiply].
func mulQuant(c *int32, a *uint8, b *int8, l *QuantLayout) {
	steps := unsafe.Slice(l.Steps, l.Groups)
	for p := range l.Panels {
		panel := unsafe.Slice(element(b, p*l.Groups*quantPureNR*QuantGroup),
			l.Groups*quantPureNR*QuantGroup)
		for i := range l.M {
			var sums [quantPureNR]int32
			for q, step := range steps {
				x := (*[QuantGroup]uint8)(unsafe.Pointer(element(a, i*l.ARow+int(step))))
				x0, x1, x2, x3 := int32(x[0]), int32(x[1]), int32(x[2]), int32(x[3])
				w := (*[quantPureNR * QuantGroup]int8)(panel[q*quantPureNR*QuantGroup:])
				for j := range sums {
					sums[j] += x0*int32(w[4*j]) + x1*int32(w[4*j+1]) + x2*int32(w[4*j+2]) + x3*int32(w[4*j+3])
				}
			}
			*(*[quantPureNR]int32)(unsafe.Pointer(element(c, i*l.LDC+p*quantPureNR))) = sums
		}
	}
}

func widenBytes(dst []int16, src []uint8, flip uint8) {
	for i, v := range src[:len(dst)] {
		dst[i] = int16(v ^ flip)
	}
}

// integer returns that of column j.
func (r *QuantRow) integer(j int) int32 {
	return *element(r.X, j) + *element(r.Offset, j) - r.A**element(r.Sums, j) - r.Row**element(r.Zeros,
		j)
}

func quantIntegers(dst []int32, r *QuantRow) {
	for j := range dst {
		dst[j] = r.integer(j)
	}
}

func quantFloats(dst []float32, r *QuantRow) {
	for j, s := range unsafe.Slice(r.Scale, len(dst)) {
		dst[j] = float32(r.integer(j)) * s
	}
}

func quantCodes(dst []uint8, r *QuantRow) {
	for j, s := range unsafe.Slice(r.Scale, len(dst)) {
		dst[j] = r.code(float32(r.integer(j)) * s)
	}
}

func quantize(dst []uint8, x []float32, scale float32, r *CodeRange) {
	for i, v := range x[:len(dst)] {
		dst[i] = r.code(v / scale)
	}
}

func dequantize(dst []float32, x []uint8, flip uint8, zero int32, scale float32) {
	for i, v := range x[:len(dst)] {
		dst[i] = float32(int32(v^flip)-zero) * scale
	}
}

func rangeOf(x []float32) (lowest, highest float32, ok bool) {
	ok = true
	for _, v := range x {
		if v < lowest {
			lowest = v
		}
		if v > highest {
			highest = v
		}
		ok = ok && v == v
	}
	return lowest, highest, ok
}

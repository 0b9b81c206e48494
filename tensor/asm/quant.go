package asm

import "unsafe"

// Quant are the kernels of integers of 8 bits: exact products that add up in int32, which wraps
// around, and what leads from floats to integers and back. All ISAs give the same integers and
// floats, generic included.
//
// A product is one of codes: A's element is the byte of an integer in the form that Mul reads, B's
// a signed byte. What codes differ from integers by is one number for all, or for a column, and its
// part is taken out of the sums: by [QuantTile.Offset] where it is the same in all rows, else by
// [QuantZeros].
type Quant struct {
	Name string // of the instructions that multiply
	Form Form   // of A's elements
	NR   int    // columns of a panel of B
	// Beside, if not 0, is how many panels of B stand group by group beside each other, see PanelPlace.
	Beside int
	// Mul multiplies codes, see [QuantMultiply].
	Mul QuantMultiply
	// MulTile sets y to what t.Result says of the products that Mul has, as the kernel of that does.
	// The sums need not become visible: t.X, where they may, has room for them, LDX apart. Offset and
	// Scale reach to the end of the last panel.
	MulTile func(y unsafe.Pointer, a *uint8, b *int8, l *QuantLayout, t *QuantTile)
	// Depthwise multiplies each channel by weights of its own.
	Depthwise QuantDepthwise
	// Slide does so faster for weights of 8 bits, where it has functions.
	Slide QuantSlide
	// Tiles multiplies many rows faster than Mul, where it has functions.
	Tiles QuantTiles
	// Chains multiplies faster than Mul by weights that it can take, where it has a function.
	Chains QuantChains
	// Widen sets dst[i] to the integer src[i] ^ flip, from 0 to 255.
	Widen func(dst []int16, src []uint8, flip uint8)

	// Center sets x[j] to x[j] − A·Sums[j] − Row·Zeros[j], which wraps around, for whole panels of
	// columns.
	Center func(x []int32, z *QuantZeros)
	// Integers, Floats and Codes set y[i·LDY+j] to what [QuantTile] makes of the sums: the integer,
	// its float T(integer)·Scale[j], and the code of that.
	Integers func(y *int32, t *QuantTile)
	Floats   func(y *float32, t *QuantTile)
	Codes    func(y *uint8, t *QuantTile)
	// Activated sets y[i·LDY+j] to the codes that a [QuantActivation] ends in.
	Activated func(y *uint8, t *QuantTile, a *QuantActivation)

	// Quantize sets dst[i] to the code of x[i]/scale in the given range.
	Quantize func(dst []uint8, x []float32, scale float32, r *CodeRange)
	// Dequantize sets dst[i] = T((x[i] ^ flip) − zero)·scale.
	Dequantize func(dst []float32, x []uint8, flip uint8, zero int32, scale float32)
	// MaxWindows sets c[i·LDC+j] to the largest of the integers a[i·ARow+Steps[p]+j] over p < K, for i <
	// M and j < N, with a sign if flip is 128, else 0.
	MaxWindows func(c, a *uint8, w *Window, flip uint8)
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
//	B(p,q,j,r) = b[(at + q·step + j)·QuantGroup + r] with the [PanelPlace] of p
type QuantLayout struct {
	M, Groups, Panels int
	LDC               int // elements
	ARow              int // bytes
	Steps             *int32
	Beside            int // [Quant.Beside] of the panels
	// For tiles alone: Steps go on by a group's bytes within each Run groups, a divisor of Groups.
	Run    int
	Signed bool // A's bytes
	// If not 0, a line of A has so many rows, and the next one begins ALine bytes after it begins.
	Width, ALine int
}

// PanelPlace returns where panel p of so many begins, and the distance of its groups, in columns of a
// group. Of panels beside each other, as many as there are whole lots of, groups alternate; those that
// are left stand one by one.
func (q *Quant) PanelPlace(p, panels, groups int) (at, step int) {
	lot := max(q.Beside, 1)
	if p >= panels/lot*lot {
		lot = 1
	}
	return (p/lot*lot*groups + p%lot) * q.NR, lot * q.NR
}

// QuantTiles multiplies by tiles, which take some groups of K at once, for layouts that say how many.
// B's panels are those of [Quant.Mul]; bytes of A are unsigned, or have a sign if the layout says so.
type QuantTiles struct {
	Depth   int // the most steps of K that a tile takes
	Rows    int // the fewest that pay,
	Work    int // if those up to 64 have so many products of elements
	Mul     QuantMultiply
	MulTile func(y unsafe.Pointer, a *uint8, b *int8, l *QuantLayout, t *QuantTile) // see [Quant.MulTile]
}

// ChainLimit is the most that the weights of one sign in a lane of a chain may add up to, in
// magnitude, so that their products by bytes without a sign add up in 16 bits.
const ChainLimit = 128

// QuantChains multiplies unsigned bytes by panels of NR columns whose groups stand in any order, in
// chains of four, two or one, which add up in 16 bits before they do so in 32: in lanes of steps 0 and
// 1 of a column's groups, and of steps 2 and 3. Each is within [ChainLimit].
type QuantChains struct {
	NR  int
	Mul func(c *int32, a *uint8, b *int8, l *ChainLayout)
}

// ChainLayout holds the sizes of a product by chains, at least 1. It is as in [QuantLayout], but that
// panels have groups of their own, one panel's after the other's, and steps that they may share.
type ChainLayout struct {
	M, Panels int
	LDC       int // elements
	ARow      int // bytes
	Steps     *int32
	Lengths   *ChainLengths // of each panel
}

// ChainLengths are the numbers of a panel's chains of so many groups, which stand in this order, and
// the place of its first step.
type ChainLengths struct{ Four, Two, One, First int32 }

// QuantDepthwise multiplies unsigned bytes of neighbouring channels by weights of 16 bits, for
// whole groups of Taps steps and whole panels of NR channels. Mul computes
//
//	C(i, p·NR+j) = Σ A(i,q,r)[p·NR+j]·B(p,q,j,r) over q < Groups and r < Taps
//
// in int32, where A(i,q,r) is the byte i·ARow + Steps[q·Taps + r] of a, and those after it, and
//
//	B(p,q,j,r) = b[((p·Groups + q)·NR + Place(j))·Taps + r]
//
// Weights are within ±255.
type QuantDepthwise struct {
	NR, Taps int
	Place    func(j int) int
	Mul      func(c *int32, a *uint8, b *int16, l *QuantLayout)
}

// QuantZeros are the parts that zero points have in a row of sums of codes: the products of a − A
// and b − Zeros[j] add up to the sum less A·Sums[j] + Row·Zeros[j], if Row is the sum of the row of
// A, and Sums[j] that of b − Zeros[j].
type QuantZeros struct {
	Sums, Zeros *int32
	A, Row      int32
}

// QuantTile is a block of sums on their way to what a product gives. The integer of row i and
// column j is
//
//	X[i·LDX+j] + Offset[j]
//
// which wraps around. A code is what [CodeRange] makes of its float.
type QuantTile struct {
	X          *int32
	Offset     *int32
	Scale      *float32
	Rows, Cols int // at least 1
	LDX, LDY   int // elements
	Result     QuantResult
	CodeRange
}

// QuantResult is what a product gives.
type QuantResult uint8

// The results: codes, integers as they are, and their floats.
const (
	QuantCodes QuantResult = iota
	QuantIntegers
	QuantFloats
)

// Tile sets y to what t.Result says of the sums of a tile.
func (q *Quant) Tile(y unsafe.Pointer, t *QuantTile) {
	switch t.Result {
	case QuantIntegers:
		q.Integers((*int32)(y), t)
	case QuantFloats:
		q.Floats((*float32)(y), t)
	default:
		q.Codes((*uint8)(y), t)
	}
}

// CodeRange are the codes that floats become: x is first brought between Low and High, to which NaN
// becomes Low, then rounded, half to even; the code is the lowest byte of it plus Zero. Low and
// High are integers of 16 bits.
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
func Quants() []Quant {
	tiles := quantPure()
	tiles.Name = "gotiles"
	tiles.Tiles = QuantTiles{Depth: 2 * QuantGroup, Rows: 2, Mul: mulTiles}
	tiles.Tiles.MulTile = tiles.storing(mulTiles)
	return append([]Quant{quantPure(), tiles}, assemblyQuants()...)
}

// quantPure returns the pure-Go kernels.
func quantPure() Quant {
	q := Quant{Name: "go", Form: UnsignedBytes, NR: quantPureNR, Mul: mulQuant, Widen: widenBytes,
		Depthwise: QuantDepthwise{NR: quantPureNR, Taps: 1, Place: inOrder, Mul: mulDepthwise},
		Slide:     quantSlidePure(),
		Center:    centerSums, Integers: tileOf(quantIntegers), Floats: tileOf(quantFloats),
		Codes: tileOf(quantCodes), Activated: activatedCodes, Quantize: quantize,
		Dequantize: dequantize, Range: rangeOf,
		MaxWindows: maxCodes}
	return q.multiplyingBy(q.Name, q.Form, q.NR, q.Mul)
}

// multiplyingBy returns the kernels with another product, whose results are made of stored sums.
func (q Quant) multiplyingBy(name string, form Form, nr int, mul QuantMultiply) Quant {
	q.Name, q.Form, q.NR, q.Mul = name, form, nr, mul
	q.MulTile = q.storing(mul)
	return q
}

// storing returns a [Quant.MulTile] that makes results of sums that a product stores.
func (q Quant) storing(mul QuantMultiply) func(y unsafe.Pointer, a *uint8, b *int8, l *QuantLayout,
	t *QuantTile) {
	return func(y unsafe.Pointer, a *uint8, b *int8, l *QuantLayout, t *QuantTile) {
		mul(t.X, a, b, l)
		q.Tile(y, t)
	}
}

// quantPureNR is the width of a panel of the pure-Go product: sums that fit the registers.
const quantPureNR = 8

// mulQuant is the pure-Go [QuantMultiply].
func mulQuant(c *int32, a *uint8, b *int8, l *QuantLayout) { mulBytes(c, a, b, l) }

// mulTiles is the pure-Go [QuantTiles.Mul].
func mulTiles(c *int32, a *uint8, b *int8, l *QuantLayout) {
	line, width := *l, l.M
	if l.Width > 0 {
		width = l.Width
	}
	line.M = width
	for i := range l.M / width {
		c, a := element(c, i*width*l.LDC), element(a, i*l.ALine)
		if l.Signed {
			mulBytes(c, (*int8)(unsafe.Pointer(a)), b, &line)
		} else {
			mulBytes(c, a, b, &line)
		}
	}
}

func mulBytes[A int8 | uint8](c *int32, a *A, b *int8, l *QuantLayout) {
	steps := unsafe.Slice(l.Steps, l.Groups)
	for p := range l.Panels {
		panel := unsafe.Slice(element(b, p*l.Groups*quantPureNR*QuantGroup),
			l.Groups*quantPureNR*QuantGroup)
		for i := range l.M {
			var sums [quantPureNR]int32
			for q, step := range steps {
				x := (*[QuantGroup]A)(unsafe.Pointer(element(a, i*l.ARow+int(step))))
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

// inOrder is the [QuantDepthwise.Place] of weights that stand as their channels do.
func inOrder(j int) int { return j }

// mulDepthwise is the pure-Go [QuantDepthwise.Mul].
func mulDepthwise(c *int32, a *uint8, b *int16, l *QuantLayout) {
	steps := unsafe.Slice(l.Steps, l.Groups)
	for p := range l.Panels {
		panel := unsafe.Slice(element(b, p*l.Groups*quantPureNR), l.Groups*quantPureNR)
		for i := range l.M {
			var sums [quantPureNR]int32
			for q, step := range steps {
				x := (*[quantPureNR]uint8)(unsafe.Pointer(element(a,
					i*l.ARow+int(step)+p*quantPureNR)))
				w := (*[quantPureNR]int16)(panel[q*quantPureNR:])
				for j := range sums {
					sums[j] += int32(x[j]) * int32(w[j])
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

func centerSums(x []int32, z *QuantZeros) {
	sums, zeros := unsafe.Slice(z.Sums, len(x)), unsafe.Slice(z.Zeros, len(x))
	for j := range x {
		x[j] -= z.A*sums[j] + z.Row*zeros[j]
	}
}

// tileOf returns a kernel that goes from row to row.
func tileOf[Y any](row func(y []Y, x, offset []int32,
	t *QuantTile)) func(y *Y, t *QuantTile) {
	return func(y *Y, t *QuantTile) {
		for i := range t.Rows {
			row(unsafe.Slice(element(y, i*t.LDY), t.Cols),
				unsafe.Slice(element(t.X, i*t.LDX), t.Cols), unsafe.Slice(t.Offset, t.Cols), t)
		}
	}
}

func quantIntegers(y, x, offset []int32, _ *QuantTile) {
	for j, v := range x {
		y[j] = v + offset[j]
	}
}

func quantFloats(y []float32, x, offset []int32, t *QuantTile) {
	for j, s := range unsafe.Slice(t.Scale, len(y)) {
		y[j] = float32(x[j]+offset[j]) * s
	}
}

func quantCodes(y []uint8, x, offset []int32, t *QuantTile) {
	for j, s := range unsafe.Slice(t.Scale, len(y)) {
		y[j] = t.code(float32(x[j]+offset[j]) * s)
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

func maxCodes(c, a *uint8, w *Window, flip uint8) {
	for i := range w.M {
		row := unsafe.Slice(element(c, i*w.LDC), w.N)
		for p, step := range unsafe.Slice(w.Steps, w.K) {
			for j, v := range unsafe.Slice(element(a, i*w.ARow+int(step)), w.N) {
				if p == 0 || v^flip > row[j]^flip {
					row[j] = v
				}
			}
		}
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

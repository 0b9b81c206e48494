package asm

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// forEachQuant runs f for all kernels of integers that this processor has.
func forEachQuant(t *testing.T, f func(t *testing.T, q *Quant)) {
	for _, q := range Quants() {
		t.Run(q.Name, func(t *testing.T) { f(t, &q) })
	}
}

// quantProblem is a product of integers as a kernel takes it, beside its operands as they are.
type quantProblem struct {
	QuantLayout
	steps []int32
	a     [][]int32 // rows of A
	b     [][]int8  // rows of B
	codes []uint8   // A in the kernel's form, with gaps between its groups
	panel []int8    // B
}

// newQuantProblem draws the operands. Those of the extreme kind are at the ends of their ranges.
func newQuantProblem(q *Quant, rng *rand.Rand, m, groups, panels, gap int,
	extreme bool) *quantProblem {
	l := QuantLayout{M: m, Groups: groups, Panels: panels, Run: 1, Beside: q.Beside,
		Signed: q.Form == SignedBytes}
	return newRunsProblem(q, rng, l, gap, extreme)
}

// newRunsProblem draws those of a layout with runs of groups.
func newRunsProblem(q *Quant, rng *rand.Rand, l QuantLayout, gap int, extreme bool) *quantProblem {
	p := &quantProblem{QuantLayout: l}
	m, groups, panels, runs := l.M, l.Groups, l.Panels, l.Groups/l.Run
	p.LDC = panels*q.NR + gap
	group := QuantGroup * q.Form.Bytes()
	run := l.Run*group + gap
	p.ARow = runs*run + gap
	row := func(i int) int { return i * p.ARow }
	if l.Width > 0 {
		p.ALine = l.Width*p.ARow + gap
		row = func(i int) int { return i/l.Width*p.ALine + i%l.Width*p.ARow }
	}
	for i := range groups { // the runs in any order
		p.steps = append(p.steps, int32((runs-1-i/l.Run)*run+i%l.Run*group))
	}
	p.Steps = &p.steps[0]
	p.codes = make([]uint8, row(m-1)+runs*run-gap)
	p.panel = make([]int8, panels*groups*q.NR*QuantGroup)
	for i := range m {
		p.a = append(p.a, make([]int32, groups*QuantGroup))
		for k := range p.a[i] {
			v := rng.IntN(256)
			if extreme {
				v = 255 * rng.IntN(2)
			}
			at := p.codes[row(i)+int(p.steps[k/QuantGroup])+k%QuantGroup*q.Form.Bytes():]
			if p.a[i][k], at[0] = int32(v), uint8(v); l.Signed {
				p.a[i][k], at[0] = int32(v)-128, uint8(v-128)
			}
		}
	}
	for k := range groups * QuantGroup {
		p.b = append(p.b, make([]int8, panels*q.NR))
		for j := range p.b[k] {
			v := int8(rng.IntN(256))
			if extreme {
				v = int8(-128 + 255*rng.IntN(2)*rng.IntN(2))
			}
			p.b[k][j] = v
			at, step := q.PanelPlace(j/q.NR, panels, groups)
			p.panel[(at+k/QuantGroup*step+j%q.NR)*QuantGroup+k%QuantGroup] = v
		}
	}
	return p
}

// require compares C with the sums by their definition, and what lies between its rows with what it
// was.
func (p *quantProblem) require(t *testing.T, c []int32, between int32) {
	want := make([]int32, len(c))
	for i := range want {
		want[i] = between
	}
	for i, row := range p.a {
		for j := range p.b[0] {
			var sum int32
			for k, v := range row {
				sum += v * int32(p.b[k][j])
			}
			want[i*p.LDC+j] = sum
		}
	}
	require.Equal(t, want, c, "%+v", p.QuantLayout)
}

// TestMulQuant compares the products of integers with their definition, for sizes around the tiles.
func TestMulQuant(t *testing.T) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(1, 2))
		for m := 1; m < 20; m++ {
			for _, groups := range []int{1, 2, 3, 7, 33} {
				for panels := 1; panels < 11; panels++ {
					if !drawn(rng, 3) {
						continue
					}
					p := newQuantProblem(q, rng, m, groups, panels, rng.IntN(4), rng.IntN(2) == 0)
					c := make([]int32, (m-1)*p.LDC+panels*q.NR+3)
					for i := range c {
						c[i] = 7
					}
					q.Mul(&c[0], &p.codes[0], &p.panel[0], &p.QuantLayout)
					p.require(t, c, 7)
				}
			}
		}
	})
}

// TestDepthwiseQuant compares products of channels with their definition, for sizes around the
// tiles, from memory that ends where the last panel does.
func TestDepthwiseQuant(t *testing.T) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng, d := rand.New(rand.NewPCG(9, 1)), &q.Depthwise
		place := guardedSlices[float64](t, 1, atEnd)
		for m := 1; m < 11; m++ {
			for groups := 1; groups < 7; groups++ {
				for panels := 1; panels < 4; panels++ {
					width, steps := panels*d.NR, make([]int32, groups*d.Taps)
					for i := range steps {
						steps[i] = int32(rng.IntN(40))
					}
					steps[rng.IntN(len(steps))] = 40
					l := QuantLayout{M: m, Groups: groups, Panels: panels, LDC: width + rng.IntN(3),
						ARow: rng.IntN(70), Steps: &steps[0]}
					n := (m-1)*l.ARow + 40 + width
					a := wordsAt[uint8](place(0, n/8+1), n, atEnd)
					b, c := make([]int16, width*len(steps)), make([]int32, m*l.LDC)
					for i := range a {
						a[i] = uint8(rng.IntN(256) | 255*rng.IntN(2))
					}
					for i := range b {
						b[i] = int16(max(rng.IntN(511)-255, -255*rng.IntN(2)))
					}
					d.Mul(&c[0], &a[0], &b[0], &l)
					want := make([]int32, len(c))
					for i := range m * width {
						row, p, j := i/width, i%width/d.NR, i%d.NR
						for s, step := range steps {
							at := ((p*groups+s/d.Taps)*d.NR+d.Place(j))*d.Taps + s%d.Taps
							want[row*l.LDC+i%width] += int32(a[row*l.ARow+int(step)+i%width]) *
								int32(b[at])
						}
					}
					require.Equal(t, want, c, "%+v", l)
				}
			}
		}
	})
}

// TestMulQuantStaysInside multiplies operands that begin or end at unreadable memory.
func TestMulQuantStaysInside(t *testing.T) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, at := range []edge{atStart, atEnd} {
			place := guardedSlices[float64](t, 4, at)
			for m := 1; m < 9; m++ {
				for panels := 1; panels < 6; panels++ {
					p := newQuantProblem(q, rng, m, 3, panels, 0, false)
					a := copied(p.codes, place(0, len(p.codes)/8+1), at)
					b := copied(p.panel, place(1, len(p.panel)/8+1), at)
					p.Steps = &copied(p.steps, place(2, len(p.steps)), at)[0]
					n := (m-1)*p.LDC + panels*q.NR
					c := wordsAt[int32](place(3, n), n, at)
					q.Mul(&c[0], &a[0], &b[0], &p.QuantLayout)
					p.require(t, c, 0)
				}
			}
		}
	})
}

// copied returns a copy at the edge of memory.
func copied[E any](x []E, memory []float64, at edge) []E {
	c := wordsAt[E](memory, len(x), at)
	copy(c, x)
	return c
}

// quantFloats32 are floats that are hard to quantise: ties, limits, and what is no number.
func quantFloats32(rng *rand.Rand, n int) []float32 {
	special := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, 0.5, 1.5,
		-0.5, 127.5, 128, 255.5, -128.5, 1e-45, math.MaxFloat32, float32(math.Copysign(0, -1))}
	x := make([]float32, n)
	for i := range x {
		if x[i] = float32(rng.NormFloat64() * 100); rng.IntN(4) == 0 {
			x[i] = special[rng.IntN(len(special))]
		}
	}
	return x
}

// integers32 draws integers of any size.
func integers32(rng *rand.Rand, n int) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(rng.Uint32()) >> rng.IntN(32)
	}
	return x
}

// quantTile draws sums of so many columns.
func quantTile(rng *rand.Rand, rows, cols int) *QuantTile {
	scale := make([]float32, cols)
	for i := range scale {
		scale[i] = float32(math.Ldexp(rng.Float64()-0.5, -rng.IntN(32)))
	}
	t := &QuantTile{Rows: rows, Cols: cols, LDX: cols + rng.IntN(4), LDY: cols + rng.IntN(4),
		Offset: unsafe.SliceData(integers32(rng, cols)), Scale: unsafe.SliceData(scale),
		CodeRange: codeRange(rng)}
	t.X = unsafe.SliceData(integers32(rng, rows*t.LDX))
	return t
}

// codeRange draws the range of codes of a byte, with or without a sign.
func codeRange(rng *rand.Rand) CodeRange {
	zero, lowest := rng.IntN(256), 0
	if rng.IntN(2) == 0 {
		zero, lowest = zero-128, -128
	}
	return CodeRange{float32(lowest - zero), float32(lowest + 255 - zero), int32(zero)}
}

// TestQuantRows compares what becomes of sums, and of floats and bytes, with the pure-Go kernels,
// for all short lengths, and looks that what is behind stays as it is.
func TestQuantRows(t *testing.T) {
	pure := quantPure()
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(5, 6))
		for n := 1; n < 131; n++ {
			r := quantTile(rng, 1+rng.IntN(4), n)
			size := r.Rows * r.LDY
			requireSame(t, size, func(k *Quant, dst []int32) { k.Integers(&dst[0], r) }, &pure, q)
			requireSame(t, size, func(k *Quant, dst []float32) { k.Floats(&dst[0], r) }, &pure, q)
			requireSame(t, size, func(k *Quant, dst []uint8) { k.Codes(&dst[0], r) }, &pure, q)

			whole := n * q.NR
			x32, sums, zeros := integers32(rng, whole), integers32(rng, whole), integers32(rng, whole)
			z := &QuantZeros{Sums: &sums[0], Zeros: &zeros[0], A: int32(rng.IntN(511)) - 255,
				Row: int32(rng.Uint32()) >> 8}
			requireSame(t, whole, func(k *Quant, dst []int32) {
				copy(dst, x32)
				k.Center(dst, z)
			}, &pure, q)

			x, bytes := quantFloats32(rng, n), make([]uint8, n)
			for i := range bytes {
				bytes[i] = uint8(rng.Uint32())
			}
			flip, zero := uint8(128*rng.IntN(2)), int32(rng.IntN(511)-255)
			scale := float32(math.Exp(rng.NormFloat64()))
			requireSame(t, n, func(k *Quant, dst []uint8) {
				k.Quantize(dst, x, scale, &r.CodeRange)
			}, &pure, q)
			requireSame(t, n, func(k *Quant, dst []float32) {
				k.Dequantize(dst, bytes, flip, zero, scale)
			}, &pure, q)
			requireSame(t, n, func(k *Quant, dst []int16) { k.Widen(dst, bytes, flip) }, &pure, q)
			requireSameRange(t, &pure, q, x)
			for i, v := range x {
				if v != v {
					x[i] = 3
				}
			}
			requireSameRange(t, &pure, q, x)
		}
	})
}

// requireSame runs a kernel of both tables over n elements, and compares what it wrote.
func requireSame[E comparable](t *testing.T, n int, run func(k *Quant, dst []E), pure, q *Quant) {
	want, got := make([]E, n+5), make([]E, n+5)
	run(pure, want[:n])
	run(q, got[:n])
	require.Equal(t, exactly(want), exactly(got), "%d elements", n)
}

// exactly returns floats as their bits.
func exactly[E any](x []E) any {
	if floats, ok := any(x).([]float32); ok {
		return wordsAt32(floats)
	}
	return x
}

// requireSameRange compares ranges of floats.
func requireSameRange(t *testing.T, pure, q *Quant, x []float32) {
	low, high, ok := pure.Range(x)
	gotLow, gotHigh, gotOK := q.Range(x)
	require.Equal(t, []any{low, high, ok}, []any{gotLow, gotHigh, gotOK}, "%v", x)
}

// TestQuantByDefinition checks the pure-Go kernels at numbers that are known.
func TestQuantByDefinition(t *testing.T) {
	q := quantPure()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := []float32{0, 1, 3, 5, -1, -3, 1e9, -1e9, inf, -inf, nan}
	codes := make([]uint8, len(x))
	q.Quantize(codes, x, 2, &CodeRange{-10, 245, 10})
	require.Equal(t, []uint8{10, 10, 12, 12, 10, 8, 255, 0, 255, 0, 0}, codes)
	q.Quantize(codes, x, 2, &CodeRange{-118, 137, -10})
	require.Equal(t, []int8{-10, -10, -8, -8, -10, -12, 127, -128, 127, -128, -128}, signed(codes))

	floats := make([]float32, 3)
	q.Dequantize(floats, []uint8{0, 3, 255}, 0, 3, 0.5)
	require.Equal(t, []float32{-1.5, 0, 126}, floats)
	q.Dequantize(floats, []uint8{128, 0, 127}, 128, 128+4, 2) // −128, 0 and 127 less 4
	require.Equal(t, []float32{-264, -8, 246}, floats)
	words := make([]int16, 3)
	q.Widen(words, []uint8{128, 0, 127}, 128)
	require.Equal(t, []int16{0, 128, 255}, words)

	// Of 3·(a−2)·(b−5) with a sum of 20 and b of 30 over 6 steps.
	sums, zeros, scale := []int32{0}, []int32{5}, []float32{0.25}
	sums[0] = 30 - 6*5
	x32 := []int32{90}
	q.Center(x32, &QuantZeros{Sums: &sums[0], Zeros: &zeros[0], A: 2, Row: 20})
	require.Equal(t, []int32{-10}, x32) // 90 − 2·30 − 5·20 + 6·2·5
	r := &QuantTile{X: &x32[0], Offset: &[]int32{10}[0], Scale: &scale[0], Rows: 1, Cols: 1,
		CodeRange: CodeRange{-128, 127, 0}}
	integers := make([]int32, 1)
	q.Integers(&integers[0], r)
	require.Equal(t, []int32{0}, integers)
	x32[0] = -4
	q.Floats(&floats[0], r)
	require.Equal(t, float32(1.5), floats[0])
	q.Codes(&codes[0], r)
	require.Equal(t, uint8(2), codes[0])

	low, high, ok := q.Range([]float32{3, -2, 7})
	require.Equal(t, []any{float32(-2), float32(7), true}, []any{low, high, ok})
	low, high, ok = q.Range([]float32{3, nan})
	require.Equal(t, []any{float32(0), float32(3), false}, []any{low, high, ok})
}

func signed(x []uint8) []int8 {
	y := make([]int8, len(x))
	for i, v := range x {
		y[i] = int8(v)
	}
	return y
}

// TestDotProductsDecode decodes the instructions of AVX-VNNI, which the assembler has no name for:
// VEX of three bytes, opcode 50 of the second map, 256 bits, with registers only.
func TestDotProductsDecode(t *testing.T) {
	var found [][3]int // the registers of B, of A and of the sums
	for _, k := range disassembly(t, "amd64") {
		if k.name != "mulQuantAVXVNNI" {
			continue
		}
		for i := 0; i < len(k.instructions); i++ {
			at := k.instructions[i]
			if at.mnemonic != "BYTE" {
				continue
			}
			i += 4 // the other bytes
			code := k.code[at.offset:][:5]
			require.Equal(t, []byte{0xC4, 0x42, 0x05, 0x50, 0xC0},
				[]byte{code[0], code[1] & 0x5F, code[2] & 0x87, code[3], code[4] & 0xC0}, "% x", code)
			found = append(found, [3]int{int(code[4]&7 | ^code[1]>>5&1<<3), int(^code[2] >> 3 & 15),
				int(code[4]>>3&7 | ^code[1]>>7&1<<3)})
		}
	}
	var want [][3]int
	for rows := 1; rows <= 6; rows++ {
		for row := range rows {
			want = append(want, [3]int{12, 14, 2 * row}, [3]int{13, 14, 2*row + 1})
		}
	}
	require.Equal(t, want, found)
}

// TestMulTile compares results of products with those of the stored sums, and looks that what is
// behind the columns stays as it is.
func TestMulTile(t *testing.T) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(11, 2))
		for m := 1; m < 15; m++ {
			for panels := 1; panels < 10; panels++ {
				p := newQuantProblem(q, rng, m, 1+rng.IntN(9), panels, 0, rng.IntN(2) == 0)
				r := quantTile(rng, m, panels*q.NR)
				r.Cols -= rng.IntN(q.NR)
				r.LDX, r.X = p.LDC, &make([]int32, m*p.LDC)[0]
				scale := unsafe.Slice(r.Scale, panels*q.NR)
				scale[rng.IntN(len(scale))] = float32(math.NaN())
				scale[rng.IntN(len(scale))] = float32(math.Inf(1))
				if r.Low = -300; rng.IntN(2) == 0 {
					r.High = math.MaxInt16
				}
				for r.Result = range QuantFloats + 1 {
					want, got := make([]uint32, m*r.LDY), make([]uint32, m*r.LDY)
					q.Mul(r.X, &p.codes[0], &p.panel[0], &p.QuantLayout)
					q.Tile(unsafe.Pointer(&want[0]), r)
					q.MulTile(unsafe.Pointer(&got[0]), &p.codes[0], &p.panel[0], &p.QuantLayout, r)
					require.Equal(t, want, got, "%+v %+v", p.QuantLayout, r)
				}
			}
		}
	})
}

// TestMaxCodes compares the largest integers of windows with those that each tap gives, from memory
// that ends where the last window does.
func TestMaxCodes(t *testing.T) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(12, 1))
		place := guardedSlices[float64](t, 1, atEnd)
		for n := 1; n < 100; n++ {
			steps := make([]int32, 1+rng.IntN(9))
			for i := range steps {
				steps[i] = int32(rng.IntN(40))
			}
			steps[rng.IntN(len(steps))] = 39
			w := &Window{Layout: Layout{M: 1 + rng.IntN(5), N: n, K: len(steps), LDC: n + rng.IntN(3),
				ARow: rng.IntN(50)}, Steps: &steps[0]}
			size := (w.M-1)*w.ARow + 39 + n
			a := wordsAt[uint8](place(0, size/8+1), size, atEnd)
			for i := range a {
				a[i] = uint8(rng.Uint32())
			}
			flip := uint8(128 * rng.IntN(2))
			got, want := make([]uint8, w.M*w.LDC), make([]uint8, w.M*w.LDC)
			for i := range w.M * n {
				to := &want[i/n*w.LDC+i%n]
				*to = flip // the smallest
				for _, step := range steps {
					*to = max(*to^flip, a[i/n*w.ARow+int(step)+i%n]^flip) ^ flip
				}
			}
			q.MaxWindows(&got[0], &a[0], w, flip)
			require.Equal(t, want, got, "%+v, %d", w.Layout, flip)
		}
	})
}

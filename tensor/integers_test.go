package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// integerCase is a product of integers in any mix of signs, beside its result by the definition.
type integerCase struct {
	m, k, n          int
	signedA, signedB bool
	a, b             []uint8
	zerosA, zerosB   []int32
	offset           []int32
	scale, bias      []float32
	codes            CodeRange
}

// number returns the integer of a byte.
func number(b uint8, signed bool) int32 {
	if signed {
		return int32(int8(b))
	}
	return int32(b)
}

func newIntegerCase(rng *rand.Rand, m, k, n int) *integerCase {
	c := &integerCase{m: m, k: k, n: n, signedA: rng.IntN(2) == 0, signedB: rng.IntN(2) == 0}
	bytes := func(n int) []uint8 {
		x := make([]uint8, n)
		for i := range x {
			x[i] = uint8(rng.Uint32())
		}
		return x
	}
	zeros := func(n int, signed bool) []int32 {
		x := make([]int32, n)
		for i := range x {
			x[i] = number(uint8(rng.Uint32()), signed)
		}
		return x
	}
	c.a, c.b = bytes(m*k), bytes(k*n)
	c.zerosA = zeros([]int{1, m}[rng.IntN(2)], c.signedA)
	c.zerosB = zeros([]int{0, 1, n}[rng.IntN(3)], c.signedB)
	for range n {
		c.scale = append(c.scale, float32(rng.NormFloat64()/100))
		c.bias = append(c.bias, float32(rng.NormFloat64()))
		c.offset = append(c.offset, int32(rng.Uint32())>>8)
	}
	c.codes = CodeRange{Low: -100, High: 155, Zero: 100}
	return c
}

// sums returns the product.
func (c *integerCase) sums() []int32 {
	out := make([]int32, c.m*c.n)
	for i := range out {
		row, col := i/c.n, i%c.n
		zeroB := int32(0)
		if len(c.zerosB) > 0 {
			zeroB = c.zerosB[col%len(c.zerosB)]
		}
		for l := range c.k {
			out[i] += (number(c.a[row*c.k+l], c.signedA) - c.zerosA[row%len(c.zerosA)]) *
				(number(c.b[l*c.n+col], c.signedB) - zeroB)
		}
	}
	return out
}

// forEachInteger runs f with one and three threads on every ISA, and on the best one with the
// kernels of integers, too, that this processor runs but no ISA has here: those that serve others.
func forEachInteger(t *testing.T, f func(t *testing.T, e *Engine[float32])) {
	list := AvailableISAs()
	best := list[len(list)-1]
	for _, q := range asm.Quants() {
		if !slices.ContainsFunc(list, func(isa ISA) bool { return isa.Quant.Name == q.Name }) {
			best.Quant = q
			list = append(list, best)
		}
	}
	for _, isa := range list {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%s/%d", isa.Name, isa.Quant.Name, threads), func(t *testing.T) {
				f(t, NewEngine[float32](&isa, threads, WithTuning(Tuning{ThreadWork: 100, MCBytes: 4096})))
			})
		}
	}
}

// TestIntegerProduct compares products of all mixes of signs, zero points and results with their
// definition. Each number up to 130 is a size of one, with -sweep every size of one.
func TestIntegerProduct(t *testing.T) {
	forEachInteger(t, func(t *testing.T, e *Engine[float32]) {
		rng := rand.New(rand.NewPCG(1, 2))
		for size := 1; size <= 130; size++ {
			for d := range 3 {
				if d != size%3 && !*sweep {
					continue
				}
				sizes := [3]int{1 + rng.IntN(40), 1 + rng.IntN(130), 1 + rng.IntN(130)}
				sizes[d] = size
				newIntegerCase(rng, sizes[0], sizes[1], sizes[2]).require(t, e)
			}
		}
	})
}

// require compares all kinds of results of a case.
func (c *integerCase) require(t *testing.T, e *Engine[float32]) {
	w := e.PackIntegers(c.b, c.k, c.n, c.signedB, c.zerosB)
	p := e.PlanIntegers(c.m, w, c.signedA)
	sums := c.sums()
	got := make([]int32, len(sums))
	p.Run(c.a, &IntegerResult{Integers: got, Zeros: c.zerosA})
	require.Equal(t, sums, got, "%d×%d×%d", c.m, c.n, c.k)

	floats, codes := make([]float32, len(sums)), make([]uint8, len(sums))
	p.Run(c.a, &IntegerResult{Floats: floats, Zeros: c.zerosA, Scale: c.scale, Bias: c.bias})
	p.Run(c.a, &IntegerResult{Codes: codes, Zeros: c.zerosA, Scale: c.scale, Range: c.codes,
		Offset: c.offset})
	byRow, ofRows := make([]float32, len(sums)), make([]float32, c.m)
	for i := range ofRows {
		ofRows[i] = float32(i+1) / 3
	}
	p.Run(c.a, &IntegerResult{Floats: byRow, Zeros: c.zerosA, Scale: c.scale, RowScale: ofRows,
		Bias: c.bias, Backwards: true})
	for i, v := range sums {
		j := i % c.n
		require.Equal(t, float32(float32(v)*c.scale[j])+c.bias[j], floats[i])
		require.Equal(t, float32(float32(float32(v)*c.scale[j])*ofRows[i/c.n])+c.bias[j], byRow[i])
		x := float64(float32(v+c.offset[j]) * c.scale[j])
		x = min(max(math.RoundToEven(x), float64(c.codes.Low)), float64(c.codes.High))
		require.Equal(t, uint8(int(x)+int(c.codes.Zero)), codes[i])
	}
}

// TestIntegerMatMul compares products of matrices that are packed as they come with their
// definition, in batches with a matrix each or one for all.
func TestIntegerMatMul(t *testing.T) {
	forEachInteger(t, func(t *testing.T, e *Engine[float32]) {
		rng := rand.New(rand.NewPCG(7, 8))
		for range 40 {
			requireMatMul(t, e, rng)
		}
	})
}

// requireMatMul compares a batch of products, all of the signs and the zero points of the first.
func requireMatMul(t *testing.T, e *Engine[float32], rng *rand.Rand) {
	m, k, n, count := 1+rng.IntN(40), 1+rng.IntN(70), 1+rng.IntN(70), 1+rng.IntN(4)
	first := newIntegerCase(rng, m, k, n)
	first.zerosB = []int32{number(uint8(rng.Uint32()), first.signedB)}
	batch := Batch{Count: count, AStep: m * k, BStep: []int{0, k * n}[rng.IntN(2)]}
	var a, b, want = first.a, first.b, first.sums()
	zeros := first.zerosA
	for range count - 1 {
		c := newIntegerCase(rng, m, k, n)
		c.signedA, c.signedB, c.zerosB = first.signedA, first.signedB, first.zerosB
		c.zerosA = first.zerosA
		if a = append(a, c.a...); len(first.zerosA) == m && m > 1 {
			zeros = append(zeros, first.zerosA...)
		}
		if batch.BStep == 0 {
			c.b = first.b
		} else {
			b = append(b, c.b...)
		}
		want = append(want, c.sums()...)
	}
	p := e.PlanIntegerMatMul(m, k, n, first.signedA, first.signedB)
	got, floats := make([]int32, len(want)), make([]float32, len(want))
	p.Run(a, b, first.zerosB[0], batch, &IntegerResult{Integers: got, Zeros: zeros})
	require.Equal(t, want, got, "%d of %d×%d×%d", count, m, n, k)
	r := &IntegerResult{Floats: floats, Zeros: zeros, Scale: first.scale, Bias: first.bias}
	p.Run(a, b, first.zerosB[0], batch, r)
	for i, v := range want {
		require.Equal(t, float32(float32(v)*first.scale[i%n])+first.bias[i%n], floats[i])
	}
	if e.ISA() == ActiveISA().Name {
		run := func() { p.Run(a, b, first.zerosB[0], batch, r) }
		require.Zero(t, testing.AllocsPerRun(2, run))
	}
}

// TestIntegerProductAllocates demands that a product allocates nothing once it has run.
func TestIntegerProductAllocates(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 2, WithTuning(Tuning{ThreadWork: 100}))
	rng := rand.New(rand.NewPCG(3, 4))
	c := newIntegerCase(rng, 33, 61, 70)
	c.zerosB = []int32{3}
	p := e.PlanIntegers(c.m, e.PackIntegers(c.b, c.k, c.n, c.signedB, c.zerosB), c.signedA)
	r := &IntegerResult{Floats: make([]float32, c.m*c.n), Zeros: c.zerosA, Scale: c.scale}
	run := func() { p.Run(c.a, r) }
	run()
	require.Zero(t, testing.AllocsPerRun(50, run))
}

// TestIntegerProductRefuses names what does not fit.
func TestIntegerProductRefuses(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 1)
	require.PanicsWithValue(t, "tensor: PackIntegers: 5 bytes and 0 zero points of 2×3 integers",
		func() { e.PackIntegers(make([]uint8, 5), 2, 3, true, nil) })
	w := e.PackIntegers(make([]uint8, 6), 2, 3, true, nil)
	require.PanicsWithValue(t, "tensor: PlanIntegers: 0 rows",
		func() { e.PlanIntegers(0, w, true) })
	p := e.PlanIntegers(2, w, true)
	require.PanicsWithValue(t, "tensor: IntegerProduct.Run: 3 integers for 2 rows of 2",
		func() { p.Run(make([]uint8, 3), &IntegerResult{}) })
	zeros := []int32{0}
	for _, r := range []*IntegerResult{
		{Integers: make([]int32, 5), Zeros: zeros},
		{Integers: make([]int32, 6)},
		{Floats: make([]float32, 6), Zeros: zeros},
		{Codes: make([]uint8, 6), Scale: make([]float32, 2), Zeros: zeros},
		{Integers: make([]int32, 6), Zeros: zeros, Offset: make([]int32, 2)},
	} {
		require.PanicsWithValue(t, "tensor: IntegerProduct.Run: results, scales or zero points of other "+
			"sizes than 2×3", func() { p.Run(make([]uint8, 4), r) })
	}
	require.PanicsWithValue(t, "tensor: PlanIntegerMatMul: 1×0 by 0×2",
		func() { e.PlanIntegerMatMul(1, 0, 2, true, true) })
	m := e.PlanIntegerMatMul(2, 2, 3, true, true)
	require.PanicsWithValue(t, "tensor: IntegerMatMul.Run: 4 and 5 integers for {Count:1 AStep:4 BStep:0} "+
		"of 2×2 by 2×3", func() {
		m.Run(make([]uint8, 4), make([]uint8, 5), 0, Batch{1, 4, 0}, &IntegerResult{})
	})
	if len(AvailableISAs()) > 1 {
		other := NewEngine[float32](&AvailableISAs()[0], 1)
		if other.ISA() != e.ISA() {
			require.Panics(t, func() { other.PlanIntegers(1, w, true) })
		}
	}
}

// TestQuantize quantises and dequantises with a sign and without, and refuses too few elements.
func TestQuantize(t *testing.T) {
	x := []float32{-300, -1, 0.5, 1.5, float32(math.NaN())}
	codes := make([]uint8, len(x))
	Quantize(codes, x, 0.5, CodeRange{Low: -100, High: 155, Zero: 100})
	require.Equal(t, []uint8{0, 98, 101, 103, 0}, codes)
	floats := make([]float32, 3)
	Dequantize(floats, []uint8{0, 98, 255}, false, 100, 0.5)
	require.Equal(t, []float32{-50, -1, 77.5}, floats)
	Dequantize(floats, []uint8{0x80, 0, 0x7F}, true, 1, 2)
	require.Equal(t, []float32{-258, -2, 252}, floats)
	low, high, ok := RangeOf(x[:4])
	require.Equal(t, []any{float32(-300), float32(1.5), true}, []any{low, high, ok})
	require.PanicsWithValue(t, "tensor: Quantize: 4 elements for a destination of 5",
		func() { Quantize(codes, x[:4], 1, CodeRange{}) })
	require.PanicsWithValue(t, "tensor: Dequantize: 2 elements for a destination of 3",
		func() { Dequantize(floats, codes[:2], true, 0, 1) })
	require.Zero(t, testing.AllocsPerRun(10, func() { Quantize(codes, x, 1, CodeRange{High: 1}) }))
}

// TestIntegerConv compares convolutions with their definition, for strides, dilations and padding
// on all sides, in one to three dimensions.
func TestIntegerConv(t *testing.T) {
	forEachInteger(t, func(t *testing.T, e *Engine[float32]) {
		rng := rand.New(rand.NewPCG(5, 6))
		for range 40 {
			requireConv(t, e, rng, randomIntegerConv(rng))
		}
		for range 8 { // of which windows reach as much as the image has, but not the image
			requireConv(t, e, rng, ConvShape{Batch: 2, Channels: 4, Filters: 3, Groups: 1,
				Size: [3]int{1, 3, 7}, Kernel: [3]int{1, 2, 3}, Stride: [3]int{1, 1, 2},
				Dilation: [3]int{1, 1, 2}, Before: [3]int{0, 0, 1}})
		}
	})
}

// randomIntegerConv returns a small convolution.
func randomIntegerConv(rng *rand.Rand) (s ConvShape) {
	for {
		s = ConvShape{Batch: 1 + rng.IntN(2), Channels: 1 + rng.IntN(9), Filters: 1 + rng.IntN(20),
			Groups: 1}
		switch rng.IntN(4) {
		case 0:
			s.Groups = 1 + rng.IntN(4)
			s.Channels, s.Filters = s.Channels*s.Groups, s.Filters*s.Groups
		case 1:
			s.Channels = []int{2, 8, 16, 32, 37, 64, 70, 160}[rng.IntN(8)]
			s.Groups, s.Filters = s.Channels, s.Channels
		}
		for d := range s.Size {
			s.Size[d], s.Kernel[d], s.Stride[d], s.Dilation[d] = 1, 1, 1, 1
			if d == 2 || rng.IntN(2) == 0 {
				s.Size[d], s.Kernel[d] = 1+rng.IntN(6), 1+rng.IntN(3)
				s.Stride[d], s.Dilation[d] = 1+rng.IntN(2), 1+rng.IntN(2)
			}
			if rng.IntN(2) == 0 {
				s.Before[d], s.After[d] = rng.IntN(3), rng.IntN(3)
			}
		}
		if _, err := s.OutputSize(); err == nil {
			return s
		}
	}
}

// filtersOf returns the columns of a case's matrix as filters, (filter, channel, tap), of which
// those of a group have their channels alone: what they have of others becomes 0 in the matrix.
func filtersOf(c *integerCase, s ConvShape) (filters []uint8) {
	taps, channels := product3(s.Kernel), s.Channels/s.Groups
	for filter := range s.Filters {
		of := filter / (s.Filters / s.Groups)
		for channel := range s.Channels {
			for tap := range taps {
				b := &c.b[(tap*s.Channels+channel)*c.n+filter]
				if channel/channels == of {
					filters = append(filters, *b)
				} else if *b = 0; len(c.zerosB) > 0 {
					*b = uint8(c.zerosB[filter%len(c.zerosB)])
				}
			}
		}
	}
	return filters
}

// requireConv compares the sums and the floats of a convolution with those of the product of its
// windows.
func requireConv(t *testing.T, e *Engine[float32], rng *rand.Rand, s ConvShape) {
	out, err := s.OutputSize()
	require.NoError(t, err)
	c := newIntegerCase(rng, s.Batch*product3(out), s.Channels*product3(s.Kernel), s.Filters)
	images := newIntegerCase(rng, 1, s.Batch*product3(s.Size)*s.Channels, 1).a
	c.zerosA = c.zerosA[:1]
	c.a = c.a[:0]
	for row := range c.m {
		at := [3]int{row / (out[1] * out[2]) % out[0], row / out[2] % out[1], row % out[2]}
		for tap := range product3(s.Kernel) {
			k := [3]int{tap / (s.Kernel[1] * s.Kernel[2]), tap / s.Kernel[2] % s.Kernel[1],
				tap % s.Kernel[2]}
			pixel, inside := row/product3(out), true
			for d := range k {
				x := at[d]*s.Stride[d] - s.Before[d] + k[d]*s.Dilation[d]
				inside = inside && 0 <= x && x < s.Size[d]
				pixel = pixel*s.Size[d] + x
			}
			for channel := range s.Channels {
				if inside {
					c.a = append(c.a, images[pixel*s.Channels+channel])
				} else {
					c.a = append(c.a, uint8(c.zerosA[0]))
				}
			}
		}
	}
	filters := filtersOf(c, s)
	w := e.PackIntegerFilters(filters, s, c.signedB, c.zerosB)
	p := e.PlanIntegerConv(s, w, c.signedA)
	got, want, floats := make([]int32, c.m*c.n), c.sums(), make([]float32, c.m*c.n)
	p.Run(images, &IntegerResult{Integers: got, Zeros: c.zerosA})
	require.Equal(t, want, got, "%+v", s)
	r := &IntegerResult{Floats: floats, Zeros: c.zerosA, Scale: c.scale}
	p.Run(images, r)
	for i, v := range want {
		require.Equal(t, float32(v)*c.scale[i%c.n], floats[i])
	}
	requireCodes(t, p, c, images, want)
	if e.ISA() == ActiveISA().Name {
		require.Zero(t, testing.AllocsPerRun(2, func() { p.Run(images, r) }))
	}
}

// requireCodes compares the codes of a convolution with those of its sums.
func requireCodes(t *testing.T, p *IntegerConv, c *integerCase, images []uint8, sums []int32) {
	got, want, floats := make([]uint8, len(sums)), make([]uint8, len(sums)), make([]float32, len(sums))
	r := &IntegerResult{Codes: got, Zeros: c.zerosA, Scale: make([]float32, c.n), Range: c.codes,
		Offset: make([]int32, c.n)}
	for j := range r.Scale {
		r.Scale[j], r.Offset[j] = c.scale[j]/100, c.offset[j]>>8
	}
	for i, v := range sums {
		floats[i] = float32(v+r.Offset[i%c.n]) * r.Scale[i%c.n]
	}
	Quantize(want, floats, 1, c.codes)
	p.Run(images, r)
	require.Equal(t, want, got, "%+v", p.shape)
	if p.weights.isa == ActiveISA().Name {
		require.Zero(t, testing.AllocsPerRun(2, func() { p.Run(images, r) }))
	}
}

// TestIntegerProductByLargeNeighbours multiplies by weights of which few neighbours are large, so
// that products that add them up in 16 bits would saturate: at no place, at some, at many.
func TestIntegerProductByLargeNeighbours(t *testing.T) {
	forEachInteger(t, func(t *testing.T, e *Engine[float32]) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, large := range []int{0, 1, 7, 400} {
			for _, k := range []int{4, 130} {
				c := newIntegerCase(rng, 1+rng.IntN(20), k, 60)
				for i := range c.a {
					c.a[i] |= uint8(-rng.IntN(2))
				}
				for i := range c.b {
					c.b[i] = uint8(rng.IntN(121) - 60)
				}
				c.signedB = true
				for range large {
					at := rng.IntN(k/2)*2*c.n + rng.IntN(c.n)
					v := []uint8{127, 0x80, 100}[rng.IntN(3)]
					c.b[at], c.b[at+c.n] = v, v
				}
				c.require(t, e)
			}
		}
	})
}

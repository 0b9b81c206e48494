package asm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// halfType is one of the types of 16 bits.
type halfType struct {
	name     string
	exponent int // bits of it
	from     func(uint16) float32
	to       func(float32) uint16
	widen    func(h *Halves) func(dst []float32, src []uint16)
	narrow   func(h *Halves) func(dst []uint16, src []float32)
	keepsNaN bool // widening keeps all bits of a NaN
}

var halfTypes = []halfType{
	{"float16", 5, FromFloat16, ToFloat16,
		func(h *Halves) func([]float32, []uint16) { return h.WidenFloat16 },
		func(h *Halves) func([]uint16, []float32) { return h.NarrowFloat16 }, false},
	{"bfloat16", 8, FromBFloat16, ToBFloat16,
		func(h *Halves) func([]float32, []uint16) { return h.WidenBFloat16 },
		func(h *Halves) func([]uint16, []float32) { return h.NarrowBFloat16 }, true},
}

// value returns the number with these bits by its definition.
func (t *halfType) value(h uint16) float64 {
	fractionBits := 15 - t.exponent
	bias := 1<<(t.exponent-1) - 1
	exponent, fraction := int(h&0x7FFF)>>fractionBits, float64(int(h)&(1<<fractionBits-1))
	var v float64
	switch {
	case exponent == 1<<t.exponent-1 && fraction != 0:
		return math.NaN()
	case exponent == 1<<t.exponent-1:
		v = math.Inf(1)
	case exponent == 0:
		v = math.Ldexp(fraction, 1-bias-fractionBits)
	default:
		v = math.Ldexp(fraction+float64(int(1)<<fractionBits), exponent-bias-fractionBits)
	}
	return math.Copysign(v, 1-2*float64(h>>15))
}

// isNaN reports whether the bits are those of a NaN.
func (t *halfType) isNaN(h uint16) bool { return math.IsNaN(t.value(h)) }

// TestHalvesByDefinition checks the pure-Go conversions at all 2¹⁶ numbers, at the numbers half-way
// between neighbours, and just beside those.
func TestHalvesByDefinition(t *testing.T) {
	for _, half := range halfTypes {
		fractionBits := 15 - half.exponent
		top := uint16(1<<15 - 1<<fractionBits) // infinity
		for i := range 1 << 16 {
			h := uint16(i)
			if half.isNaN(h) {
				requireNaN(t, &half, h)
				continue
			}
			v := half.from(h)
			require.Equal(t, math.Float64bits(half.value(h)), math.Float64bits(float64(v)), "%s %#x",
				half.name, h)
			require.Equal(t, h, half.to(v), "%s %v", half.name, v)
			if h&0x7FFF >= top {
				continue
			}
			// What lies half-way to infinity is where the next power of two would be.
			next := float64(half.from(h + 1))
			if h&0x7FFF == top-1 {
				next = float64(v) + math.Copysign(math.Ldexp(1, math.Ilogb(float64(v))-fractionBits),
					float64(v))
			}
			middle := float32((float64(v) + next) / 2)
			even := h + h&1
			require.Equal(t, even, half.to(middle), "%s %v", half.name, middle)
			require.Equal(t, h, half.to(math.Nextafter32(middle, v)), "%s below %v", half.name, middle)
			require.Equal(t, h+1, half.to(math.Nextafter32(middle, float32(next))), "%s above %v", half.name,
				middle)
		}
		for _, x := range []float32{math.MaxFloat32, float32(math.Inf(1))} {
			require.Equal(t, top, half.to(x))
			require.Equal(t, top|1<<15, half.to(-x))
		}
		require.Zero(t, half.to(math.SmallestNonzeroFloat32))
		require.Equal(t, uint16(1<<15), half.to(-math.SmallestNonzeroFloat32))
	}
}

// requireNaN checks the sign and the payload of a NaN, there and back.
func requireNaN(t *testing.T, half *halfType, h uint16) {
	fractionBits := 15 - half.exponent
	quiet := uint16(1) << (fractionBits - 1)
	wide := math.Float32bits(half.from(h))
	want := uint32(h&0x8000)<<16 | infinity | uint32(h&(1<<fractionBits-1))<<(23-fractionBits)
	if !half.keepsNaN {
		want |= 1 << 22
	}
	require.Equal(t, want, wide, "%s %#x", half.name, h)
	require.Equal(t, h|quiet, half.to(math.Float32frombits(wide|1)), "%s %#x", half.name, h)
}

// TestHalves compares the conversions of every ISA with the pure-Go ones, bit by bit and NaNs
// included, at all 2¹⁶ numbers and at float32 that are near, half-way, and random, over slices of
// every length.
func TestHalves(t *testing.T) {
	for i := range Available() {
		h := &Available()[i].Halves
		t.Run(Available()[i].Name, func(t *testing.T) {
			for _, half := range halfTypes {
				testWiden(t, &half, half.widen(h))
				testNarrow(t, &half, half.narrow(h))
			}
		})
	}
}

func testWiden(t *testing.T, half *halfType, widen func(dst []float32, src []uint16)) {
	src := make([]uint16, 1<<16)
	for i := range src {
		src[i] = uint16(i)
	}
	want, got := make([]uint32, len(src)), make([]float32, len(src))
	for i, h := range src {
		want[i] = math.Float32bits(half.from(h))
	}
	widen(got, src)
	require.Equal(t, want, wordsAt32(got), half.name)
	for n := range 70 {
		dst := make([]float32, n+1)
		widen(dst[:n], src[0x3BF0:][:n])
		require.Equal(t, append(want[0x3BF0:][:n:n], 0), wordsAt32(dst), "%s: %d elements", half.name, n)
	}
}

func testNarrow(t *testing.T, half *halfType, narrow func(dst []uint16, src []float32)) {
	var bits []uint32
	for i := range 1 << 16 {
		at := math.Float32bits(half.from(uint16(i)))
		middle := at + 1<<(half.exponent+7) // of 15 − exponent bits of fraction, of 23
		bits = append(bits, at, at-1, at+1, middle, middle-1, middle+1)
	}
	rng := rand.New(rand.NewPCG(71, 72))
	for range 1 << 16 {
		bits = append(bits, rng.Uint32())
	}
	src, want, got := make([]float32, len(bits)), make([]uint16, len(bits)), make([]uint16, len(bits))
	for i, b := range bits {
		src[i] = math.Float32frombits(b)
		want[i] = half.to(src[i])
	}
	narrow(got, src)
	require.Equal(t, want, got, half.name)
	for n := range 70 {
		dst := make([]uint16, n+1)
		narrow(dst[:n], src[1000:][:n])
		require.Equal(t, append(want[1000:][:n:n], 0), dst, "%s: %d elements", half.name, n)
	}
}

// wordsAt32 returns the bits of numbers.
func wordsAt32(x []float32) []uint32 {
	bits := make([]uint32, len(x))
	for i, v := range x {
		bits[i] = math.Float32bits(v)
	}
	return bits
}

// TestHalvesStayInside converts slices that begin or end at unreadable memory.
func TestHalvesStayInside(t *testing.T) {
	for i := range Available() {
		h := &Available()[i].Halves
		t.Run(Available()[i].Name, func(t *testing.T) {
			for _, at := range []edge{atStart, atEnd} {
				place := guardedSlices[float64](t, 2, at)
				for n := range 70 {
					wide := wordsAt[float32](place(0, (n+1)/2), n, at)
					half := wordsAt[uint16](place(1, (n+3)/4), n, at)
					for _, kind := range halfTypes {
						kind.widen(h)(wide, half)
						kind.narrow(h)(half, wide)
					}
				}
			}
		})
	}
}

// TestSweepHalves narrows all 2³² float32.
func TestSweepHalves(t *testing.T) {
	if !*sweep {
		t.Skip("asks for -sweep")
	}
	const block = 1 << 16
	src, want, got := make([]float32, block), make([]uint16, block), make([]uint16, block)
	for high := range uint32(1 << 16) {
		for i := range src {
			src[i] = math.Float32frombits(high<<16 | uint32(i))
		}
		for _, half := range halfTypes {
			for i, v := range src {
				want[i] = half.to(v)
			}
			for i := range Available() {
				if half.narrow(&Available()[i].Halves)(got, src); !slices.Equal(want, got) {
					t.Fatalf("%s in %s, among the numbers from %#x", half.name, Available()[i].Name, high<<16)
				}
			}
		}
	}
}

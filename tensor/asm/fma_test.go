package asm

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactFMA returns a·b + c rounded once to float32, by arithmetic without rounding. Operands are
// finite.
func exactFMA(a, b, c float32) float32 {
	const enough = 1000 // bits: more than from the smallest product's last bit to the largest number
	product := new(big.Float).SetPrec(enough).Mul(big.NewFloat(float64(a)), big.NewFloat(float64(b)))
	sum := new(big.Float).SetPrec(enough).Add(product, big.NewFloat(float64(c)))
	if sum.Sign() == 0 {
		// IEEE 754 alone says which zero a sum is; float64 has it, since the product is exact
		// there.
		return float32(float64(float64(a)*float64(b)) + float64(c))
	}
	rounded, _ := sum.Float32()
	return rounded
}

func requireFMA(t *testing.T, a, b, c float32) {
	if got, want := fusedMultiplyAdd(a, b, c), exactFMA(a, b, c); !same(got, want) {
		t.Fatalf("fusedMultiplyAdd(%x, %x, %x) is %x, want %x", a, b, c, got, want)
	}
}

// TestFusedMultiplyAddRoundsOnce draws operands whose sums fall on all parts of the number range,
// many next to the middle of two float32s, where a sum that was rounded to float64 first goes the
// wrong way.
func TestFusedMultiplyAddRoundsOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	number := func(low, high int) float32 {
		mantissa := 1 + float64(rng.IntN(1<<23))*0x1p-23
		if rng.IntN(4) == 0 {
			mantissa = 1 + float64(rng.IntN(4))*0x1p-23 // few bits: products and sums then hit ties
		}
		return float32(math.Ldexp(mantissa, low+rng.IntN(high-low+1)) * float64(1-2*rng.IntN(2)))
	}
	for range 100_000 {
		// Anything: overflow and underflow included.
		requireFMA(t, number(-149, 127), number(-149, 127), number(-149, 127))
		requireFMA(t, number(-10, 10), number(-10, 10), number(-30, 30))      // overlapping
		requireFMA(t, number(-75, -60), number(-75, -60), number(-149, -120)) // subnormal results
		// Around the largest number.
		requireFMA(t, number(60, 64), number(60, 64), number(120, 127))
		a, b := number(-10, 10), number(-10, 10)
		requireFMA(t, a, b, float32(-float64(a)*float64(b))) // cancellation
		// The product stands in the middle of two float32s, and c moves it by less than float64 can
		// show.
		requireFMA(t, 1+0x1p-12*float32(rng.IntN(4096)), 1+0x1p-12, number(-149, -30))
	}
}

func TestFusedMultiplyAddHardCases(t *testing.T) {
	smallest, largest := float32(math.SmallestNonzeroFloat32), float32(math.MaxFloat32)
	values := []float32{0, smallest, 2 * smallest, 3 * smallest, 0x1p-126, 0x1p-126 - smallest,
		0x1p-75, 0x1.8p-75, 0x1p-63,
		0x1p-24, 0x1p-25, 0x1.000002p-25, 1 - 0x1p-24, 1, 1 + 0x1p-23, 1 + 0x1p-12,
		3, 0x1p63, 0x1p64, largest, largest / 2, 0x1p127}
	for _, a := range values {
		for _, b := range values {
			for _, c := range values {
				for signs := range 8 {
					sign := func(v float32, bit int) float32 {
						return float32(math.Copysign(float64(v), float64(1-2*(signs>>bit&1))))
					}
					requireFMA(t, sign(a, 0), sign(b, 1), sign(c, 2))
				}
			}
		}
	}
	// 1 + 2⁻²⁴ is a tie and rounds to 1; a product just above it must round up, though the two meet
	// in float64.
	requireFMA(t, 1+0x1p-12, 1-0x1p-12, 0x1p-24+0x1p-47)
	requireFMA(t, 0x1p-40, 0x1p-40, 1+0x1p-23)
	requireFMA(t, -smallest, smallest, 0)
	requireFMA(t, smallest, smallest, 0x1.8p-149)
}

func TestFusedMultiplyAddSpecials(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct{ a, b, c, want float32 }{
		{nan, 1, 1, nan}, {1, nan, 1, nan}, {1, 1, nan, nan}, {inf, 0, 1, nan}, {0, -inf, nan, nan},
		{inf, 1, -inf, nan}, {inf, 1, inf, inf}, {inf, -1, 5, -inf}, {2, 3, -inf, -inf},
		{math.MaxFloat32, 2, -inf, -inf}, {math.MaxFloat32, math.MaxFloat32, 0, inf},
		{-math.MaxFloat32, math.MaxFloat32, 1, -inf},
	} {
		if got := fusedMultiplyAdd(c.a, c.b, c.c); !same(got, c.want) {
			t.Errorf("fusedMultiplyAdd(%v, %v, %v) is %v, want %v", c.a, c.b, c.c, got, c.want)
		}
		wide := fusedMultiplyAdd(float64(c.a), float64(c.b), float64(c.c))
		if want := math.FMA(float64(c.a), float64(c.b), float64(c.c)); !same(wide, want) {
			t.Errorf("fusedMultiplyAdd(%v, %v, %v) of float64 is %v, want %v", c.a, c.b, c.c, wide, want)
		}
	}
}

// TestFMARoundsTwice shows that generic's multiply-add rounds the product: 1 + 2⁻¹² squared
// ends in 2⁻²⁴, which float32 drops.
func TestFMARoundsTwice(t *testing.T) {
	x := float32(1 + 0x1p-12)
	if got := fma(twice, x, x, -1-0x1p-11); got != 0 {
		t.Errorf("rounded twice: %v, want 0", got)
	}
	if got := fma(once, x, x, -1-0x1p-11); got != 0x1p-24 {
		t.Errorf("rounded once: %v, want 2⁻²⁴", got)
	}
	y := 1 + 0x1p-27
	if got := fma(twice, y, y, -1-0x1p-26); got != 0 {
		t.Errorf("float64 rounded twice: %v, want 0", got)
	}
	if got := fma(once, y, y, -1-0x1p-26); got != 0x1p-54 {
		t.Errorf("float64 rounded once: %v, want 2⁻⁵⁴", got)
	}
}

package asm

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// quantActivation draws an activation of so many columns: gates and clamps of numbers about those
// of formulas, or of any size.
func quantActivation(rng *rand.Rand, cols int) *QuantActivation {
	number := func() float32 { return float32(rng.NormFloat64() * math.Exp(3*rng.NormFloat64())) }
	bias := make([]float32, cols)
	for i := range bias {
		bias[i] = number()
	}
	a := &QuantActivation{Bias: &bias[0], Before: QuantAffine{number(), number()},
		After: QuantAffine{number(), number()}, Low: float32(math.Inf(-1)), High: float32(math.Inf(1)),
		Step: float32(math.Ldexp(1+rng.Float64(), rng.IntN(121)-60)), By: 1}
	if rng.IntN(4) > 0 {
		a.Step = float32(math.Exp(rng.NormFloat64()))
	}
	switch a.Inverse = 1 / a.Step; rng.IntN(3) {
	case 0:
		a.IsGate, a.Shift, a.Low, a.High, a.By = true, 3, 0, 6, 6
	case 1:
		a.Low = 0
	}
	return a
}

func TestActivatedCodes(t *testing.T) {
	pure := quantPure()
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(13, 4))
		for n := 1; n < 131; n++ {
			for range 4 {
				r, a := quantTile(rng, 1+rng.IntN(4), n), quantActivation(rng, n)
				scale := unsafe.Slice(r.Scale, n)
				scale[rng.IntN(n)] = []float32{float32(math.NaN()), float32(math.Inf(1)), 1e30, 1}[rng.IntN(4)]
				requireSame(t, r.Rows*r.LDY, func(k *Quant, dst []uint8) { k.Activated(&dst[0], r, a) },
					&pure, q)
			}
		}
	})
}

// TestQuantizeByHalves quantises what is as near to the middle between two codes as floats are, by
// scales of all sizes, and what is far beyond all codes: the quotients are those of division.
func TestQuantizeByHalves(t *testing.T) {
	pure := quantPure()
	forEachQuant(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(14, 5))
		beyond := []float32{float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32,
			-math.MaxFloat32, float32(math.NaN()), math.SmallestNonzeroFloat32}
		for range 3000 {
			scale := float32(math.Ldexp(1+rng.Float64(), rng.IntN(250)-125))
			if rng.IntN(2) == 0 {
				scale = math.Nextafter32(float32(math.Ldexp(1, rng.IntN(20)-10)), float32(rng.IntN(3)))
			}
			r, x := codeRange(rng), append([]float32(nil), beyond...)
			for len(x) < 64 {
				middle := float32((float64(rng.IntN(520)-260) + 0.5) * float64(scale))
				x = append(x, middle, math.Nextafter32(middle, -1e30), math.Nextafter32(middle, 1e30))
			}
			want, got := make([]uint8, len(x)), make([]uint8, len(x))
			pure.Quantize(want, x, scale, &r)
			q.Quantize(got, x, scale, &r)
			require.Equal(t, want, got, "scale %v, codes %+v", scale, r)
		}
	})
}

package asm

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// worst is the largest error met: the distance of a result from the truth, in units of the last
// place there.
type worst struct{ ulps, at float64 }

func (w *worst) add(ulps, at float64) {
	if ulps > w.ulps || ulps != ulps {
		w.ulps, w.at = ulps, at
	}
}

// error32 returns the distance of got from want in units of float32's last place at want. Beyond
// the largest number the units go on as if numbers did: an infinity counts as 2¹²⁸.
func error32(got float32, want float64) float64 {
	g := float64(got)
	switch {
	case g == want || (g != g && want != want):
		return 0
	case math.IsInf(g, 0):
		g = math.Copysign(0x1p128, g)
	}
	if math.Abs(want) > 0x1p128 {
		want = math.Copysign(0x1p128, want)
	}
	exponent := max(int(math.Float64bits(want)>>52&0x7ff)-1023, -126)
	perUnit := math.Float64frombits(uint64(23-exponent+1023) << 52)
	return math.Abs(g-want) * perUnit
}

// steps32 returns how many numbers got is away from the correctly rounded want.
func steps32(got float32, want float64) int {
	rounded := float32(want)
	if got != got || rounded != rounded {
		if got != got && rounded != rounded {
			return 0
		}
		return math.MaxInt
	}
	return max(ordinal(got)-ordinal(rounded), ordinal(rounded)-ordinal(got))
}

// ordinal numbers the float32 from the lowest to the highest, with 0 for zero.
func ordinal(x float32) int {
	bits := math.Float32bits(x)
	if magnitude := int(bits &^ (1 << 31)); bits>>31 == 0 {
		return magnitude
	} else {
		return -magnitude
	}
}

// error64 is error32 for float64.
func error64(got float64, want *big.Float) float64 {
	exponent := max(want.MantExp(nil)-1, -1022)
	g := bigNew()
	switch {
	case got != got:
		return math.NaN()
	case math.IsInf(got, 0):
		g.SetMantExp(bigFloat(math.Copysign(1, got)), 1024)
	default:
		g.SetFloat64(got)
	}
	if exponent >= 1024 {
		want, exponent = bigNew().SetMantExp(bigFloat(float64(want.Sign())), 1024), 1023
	}
	difference, _ := g.SetMantExp(g.Sub(g, want), 52-exponent).Float64()
	return math.Abs(difference)
}

// limits are the errors that the contract allows, in units of the last place. The generic set
// rounds a multiply-add twice, so that what multiply-adds recover is lost: the remainder of the
// argument's reduction and the corrections of quotients.
func limits(set string) (f32, f64 float64) {
	if set == "generic" {
		return 2.5, 2.5
	}
	return 1.5, 1.5
}

// accuracy is what a series of results showed: the largest error in units of the last place, the
// largest distance from the correctly rounded result, and where.
type accuracy struct {
	worst
	steps   int
	stepsAt float32
}

// measure runs a float32 kernel on x and compares with the truth. dst is at least as long as x.
func (a *accuracy) measure(
	kernel func(dst, x []float32), truth func(x float64) float64, dst, x []float32,
) {
	kernel(dst[:len(x)], x)
	for i, v := range x {
		want := truth(float64(v))
		a.add(error32(dst[i], want), float64(v))
		if steps := steps32(dst[i], want); steps > a.steps {
			a.steps, a.stepsAt = steps, v
		}
	}
}

// TestFloat32Accuracy samples all of float32, from end to end and around the hard points. TestSweep
// does not leave any out.
func TestFloat32Accuracy(t *testing.T) {
	for _, f := range functions {
		x := f.points32()
		dst := make([]float32, len(x))
		for i := range Available() {
			set := &Available()[i]
			t.Run(f.op.String()+"/"+set.Name, func(t *testing.T) {
				limit, _ := limits(set.Name)
				var a accuracy
				a.measure(kernelOf(&set.F32, f), f.truth, dst, x)
				t.Logf("largest error %.3f ULP at %v", a.ulps, float32(a.at))
				require.LessOrEqual(t, a.ulps, limit, "at %v", float32(a.at))
				if set.Name != "generic" {
					require.LessOrEqual(t, a.steps, 1, "from the correctly rounded result, at %v", a.stepsAt)
				}
			})
		}
	}
}

// points32 returns every 21013th number and those around the hard points.
func (f function) points32() []float32 {
	var x []float32
	for bits := uint64(0); bits < 1<<32; bits += 21013 {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	for _, p := range f.points {
		for d := -200; d <= 200; d++ {
			x = append(x, math.Float32frombits(math.Float32bits(float32(p))+uint32(d)))
		}
	}
	return x
}

// TestElementarySetsAgree compares every set with reference, bit by bit, at the points of the
// accuracy tests.
func TestElementarySetsAgree(t *testing.T) {
	reference := newReference()
	for _, f := range functions {
		x32, x64 := f.points32(), f.points64()
		want32, want64 := make([]float32, len(x32)), make([]float64, len(x64))
		kernelOf(&reference.F32, f)(want32, x32)
		kernelOf(&reference.F64, f)(want64, x64)
		got32, got64 := make([]float32, len(x32)), make([]float64, len(x64))
		for i := range Available() {
			set := &Available()[i]
			if set.Name == "generic" {
				continue
			}
			kernelOf(&set.F32, f)(got32, x32)
			for i, w := range want32 {
				if !same(w, got32[i]) {
					require.Failf(t,
						"wrong element", "%s/%s(%v) is %v, want %v", f.op, set.Name, x32[i], got32[i], w)
				}
			}
			kernelOf(&set.F64, f)(got64, x64)
			for i, w := range want64 {
				if !same(w, got64[i]) {
					require.Failf(t,
						"wrong element", "%s/%s(%v) is %v, want %v", f.op, set.Name, x64[i], got64[i], w)
				}
			}
		}
	}
}

// TestFloat64Accuracy compares random and hard points with the truth in 250 bits, and with -sweep a
// hundred times as many random ones.
func TestFloat64Accuracy(t *testing.T) {
	for _, f := range functions {
		x := f.points64()
		want := make([]*big.Float, len(x))
		for i, v := range x {
			want[i] = f.precise(bigFloat(v))
		}
		for i := range Available() {
			set := &Available()[i]
			t.Run(f.op.String()+"/"+set.Name, func(t *testing.T) {
				_, limit := limits(set.Name)
				var w worst
				dst := make([]float64, len(x))
				kernelOf(&set.F64, f)(dst, x)
				for i, v := range x {
					w.add(error64(dst[i], want[i]), v)
				}
				t.Logf("largest error %.3f ULP at %v", w.ulps, w.at)
				require.LessOrEqual(t, w.ulps, limit, "at %v", w.at)
			})
		}
	}
}

// points64 returns arguments where the result is neither zero, infinite nor NaN in theory: around
// the hard points, and random ones of ordinary size, of result near the ends of the number range,
// and of any exponent.
func (f function) points64() []float64 {
	rng := rand.New(rand.NewPCG(3, 4))
	var x []float64
	add := func(v float64) {
		if f.op == Log {
			v = math.Abs(v)
		}
		if v != 0 && math.Abs(v) <= math.MaxFloat64 && (f.op == Log || math.Abs(v) < 800) {
			x = append(x, v)
		}
	}
	for _, p := range f.points {
		bits := math.Float64bits(p)
		for d := range 8 {
			add(math.Float64frombits(bits + uint64(d)))
			add(math.Float64frombits(bits - uint64(d)))
			add(p * (1 + 1e-3*rng.NormFloat64()))
			add(p * (1 + 1e-7*rng.NormFloat64()))
		}
	}
	samples := 200
	if *sweep {
		samples *= 100
	}
	for range samples {
		add(rng.NormFloat64())
		add(4 * rng.NormFloat64())
		add(20 * rng.NormFloat64())
		add(750 * (2*rng.Float64() - 1))
		add(math.Ldexp(rng.NormFloat64(), rng.IntN(2100)-1070))
	}
	return x
}

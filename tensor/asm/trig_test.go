package asm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/portable"
)

// trigPoints returns float32 of every size, and the nearest to multiples of π/2, where one of the
// two functions is as small as it gets.
func trigPoints() (x []float32) {
	for bits := uint64(0); bits < 1<<32; bits += 21013 {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	rng := rand.New(rand.NewPCG(81, 82))
	for range 20000 {
		n := math.Trunc(math.Exp2(rng.Float64() * 31))
		bits := math.Float32bits(float32(n * (math.Pi / 2)))
		for d := range uint32(3) {
			x = append(x, math.Float32frombits(bits+d-1), -math.Float32frombits(bits+d-1))
		}
	}
	return append(x, trigFar, -trigFar, math.Nextafter32(trigFar, 0),
		math.Nextafter32(trigFar, 2*trigFar))
}

// each calls f with the two functions, and what gives their results in float64.
func (k *Trig) each(f func(name string, kernel func(dst, x []float32), truth func(x float64) float64)) {
	f("sin", k.Sin, portable.Sin)
	f("cos", k.Cos, portable.Cos)
}

// TestTrigIsAccurate compares the reference with the truth.
func TestTrigIsAccurate(t *testing.T) {
	x := trigPoints()
	reference := newReference()
	reference.Trig.each(func(name string, kernel func(dst, x []float32), truth func(x float64) float64) {
		dst := make([]float32, len(x))
		kernel(dst, x)
		var w worst
		for i, v := range x {
			w.add(error32(dst[i], truth(float64(v))), float64(v))
		}
		require.LessOrEqual(t, w.ulps, 0.501, "%s(%v)", name, w.at)
		require.Greater(t, w.ulps, 0.49, name)
	})
	special := []float32{0, float32(negativeZero), float32(inf), float32(-inf), float32(nan), 0x1p-149}
	got := make([]float32, len(special))
	trigPure().Sin(got, special)
	requireSameFloats(t, []float32{0, float32(negativeZero), float32(nan), float32(nan), float32(nan),
		0x1p-149}, got)
	trigPure().Cos(got, special)
	requireSameFloats(t, []float32{1, 1, float32(nan), float32(nan), float32(nan), 1}, got)
}

func requireSameFloats(t *testing.T, want, got []float32) {
	t.Helper()
	for i, w := range want {
		require.True(t, same(w, got[i]), "element %d is %v, want %v", i, got[i], w)
	}
}

// TestTrig compares every ISA with the reference, bit by bit, at those points, over slices of every
// length, also in place and where one of the numbers is far.
func TestTrig(t *testing.T) {
	points, lengths := trigPoints(), []int{trigBlock - 1, trigBlock, trigBlock + 17}
	for n := range 70 {
		lengths = append(lengths, n)
	}
	reference := newReference()
	for i := range Available() {
		isa := &Available()[i]
		t.Run(isa.Name, func(t *testing.T) {
			wants := map[string]func(dst, x []float32){"sin": reference.Trig.Sin, "cos": reference.Trig.Cos}
			isa.Trig.each(func(name string, kernel func(dst, x []float32), _ func(x float64) float64) {
				want, got := make([]float32, len(points)), make([]float32, len(points))
				wants[name](want, points)
				kernel(got, points)
				requireSameFloats(t, want, got)
				for _, n := range lengths {
					for _, far := range []bool{false, true} {
						x := slices.Clone(points[(1<<30)/21013:][:n]) // around 2
						if far && n > 0 {
							x[n/2] = 3 * trigFar
						}
						want, got := make([]float32, n+1), make([]float32, n+1)
						wants[name](want[:n], x)
						kernel(got[:n], x)
						require.Equal(t, want, got, "%s of %d", name, n)
						kernel(x, x)
						require.Equal(t, want[:n], x, "%s of %d in place", name, n)
					}
				}
			})
		})
	}
}

// TestTrigStaysInside has slices that begin or end at unreadable memory.
func TestTrigStaysInside(t *testing.T) {
	for i := range Available() {
		for _, at := range []edge{atStart, atEnd} {
			place := guardedSlices[float32](t, 2, at)
			for n := range 70 {
				Available()[i].Trig.Sin(place(0, n), place(1, n))
				Available()[i].Trig.Cos(place(0, n), place(1, n))
			}
		}
	}
}

// TestSweepTrig compares the active ISA with the truth at all 2³² float32.
func TestSweepTrig(t *testing.T) {
	if !*sweep {
		t.Skip("asks for -sweep")
	}
	Active().Trig.each(func(name string, kernel func(dst, x []float32), truth func(x float64) float64) {
		a := function{truth: truth}.sweep(kernel)
		t.Logf("%s: largest error %.6f ULP at %v", name, a.ulps, float32(a.at))
		require.LessOrEqual(t, a.ulps, 0.501, name)
	})
}

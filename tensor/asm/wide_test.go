package asm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSumProducts compares every ISA with the reference, bit by bit: of every length, with products
// that cancel, overflow float32, and are NaN; between unreadable memory.
func TestSumProducts(t *testing.T) {
	reference := newReference()
	specials := []float32{float32(math.Inf(1)), float32(math.NaN()), math.MaxFloat32, 1e-30, 0}
	for i := range Available() {
		isa := &Available()[i]
		for _, at := range []edge{atStart, atEnd} {
			rng, place := rand.New(rand.NewPCG(1, 2)), guardedSlices[float32](t, 2, at)
			for n := range 70 {
				x, y := place(0, n), place(1, n)
				for j := range n {
					x[j], y[j] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
				}
				if n%3 == 2 {
					x[n/2] = specials[n%len(specials)]
				}
				want, got := reference.Wide.SumProducts(x, y), isa.Wide.SumProducts(x, y)
				if want != want {
					require.True(t, got != got, "%s, %d", isa.Name, n)
					continue
				}
				require.Equal(t, math.Float64bits(want), math.Float64bits(got), "%s, %d", isa.Name, n)
			}
		}
	}
}

// TestSumProductsIsWide demands that products are rounded to float32, and their sums are not.
func TestSumProductsIsWide(t *testing.T) {
	x, y := make([]float32, 40), make([]float32, 40)
	for i := range x {
		x[i], y[i] = 1+0x1p-23, 1+0x1p-23
	}
	x[3], x[17], y[17] = 0x1p30, -0x1p30, 1
	y[3] = 1
	for i := range Available() {
		got := Available()[i].Wide.SumProducts(x, y)
		require.Equal(t, 38*(1+0x1p-22), got, Available()[i].Name)
	}
}

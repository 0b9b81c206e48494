package asm

import (
	"math/rand/v2"
	"testing"
)

// TestRowByPanels is TestGemm for a row and whole groups of panels, one less and one more, at depths
// around the least that they take.
func TestRowByPanels(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testRowByPanels(t, &isa.F32, rounding(isa.Name != "generic"))
		testRowByPanels(t, &isa.F64, rounding(isa.Name != "generic"))
	})
}

func testRowByPanels[T Float](t *testing.T, kernels *Kernels[T], r rounding) {
	g := &kernels.Gemm
	rng := rand.New(rand.NewPCG(17, 18))
	for _, l := range arrangements {
		for _, n := range []int{4*g.NR - 1, 4 * g.NR, 4*g.NR + 5, 8 * g.NR, 9*g.NR + 1} {
			for _, k := range []int{15, 16, 17, 40} {
				for _, accumulate := range []bool{false, true} {
					for range 3 { // epilogues
						checkGemm(t, kernels, r, rng, l, 1, n, k, 1, accumulate)
					}
				}
			}
		}
	}
}

package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// TestIntegersChained checks that chains have all groups of the weights, that those which exceed the
// limit stand in two parts, and that weights stay words where that takes as long.
func TestIntegersChained(t *testing.T) {
	isa := *ActiveISA()
	for _, isa.Quant = range asm.Quants() {
		if isa.Quant.Chains.Mul != nil {
			break
		}
	}
	if isa.Quant.Chains.Mul == nil {
		t.Skip("no kernels here have such a product")
	}
	e, rng := NewEngine[float32](&isa, 1), rand.New(rand.NewPCG(8, 3))
	lengths := func(zero uint8, most int, large ...uint8) (four, two, one int) {
		const rows, cols = 61, 70 // 16 groups by 5 panels
		b := make([]uint8, rows*cols)
		for i := range b {
			b[i] = zero + uint8(rng.IntN(2*most+1)-most)
		}
		for i, v := range large {
			b[i/2*4*cols+i%2*cols] = v
		}
		w := e.PackIntegers(b, rows, cols, zero == 0, []int32{int32(zero)})
		if w.chains == nil {
			return 0, 0, 0
		}
		require.False(t, w.hasZeros)
		requireChains(t, w, b, zero)
		for _, l := range w.chains.lengths {
			four, two, one = four+int(l.Four), two+int(l.Two), one+int(l.One)
		}
		return four, two, one
	}
	count := func(zero uint8, most int, large ...uint8) []int {
		four, two, one := lengths(zero, most, large...)
		return []int{four, two, one}
	}
	require.Equal(t, []int{20, 0, 0}, count(0, 16))
	require.Equal(t, []int{20, 0, 0}, count(0, 0, 64, 64, 127, 0x80))
	require.Equal(t, []int{20, 0, 1}, count(0, 0, 64, 64, 64, 65))
	four, two, one := lengths(0, 32)
	require.True(t, four < 20 && two > 5 && 4*four+2*two+one == 80, "%d %d %d", four, two, one)
	four, two, one = lengths(0, 64)
	require.True(t, one > 60 && 4*four+2*two+one == 80, "%d %d %d", four, two, one)
	four, two, one = lengths(0, 66)
	require.True(t, one > 60 && 4*four+2*two+one > 80, "%d %d %d", four, two, one)
	require.Equal(t, []int{20, 0, 0}, count(70, 16))
	four, two, one = lengths(1, 1, 255, 127) // three parts of 254 and 126
	require.Equal(t, 82, 4*four+2*two+one)
	require.Equal(t, []int{0, 0, 0}, count(0, 127))
	require.Equal(t, []int{0, 0, 0}, count(128, 127))
}

// requireChains checks that the parts of each group add up to its codes, and that no lane of a chain
// exceeds the limit.
func requireChains(t *testing.T, w *Integers, b []uint8, zero uint8) {
	got, at := make([]int, w.groups()*asm.QuantGroup*len(w.sums)), 0
	for panel, l := range w.chains.lengths {
		list := w.chains.groups[l.First:]
		for _, chain := range [][2]int32{{4, l.Four}, {2, l.Two}, {1, l.One}} {
			for range chain[1] {
				sums := make([][2]int, 2*w.nr)
				for range chain[0] {
					for i := range w.nr * asm.QuantGroup {
						v := int(w.panels[at*w.nr*asm.QuantGroup+i])
						sums[i/2][0], sums[i/2][1] = sums[i/2][0]+max(v, 0), sums[i/2][1]-min(v, 0)
						k := int(list[at-int(w.chains.starts[panel])])*asm.QuantGroup + i%asm.QuantGroup
						got[k*len(w.sums)+panel*w.nr+i/asm.QuantGroup] += v
					}
					at++
				}
				for _, s := range sums {
					require.LessOrEqual(t, max(s[0], s[1]), asm.ChainLimit)
				}
			}
		}
		require.EqualValues(t, at, w.chains.starts[panel+1])
	}
	for k := range w.rows { // those of padding are compared by products
		for j := range w.cols {
			want := int(b[k*w.cols+j]) - int(zero)
			if zero == 0 {
				want = int(int8(want))
			}
			require.Equal(t, want, got[k*len(w.sums)+j], "row %d, column %d", k, j)
		}
	}
}

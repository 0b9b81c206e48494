package asm

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMulChains compares products by chains of weights at the limit with their definition, for sizes
// around the tiles, from memory that can't be read beyond.
func TestMulChains(t *testing.T) {
	for _, isa := range Quants() {
		if isa.Chains.Mul == nil {
			continue
		}
		rng := rand.New(rand.NewPCG(5, 6))
		for _, at := range []edge{atStart, atEnd} {
			place := guardedSlices[float64](t, 4, at)
			for m := 1; m < 12; m++ {
				for panels := 1; panels < 5; panels++ {
					p := newChainsProblem(rng, m, panels, isa.Chains.NR)
					l := p.ChainLayout
					a := copied(p.a, place(0, len(p.a)/8+1), at)
					b := copied(p.b, place(1, len(p.b)/8+1), at)
					l.Steps = &copied(p.steps, place(2, len(p.steps)), at)[0]
					l.Lengths = &p.lengths[0]
					n := (m-1)*l.LDC + panels*isa.Chains.NR
					c := wordsAt[int32](place(3, n), n, at)
					between := c[0]
					for i := range c {
						c[i] = between
					}
					isa.Chains.Mul(&c[0], &a[0], &b[0], &l)
					require.Equal(t, p.product(n, isa.Chains.NR, between), c, "%+v", p.lengths)
				}
			}
		}
	}
}

// chainsProblem is a product by chains.
type chainsProblem struct {
	ChainLayout
	steps   []int32
	lengths []ChainLengths
	a       []uint8
	b       []int8
}

// newChainsProblem draws panels with up to two chains of each length. In each lane of a chain either
// all weights have the sign of the limit, which they reach, or they are of both.
func newChainsProblem(rng *rand.Rand, m, panels, nr int) *chainsProblem {
	const reach = 60
	p := &chainsProblem{ChainLayout: ChainLayout{M: m, Panels: panels, LDC: panels*nr + rng.IntN(3),
		ARow: rng.IntN(70)}}
	for range panels {
		n := ChainLengths{int32(rng.IntN(3)), int32(rng.IntN(3)), int32(rng.IntN(3)),
			int32(len(p.steps))}
		p.lengths = append(p.lengths, n)
		for _, chains := range [][2]int32{{4, n.Four}, {2, n.Two}, {1, n.One}} {
			for range chains[1] {
				p.b = append(p.b, drawnChain(rng, int(chains[0]), nr)...)
				for range chains[0] {
					p.steps = append(p.steps, int32(rng.IntN(reach)))
				}
			}
		}
	}
	if len(p.steps) == 0 { // which no panel is without a chain
		return newChainsProblem(rng, m, panels, nr)
	}
	p.steps[rng.IntN(len(p.steps))] = reach
	p.a = make([]uint8, (m-1)*p.ARow+reach+QuantGroup)
	for i := range p.a {
		p.a[i] = uint8(rng.IntN(256) | 255*rng.IntN(2))
	}
	return p
}

// drawnChain draws the weights of a chain of so many groups.
func drawnChain(rng *rand.Rand, groups, nr int) []int8 {
	b := make([]int8, groups*nr*QuantGroup)
	for lane := range nr * QuantGroup / 2 {
		signs := rng.IntN(3)
		for left := [2]int{ChainLimit, ChainLimit}; left[0]+left[1] > 0; {
			i := rng.IntN(groups)*nr*QuantGroup + 2*lane + rng.IntN(2)
			sign := signs
			if signs == 2 {
				sign = rng.IntN(2)
			}
			v := min(1+rng.IntN(40), left[sign])
			if by := int(b[i]) + v*(1-2*sign); v > 0 && by == int(int8(by)) &&
				(b[i] == 0 || b[i] < 0 == (sign == 1)) {
				b[i], left[sign] = int8(by), left[sign]-v
			}
			if rng.IntN(64) == 0 {
				break
			}
		}
	}
	return b
}

// product returns C by the definition.
func (p *chainsProblem) product(n, nr int, between int32) []int32 {
	want := make([]int32, n)
	for i := range want {
		want[i] = between
	}
	first := 0
	for panel, l := range p.lengths {
		groups := int(4*l.Four + 2*l.Two + l.One)
		for i := range p.M * nr {
			row, j, sum := i/nr, i%nr, int32(0)
			for g := first; g < first+groups; g++ {
				for r := range QuantGroup {
					sum += int32(p.a[row*p.ARow+int(p.steps[g])+r]) * int32(p.b[(g*nr+j)*QuantGroup+r])
				}
			}
			want[row*p.LDC+panel*nr+j] = sum
		}
		first += groups
	}
	return want
}

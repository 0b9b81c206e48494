package asm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRuns quantises rows: halves round to even, the order of a group, and what becomes NaN or
// zero.
func TestRuns(t *testing.T) {
	x := []float32{127, -0.5, 1.5, 2.5, 3.49, -127, 0, -1.5, 100, 0, 0, 0, 0, 0, 0, 0}
	runs := make([]Run, 2)
	Runs(runs, x, 8)
	want := Run{Scale: 1, Sum: 127 + 0 + 2 + 2 + 3 - 127 + 0 - 2}
	copy(want.Codes[:], []int8{127, 2, 3, 0, 0, 2, -127, -2})
	require.Equal(t, want, runs[0])
	require.Equal(t, float32(100)/127, runs[1].Scale)
	require.EqualValues(t, 127, runs[1].Codes[0])

	nan := float32(math.NaN())
	for _, c := range []struct{ x, scale float32 }{{nan, nan}, {float32(math.Inf(-1)), nan},
		{float32(math.Copysign(0, -1)), 0}, {0x1p-121, 0}, {0x1p-119, 0x1p-119 / 127},
		{-math.MaxFloat32, math.MaxFloat32 / 127}} {
		runs := make([]Run, 1)
		Runs(runs, []float32{0, c.x, 0, 0, 0, 0, 0, 0}, 8)
		require.True(t, same(c.scale, runs[0].Scale), "%g: %g", c.x, runs[0].Scale)
	}
}

// dotsProblem is a product of rows of signed bytes by codes of four bits.
type dotsProblem struct {
	DotsLayout
	steps  int // of a run
	a      []Run
	codes  []uint8
	scales []float32
	zeros  []float32
}

func newDotsProblem(rng *rand.Rand, nr, m, blocks, runs, groups, gap int) *dotsProblem {
	p := &dotsProblem{DotsLayout: DotsLayout{M: m, LDC: nr + gap, ARow: blocks*runs + gap,
		Blocks: blocks, Runs: runs, Groups: groups}, steps: 8 * groups}
	p.codes = make([]uint8, blocks*runs*groups*4*nr)
	for i := range p.codes {
		p.codes[i] = uint8(rng.UintN(256))
	}
	p.a = make([]Run, (m-1)*p.ARow+blocks*runs)
	Runs(p.a, randomMatrix[float32](rng, len(p.a)*p.steps), p.steps)
	if rng.IntN(2) == 0 { // the largest sums there are
		for i := range p.codes {
			p.codes[i] = 0xFF
		}
		for i := range p.a {
			for k := range p.steps {
				p.a[i].Codes[k] = 127
			}
			p.a[i].Sum = float32(127 * p.steps)
		}
	}
	p.scales, p.zeros = randomMatrix[float32](rng, blocks*nr), make([]float32, nr)
	if rng.IntN(2) == 0 {
		p.zeros, p.ZeroRow = make([]float32, blocks*nr), nr
	}
	for i := range p.zeros {
		p.zeros[i] = CodeBias + float32(rng.IntN(16))
	}
	p.Scales, p.Zeros = &p.scales[0], &p.zeros[0]
	return p
}

// chain is the definition of an element: what a run adds to it.
func (p *dotsProblem) chain(r rounding, nr, i, j, run int, c float32) float32 {
	a, block := &p.a[i*p.ARow+run], run/p.Runs
	zero := p.zeros[block*p.ZeroRow+j] - CodeBias
	sum := float32(0)
	for k := range p.steps {
		at := ((run*p.Groups+k/8)*nr+j)*4 + k%8/2
		code := float32(p.codes[at] >> (k % 2 * 4) & 15)
		sum += float32((code - zero) * float32(a.Codes[k/8*8+k%2*4+k%8/2]))
	}
	return fma(r, sum, float32(a.Scale*p.scales[block*nr+j]), c)
}

// otherDots are the kernels that an ISA does without where it has better ones.
var otherDots = map[string]Dots{}

func allDots(isa *ISA) map[string]Dots {
	all := map[string]Dots{"best": isa.Dots}
	if k, ok := otherDots[isa.Name]; ok {
		all["other"] = k
	}
	return all
}

// TestDots compares the products of signed bytes by codes of four bits with their definition, the
// kernels included that an ISA does without here because it has better ones.
func TestDots(t *testing.T) {
	for _, isa := range Available() {
		r := once
		if isa.Name == "generic" {
			r = twice
		}
		for name, k := range allDots(&isa) {
			t.Run(isa.Name+"/"+name, func(t *testing.T) {
				rng, nr := rand.New(rand.NewPCG(1, 4)), isa.Compressed.NR
				for m := 1; m <= k.Rows; m++ {
					for _, groups := range []int{1, 2, 3, 4} {
						for range 8 {
							p := newDotsProblem(rng, nr, m, 1+rng.IntN(4), 1+rng.IntN(3), groups,
								rng.IntN(3))
							checkDots(t, &k, r, nr, p, rng)
						}
					}
				}
			})
		}
	}
}

func checkDots(t *testing.T, k *Dots, r rounding, nr int, p *dotsProblem, rng *rand.Rand) {
	t.Helper()
	c := randomMatrix[float32](rng, p.M*p.LDC)
	want := append([]float32(nil), c...)
	for i := range p.M {
		for j := range nr {
			for run := range p.Blocks * p.Runs {
				want[i*p.LDC+j] = p.chain(r, nr, i, j, run, want[i*p.LDC+j])
			}
		}
	}
	k.Mul(&c[0], &p.a[0], &p.codes[0], &p.DotsLayout)
	require.Equal(t, want, c, "%+v", p.DotsLayout)
}

// TestDotsStayInside multiplies operands that begin or end at unreadable memory.
func TestDotsStayInside(t *testing.T) {
	for _, isa := range Available() {
		for _, k := range allDots(&isa) {
			for _, at := range []edge{atStart, atEnd} {
				place, nr := guardedSlices[float64](t, 5, at), isa.Compressed.NR
				p := newDotsProblem(rand.New(rand.NewPCG(3, 4)), nr, k.Rows, 2, 1, 2, 0)
				a := copied(p.a, place(0, len(p.a)*5), at)
				codes := copied(p.codes, place(1, len(p.codes)/8), at)
				c := copied(make([]float32, k.Rows*p.LDC), place(2, k.Rows*p.LDC/2), at)
				p.Scales = &copied(p.scales, place(3, len(p.scales)/2), at)[0]
				p.Zeros = &copied(p.zeros, place(4, len(p.zeros)/2), at)[0]
				k.Mul(&c[0], &a[0], &codes[0], &p.DotsLayout)
			}
		}
	}
}

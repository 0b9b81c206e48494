package asm

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// compressedProblem is a product by weights of few bits: the weights as numbers, and as a kernel
// takes them.
type compressedProblem struct {
	CompressedLayout
	a       []float32   // rows, with gaps
	weights [][]float32 // of each step
	codes   []uint8
	scales  []float32
	zeros   []float32
}

// newCompressedProblem draws operands for the panels of a kernel. Halves may be any bits, NaN
// included, if special.
func newCompressedProblem(
	rng *rand.Rand, coding Coding, nr, m, blocks, block, gap int, resume, special bool,
) *compressedProblem {
	k := blocks * block
	p := &compressedProblem{CompressedLayout: CompressedLayout{M: m, LDC: nr + gap, ARow: k + gap,
		Blocks: blocks, Block: block, Resume: resume}}
	p.a = randomMatrix[float32](rng, (m-1)*p.ARow+k)
	p.codes = make([]uint8, k/coding.Group()*coding.GroupBytes()*nr)
	for i := range p.codes {
		p.codes[i] = uint8(rng.UintN(256))
	}
	if !special && !coding.Scaled() {
		for i := 1; i < len(p.codes); i += 2 {
			p.codes[i] = p.codes[i]&0x83 | 0x3C // about 1 in both
		}
	}
	if coding.Scaled() {
		p.scales = randomMatrix[float32](rng, blocks*nr)
		p.draw(rng, nr, coding)
		p.Scales, p.Zeros = &p.scales[0], &p.zeros[0]
	}
	for step := range k {
		p.weights = append(p.weights, p.step(coding, nr, step))
	}
	return p
}

// draw draws the zeros of each block, of all blocks, or of all columns.
func (p *compressedProblem) draw(rng *rand.Rand, nr int, coding Coding) {
	most, kind := 255, rng.IntN(3)
	if coding == Int4Coding {
		most = 15
	}
	p.zeros = make([]float32, nr)
	if kind == 0 {
		p.zeros, p.ZeroRow = make([]float32, p.Blocks*nr), nr
	}
	one := CodeBias + float32(rng.IntN(most+1))
	if rng.IntN(2) == 0 {
		one = CodeBias + float32(most/2+1) // the middle, which has a faster way
	}
	for i := range p.zeros {
		if p.zeros[i] = one; kind < 2 {
			p.zeros[i] = CodeBias + float32(rng.IntN(most+1))
		}
	}
	p.Uniform = kind == 2
}

// step returns the weights of a step by their definition.
func (p *compressedProblem) step(coding Coding, nr, step int) []float32 {
	w := make([]float32, nr)
	at := p.codes[step/coding.Group()*coding.GroupBytes()*nr:]
	for j := range w {
		switch coding {
		case BFloat16Coding:
			w[j] = FromBFloat16(uint16(at[2*j]) + 256*uint16(at[2*j+1]))
		case Float16Coding:
			w[j] = FromFloat16(uint16(at[2*j]) + 256*uint16(at[2*j+1]))
		case Int8Coding:
			w[j] = float32(at[j])
		case Int4Coding:
			w[j] = float32(at[4*j+step%8/2] >> (step % 2 * 4) & 15)
		}
		if block := step / p.Block; coding.Scaled() {
			w[j] = float32((w[j] - (p.zeros[block*p.ZeroRow+j] - CodeBias)) * p.scales[block*nr+j])
		}
	}
	return w
}

// TestCompressed compares the products by weights of few bits with chains over these weights as
// float32, for all numbers of rows, blocks of one and several groups, and with gaps between rows.
func TestCompressed(t *testing.T) {
	for _, isa := range Available() {
		r := once
		if isa.Name == "generic" {
			r = twice
		}
		for coding := range Codings {
			t.Run(isa.Name+"/"+coding.String(), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, uint64(coding)))
				for m := 1; m <= isa.Compressed.Rows; m++ {
					for _, groups := range []int{1, 2, 3, 16} {
						for _, blocks := range []int{1, 2, 5} {
							k, resume, special := &isa.Compressed, rng.IntN(2) == 0, rng.IntN(4) == 0
							p := newCompressedProblem(rng, coding, k.NR, m, blocks,
								groups*coding.Group(), rng.IntN(3), resume, special)
							checkCompressed(t, k, r, coding, p, rng)
						}
					}
				}
			})
		}
	}
}

func checkCompressed(
	t *testing.T, k *Compressed, r rounding, coding Coding, p *compressedProblem, rng *rand.Rand,
) {
	t.Helper()
	c := randomMatrix[float32](rng, p.M*p.LDC)
	want := append([]float32(nil), c...)
	for i := range p.M {
		for j := range k.NR {
			sum := float32(0)
			if p.Resume {
				sum = c[i*p.LDC+j]
			}
			for step, w := range p.weights {
				sum = fma(r, p.a[i*p.ARow+step], w[j], sum)
			}
			want[i*p.LDC+j] = sum
		}
	}
	k.Mul[coding](&c[0], &p.a[0], &p.codes[0], &p.CompressedLayout)
	for i, v := range want {
		if !same(c[i], v) {
			require.Equal(t, v, c[i], "element %d of %+v", i, p.CompressedLayout)
		}
	}
}

// TestCompressedWeights compares the weights that are stored with their definition.
func TestCompressedWeights(t *testing.T) {
	for _, isa := range Available() {
		for coding := range Codings {
			rng := rand.New(rand.NewPCG(5, uint64(coding)))
			k := &isa.Compressed
			for _, groups := range []int{1, 3} {
				block := groups * coding.Group()
				p := newCompressedProblem(rng, coding, k.NR, 1, 2, block, 3, true, true)
				p.M = 0
				c := make([]float32, len(p.weights)*p.LDC)
				k.Mul[coding](&c[0], &p.a[0], &p.codes[0], &p.CompressedLayout)
				for step, want := range p.weights {
					for j, w := range want {
						require.True(t, same(w, c[step*p.LDC+j]), "%s %v", isa.Name, coding)
					}
					require.Equal(t, []float32{0, 0, 0}, c[step*p.LDC+k.NR:][:3])
				}
			}
		}
	}
}

// TestCompressedPairs compares products of one row by two panels of halves with those by either.
func TestCompressedPairs(t *testing.T) {
	for _, isa := range Available() {
		k := &isa.Compressed
		for _, coding := range []Coding{BFloat16Coding, Float16Coding} {
			if !k.Pairs {
				continue
			}
			rng := rand.New(rand.NewPCG(4, uint64(coding)))
			place := guardedSlices[float64](t, 1, atEnd)
			for steps := 1; steps < 40; steps++ {
				resume := rng.IntN(2) == 0
				p := newCompressedProblem(rng, coding, 2*k.NR, 1, 1, steps, 0, resume, false)
				size, gap := steps*k.NR*coding.GroupBytes(), 4*rng.IntN(3)
				n := 2*size + gap
				codes := wordsAt[uint8](place(0, n/8+1), n, atEnd)
				copy(codes, p.codes[:size])
				copy(codes[size+gap:], p.codes[size:])
				c := randomMatrix[float32](rng, 2*k.NR+1)
				want := append([]float32(nil), c...)
				k.Mul[coding](&want[0], &p.a[0], &codes[0], &p.CompressedLayout)
				k.Mul[coding](&want[k.NR], &p.a[0], &codes[size+gap], &p.CompressedLayout)
				p.Beside = size + gap
				k.Mul[coding](&c[0], &p.a[0], &codes[0], &p.CompressedLayout)
				require.Equal(t, want, c, "%s %v %d", isa.Name, coding, steps)
			}
		}
	}
}

// TestCompressedStaysInside multiplies operands that begin or end at unreadable memory.
func TestCompressedStaysInside(t *testing.T) {
	for _, isa := range Available() {
		k := &isa.Compressed
		for _, at := range []edge{atStart, atEnd} {
			place := guardedSlices[float64](t, 5, at)
			for coding := range Codings {
				rng := rand.New(rand.NewPCG(3, uint64(coding)))
				group := coding.Group()
				for m := range 2 * k.Rows { // some of them with the middle for all zeros
					m = m/2 + 1
					p := newCompressedProblem(rng, coding, k.NR, m, 2, group, 0, true, false)
					a := copied(p.a, place(0, len(p.a)/2+1), at)
					codes := copied(p.codes, place(1, len(p.codes)/8+1), at)
					c := copied(randomMatrix[float32](rng, m*p.LDC), place(2, m*p.LDC), at)
					if coding.Scaled() {
						p.Scales = &copied(p.scales, place(3, len(p.scales)), at)[0]
						p.Zeros = &copied(p.zeros, place(4, len(p.zeros)), at)[0]
					}
					k.Mul[coding](&c[0], &a[0], &codes[0], &p.CompressedLayout)
				}
			}
		}
	}
}

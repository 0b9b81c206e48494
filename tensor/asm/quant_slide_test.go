package asm

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestQuantSlide compares columns with the bytes that they are made of, and codes of windows with
// those of sums by their definition, for sizes around the tiles, from memory that ends where the last
// pixel does.
func TestQuantSlide(t *testing.T) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		if q.Slide.Mul == nil {
			t.Skip("it has none")
		}
		rng := rand.New(rand.NewPCG(7, 7))
		place := guardedSlices[float64](t, QuantGroup, atEnd)
		for m := 1; m < 17; m++ {
			for _, more := range []int{0, 1, 5, q.Slide.NR, 2*q.Slide.NR + 1} {
				p := newSlideProblem(rng, &q.Slide, m, q.Slide.NR+more)
				for r := range p.rows {
					p.bytes[r] = copied(p.bytes[r], place(r, len(p.bytes[r])/8+1), atEnd)
					p.rows[r] = &p.bytes[r][0]
				}
				if rng.IntN(2) == 0 {
					p.rows[3] = nil
				}
				p.requireColumns(t, q)
				p.requireCodes(t, rng, q)
			}
		}
	})
}

// slideProblem is a row of windows.
type slideProblem struct {
	QuantWindows
	rows    [QuantGroup]*uint8
	bytes   [QuantGroup][]uint8
	columns []uint8
	steps   []int32
	weights []int8
	first   []int // channels of the panels
}

func newSlideProblem(rng *rand.Rand, k *QuantSlide, m, channels int) *slideProblem {
	column := k.NR * QuantGroup
	p := &slideProblem{QuantWindows: QuantWindows{Channels: channels, Pixels: 3 + rng.IntN(9),
		Pixel: channels + rng.IntN(3), M: m, Stride: column * (1 + rng.IntN(2)), Groups: 1 + rng.IntN(4),
		Flip: uint8(128 * rng.IntN(2))}}
	for c := 0; c < channels; c += k.NR {
		p.first = append(p.first, min(c, channels-k.NR))
	}
	for range p.Groups {
		p.steps = append(p.steps, int32(column*rng.IntN(3)))
	}
	p.Steps = &p.steps[0]
	p.Panel = max(p.Pixels*column, (m-1)*p.Stride+3*column)
	p.columns = make([]uint8, len(p.first)*p.Panel)
	for r := range p.bytes {
		p.bytes[r] = make([]uint8, (p.Pixels-1)*p.Pixel+channels)
		for i := range p.bytes[r] {
			p.bytes[r][i] = uint8(rng.Uint32())
		}
	}
	p.weights = make([]int8, len(p.first)*p.Groups*column)
	for i := range p.weights {
		p.weights[i] = int8(rng.Uint32())
	}
	return p
}

// requireColumns compares what is interleaved with its definition.
func (p *slideProblem) requireColumns(t *testing.T, q *Quant) {
	k := &q.Slide
	k.Interleave(&p.columns[0], &p.rows, &p.QuantWindows)
	for panel, first := range p.first {
		for i := range p.Pixels * k.NR {
			j := i % k.NR
			column := p.columns[panel*p.Panel+(i-j+k.Place(j))*QuantGroup:]
			for r, row := range p.rows {
				if row != nil {
					require.Equal(t, p.bytes[r][i/k.NR*p.Pixel+first+j]^p.Flip, column[r], "%+v", p.QuantWindows)
				}
			}
		}
	}
}

// requireCodes compares sums of drawn columns and their codes with what they are by definition.
func (p *slideProblem) requireCodes(t *testing.T, rng *rand.Rand, q *Quant) {
	k, pure := &q.Slide, quantPure()
	for i := range p.columns {
		p.columns[i] = uint8(rng.IntN(256) | 255*rng.IntN(2))
	}
	r := quantTile(rng, p.M, p.Channels)
	r.LDX = p.Channels
	scale := unsafe.Slice(r.Scale, p.Channels)
	scale[rng.IntN(p.Channels)] = float32(math.NaN())
	scale[rng.IntN(p.Channels)] = float32(math.Inf(1))
	sums := make([]int32, p.M*p.Channels)
	for panel, first := range p.first {
		for i := range p.M * k.NR {
			j, at := i%k.NR, i/k.NR*p.Channels+first+i%k.NR
			sums[at] = 0
			for g, step := range p.steps {
				column := p.columns[panel*p.Panel+i/k.NR*p.Stride+int(step)+k.Place(j)*QuantGroup:]
				weights := p.weights[((panel*p.Groups+g)*k.NR+k.Place(j))*QuantGroup:]
				for r := range QuantGroup {
					sums[at] += int32(column[r]) * int32(weights[r])
				}
			}
		}
	}
	r.X = &make([]int32, len(sums))[0]
	k.Mul(&p.columns[0], &p.weights[0], &p.QuantWindows, r)
	require.Equal(t, sums, unsafe.Slice(r.X, len(sums)), "%+v", p.QuantWindows)
	want, got := make([]uint8, p.M*r.LDY), make([]uint8, p.M*r.LDY)
	pure.Codes(&want[0], r)
	r.X = nil
	k.MulCodes(&got[0], &p.columns[0], &p.weights[0], &p.QuantWindows, r)
	require.Equal(t, want, got, "%+v", p.QuantWindows)
}

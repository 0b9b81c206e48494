package asm

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// forEachTiles runs f for all kernels of integers that have tiles here.
func forEachTiles(t *testing.T, f func(t *testing.T, q *Quant)) {
	forEachQuant(t, func(t *testing.T, q *Quant) {
		if q.Tiles.Mul == nil {
			t.Skip("it has none")
		}
		f(t, q)
	})
}

// newTilesProblem draws a product for tiles.
func newTilesProblem(q *Quant, rng *rand.Rand, m, panels, gap int) *quantProblem {
	run := 1 + rng.IntN(q.Tiles.Depth/QuantGroup)
	if rng.IntN(2) == 0 {
		run = q.Tiles.Depth / QuantGroup
	}
	l := QuantLayout{M: m, Groups: run * (1 + rng.IntN(4)), Panels: panels, Run: run,
		Beside: q.Beside, Signed: rng.IntN(2) == 0}
	if lines := 1 + rng.IntN(7); m%lines == 0 && rng.IntN(2) == 0 {
		l.Width = m / lines
	}
	return newRunsProblem(q, rng, l, gap, rng.IntN(2) == 0)
}

// TestMulTiles compares the products by tiles with their definition, for sizes around the tiles, of
// some rows and of more than one call takes, and looks at what lies between C's rows.
func TestMulTiles(t *testing.T) {
	forEachTiles(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(13, 1))
		for _, m := range append(upTo(70), 511, 512, 513, 660, 1030, 1200) {
			for panels := 1; panels < 11; panels++ {
				if !drawn(rng, 4) {
					continue
				}
				p := newTilesProblem(q, rng, m, panels, rng.IntN(4))
				c := make([]int32, (m-1)*p.LDC+panels*q.NR+3)
				for i := range c {
					c[i] = 7
				}
				q.Tiles.Mul(&c[0], &p.codes[0], &p.panel[0], &p.QuantLayout)
				p.require(t, c, 7)
			}
		}
	})
}

// upTo returns the numbers from 1 to n.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// TestMulTilesStaysInside multiplies operands that begin or end at unreadable memory.
func TestMulTilesStaysInside(t *testing.T) {
	forEachTiles(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(13, 2))
		for _, at := range []edge{atStart, atEnd} {
			place := guardedSlices[float64](t, 4, at)
			for m := 1; m < 40; m++ {
				p := newTilesProblem(q, rng, m, 1+rng.IntN(6), 0)
				a := copied(p.codes, place(0, len(p.codes)/8+1), at)
				b := copied(p.panel, place(1, len(p.panel)/8+1), at)
				p.Steps = &copied(p.steps, place(2, len(p.steps)), at)[0]
				n := (m-1)*p.LDC + p.Panels*q.NR
				c := wordsAt[int32](place(3, n), n, at)
				q.Tiles.Mul(&c[0], &a[0], &b[0], &p.QuantLayout)
				p.require(t, c, 0)
			}
		}
	})
}

// TestTilesResults compares results of products by tiles with those of the stored sums, and looks
// that what is behind the columns stays as it is.
func TestTilesResults(t *testing.T) {
	forEachTiles(t, func(t *testing.T, q *Quant) {
		rng := rand.New(rand.NewPCG(13, 3))
		for m := 1; m < 70; m++ {
			for panels := 1; panels < 7; panels++ {
				p := newTilesProblem(q, rng, m, panels, 0)
				r := quantTile(rng, m, panels*q.NR)
				if rng.IntN(2) == 0 {
					r.Cols -= rng.IntN(q.NR)
				}
				r.LDX, r.X = p.LDC, &make([]int32, m*p.LDC)[0]
				for r.Result = range QuantFloats + 1 {
					want, got := make([]uint32, m*r.LDY), make([]uint32, m*r.LDY)
					q.Tiles.Mul(r.X, &p.codes[0], &p.panel[0], &p.QuantLayout)
					q.Tile(unsafe.Pointer(&want[0]), r)
					q.Tiles.MulTile(unsafe.Pointer(&got[0]), &p.codes[0], &p.panel[0], &p.QuantLayout, r)
					require.Equal(t, want, got, "%+v %+v", p.QuantLayout, r)
				}
			}
		}
	})
}

package tree

import (
	"math"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// treesAtOnce is how many trees one row is walked through before their leaves are added.
const treesAtOnce = 256

// stretch is some trees that one row is walked through at once, and again the last of them up to a
// multiple of lanes: their roots, what is compared at once of each, and how many steps there are
// from there to the first leaf.
type stretch[C tensor.Float] struct {
	trees []walk
	roots []int32
	least int
	tops  asm.TreeTops[C]
}

// stretches cuts the trees into stretches.
func (c *compiler[T, C]) stretches() {
	c.topped = c.kernels.Tops != nil && len(c.columns) < asm.TopColumns &&
		len(c.ensemble.Nodes) >= fewNodes*len(c.trees)
	c.beyond = !c.topped
	for first := 0; first < len(c.trees); first += treesAtOnce {
		s := stretch[C]{trees: c.trees[first:min(first+treesAtOnce, len(c.trees))], least: math.MaxInt}
		padded := (len(s.trees) + lanes - 1) &^ (lanes - 1)
		if c.topped {
			s.tops = asm.MakeTreeTops[C](padded)
		}
		for i := range padded {
			w := &s.trees[min(i, len(s.trees)-1)]
			s.roots, s.least = append(s.roots, w.root), min(s.least, int(w.least))
			if c.topped {
				c.top(&s.tops, i, int(w.root))
			}
		}
		if c.topped && c.kernels.Rank != nil {
			c.kernels.Rank(&s.tops)
		}
		if c.topped {
			s.least = max(s.least-asm.TopLevels, 0)
		}
		c.row = append(c.row, s)
	}
}

// fewNodes is how many nodes trees have, on average, from which on tops pay: one takes as long as a
// walk of two or three steps.
const fewNodes = 7

// top sets the top of tree t, whose root is at a place.
func (c *compiler[T, C]) top(tops *asm.TreeTops[C], t, root int) {
	c.block(tops.Upper, t, 0, root, func(exit, at int) {
		c.block(tops.Lower, asm.BlockExits*t+exit, 0, at, func(exit2, at int) {
			tops.Exits[asm.TopExits*t+asm.BlockExits*exit+exit2] = int32(at)
			c.beyond = c.beyond || c.list[at].Delta > 0
		})
	})
}

// block sets a node of a block, and those below it, to what is at a place, and calls a function for
// what is at each of the block's exits.
func (c *compiler[T, C]) block(b asm.TreeBlocks[C], block, node, place int,
	below func(exit, place int)) {
	if node >= asm.BlockExits-1 {
		below(node-(asm.BlockExits-1), place)
		return
	}
	at := c.list[place]
	low, high, value := place+at.Delta, place+at.Delta+1, C(at.Value)
	if at.Delta == 0 { // of a leaf: nothing is greater
		high, value = place, C(math.Inf(1))
	}
	b.Values[asm.BlockExits*block+node] = value
	b.Columns[asm.BlockExits*block+node] = uint8(at.Column)
	c.block(b, block, 2*node+1, low, below)
	c.block(b, block, 2*node+2, high, below)
}

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
			n := padded * asm.TopNodes
			s.tops = asm.TreeTops[C]{Values: make([]C, n), Columns: make([]uint8, n),
				Exits: make([]int32, n)}
		}
		for i := range padded {
			w := &s.trees[min(i, len(s.trees)-1)]
			s.roots, s.least = append(s.roots, w.root), min(s.least, int(w.least))
			if c.topped {
				c.top(&s, i, 1, int(w.root))
			}
		}
		if c.topped {
			s.least = max(s.least-asm.TopLevels, 0)
		}
		c.row = append(c.row, s)
	}
}

// fewNodes is how many nodes trees have, on average, from which on tops pay: one takes as long as a
// walk of four steps.
const fewNodes = 15

// top sets a node of tree t's top, and what is below it, to what is at a place.
func (c *compiler[T, C]) top(s *stretch[C], t, node, place int) {
	at := c.list[place]
	if node >= asm.TopNodes {
		s.tops.Exits[asm.TopNodes*(t-1)+node] = int32(place)
		c.beyond = c.beyond || at.Delta > 0
		return
	}
	low, high, value := place+at.Delta, place+at.Delta+1, C(at.Value)
	if at.Delta == 0 { // of a leaf: nothing is greater
		high, value = place, C(math.Inf(1))
	}
	s.tops.Values[asm.TopNodes*t+node] = value
	s.tops.Columns[asm.TopNodes*t+asm.TopColumn(node)] = uint8(at.Column)
	c.top(s, t, 2*node, low)
	c.top(s, t, 2*node+1, high)
}

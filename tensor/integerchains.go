package tensor

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"simdnn/tensor/asm"
)

// integerChains says which groups panels have: those of the matrix in an order in which as many as
// possible stand in chains, and some in two parts, since the product that they are for would
// saturate else.
type integerChains struct {
	starts  []int32 // of each panel among the groups of all, and the end
	groups  []int32 // which one of the matrix each is of, in lists that panels share
	lengths []asm.ChainLengths
}

// What chains cost: instructions that multiply, and what those of words would be that took as long.
const (
	chainCost4 = 5
	chainCost2 = 3
	chainCost1 = 2
	wordCost   = 2.7 // of a group
)

// leastChained is how many panels have to pay together: making chains takes time, which is not spent
// on others where the first ones don't.
const leastChained = 8

// chainPart is a group of a panel, or a part of it.
type chainPart struct {
	group int32
	codes int32 // where they begin among those of the parts
}

// openChains is the number of chains that groups are tried to be added to.
const openChains = 6

// chainBuilder puts the groups of a panel in chains.
type chainBuilder struct {
	nr      int
	isRow   []bool  // of each step of K, unless it is padding
	numbers []int16 // of a group, less zero points
	codes   []int8  // of the parts
	open    []openChain
	done    [5][]chainPart // chains of so many groups
	sums    []uint64
}

// openChain is a chain that may get more groups, and its lanes' sums: of each eight codes those above
// 0, then the magnitudes of those below, in 16 bits each.
type openChain struct {
	parts []chainPart
	sums  []uint64
}

func newChainBuilder(w *Integers) *chainBuilder {
	b := &chainBuilder{nr: w.nr, isRow: make([]bool, w.depth()),
		numbers: make([]int16, w.nr*asm.QuantGroup), open: make([]openChain, openChains),
		sums: make([]uint64, w.nr)}
	for i := range b.open {
		b.open[i].sums = make([]uint64, w.nr)
	}
	b.open = b.open[:0]
	for k := range w.rows {
		b.isRow[k/w.run*w.padded()+k%w.run] = true
	}
	return b
}

// chainGroups makes panels of chains, of integers less their zero points, which are 0 then. It
// reports whether that pays.
func (w *Integers) chainGroups() bool {
	n := len(w.sums) / w.nr
	c := &integerChains{starts: []int32{0}}
	b := newChainBuilder(w)
	panels := make([]int8, 0, len(w.panels)+len(w.panels)/8) // some groups have two parts
	lists := map[string]int32{}
	cost := 0
	for panel := range n {
		b.build(w.panels[panel*w.nr*w.depth():][:w.nr*w.depth()], w.zeros[panel*w.nr:][:w.nr])
		l := b.lengths()
		cost += chainCost4*int(l.Four) + chainCost2*int(l.Two) + chainCost1*int(l.One)
		seen := max(panel+1, min(n, leastChained))
		if float64(cost) > wordCost*float64(seen*w.groups()) {
			return false
		}
		first := len(c.groups)
		for _, length := range []int{4, 2, 1} {
			for _, part := range b.done[length] {
				panels = append(panels, b.codes[part.codes:][:w.nr*asm.QuantGroup]...)
				c.groups = append(c.groups, part.group)
			}
		}
		c.starts = append(c.starts, c.starts[panel]+int32(len(c.groups)-first))
		list := string(unsafe.Slice((*byte)(unsafe.Pointer(&c.groups[first])), 4*(len(c.groups)-first)))
		if at, ok := lists[list]; ok { // which is read less often from memory
			c.groups, first = c.groups[:first], int(at)
		}
		lists[list], l.First = int32(first), int32(first)
		c.lengths = append(c.lengths, l)
	}
	w.panels, w.chains, w.hasZeros = alignedSlice[int8](len(panels)), c, false
	copy(w.panels, panels)
	clear(w.zeros)
	return true
}

// lengths returns the numbers of chains.
func (b *chainBuilder) lengths() asm.ChainLengths {
	return asm.ChainLengths{Four: int32(len(b.done[4]) / 4), Two: int32(len(b.done[2]) / 2),
		One: int32(len(b.done[1]))}
}

// build makes chains of a panel.
func (b *chainBuilder) build(panel []int8, zeros []int32) {
	b.codes = b.codes[:0]
	for i := range b.done {
		b.done[i] = b.done[i][:0]
	}
	bytes := b.nr * asm.QuantGroup
	hasZeros := slices.ContainsFunc(zeros, func(v int32) bool { return v != 0 })
	for at := 0; at < len(panel); at += bytes {
		group := int32(at / bytes)
		if !hasZeros {
			if b.laneSums(panel[at:][:bytes]); fitChain(b.sums, nil) {
				b.add(b.part(group, panel[at:][:bytes]))
				continue
			}
		}
		for i, v := range panel[at:][:bytes] {
			b.numbers[i] = 0
			if b.isRow[int(group)*asm.QuantGroup+i%asm.QuantGroup] {
				b.numbers[i] = int16(v) - int16(zeros[i/asm.QuantGroup])
			}
		}
		for isMore := true; isMore; {
			part := b.part(group, nil)
			codes := b.codes[part.codes:]
			isMore = takeWithin(codes, b.numbers)
			b.laneSums(codes)
			b.add(part)
		}
	}
	for len(b.open) > 0 {
		b.closeChain(len(b.open) - 1)
	}
}

// part returns one with these codes, or with zeros.
func (b *chainBuilder) part(group int32, codes []int8) chainPart {
	p := chainPart{group, int32(len(b.codes))}
	if codes == nil {
		b.codes = append(b.codes, make([]int8, b.nr*asm.QuantGroup)...)
	}
	b.codes = append(b.codes, codes...)
	return p
}

// takeWithin moves as much of numbers to codes as pairs may have, and reports whether there is more.
func takeWithin(codes []int8, numbers []int16) (isMore bool) {
	for i := 0; i < len(codes); i += 2 {
		x := min(max(numbers[i], -asm.ChainLimit), asm.ChainLimit-1)
		low, high := -asm.ChainLimit-min(x, 0), asm.ChainLimit-max(x, 0)
		y := min(max(numbers[i+1], low), high, asm.ChainLimit-1)
		codes[i], codes[i+1] = int8(x), int8(y)
		numbers[i] -= x
		numbers[i+1] -= y
		isMore = isMore || numbers[i]|numbers[i+1] != 0
	}
	return isMore
}

// laneSums sets the sums to those of a group.
func (b *chainBuilder) laneSums(codes []int8) {
	const lowest, lanes = 0x0101010101010101, 0x00ff00ff00ff00ff
	bytes := unsafe.Slice((*uint8)(unsafe.Pointer(&codes[0])), len(codes))
	for i := 0; i < len(b.sums); i += 2 {
		v := binary.LittleEndian.Uint64(bytes[4*i:])
		below := v >> 7 & lowest * 255 // the bytes below 0
		above := v &^ below
		magnitudes := ^v&below + below&lowest
		b.sums[i] = above&lanes + above>>8&lanes
		b.sums[i+1] = magnitudes&lanes + magnitudes>>8&lanes
	}
}

// fitChain reports whether lanes' sums are within the limit together.
func fitChain(x, y []uint64) bool {
	const lanes = 0x0001000100010001
	var over uint64
	for i, v := range x {
		if y != nil {
			v += y[i]
		}
		over |= v + lanes*(0x7fff-asm.ChainLimit)
	}
	return over&(lanes<<15) == 0
}

// add puts a part, whose sums there are, in the first chain that can take it.
func (b *chainBuilder) add(part chainPart) {
	for i := range b.open {
		c := &b.open[i]
		if !fitChain(c.sums, b.sums) {
			continue
		}
		for j, v := range b.sums {
			c.sums[j] += v
		}
		if c.parts = append(c.parts, part); len(c.parts) == 4 {
			b.closeChain(i)
		}
		return
	}
	if len(b.open) == openChains {
		b.closeChain(0)
	}
	b.open = b.open[:len(b.open)+1]
	c := &b.open[len(b.open)-1]
	c.parts = append(c.parts[:0], part)
	copy(c.sums, b.sums)
}

// closeChain puts a chain among those of its length; one of three becomes two.
func (b *chainBuilder) closeChain(i int) {
	c := b.open[i]
	copy(b.open[i:], b.open[i+1:])
	b.open[len(b.open)-1] = c // whose memory the next one has
	b.open = b.open[:len(b.open)-1]
	parts := c.parts
	if len(parts) == 3 {
		b.done[1] = append(b.done[1], parts[2])
		parts = parts[:2]
	}
	b.done[len(parts)] = append(b.done[len(parts)], parts...)
}

// layout returns that of some panels, whose groups are at these places.
func (c *integerChains) layout(first, last int, steps []int32) asm.ChainLayout {
	return asm.ChainLayout{Panels: last - first, Steps: &steps[0], Lengths: &c.lengths[first]}
}

// steps returns the places of the groups of all lists, of those of a matrix.
func (c *integerChains) steps(of []int32) []int32 {
	steps := make([]int32, len(c.groups))
	for i, group := range c.groups {
		steps[i] = of[group]
	}
	return steps
}

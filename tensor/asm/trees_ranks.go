package asm

import "math"

// RankedTrees is how many trees [TreeRanks] take together: a byte each, in four registers of AVX2.
const RankedTrees = 128

// rankLanes is what the numbers of values of a column are multiples of.
const rankLanes = 8

// TreeRanks are the upper blocks of trees by column, in groups of RankedTrees trees: the values in
// ascending order that nodes compare with it, and for every number of values that a column is
// greater than, its rank, which nodes of which trees it is greater than. So the nodes of all trees
// that ask for a column cost one search in a list, and one row of bits.
type TreeRanks struct {
	// Columns are those of a group that nodes ask for, then one of no value.
	Columns []RankedColumn
	Values  []float32 // of columns, each filled up with +∞ to a multiple of rankLanes
	Ways    []uint8   // of columns, a row for each rank: bit i of a tree's byte is for its node i
}

// RankedColumn is the number of a column, how often its values fill rankLanes, and how many bytes
// its ways take.
type RankedColumn struct{ Column, Fills, Bytes int32 }

// rankTops is [Trees.Rank].
func rankTops(t *TreeTops[float32]) {
	t.Ranks = TreeRanks{}
	trees := len(t.Upper.Values) / BlockExits
	for first := 0; first < trees; first += RankedTrees {
		for column := range TopColumns {
			t.Ranks.add(t.Upper, column, first*BlockExits, min(first+RankedTrees, trees)*BlockExits)
		}
		t.Ranks.Columns = append(t.Ranks.Columns, RankedColumn{})
	}
}

// add adds a column that nodes of a range of blocks ask for.
func (r *TreeRanks) add(b TreeBlocks[float32], column, first, end int) {
	var nodes []int // in the order of their values: there are some dozens
	for i := first; i < end; i++ {
		if int(b.Columns[i]) != column || !(b.Values[i] < float32(math.Inf(1))) {
			continue // nothing is greater than the value of a leaf
		}
		nodes = append(nodes, i)
		for at := len(nodes) - 1; at > 0 && b.Values[nodes[at-1]] > b.Values[i]; at-- {
			nodes[at], nodes[at-1] = nodes[at-1], i
		}
	}
	if len(nodes) == 0 {
		return
	}
	fills, bytes := (len(nodes)+rankLanes-1)/rankLanes, (len(nodes)+1)*RankedTrees
	r.Columns = append(r.Columns, RankedColumn{int32(column), int32(fills), int32(bytes)})
	r.Values = append(r.Values, make([]float32, fills*rankLanes)...)
	r.Ways = append(r.Ways, make([]uint8, bytes)...)
	values, ways := r.Values[len(r.Values)-fills*rankLanes:], r.Ways[len(r.Ways)-bytes:]
	for i := range values {
		if i >= len(nodes) {
			values[i] = float32(math.Inf(1))
			continue
		}
		node := nodes[i] - first
		values[i] = b.Values[nodes[i]]
		copy(ways[(i+1)*RankedTrees:][:RankedTrees], ways[i*RankedTrees:])
		ways[(i+1)*RankedTrees+node/BlockExits] |= 1 << (node % BlockExits)
	}
}

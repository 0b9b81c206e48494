package asm

import (
	"math"
	"unsafe"
)

// Trees are the kernels of decision trees whose nodes all ask whether a row's column is greater
// than a value. A step leads a walk from a node to the one Delta places further on, and to its
// neighbour if the column is greater. A leaf leads to itself: its Delta is 0, and its column never
// greater. No column and no value is NaN.
//
// Nothing is computed but places, so that all ISAs give the same.
type Trees[T Float] struct {
	// Rows moves the walks of a multiple of TreeLanes rows from where they are to their leaves, in one
	// tree whose leaves are all at least so many steps from there. Groups of TreeLanes rows begin
	// group elements apart; column c of row l of a group is x[c·TreeLanes+l].
	Rows func(at []int32, x []T, group int, nodes TreeNodes, least int)
	// Walks moves a multiple of TreeLanes walks of one row, in as many trees: its columns are
	// x[c·TreeLanes].
	Walks func(at []int32, x []T, nodes TreeNodes, least int)
	// Tops takes one row through the tops of a multiple of TreeLanes trees, and sets at to where it
	// leaves them. It is nil where Walks is as fast.
	Tops func(at []int32, x []T, tops TreeTops[T])
	// Rank makes the ranks of tops, nil where Tops does without them.
	Rank func(tops *TreeTops[T])
}

// The top of a tree is a whole tree of TopLevels levels, in blocks of half as many: one above, and
// BlockExits below it. A block has BlockExits nodes, the last of which stands for none; the children
// of node i are 2i+1 and 2i+2, and those of its last level are blocks, or what is below the top.
// TopColumns is how many columns of a row there are to them.
const (
	TopLevels  = 6
	BlockExits = 1 << (TopLevels / 2)
	TopExits   = BlockExits * BlockExits
	TopColumns = 32
)

// TreeBlocks are blocks of nodes: what they compare, by which a row goes to node 2i+2 if its column
// is greater, and the numbers of their columns. The value in the last place of a block is +∞.
type TreeBlocks[T Float] struct {
	Values  []T
	Columns []uint8
}

// TreeTops are the tops of trees: the upper block of each, its BlockExits lower ones, and the
// TopExits of what is below these; and the upper blocks again as ranks, if there are any.
type TreeTops[T Float] struct {
	Upper, Lower TreeBlocks[T]
	Exits        []int32
	Ranks        TreeRanks
}

// MakeTreeTops returns room for the tops of so many trees.
func MakeTreeTops[T Float](trees int) TreeTops[T] {
	blocks := func(n int) TreeBlocks[T] {
		b := TreeBlocks[T]{make([]T, n*BlockExits), make([]uint8, n*BlockExits)}
		for i := range n {
			b.Values[i*BlockExits+BlockExits-1] = T(math.Inf(1))
		}
		return b
	}
	return TreeTops[T]{Upper: blocks(trees), Lower: blocks(trees * BlockExits),
		Exits: make([]int32, trees*TopExits)}
}

// TreeLanes is how many rows lie side by side, and what numbers of walks are multiples of. All
// walks of a call make a step before the first makes another: most wait for a node while others
// compare.
const TreeLanes = 8

// TreeNode is a node: the number of its column, what that is compared with, and what leads on.
type TreeNode struct {
	Value         float64
	Column, Delta int
}

// TreeNodes are nodes in the form that kernels read. Those of float32 are a word each: the value's
// bits, 16 of TreeLanes·Column, 16 of Delta. Those of float64 are two, whose places are the same in
// both slices: the value's bits, and 32 bits of TreeLanes·Column and of Delta.
type TreeNodes struct{ Words, Values []uint64 }

// MakeTreeNodes returns so many nodes for walks with columns T. The first begins a cache line.
func MakeTreeNodes[T Float](n int) TreeNodes {
	nodes := TreeNodes{Words: alignedWords(n)}
	if !oneWord[T]() {
		nodes.Values = alignedWords(n)
	}
	return nodes
}

func oneWord[T Float]() bool { return unsafe.Sizeof(T(0)) == 4 }

// alignedWords returns words that begin a cache line.
func alignedWords(n int) []uint64 {
	const line = 8 // words
	words := make([]uint64, n+line)
	past := int(uintptr(unsafe.Pointer(&words[0])) / 8 % line)
	return words[(line-past)%line:][:n]
}

// Set writes a node, and reports whether it fits: what is too large for float32 may do for float64.
func (n TreeNodes) Set(at int, node TreeNode) bool {
	column, delta := node.Column*TreeLanes, node.Delta
	if n.Values != nil {
		n.Values[at] = math.Float64bits(node.Value)
		n.Words[at] = uint64(uint32(column)) | uint64(uint32(delta))<<32
		return column <= math.MaxInt32 && delta <= math.MaxInt32
	}
	n.Words[at] = uint64(math.Float32bits(float32(node.Value))) | uint64(uint16(column))<<32 |
		uint64(uint16(delta))<<48
	return column <= math.MaxUint16 && delta <= math.MaxUint16
}

// Value returns the value of a node.
func (n TreeNodes) Value(at int32) float64 {
	if n.Values != nil {
		return math.Float64frombits(n.Values[at])
	}
	return float64(math.Float32frombits(uint32(n.Words[at])))
}

func treesPure[T Float](k *Kernels[T]) {
	k.Trees = Trees[T]{Rows: treeRows[T], Walks: treeWalks[T], Tops: treeTops[T]}
}

// treeStep returns where a walk goes from a place. It has no branch that depends on data, which
// would be guessed wrong.
func treeStep[T Float](x, words, values unsafe.Pointer, at int32) int32 {
	place := uintptr(at) * 8
	w := *(*uint64)(unsafe.Add(words, place))
	greater := int32(0)
	if oneWord[T]() {
		column := uintptr(uint16(w>>32)) * 4
		if *(*float32)(unsafe.Add(x, column)) > math.Float32frombits(uint32(w)) {
			greater = 1
		}
		return at + int32(w>>48) + greater
	}
	column := uintptr(uint32(w)) * 8
	if *(*float64)(unsafe.Add(x, column)) > *(*float64)(unsafe.Add(values, place)) {
		greater = 1
	}
	return at + int32(w>>32) + greater
}

// treeLevels moves walks to their leaves, a step of all of them after another. lane and group are
// what lies between their rows and groups of these, in bytes.
func treeLevels[T Float](at []int32, x unsafe.Pointer, lane, group uintptr, nodes TreeNodes,
	least int) {
	words := unsafe.Pointer(unsafe.SliceData(nodes.Words))
	values := unsafe.Pointer(unsafe.SliceData(nodes.Values))
	for moved := int32(1); least > 0 || moved != 0; least-- {
		from := x
		moved = 0
		for rest := at; len(rest) >= TreeLanes; rest = rest[TreeLanes:] {
			of := from
			eight := (*[TreeLanes]int32)(rest)
			for i, a := range eight {
				next := treeStep[T](of, words, values, a)
				moved |= next ^ a
				eight[i] = next
				of = unsafe.Add(of, lane)
			}
			from = unsafe.Add(from, group)
		}
	}
}

func treeRows[T Float](at []int32, x []T, group int, nodes TreeNodes, least int) {
	size := unsafe.Sizeof(T(0))
	treeLevels[T](at, unsafe.Pointer(unsafe.SliceData(x)), size, uintptr(group)*size, nodes, least)
}

func treeWalks[T Float](at []int32, x []T, nodes TreeNodes, least int) {
	treeLevels[T](at, unsafe.Pointer(unsafe.SliceData(x)), 0, 0, nodes, least)
}

func treeTops[T Float](at []int32, x []T, tops TreeTops[T]) {
	for t := range at {
		block := BlockExits*t + tops.Upper.exit(t, x)
		at[t] = tops.Exits[BlockExits*block+tops.Lower.exit(block, x)]
	}
}

// exit returns where a row leaves a block.
func (b TreeBlocks[T]) exit(block int, x []T) int {
	values, columns := b.Values[BlockExits*block:], b.Columns[BlockExits*block:]
	node := 0
	for node < BlockExits-1 {
		greater := 0
		if x[columns[node]] > values[node] {
			greater = 1
		}
		node = 2*node + 1 + greater
	}
	return node - (BlockExits - 1)
}

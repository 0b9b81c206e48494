//go:build !purego

package asm

// treesAVX2 replaces the walks through trees, and adds the kernel of tops, whose nodes are compared
// three levels at once, and the upper ones column by column. Walks stay scalar: on the processors of
// today a gather takes as long as the loads that it stands for, and a walk of its own needs no
// shuffles.
func treesAVX2(s *ISA) {
	s.F32.Trees = Trees[float32]{Rows: treeRowsF32AVX2, Walks: treeWalksF32AVX2,
		Tops: treeTopsF32AVX2, Rank: rankTops}
	s.F64.Trees = Trees[float64]{Rows: treeRowsF64AVX2, Walks: treeWalksF64AVX2}
}

// treesAVX512 replaces the kernel of tops by one that takes two trees at once, so soon that ranks
// would gain nothing.
func treesAVX512(s *ISA) { s.F32.Trees.Tops, s.F32.Trees.Rank = treeTopsF32AVX512, nil }

// treeTopsF32AVX2 and its variant are [Trees.Tops].
//
//go:noescape
func treeTopsF32AVX2(at []int32, x []float32, tops TreeTops[float32])

//go:noescape
func treeTopsF32AVX512(at []int32, x []float32, tops TreeTops[float32])

// treeRowsF32AVX2 and its variant are [Trees.Rows].
//
//go:noescape
func treeRowsF32AVX2(at []int32, x []float32, group int, nodes TreeNodes, least int)

//go:noescape
func treeRowsF64AVX2(at []int32, x []float64, group int, nodes TreeNodes, least int)

// treeWalksF32AVX2 and its variant are [Trees.Walks].
//
//go:noescape
func treeWalksF32AVX2(at []int32, x []float32, nodes TreeNodes, least int)

//go:noescape
func treeWalksF64AVX2(at []int32, x []float64, nodes TreeNodes, least int)

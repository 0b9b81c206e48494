package asm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTrees compares walks with the reference: of one and several groups, in trees of no split, of
// one, lopsided ones and large ones.
func TestTrees(t *testing.T) { bothTypes(t, testTrees[float32], testTrees[float64]) }

func testTrees[T Float](t *testing.T) {
	const columns = 5
	const group = columns*TreeLanes + 3 // with something between
	for _, splits := range []int{0, 1, 2, 7, 40, 300} {
		var rows, walks [][]int
		for _, groups := range []int{1, 2, 5} {
			n := groups * TreeLanes
			rows = append(rows, []int{n, (groups-1)*group + columns*TreeLanes, 2*splits + 1})
			walks = append(walks, []int{n, columns*TreeLanes - TreeLanes + 1, 4 * (2*splits + 1)})
		}
		check(t, "Rows", operation[T]{slices: 3, written: 1, lengths: rows,
			run: func(k *Kernels[T], s [][]T) []T {
				nodes := MakeTreeNodes[T](len(s[2]))
				least := randomTree(t, nodes, s[1], s[2], columns, 0)
				at := make([]int32, len(s[0]))
				k.Trees.Rows(at, s[1], group, nodes, least)
				placesTo(s[0], at)
				return nil
			}})
		check(t, "Walks", operation[T]{slices: 3, written: 1, lengths: walks,
			run: func(k *Kernels[T], s [][]T) []T {
				nodes := MakeTreeNodes[T](len(s[2]))
				least, size := math.MaxInt, len(s[2])/4
				for root := 0; root < len(s[2]); root += size {
					values := s[2][root:][:size]
					least = min(least, randomTree(t, nodes, s[1], values, columns, root))
				}
				at := make([]int32, len(s[0]))
				for i := range at {
					at[i] = int32(i % 4 * size)
				}
				k.Trees.Walks(at, s[1], nodes, least)
				placesTo(s[0], at)
				return nil
			}})
	}
}

// TestTreeTops compares the tops of some trees with the reference, where an ISA has a kernel for
// them.
func TestTreeTops(t *testing.T) { bothTypes(t, testTreeTops[float32], testTreeTops[float64]) }

func testTreeTops[T Float](t *testing.T) {
	var lengths [][]int
	for _, trees := range []int{0, 8, 16, 40, RankedTrees, RankedTrees + 8} {
		values := (BlockExits + TopExits) * min(trees, 40) // of more trees they come again
		lengths = append(lengths, []int{trees, TopColumns, values})
	}
	check(t, "Tops", operation[T]{slices: 3, written: 1, lengths: lengths,
		run: func(k *Kernels[T], s [][]T) []T {
			if k.Trees.Tops == nil {
				reference := newReference()
				k = For[T](&reference)
			}
			tops, at := MakeTreeTops[T](len(s[0])), make([]int32, len(s[0]))
			before := 0
			for _, b := range []TreeBlocks[T]{tops.Upper, tops.Lower} {
				for i := range b.Columns {
					if i%BlockExits < BlockExits-1 {
						b.Values[i] = s[2][(before+i)%len(s[2])]
						b.Columns[i] = uint8(i * 7 % TopColumns)
					}
				}
				before += len(b.Values)
			}
			for i := range tops.Exits {
				tops.Exits[i] = int32(i)
			}
			if k.Trees.Rank != nil {
				k.Trees.Rank(&tops)
				tested[kernelName[T]("Rank")] = true // what it makes shows in where Tops leads
			}
			k.Trees.Tops(at, s[1], tops)
			placesTo(s[0], at)
			return nil
		}})
}

func placesTo[T Float](dst []T, at []int32) {
	for i, a := range at {
		dst[i] = T(a)
	}
}

// randomTree makes nodes of values, from the place root on, and returns the fewest steps to a leaf.
// NaN in x and values becomes 1.
func randomTree[T Float](t *testing.T, nodes TreeNodes, x, values []T, columns,
	root int) (least int) {
	for _, s := range [][]T{x, values} {
		for i, v := range s {
			if v != v {
				s[i] = 1
			}
		}
	}
	rng := rand.New(rand.NewPCG(uint64(len(values)), uint64(root)))
	steps := make([]int, len(values))
	made, least := 1, math.MaxInt
	for i, v := range values {
		node := TreeNode{Value: math.Inf(1)}
		open := made - i // places that no node is at yet
		if made < len(values) && (open == 1 || rng.IntN(3) > 0) {
			node = TreeNode{float64(v), rng.IntN(columns), made - i}
			steps[made], steps[made+1] = steps[i]+1, steps[i]+1
			made += 2
		} else {
			least = min(least, steps[i])
		}
		require.True(t, nodes.Set(root+i, node))
		require.Equal(t, node.Value, nodes.Value(int32(root+i)))
	}
	return least
}

// TestTreeNodesHaveLimits demands that columns and ways of more bits than a node has are noticed.
func TestTreeNodesHaveLimits(t *testing.T) {
	narrow, wide := MakeTreeNodes[float32](1), MakeTreeNodes[float64](1)
	for _, c := range []struct {
		node         TreeNode
		narrow, wide bool
	}{
		{TreeNode{1, 8191, 65535}, true, true}, {TreeNode{1, 8192, 1}, false, true},
		{TreeNode{1, 1, 65536}, false, true},
	} {
		require.Equal(t, c.narrow, narrow.Set(0, c.node))
		require.Equal(t, c.wide, wide.Set(0, c.node))
	}
}

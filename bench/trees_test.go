package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tree"
)

func BenchmarkTrees(b *testing.B) {
	b.Run("f32", benchmarkTrees[float32])
	b.Run("f64", benchmarkTrees[float64])
}

// benchmarkTrees predicts rows that change from call to call, since branch predictors learn those
// that don't.
func benchmarkTrees[T tensor.Float](b *testing.B) {
	const features, all = 30, 10000
	for _, size := range [][2]int{{100, 6}, {500, 8}} {
		p, err := tree.Compile[T](wholeTrees(size[0], size[1], features))
		require.NoError(b, err)
		rng := rand.New(rand.NewPCG(3, 4))
		x, y := make([]T, all*features), make([]T, all)
		for i := range x {
			x[i] = T(rng.NormFloat64())
		}
		for _, rows := range []int{1, 100, all} {
			b.Run(fmt.Sprintf("%dx%d/rows=%d", size[0], size[1], rows), func(b *testing.B) {
				b.ReportAllocs()
				at := 0
				for b.Loop() {
					p.Predict(y[:rows], x[at*features:][:rows*features], 1)
					if at += rows; at == all {
						at = 0
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
			})
		}
	}
}

// wholeTrees returns random trees all of whose leaves are so many steps from the root.
func wholeTrees(trees, depth, features int) *tree.Ensemble {
	rng := rand.New(rand.NewPCG(1, 2))
	e := &tree.Ensemble{Features: features, Targets: 1}
	var grow func(depth int) tree.Child
	grow = func(depth int) tree.Child {
		if depth == 0 {
			e.Leaves = append(e.Leaves, tree.Leaf{Weights: []tree.Weight{{Value: rng.NormFloat64()}}})
			return ^tree.Child(len(e.Leaves) - 1)
		}
		at := len(e.Nodes)
		e.Nodes = append(e.Nodes, tree.Node{})
		e.Nodes[at] = tree.Node{Feature: int32(rng.IntN(features)),
			Split: float64(float32(rng.NormFloat64())), Then: grow(depth - 1), Else: grow(depth - 1)}
		return tree.Child(at)
	}
	for range trees {
		e.Roots = append(e.Roots, grow(depth))
	}
	return e
}

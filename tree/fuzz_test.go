package tree_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tree"
)

// FuzzCompile makes ensembles of bytes, eight a node, whose children may be anywhere: in cycles, of
// two parents, or nowhere. Those that compile predict as the definitions say.
func FuzzCompile(f *testing.F) {
	f.Add(uint8(2), []byte("\x00\x00\x00\x00\x02\x01\x00\x03\x01\x01\x01\x00\x03\x05\x00\x04"))
	f.Add(uint8(1), []byte("\x00\x00\x00\x00\x00\x01\x00\x00"))                                 // its own child
	f.Add(uint8(1), []byte("\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x00\x00\x01\x03\x00\x01")) // twice
	f.Fuzz(func(t *testing.T, features uint8, text []byte) {
		e := ensembleOf(int(features), text)
		narrow, err := tree.Compile[float32](e)
		if err != nil {
			return
		}
		wide, err := tree.Compile[float64](e)
		require.NoError(t, err)
		const rows = 7
		x, y := make([]float64, rows*e.Features), make([]float64, rows)
		x32, y32 := make([]float32, len(x)), make([]float32, rows)
		for i := range x {
			if x[i] = interesting[(i*7+len(text))%len(interesting)]; i%11 == 5 {
				x[i] = math.NaN()
			}
			x32[i] = float32(x[i])
		}
		for _, n := range []int{1, rows} { // tree beside tree, and row beside row
			wide.Predict(y[:n], x[:n*e.Features], 1)
			narrow.Predict(y32[:n], x32[:n*e.Features], 1)
			for i := range n {
				require.Equal(t, naive(e, x[i*e.Features:][:e.Features])[0], y[i])
				require.Equal(t, naive(e, x32[i*e.Features:][:e.Features])[0], y32[i])
			}
		}
	})
}

// ensembleOf returns the ensemble that bytes say.
func ensembleOf(features int, text []byte) *tree.Ensemble {
	e := &tree.Ensemble{Features: features, Targets: 1,
		Sets: []tree.Set{{Members: []float64{0, 1, 70}}, {Round: tree.Down, Members: []float64{-1, 3}}}}
	for i := range 5 {
		e.Leaves = append(e.Leaves, tree.Leaf{Weights: []tree.Weight{{Value: math.Exp2(float64(-i))}}})
	}
	child := func(b byte) tree.Child { // odd of a leaf
		if b%2 == 1 {
			return ^tree.Child(b / 2)
		}
		return tree.Child(b / 2)
	}
	for ; len(text) >= 8; text = text[8:] {
		e.Nodes = append(e.Nodes, tree.Node{Mode: tree.Mode(text[0]), Missing: tree.Missing(text[1] / 2),
			ThenMissing: text[1]%2 == 1, Feature: int32(text[2]), Set: int32(text[3]),
			Then: child(text[4]), Else: child(text[5]),
			Split: interesting[int(text[7])%len(interesting)]})
		if text[6]%4 == 0 {
			e.Roots = append(e.Roots, tree.Child(len(e.Nodes)-1))
		}
	}
	return e
}

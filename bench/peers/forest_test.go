package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestForestsAgree walks small forests as they are defined, and compares the sides that need no
// library.
func TestForestsAgree(t *testing.T) {
	for _, f := range []forest{{3, 2, 4, 1}, {20, 5, 7, 3}} {
		x := f.inputs()
		require.Zero(t, len(x)%(f.rows*f.features))
		var want []float64
		for row := range f.rows {
			sum := 0.0
			for tree := range f.trees {
				i := 0
				for i < f.nodes() {
					feature, split := f.node(tree, i)
					if i = 2*i + 2; x[row*f.features+feature] <= split {
						i--
					}
				}
				sum += float64(f.leaf(tree, i-f.nodes()))
			}
			want = append(want, sum)
		}
		s := &session{options: &options{threads: 1}}
		_, got, err := f.ours(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
		sides, err := f.files(s, func(values []float64) error {
			require.Equal(t, want, values)
			return nil
		})
		require.NoError(t, err)
		require.Len(t, sides, 2)
		for _, side := range sides {
			require.NoError(t, side.check(), side.name)
			_, err := side.run(3)
			require.NoError(t, err)
		}
	}
}

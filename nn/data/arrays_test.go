package data

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// TestReadArrayTable reads columns of every element type, and refuses what is no table of numbers.
func TestReadArrayTable(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.npz")
	write := func(arrays map[string]*tensor.Array) {
		require.NoError(t, npy.WriteArchive(path, arrays, npy.Deflated))
	}
	write(map[string]*tensor.Array{
		"a": tensor.ArrayOf([]int8{-1, 2}, 2), "b": tensor.ArrayOf([]bool{true, false}, 2),
		"c": tensor.ArrayOf([]uint64{1 << 60, 3}, 2), "d": tensor.ArrayOf([]uint16{65535, 4}, 2, 1),
		"e": tensor.ArrayOf([]float64{0.1, 0.2, 0.3, 0.4}, 2, 2),
		"f": tensor.ArrayOf([]tensor.Float16{0x3c00, 0xc000}, 2),
		"g": tensor.ArrayOf([]uint32{1 << 31, 5}, 2), "h": tensor.ArrayOf([]int64{-1 << 40, 6}, 2)})
	table, err := ReadArrayTable(path)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c", "d1", "e1", "e2", "f", "g", "h"}, table.Names)
	require.Equal(t, []int{2, 9}, table.Values.Shape())
	require.Equal(t, []float64{-1, 1, 1 << 60, 65535, 0.1, 0.2, 1, 1 << 31, -1 << 40,
		2, 0, 3, 4, 0.3, 0.4, -2, 5, 6}, table.Values.Data())

	series, err := table.Series("e2", []string{"h", "a", "b"}, []string{"b"})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "h"}, series.Features)
	require.Equal(t, []float64{-1, -1 << 40, 2, 6}, series.X.Data())
	require.Equal(t, []float64{0.2, 0.4}, series.Y.Data())
	_, err = table.Series("e", nil, nil)
	require.ErrorContains(t, err, `there is no column "e"; there are a, b, c, d1, e1`)
	_, err = table.Series("e1", []string{"x"}, nil)
	require.ErrorContains(t, err, `there is no column "x"`)

	for problem, arrays := range map[string]map[string]*tensor.Array{
		"there are no arrays in it": {},
		`array "b": it has 3 rows, but those before it have 2`: {
			"a": tensor.ArrayOf([]int8{1, 2}, 2), "b": tensor.ArrayOf([]int8{1, 2, 3}, 3)},
		`array "a": its shape is [1 1 2], which must be`: {"a": tensor.ArrayOf([]int8{1, 2}, 1, 1, 2)},
		`array "a": its shape is [], which must be`:      {"a": tensor.ArrayOf([]int8{1})},
		`array "a1": there is a column "a1" before it`: {
			"a": tensor.ArrayOf([]int8{1, 2}, 2, 1), "a1": tensor.ArrayOf([]int8{1, 2}, 2)},
	} {
		write(arrays)
		_, err := ReadArrayTable(path)
		require.ErrorContains(t, err, "a.npz: "+problem)
	}
	_, err = ReadArrayTable(filepath.Join(folder, "none.npy"))
	require.ErrorContains(t, err, "none.npy")
}

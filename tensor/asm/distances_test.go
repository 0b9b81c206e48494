package asm

import "testing"

// TestDistances compares squared distances to no columns and as many as each number of registers
// has, of vectors of no element and more.
func TestDistances(t *testing.T) { bothTypes(t, testDistances[float32], testDistances[float64]) }

func testDistances[T Float](t *testing.T) {
	var lengths [][]int
	for blocks := range 10 {
		n := blocks * DistanceLanes[T]()
		for _, elements := range []int{0, 1, 2, 7, 30} {
			lengths = append(lengths, []int{n, elements, n * elements})
		}
	}
	check(t, "Distances", operation[T]{slices: 3, written: 1, lengths: lengths,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Rows.Distances(s[0], s[1], s[2])
			return nil
		}})
}

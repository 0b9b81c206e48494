package asm

import "testing"

// TestRotate compares chains of no rotation and more, down and up, with the reference.
func TestRotate(t *testing.T) { bothTypes(t, testRotate[float32], testRotate[float64]) }

func testRotate[T Float](t *testing.T) {
	var lengths [][]int
	for _, turns := range []int{0, 1, 2, 3, 10, 40} {
		lengths = append(lengths, []int{(turns + 1) * RotateLanes[T](), 2 * turns})
	}
	for _, up := range []bool{false, true} {
		check(t, "Rotate", operation[T]{slices: 2, written: 1, lengths: lengths, generic: 100,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Rows.Rotate(s[0], s[1], up)
				return nil
			}})
	}
}

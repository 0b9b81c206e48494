package asm

import (
	"testing"
	"unsafe"
)

// TestFourier compares the passes of Fourier transforms with the reference, for several numbers of
// rows and lengths of runs.
func TestFourier(t *testing.T) { bothTypes(t, testFourier[float32], testFourier[float64]) }

func testFourier[T Float](t *testing.T) {
	for _, registers := range []int{1, 2, 5} {
		run := registers * 64 / int(unsafe.Sizeof(T(0)))
		var joined, unzipped [][]int
		for _, rows := range []int{1, 2, 3, 8} {
			joined = append(joined, []int{4 * rows * run, 4 * rows * run, 2 * rows})
			unzipped = append(unzipped, []int{2 * rows * run, 2 * rows * run, 2 * rows})
		}
		check(t, "Butterflies", operation[T]{slices: 3, written: 1, lengths: joined, generic: 10,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Fourier.Butterflies(s[0], s[1], s[2], run)
				return nil
			}})
		check(t, "Unzip", operation[T]{slices: 3, written: 1, lengths: unzipped, generic: 10,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Fourier.Unzip(s[0], s[1], s[2], run)
				return nil
			}})
	}
}

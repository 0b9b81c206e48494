package asm

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) { bothTypes(t, testRows[float32], testRows[float64]) }

func testRows[T Float](t *testing.T) {
	check(t, "BroadcastAdd", operation[T]{slices: 2, written: 1, lengths: rowLengths(), run: func(k *Kernels[T], s [][]T) []T {
		k.Rows.BroadcastAdd(s[0], s[1])
		return nil
	}})
	for _, gap := range []int{0, 1, 30} {
		check(t, fmt.Sprintf("ColumnSum gap %d", gap), operation[T]{slices: 2, written: 1, lengths: columnLengths(gap), run: func(k *Kernels[T], s [][]T) []T {
			k.Rows.ColumnSum(s[0], s[1], len(s[0])+gap)
			return nil
		}})
	}
}

// rowLengths returns the lengths of matrices and of their rows: every width up to 70 and some larger, with several heights.
func rowLengths() [][]int {
	widths := []int{127, 128, 129, 200, 1001}
	for w := 1; w <= 70; w++ {
		widths = append(widths, w)
	}
	lengths := [][]int{{0, 0}}
	for _, w := range widths {
		for _, rows := range []int{0, 1, 2, 3, 8, 17, 33, 71} {
			if rows*w <= 4000 {
				lengths = append(lengths, []int{rows * w, w})
			}
		}
	}
	return lengths
}

// columnLengths returns the lengths of rows and of matrices with such gaps between their rows, but none behind the last.
func columnLengths(gap int) [][]int {
	pairs := rowLengths()
	for i, p := range pairs {
		size, width := p[0], p[1]
		if size > 0 {
			size += (size/width - 1) * gap
		}
		pairs[i] = []int{width, size}
	}
	return pairs
}

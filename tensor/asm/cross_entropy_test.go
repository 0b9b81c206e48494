package asm

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCrossEntropy(t *testing.T) {
	bothTypes(t, testCrossEntropy[float32], testCrossEntropy[float64])
}

func testCrossEntropy[T Float](t *testing.T) {
	for _, columns := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 33, 100} {
		var lengths [][]int
		for _, rows := range []int{0, 1, 2, 3, 4, 5, 7, 8, 13, 64, 67} {
			if n := rows * columns; n <= 2000 {
				lengths = append(lengths, []int{n, n, rows, rows, n, rows, rows})
			}
		}
		check(t, fmt.Sprint("CrossEntropy/", columns), operation[T]{slices: 7, written: 4, lengths: lengths, generic: 1000,
			run: func(k *Kernels[T], s [][]T) []T {
				class := make([]int, len(s[2]))
				for i := range class {
					class[i] = (7*i + columns/2) % columns
				}
				k.Classifier.CrossEntropy(s[0], s[1], s[2], s[3], s[4], columns, class, s[5], s[6])
				return nil
			}})
	}
}

// TestCrossEntropyIsSoftmaxLessTheTarget compares the results of every set with their definitions.
func TestCrossEntropyIsSoftmaxLessTheTarget(t *testing.T) {
	for i := range Available() {
		k := &Available()[i].F32
		for _, columns := range []int{2, 3, 16, 40} {
			const rows = 5
			z, want := make([]float32, rows*columns), make([]float32, rows*columns)
			for j := range z {
				z[j] = float32(math.Sin(float64(j * j)))
			}
			class, weight, scale := make([]int, rows), make([]float32, rows), make([]float32, rows)
			for r := range rows {
				class[r], weight[r], scale[r] = r%columns, float32(1+r), 0.25
			}
			g, p, top, peak := make([]float32, rows*columns), make([]float32, rows*columns), make([]float32, rows), make([]float32, rows)
			k.Classifier.CrossEntropy(g, p, top, peak, z, columns, class, weight, scale)
			k.Classifier.Softmax(want, z, columns)
			require.Equal(t, want, p, Available()[i].Name)
			for r := range rows {
				row := p[r*columns:][:columns]
				require.Equal(t, []float32{k.Reduce.Max(z[r*columns:][:columns]), k.Reduce.Max(row)}, []float32{top[r], peak[r]}, Available()[i].Name)
				for j, v := range row {
					hit := float32(0)
					if j == class[r] {
						hit = weight[r]
					}
					require.Equal(t, scale[r]*(float32(weight[r]*v)-hit), g[r*columns+j], "%s, row %d, column %d", Available()[i].Name, r, j)
				}
			}
		}
	}
}

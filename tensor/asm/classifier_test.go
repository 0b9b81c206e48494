package asm

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSoftmax(t *testing.T) { bothTypes(t, testSoftmax[float32], testSoftmax[float64]) }

func testSoftmax[T Float](t *testing.T) {
	widths := []int{1, 2, 3, 4, 5, 8, 10, 15, 16, 17, 20, 31, 32, 33, 48, 49, 63, 64, 65, 100, 129, 1000}
	for _, columns := range widths {
		var one, two, three [][]int
		for _, rows := range []int{0, 1, 2, 5, 13, 64, 67} {
			if n := rows * columns; n <= 2000 {
				one = append(one, []int{n})
				two, three = append(two, []int{n, n}), append(three, []int{n, n, n})
			}
		}
		check(t, fmt.Sprintf("Softmax/%d", columns), operation[T]{
			slices: 2, written: 1, lengths: two, inPlace: true, generic: 4,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Classifier.Softmax(s[0], s[1], columns)
				return nil
			}})
		for _, mask := range [][2]int{{columns, 0}, {1, 1}, {-3, 2}, {columns + 2, -1}, {0, 0}} {
			check(t, fmt.Sprintf("MaskedSoftmax/%d/%v", columns, mask), operation[T]{
				slices: 1, written: 1, lengths: one, generic: 4,
				run: func(k *Kernels[T], s [][]T) []T {
					k.Classifier.MaskedSoftmax(s[0], columns, mask[0], mask[1], 0.3)
					return nil
				}})
		}
		for _, scale := range []T{1, 0.3} {
			check(t, fmt.Sprintf("SoftmaxGrad/%d/%v", columns, scale), operation[T]{
				slices: 3, written: 1, lengths: three, inPlace: true, generic: 500,
				run: func(k *Kernels[T], s [][]T) []T {
					k.Classifier.SoftmaxGradient(s[0], s[1], s[2], columns, scale)
					return nil
				}})
		}
	}
}

// TestSoftmaxIsStable checks that logits of any size give probabilities.
func TestSoftmaxIsStable(t *testing.T) {
	for i := range Available() {
		isa := &Available()[i]
		t.Run(isa.Name, func(t *testing.T) {
			dst := make([]float32, 4)
			isa.F32.Classifier.Softmax(dst, []float32{3e38, -3e38, 3e38, 0}, 4)
			require.Equal(t, []float32{0.5, 0, 0.5, 0}, dst)
			isa.F32.Classifier.Softmax(dst, []float32{-1e30, -1e30, -1e30, -1e30}, 4)
			require.Equal(t, []float32{0.25, 0.25, 0.25, 0.25}, dst)
			isa.F32.Classifier.Softmax(dst, []float32{1, float32(math.NaN()), 2, 3}, 4)
			for _, p := range dst {
				require.NotEqual(t, p, p, "NaN spreads over its row")
			}
		})
	}
}

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
		check(t, fmt.Sprint("CrossEntropy/", columns), operation[T]{
			slices: 7, written: 4, lengths: lengths, generic: 1000,
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

// TestCrossEntropyIsSoftmaxLessTheTarget compares the results of every ISA with their definitions.
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
			g, p := make([]float32, rows*columns), make([]float32, rows*columns)
			top, peak := make([]float32, rows), make([]float32, rows)
			k.Classifier.CrossEntropy(g, p, top, peak, z, columns, class, weight, scale)
			k.Classifier.Softmax(want, z, columns)
			require.Equal(t, want, p, Available()[i].Name)
			for r := range rows {
				row := p[r*columns:][:columns]
				require.Equal(t, k.Reduce.Max(z[r*columns:][:columns]), top[r], Available()[i].Name)
				require.Equal(t, k.Reduce.Max(row), peak[r], Available()[i].Name)
				for j, v := range row {
					hit := float32(0)
					if j == class[r] {
						hit = weight[r]
					}
					require.Equal(t, scale[r]*(float32(weight[r]*v)-hit), g[r*columns+j],
						"%s, row %d, column %d", Available()[i].Name, r, j)
				}
			}
		}
	}
}

func TestBinaryCrossEntropy(t *testing.T) {
	bothTypes(t, testBinaryCrossEntropy[float32], testBinaryCrossEntropy[float64])
}

func testBinaryCrossEntropy[T Float](t *testing.T) {
	check(t, "BinaryCrossEntropy", operation[T]{slices: 5, written: 3, generic: 8,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Classifier.BinaryCrossEntropy(s[0], s[1], s[2], s[3], s[4])
			return nil
		}})
}

// TestBinaryCrossEntropyIsStable compares every ISA with the definition, computed in float64 where
// that is exact enough.
func TestBinaryCrossEntropyIsStable(t *testing.T) {
	z := []float32{0, 0, 1, -1, 3, -3, 10, -10, 1e30, -1e30, 1e30, -1e30}
	y := []float32{0, 1, 0.25, 0.25, 1, 1, 0, 1, 1, 0, 0, 1}
	want := make([]float64, len(z))
	for i := range z {
		p := 1 / (1 + math.Exp(-float64(z[i])))
		want[i] = -float64(y[i])*math.Log(p) - (1-float64(y[i]))*math.Log1p(-p)
	}
	copy(want[8:], []float64{0, 0, float64(float32(1e30)), float64(float32(1e30))})
	for i := range Available() {
		k := &Available()[i].F32
		loss, g, p := make([]float32, len(z)), make([]float32, len(z)), make([]float32, len(z))
		k.Classifier.BinaryCrossEntropy(loss, g, p, z, y)
		for j := range z {
			require.InEpsilon(t, 1+want[j], 1+float64(loss[j]), 1e-6,
				"%s: z %v, y %v", Available()[i].Name, z[j], y[j])
		}
	}
}

package asm

import "testing"

// TestRowNorm compares the kernels that normalise rows with the reference: rows of every number of
// columns around registers, of lengths around a block of lanes, one and several of them.
func TestRowNorm(t *testing.T) {
	t.Run("f32", testRowNorm[float32])
	t.Run("f64", testRowNorm[float64])
}

func testRowNorm[T Float](t *testing.T) {
	// lengths returns the lengths of slices: m stands for matrices, r for an element a row, c for one
	// a column.
	lengths := func(kinds string) (all [][]int) {
		columns := []int{63, 64, 65, 96, 127, 128, 129, 200, 259}
		for n := 1; n <= 36; n++ {
			columns = append(columns, n)
		}
		for _, n := range columns {
			for _, rows := range []int{1, 2, 5} {
				l := make([]int, len(kinds))
				for i, kind := range kinds {
					l[i] = map[rune]int{'m': rows * n, 'r': rows, 'c': n}[kind]
				}
				all = append(all, l)
			}
		}
		return append(all, make([]int, len(kinds))) // no rows
	}
	columnsOf := func(matrix, scalars []T) int { return len(matrix) / max(len(scalars), 1) }
	for name, sums := range map[string]func(k *Kernels[T]) func(dst, x, mean []T, columns int){
		"Sums":    func(k *Kernels[T]) func(dst, x, mean []T, columns int) { return k.RowNorm.Sums },
		"Squares": func(k *Kernels[T]) func(dst, x, mean []T, columns int) { return k.RowNorm.Squares },
	} {
		check(t, name, operation[T]{slices: 3, written: 1, lengths: lengths("rmr"), generic: 300,
			run: func(k *Kernels[T], s [][]T) []T {
				sums(k)(s[0], s[1], s[2], columnsOf(s[1], s[0]))
				return nil
			}})
	}
	check(t, "Dots", operation[T]{slices: 3, written: 1, lengths: lengths("rmm"), generic: 300,
		run: func(k *Kernels[T], s [][]T) []T {
			k.RowNorm.Dots(s[0], s[1], s[2], columnsOf(s[1], s[0]))
			return nil
		}})
	check(t, "Normalize", operation[T]{slices: 6, written: 1, lengths: lengths("mmrrcc"),
		run: func(k *Kernels[T], s [][]T) []T {
			k.RowNorm.Normalize(s[0], s[1], s[2], s[3], s[4], s[5])
			return nil
		}})
	check(t, "Normalize in place", operation[T]{slices: 5, written: 1, lengths: lengths("mrrcc"),
		run: func(k *Kernels[T], s [][]T) []T {
			k.RowNorm.Normalize(s[0], s[0], s[1], s[2], s[3], s[4])
			return nil
		}})
	check(t, "GradientTerms", operation[T]{slices: 8, written: 3, lengths: lengths("mmmmmrrc"),
		run: func(k *Kernels[T], s [][]T) []T {
			k.RowNorm.GradientTerms(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
			return nil
		}})
	check(t, "GradientTerms in place", operation[T]{slices: 6, written: 3, lengths: lengths("mmmrrc"),
		run: func(k *Kernels[T], s [][]T) []T {
			k.RowNorm.GradientTerms(s[0], s[1], s[2], s[0], s[1], s[3], s[4], s[5])
			return nil
		}})
	check(t, "Gradient", operation[T]{slices: 5, written: 1, lengths: lengths("mmrrr"), generic: 40,
		run: func(k *Kernels[T], s [][]T) []T {
			k.RowNorm.Gradient(s[0], s[1], s[2], s[3], s[4], columnsOf(s[0], s[2]))
			return nil
		}})
}

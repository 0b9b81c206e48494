package asm

import "testing"

// TestRecurrent compares the gates of recurrent cells with the reference.
func TestRecurrent(t *testing.T) {
	t.Run("f32", testRecurrent[float32])
	t.Run("f64", testRecurrent[float64])
}

func testRecurrent[T Float](t *testing.T) {
	// lengths returns those of slices of which these have a run for each gate.
	lengths := func(slices int, gates ...int) (all [][]int) {
		for _, n := range append(specialLengths[1:], 48, 67) {
			l := slicesOf(slices, n)
			for _, s := range gates {
				l[s] = 4 * n
			}
			all = append(all, l)
		}
		return all
	}
	check(t, "LSTM", operation[T]{
		slices: 5, written: 3, lengths: lengths(5, 2, 3), generic: 20,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Recurrent.LSTM(s[0], s[1], s[2], s[3], s[4])
			return nil
		}})
	check(t, "LSTMGradient", operation[T]{
		slices: 7, written: 2, lengths: lengths(7, 0, 4), generic: 400,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Recurrent.LSTMGradient(s[0], s[1], s[2], s[3], s[4], s[5], s[6])
			return nil
		}})
	check(t, "GRU", operation[T]{
		slices: 4, written: 2, lengths: lengths(4, 1, 2), generic: 20,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Recurrent.GRU(s[0], s[1], s[2], s[3])
			return nil
		}})
	check(t, "GRUGradient", operation[T]{
		slices: 5, written: 2, lengths: lengths(5, 0, 3), generic: 400,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Recurrent.GRUGradient(s[0], s[1], s[2], s[3], s[4])
			return nil
		}})
}

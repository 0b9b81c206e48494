package asm

import "testing"

// TestNorm compares the kernels that normalise channels with the reference, for every number of
// channels around registers and several rows.
func TestNorm(t *testing.T) {
	t.Run("f32", testNorm[float32])
	t.Run("f64", testNorm[float64])
}

func testNorm[T Float](t *testing.T) {
	// lengths returns the lengths of slices of which these, from one on, are matrices.
	lengths := func(slices, first, matrices int) (all [][]int) {
		for columns := 1; columns <= 36; columns++ {
			for _, rows := range []int{1, 2, 5} {
				l := slicesOf(slices, columns)
				for s := range matrices {
					l[first+s] *= rows
				}
				all = append(all, l)
			}
		}
		return all
	}
	check(t, "NormalizeChannels", operation[T]{
		slices: 5, written: 1, lengths: lengths(5, 0, 2), generic: 4,
		run: func(k *Kernels[T], s [][]T) []T {
			n := len(s[2])
			k.Norm.NormalizeChannels(&s[0][0], &s[1][0], &s[2][0], &s[3][0], &s[4][0], len(s[0])/n, n)
			return nil
		}})
	check(t, "ChannelGradient", operation[T]{
		slices: 7, written: 1, lengths: lengths(7, 0, 3), generic: 10,
		run: func(k *Kernels[T], s [][]T) []T {
			n := len(s[3])
			k.Norm.ChannelGradient(&s[0][0], &s[1][0], &s[2][0], &s[3][0], &s[4][0], &s[5][0], &s[6][0],
				len(s[0])/n, n)
			return nil
		}})
	check(t, "ChannelMoments", operation[T]{
		slices: 4, written: 2, lengths: lengths(4, 2, 1), generic: 20,
		run: func(k *Kernels[T], s [][]T) []T {
			n := len(s[0])
			k.Norm.ChannelMoments(&s[0][0], &s[1][0], &s[2][0], &s[3][0], len(s[2])/n, n)
			return nil
		}})
	check(t, "ChannelGradientSums", operation[T]{
		slices: 5, written: 2, lengths: lengths(5, 2, 2), generic: 20,
		run: func(k *Kernels[T], s [][]T) []T {
			n := len(s[0])
			k.Norm.ChannelGradientSums(&s[0][0], &s[1][0], &s[2][0], &s[3][0], &s[4][0], len(s[2])/n, n)
			return nil
		}})
}

// slicesOf returns the lengths of so many slices of n elements.
func slicesOf(slices, n int) []int {
	lengths := make([]int, slices)
	for i := range lengths {
		lengths[i] = n
	}
	return lengths
}

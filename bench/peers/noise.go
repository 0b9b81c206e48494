package main

import "simdnn/tensor"

// noise returns element i of a fixed sequence of numbers in [−0.5, 0.5) with 24 bits, which float32
// holds exactly. The Python peers compute the same ones (python/peer.py), so that all sides work on
// the same inputs without passing them on.
func noise(seed uint64, i int) float64 {
	x := uint64(i)*0x9E3779B97F4A7C15 + seed*0xBF58476D1CE4E5B9
	x ^= x >> 32
	x *= 0xD6E8FEB86659FD93
	x ^= x >> 32
	return float64(x>>40)/(1<<24) - 0.5
}

// noisy returns a 64-byte aligned tensor with the elements offset + scale·noise.
func noisy[T tensor.Float](seed uint64, scale, offset float64, dims ...int) *tensor.Tensor[T] {
	t := tensor.New[T](dims...)
	for i := range t.Data() {
		t.Data()[i] = T(offset + scale*noise(seed, i))
	}
	return t
}

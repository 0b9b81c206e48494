package asm

import "unsafe"

// RotateBytes is how long the rows of [Rows.Rotate] are, in bytes.
const RotateBytes = 256

// RotateLanes returns how many elements T are RotateBytes.
func RotateLanes[T Float]() int { return RotateBytes / int(unsafe.Sizeof(T(0))) }

// rotate is [Rows.Rotate].
func rotate[T Float](r rounding, a, turns []T, up bool) {
	n, run := len(turns)/2, RotateLanes[T]()
	row := func(i int) []T {
		if up {
			i = n - i
		}
		return a[i*run:][:run]
	}
	for i := range n {
		c, s, p, q := turns[2*i], turns[2*i+1], row(i), row(i+1)
		for j, v := range p {
			w := q[j]
			p[j], q[j] = fma(r, c, v, T(s*w)), fma(r, c, w, -T(s*v))
		}
	}
}

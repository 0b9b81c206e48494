package asm

import "unsafe"

// DistanceBytes is what the lengths of the results of [Rows.Distances] are multiples of, in bytes.
const DistanceBytes = 128

// DistanceLanes returns how many elements T are DistanceBytes.
func DistanceLanes[T Float]() int { return DistanceBytes / int(unsafe.Sizeof(T(0))) }

// distances is [Rows.Distances].
func distances[T Float](dst, x, columns []T) {
	clear(dst)
	for i, v := range x {
		row := columns[i*len(dst):][:len(dst)]
		for j, w := range row {
			d := v - w
			dst[j] += T(d * d)
		}
	}
}

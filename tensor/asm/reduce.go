package asm

import (
	"math"
	"unsafe"
)

// reducePure fills in the pure-Go reductions and the kernels between matrices and rows.
func reducePure[T Float](k *Kernels[T], r rounding) {
	k.Reduce.Dot = func(x, y []T) T { return dot(r, x, y) }
	k.Reduce.Gemv = func(dst, x []T, xRow int, y []T) {
		for i := range dst {
			dst[i] = dot(r, x[i*xRow:][:len(y)], y)
		}
	}
	k.Reduce.Sum = sum[T]
	k.Reduce.Max = maximum[T]
	k.Rows.BroadcastAdd = addRow[T]
	k.Rows.ColumnSum = addColumns[T]
	k.Rows.Distances = distances[T]
	k.Rows.Rotate = func(a, turns []T, up bool) { rotate(r, a, turns, up) }
}

// laneBytes is the size of the virtual lanes of a reduction: what four AVX-512 registers hold, or
// eight of AVX2, or sixteen of NEON.
const laneBytes = 256

// lanes holds the virtual lanes of a reduction. All 64 are float32's; float64 uses the first 32.
type lanes[T Float] [laneBytes / 4]T

// laneCount returns the number of virtual lanes of the element type.
func laneCount[T Float]() int {
	var zero T
	return laneBytes / int(unsafe.Sizeof(zero))
}

// fold adds the lanes in halves and returns the lowest one.
func (lane *lanes[T]) fold() T {
	for half := laneCount[T]() / 2; half > 0; half /= 2 {
		for l := range half {
			lane[l] += lane[l+half]
		}
	}
	return lane[0]
}

func dot[T Float](r rounding, x, y []T) T {
	var lane lanes[T]
	count := laneCount[T]()
	for y = y[:len(x)]; len(x) > 0; {
		n := min(count, len(x))
		acc, a, b := lane[:n], x[:n], y[:n]
		for l := range acc {
			acc[l] = fma(r, a[l], b[l], acc[l])
		}
		x, y = x[n:], y[n:]
	}
	return lane.fold()
}

func sum[T Float](x []T) T {
	var lane lanes[T]
	count := laneCount[T]()
	for len(x) > 0 {
		n := min(count, len(x))
		acc, a := lane[:n], x[:n]
		for l := range acc {
			acc[l] += a[l]
		}
		x = x[n:]
	}
	return lane.fold()
}

func maximum[T Float](x []T) T {
	largest := T(math.Inf(-1))
	for _, v := range x {
		if v > largest || v != v {
			largest = v // nothing is greater than NaN, so a NaN stays
		}
	}
	if largest == 0 {
		return 0 // +0 and −0 compare equal: which of them came last must not show
	}
	return largest
}

func addRow[T Float](dst, b []T) {
	for ; len(b) > 0 && len(dst) >= len(b); dst = dst[len(b):] {
		row := dst[:len(b)]
		add(row, row, b)
	}
}

func addColumns[T Float](dst, x []T, xRow int) {
	for ; len(dst) > 0 && len(x) > 0; x = x[min(xRow, len(x)):] {
		add(dst, dst, x)
	}
}

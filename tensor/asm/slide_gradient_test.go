package asm

import (
	"math/rand/v2"
	"testing"
)

// TestSlideGradient compares gradients by the weights of kernels of 3×3 with their chains, on
// operands within an array and on ones that begin or end where readable memory does.
func TestSlideGradient(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		t.Run("f32", func(t *testing.T) { testSlideGradient[float32](t, isa) })
		t.Run("f64", func(t *testing.T) { testSlideGradient[float64](t, isa) })
	})
}

func testSlideGradient[T Float](t *testing.T, isa *ISA) {
	kernels := For[T](isa)
	if kernels.Conv.SlideGradient == nil {
		return
	}
	rng := rand.New(rand.NewPCG(25, 26))
	nr := kernels.Gemm.NR
	apart := func(_, n int) []T { return make([]T, n) }
	checkSlideGradient(t, noted(kernels), rng, apart, 2, 9, nr, nr)
	for _, rows := range []int{1, 2, 3, 5} {
		for _, columns := range []int{2, 3, 4, 9} {
			for n := 1; n <= nr+3; n += 1 + rng.IntN(4) {
				checkSlideGradient(t, kernels, rng, apart, rows, columns, n, n+rng.IntN(2)*3)
			}
		}
	}
	for _, where := range []edge{atStart, atEnd} {
		place := guardedSlices[T](t, 4, where)
		for n := 1; n <= nr/2; n++ {
			checkSlideGradient(t, kernels, rng, place, 1, 2+rng.IntN(2), n, n)
		}
	}
}

// checkSlideGradient compares the gradient of n channels of so many, with pixels beyond the image on
// all sides.
func checkSlideGradient[T Float](t *testing.T, kernels *Kernels[T], rng *rand.Rand,
	place placer[T], rows, columns, n, channels int) {
	t.Helper()
	left, right, above, below := rng.IntN(2), rng.IntN(2), rng.IntN(3), rng.IntN(3)
	band := Band{Rows: rows, Columns: columns, Channels: channels, KernelRows: 3, Dilation: 1,
		Stride: 1 + rng.IntN(3), Apart: 1 + rng.IntN(3), Top: -above, Left: -left}
	band.Height = max((rows-1)*band.Stride+3-above-below, 1)
	band.Width = (columns-1)*band.Apart + 3 - left - right
	a := at(place, 0, randomMatrix[T](rng, band.Height*band.Width*channels))
	dy := at(place, 1, randomMatrix[T](rng, rows*columns*channels))
	want := randomMatrix[T](rng, 9*channels)
	dw := at(place, 2, want)
	accumulate := rng.IntN(2) == 0
	for i := range 9 * channels {
		tap, j := i/channels, i%channels
		if j >= n {
			continue
		}
		if !accumulate {
			want[i] = 0
		}
		for w := range rows * columns {
			var v T
			y, x := w/columns*band.Stride+tap/3-above, w%columns*band.Apart+tap%3-left
			if y >= 0 && y < band.Height && x >= 0 && x < band.Width {
				v = a[(y*band.Width+x)*channels+j]
			}
			want[i] = fma(once, v, dy[w*channels+j], want[i])
		}
	}
	zeros := make([]T, band.Width*channels)
	kernels.Conv.SlideGradient(&dw[0], &a[0], &dy[0], &zeros[0], &band, n, accumulate)
	if d := difference([][]T{want}, [][]T{dw}, 0); d != "" {
		t.Fatalf("%s: %d channels, %+v", d, n, band)
	}
}

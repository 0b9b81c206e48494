package asm

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestConv compares the products of convolutions of every ISA with the chains that the contract
// states, for every size around the register tiles, with guard elements around C.
func TestConv(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		t.Run("f32", func(t *testing.T) { testConv[float32](t, isa) })
		t.Run("f64", func(t *testing.T) { testConv[float64](t, isa) })
	})
}

func testConv[T Float](t *testing.T, isa *ISA) {
	kernels := For[T](isa)
	g, r := &kernels.Gemm, rounding(isa.Name != "generic")
	rng := rand.New(rand.NewPCG(21, 22))
	apart := func(_, n int) []T { return make([]T, n) }
	checkWindows(t, noted(kernels), r, rng, apart, 2, 2, 2)
	checkDepthwise(t, noted(kernels), r, rng, apart, 2, 2, 2)
	checkPlanes(t, noted(kernels), r, rng, apart, 2, 2, 2)
	checkSlides(t, noted(kernels), r, rng, apart, 2, 9, g.NR)
	checkMaxWindows(t, noted(kernels), rng, apart, 2, 2, 2)
	depths := []int{1, 2, 3, 4, 9, 17}
	for _, m := range distinct(1, 2, 3, 5, g.MR-1, g.MR, g.MR+1, 2*g.MR+3, 2*g.MR+4) {
		for _, n := range edges(g.NR, testing.Short()) {
			for _, k := range append(depths, 131) {
				if k < 100 || m <= 2 {
					checkWindows(t, kernels, r, rng, apart, m, n, k)
				}
			}
		}
	}
	for m := 1; m <= 9; m++ { // few rows of several panels
		for _, n := range []int{2*g.NR + g.NR/2, 3 * g.NR, 3*g.NR + 1, 4*g.NR + g.NR/2 - 1} {
			checkWindows(t, kernels, r, rng, apart, m, n, 1+rng.IntN(9))
		}
	}
	for _, n := range []int{64, 128, 256} { // pixels that share sets of the nearest cache
		checkSlides(t, kernels, r, rng, apart, 3, 7+rng.IntN(18), n)
	}
	for channels := g.NR / 4; kernels.Conv.SlideHalves && channels < g.NR/2; channels++ {
		checkSlides(t, kernels, r, rng, apart, 1+rng.IntN(3), 7+rng.IntN(18), channels)
	}
	for rows := 2; rows <= 5; rows++ {
		for _, columns := range []int{7, 7, 8, 9, 15, 16, 17} {
			checkSlides(t, kernels, r, rng, apart, rows, columns, g.NR/2+rng.IntN(g.NR))
		}
	}
	for _, m := range []int{1, 2, 3, 4, 5, 9} {
		for n := 1; n <= 2*g.NR+1; n += 1 + n/g.NR {
			if n >= g.NR/2 && m <= 3 {
				checkSlides(t, kernels, r, rng, apart, m, 7+rng.IntN(18), n)
			}
			for _, k := range []int{1, 2, 9} {
				checkDepthwise(t, kernels, r, rng, apart, m, n, k)
				checkPlanes(t, kernels, r, rng, apart, m, n, k)
				checkMaxWindows(t, kernels, rng, apart, m, n, k)
			}
		}
	}
}

// TestConvStaysInside runs the products on operands that begin or end where readable memory does.
func TestConvStaysInside(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		for _, where := range []edge{atStart, atEnd} {
			testConvStaysInside(t, isa, &isa.F32, guardedSlices[float32](t, 4, where))
			testConvStaysInside(t, isa, &isa.F64, guardedSlices[float64](t, 4, where))
		}
	})
}

func testConvStaysInside[T Float](t *testing.T, isa *ISA, kernels *Kernels[T], place placer[T]) {
	r, rng := rounding(isa.Name != "generic"), rand.New(rand.NewPCG(23, 24))
	for _, m := range distinct(1, 3, kernels.Gemm.MR, kernels.Gemm.MR+2) {
		for n := 1; n <= 2*kernels.Gemm.NR+1; n += 1 + n%3 {
			for _, k := range []int{1, 4, 7} {
				checkWindows(t, kernels, r, rng, place, m, n, k)
				checkDepthwise(t, kernels, r, rng, place, m, n, k)
				checkPlanes(t, kernels, r, rng, place, m, n, k)
				if n >= kernels.Gemm.NR/2 && n <= kernels.Gemm.NR && m == 1 { // as many as there is room for
					checkSlides(t, kernels, r, rng, place, m, 6+(k+1)/2, n)
					checkSlides(t, kernels, r, rng, place, 2, 7, kernels.Gemm.NR/2)
				}
				if n <= 2*kernels.Gemm.NR/3 { // beyond, windows outgrow the guarded slices
					checkMaxWindows(t, kernels, rng, place, min(m, 5), n, k)
				}
			}
		}
	}
}

// randomWindow returns the layout of a product whose windows lie in an image of so many elements.
// Each window is reach elements beyond its steps wide.
func randomWindow(rng *rand.Rand, m, n, k, mr, reach int) (w *Window, image int) {
	steps := make([]int32, k+1)
	for p := range k {
		steps[p] = int32(rng.IntN(50))
	}
	w = &Window{Layout: Layout{M: m, N: n, K: k, LDC: n + rng.IntN(2)*3, ARow: 1 + rng.IntN(9),
		MR: mr}, Steps: &steps[0]}
	w.APanel = mr * w.ARow
	w.Far = rng.IntN(2) == 0
	last := 0
	for _, s := range steps[:k] {
		last = max(last, int(s))
	}
	return w, (m-1)*w.ARow + last + reach
}

// checkWindows compares a product of windows with its chains.
func checkWindows[T Float](t *testing.T, kernels *Kernels[T], r rounding, rng *rand.Rand,
	place placer[T], m, n, k int) {
	t.Helper()
	g := &kernels.Gemm
	w, image := randomWindow(rng, m, n, k, 1+rng.IntN(g.MR), 1)
	l := arrangement{packB: rng.IntN(2) == 0, gap: rng.IntN(3)}
	weights := randomMatrix[T](rng, k*n)
	panel := rng.IntN(2) * rng.IntN(30) // between row blocks of an image's rows
	w.APanel += panel
	image += (m - 1) / w.MR * panel
	a, b := at(place, 0, randomMatrix[T](rng, image)), at(place, 1, layB(g, l, weights, &w.Layout))
	epilogue := randomConvEpilogue[T](rng, n)
	accumulate := rng.IntN(2) == 0
	checkConv(t, rng, place, w, accumulate, func(i, j int, chain T) T {
		for p := range k {
			row := i/w.MR*w.APanel + i%w.MR*w.ARow
			chain = fma(r, a[row+int(stepOf(w, p))], weights[p*n+j], chain)
		}
		return epilogue.element(r, j, 0, chain)
	}, func(c *T) { kernels.Conv.MulWindows(c, &a[0], &b[0], nil, w, accumulate, epilogue) })
}

// checkDepthwise does so with a depthwise product.
func checkDepthwise[T Float](t *testing.T, kernels *Kernels[T], r rounding, rng *rand.Rand,
	place placer[T], m, n, k int) {
	t.Helper()
	w, image := randomWindow(rng, m, n, k, m, n)
	w.BRow = n + rng.IntN(3)
	a := at(place, 0, randomMatrix[T](rng, image))
	b := at(place, 1, randomMatrix[T](rng, (k-1)*w.BRow+n))
	accumulate := rng.IntN(2) == 0
	checkConv(t, rng, place, w, accumulate, func(i, j int, chain T) T {
		for p := range k {
			chain = fma(r, a[i*w.ARow+int(stepOf(w, p))+j], b[p*w.BRow+j], chain)
		}
		return chain
	}, func(c *T) { kernels.Conv.Depthwise(c, &a[0], &b[0], w, accumulate) })
}

// checkPlanes does so with a weight for all columns.
func checkPlanes[T Float](t *testing.T, kernels *Kernels[T], r rounding, rng *rand.Rand,
	place placer[T], m, n, k int) {
	t.Helper()
	w, image := randomWindow(rng, m, n, k, m, n)
	a, b := at(place, 0, randomMatrix[T](rng, image)), at(place, 1, randomMatrix[T](rng, k))
	accumulate := rng.IntN(2) == 0
	checkConv(t, rng, place, w, accumulate, func(i, j int, chain T) T {
		for p := range k {
			chain = fma(r, a[i*w.ARow+int(stepOf(w, p))+j], b[p], chain)
		}
		return chain
	}, func(c *T) { kernels.Conv.Planes(c, &a[0], &b[0], w, accumulate) })
}

// checkSlides does so with those of rows of three, five and seven taps, one and two pixels apart, with
// pixels beyond the image on all sides.
func checkSlides[T Float](t *testing.T, kernels *Kernels[T], r rounding, rng *rand.Rand,
	place placer[T], rows, columns, channels int) {
	t.Helper()
	for slide := range Slides {
		if kernels.Conv.Slide[slide] == nil {
			continue
		}
		taps, apart := slide.Taps(), slide.Apart()
		left, right := rng.IntN(taps/2+1), rng.IntN(taps/2+1)
		pixel := channels + rng.IntN(2)*3 // of C
		above, below := rng.IntN(3), rng.IntN(3)
		band := Band{Rows: rows, Columns: columns, Channels: channels, KernelRows: 1 + rng.IntN(3),
			Stride: 1 + rng.IntN(2), Dilation: 1 + rng.IntN(2), Top: -above, Left: -left,
			Width: (columns-1)*apart + taps - left - right, CRow: columns*pixel + rng.IntN(3), CPixel: pixel,
			Mirrored: rng.IntN(2) == 0}
		if rng.IntN(2) == 0 { // which some kernels take two rows at a time
			band.KernelRows, band.Dilation = 3, 1
		}
		reach := (rows-1)*band.Stride + (band.KernelRows-1)*band.Dilation + 1
		band.Height = max(reach-above-below, 1)
		a := at(place, 0, randomMatrix[T](rng, band.Height*band.Width*channels))
		weights := randomMatrix[T](rng, band.KernelRows*taps*channels)
		if band.Ends = !band.Mirrored && rng.IntN(2) == 0; band.Ends {
			weights = append(weights, slideEnds(weights, band.KernelRows, channels)...)
		}
		b := at(place, 1, weights)
		zeros := make([]T, slide.Pixels()*channels)
		aLast, bLast, cLast, step := 0, 0, 0, channels
		if band.Mirrored {
			aLast, bLast, step = len(a)-channels, len(b)-channels, -channels
			cLast = (rows-1)*band.CRow + (columns-1)*pixel
			band.CRow, band.CPixel = -band.CRow, -pixel
		}
		epilogue := randomConvEpilogue[T](rng, channels)
		want := randomMatrix[T](rng, (rows-1)*max(band.CRow, -band.CRow)+columns*pixel)
		c := at(place, 2, want)
		for i := range rows * columns * channels {
			y, x, j := i/(columns*channels), i/channels%columns, i%channels
			var chain T
			for p := range band.KernelRows * taps {
				var v T
				py, px := y*band.Stride+p/taps*band.Dilation-above, x*apart+p%taps-left
				if py >= 0 && py < band.Height && px >= 0 && px < band.Width {
					v = a[aLast+(py*band.Width+px)*step+j]
				}
				chain = fma(r, v, b[bLast+p*step+j], chain)
			}
			want[cLast+y*band.CRow+x*band.CPixel+j] = epilogue.element(r, j, 0, chain)
		}
		kernels.Conv.Slide[slide](&c[cLast], &a[aLast], &b[bLast],
			&zeros[max(0, -step)*(slide.Pixels()-1)], epilogue, &band)
		if d := difference([][]T{want}, [][]T{c}, 0); d != "" {
			t.Fatalf("%s: %v, %+v", d, slide, band)
		}
	}
}

// slideEnds returns what −0 is after the weights of each row and all below, times +0.
func slideEnds[T Float](weights []T, rows, channels int) []T {
	ends := make([]T, rows*channels)
	for i := range ends {
		ends[i] = T(math.Copysign(0, -1))
		for at := i/channels*(len(weights)/rows) + i%channels; at < len(weights); at += channels {
			ends[i] = fma(once, 0, weights[at], ends[i])
		}
	}
	return ends
}

// checkMaxWindows compares the largest elements of windows, and their gradient, with what each
// window holds: few values, zeros of either sign and NaN among them.
func checkMaxWindows[T Float](t *testing.T, kernels *Kernels[T], rng *rand.Rand, place placer[T],
	m, n, k int) {
	t.Helper()
	w, image := randomWindow(rng, m, n, k, m, 1)
	pixel := n + rng.IntN(3) // an element belongs to one channel
	w.ARow *= pixel
	for p := range k {
		unsafe.Slice(w.Steps, k)[p] *= int32(pixel)
	}
	image = (image-1)*pixel + n
	a := randomMasks[T](rng, image)
	for i, v := range a {
		if v == v && v != 0 {
			a[i] = T(int(2 * v))
		}
	}
	x, g := at(place, 0, a), at(place, 1, randomMatrix[T](rng, (m-1)*w.LDC+n))
	want, dx := randomMatrix[T](rng, len(g)), make([]T, image)
	y, got := at(place, 2, want), at(place, 3, dx)
	for i := range m {
		for j := range n {
			first := 0
			at := func(p int) int { return i*w.ARow + int(stepOf(w, p)) + j }
			for p := range k {
				if best, v := x[at(first)], x[at(p)]; v > best || v != v && best == best {
					first = p
				}
			}
			want[i*w.LDC+j] = x[at(first)]
			dx[at(first)] += g[i*w.LDC+j]
		}
	}
	kernels.Conv.MaxWindows(&y[0], &x[0], w)
	kernels.Conv.MaxWindowsGradient(&got[0], &g[0], &x[0], &y[0], w)
	if d := difference([][]T{want, dx}, [][]T{y, got}, 0); d != "" {
		t.Fatalf("%s: %+v", d, w.Layout)
	}
}

// randomConvEpilogue is randomEpilogue for convolutions, whose kernels clamp, too.
func randomConvEpilogue[T Float](rng *rand.Rand, channels int) *Epilogue[T] {
	e := randomEpilogue[T](rng, channels, 0)
	if e != nil && rng.IntN(3) == 0 {
		e.clampTo(rng)
	}
	return e
}

// checkConv runs a product and compares C with what continues the chains of its elements.
func checkConv[T Float](t *testing.T, rng *rand.Rand, place placer[T], w *Window, accumulate bool,
	want func(i, j int, chain T) T, run func(c *T)) {
	t.Helper()
	before := randomMatrix[T](rng, (w.M-1)*w.LDC+w.N)
	c := at(place, 2, before)
	for i := range w.M {
		for j := range w.N {
			var chain T
			if accumulate {
				chain = before[i*w.LDC+j]
			}
			before[i*w.LDC+j] = want(i, j, chain)
		}
	}
	run(&c[0])
	for i := range before {
		if before[i] != c[i] {
			t.Fatalf("element %d is %v, want %v; accumulate %v, %+v", i, c[i], before[i], accumulate,
				w.Layout)
		}
	}
}

// stepOf returns the offset of step p.
func stepOf(w *Window, p int) int32 { return unsafe.Slice(w.Steps, w.K)[p] }

// at returns a copy of x in the place of slice s.
func at[T Float](place placer[T], s int, x []T) []T {
	y := place(s, len(x))
	copy(y, x)
	return y
}

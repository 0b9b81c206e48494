package asm

import "unsafe"

// Conv are the products of convolutions, whose A lies in an image.
type Conv[T Float] struct {
	// MulWindows is [Gemm.Mul] for an A that a [Window] describes.
	MulWindows func(c, a, b, packed *T, w *Window, accumulate bool, epilogue *Epilogue[T])
	// Depthwise multiplies each channel by a column of weights: with the Window's sizes and strides
	//
	//	C(i,j) = fma chain over ascending p < K of a[i·ARow + Steps[p] + j]·b[p·BRow + j]
	//
	// for the rows i < M and the channels j < N, from C(i,j) when accumulate is set, else from +0.
	Depthwise func(c, a, b *T, w *Window, accumulate bool)
	// Planes is Depthwise with one weight a step for all columns, b[p] in place of b[p·BRow+j]: for
	// rows of pixels of an image that has its channels in planes.
	Planes func(c, a, b *T, w *Window, accumulate bool)
	// Slide are Depthwise for kernels of some taps a row, over windows so many pixels apart: see
	// [Band]. zeros has [Slide.Pixels] pixels of +0. Of epilogues they take those without a mask.
	Slide slides[T]
	// SlideHalves says that Slide takes half a register of channels, too.
	SlideHalves bool
	// LineByLine says that Slide takes all rows of a line of channels before the next line, and
	// fetches rows ahead: bands of few rows gain nothing.
	LineByLine bool
	// SlideGradient is the gradient by the weights of kernels of 3×3, for the first of a [Band]'s
	// channels; nil where an ISA has none. Its rows are the windows' and dy their gradients, without
	// gaps: chains over their ascending order, from dw when accumulate is set, else from +0,
	//
	//	dw[(p·3 + t)·Channels + j] = fma chain over y < Rows and x < Columns of
	//	           pixel(Top + y·Stride + p, Left + x·Apart + t)[j]·dy[(y·Columns + x)·Channels + j]
	//
	// There are two Columns or more, and at most one pixel beyond the image before each row and behind
	// it. zeros has Width pixels of +0.
	SlideGradient func(dw, a, dy, zeros *T, band *Band, channels int, accumulate bool)
	// MaxWindows sets C(i,j) to the largest of a[i·ARow + Steps[p] + j] over p < K: the first of two
	// zeros, and NaN if there is one.
	MaxWindows func(c, a *T, w *Window)
	// MaxWindowsGradient adds g[i·LDC+j] to dx[i·ARow + Steps[p] + j] for the first p at which x has
	// there the largest element y[i·LDC+j], or NaN. dx has no −0. Each of its elements belongs to one
	// channel j of all windows.
	MaxWindowsGradient func(dx, g, x, y *T, w *Window)
}

// Window is the layout of a product whose A lies in an image, so that the windows of a convolution
// need not be copied to the rows of a matrix:
//
//	A(i,p) = a[(i/MR)·APanel + (i%MR)·ARow + Steps[p]]
//
// Steps has K offsets, and one more that may be read.
type Window struct {
	Layout // but ACol
	Steps  *int32
}

// convPure fills in the pure-Go products of convolutions.
func convPure[T Float](k *Kernels[T], r rounding) {
	k.Conv.MulWindows = func(cp, a, b, _ *T, w *Window, accumulate bool, epilogue *Epilogue[T]) {
		c := unsafe.Slice(cp, (w.M-1)*w.LDC+w.N)
		steps := unsafe.Slice(w.Steps, w.K)
		for i := range w.M {
			window := element(a, i/w.MR*w.APanel+i%w.MR*w.ARow)
			for j := 0; j < w.N; j += pureNR {
				row := c[i*w.LDC+j:][:min(pureNR, w.N-j)]
				if !accumulate {
					clear(row)
				}
				windowRow(r, row, window, steps, element(b, j/pureNR*w.BPanel), w.BRow)
			}
			if epilogue != nil {
				epilogue.Apply(k, c[i*w.LDC:][:w.N], i*w.LDC)
			}
		}
	}
	k.Conv.MaxWindows, k.Conv.MaxWindowsGradient = maxWindows[T], maxWindowsGradient[T]
	for s := range Slides {
		k.Conv.Slide[s] = slidePure(k, r, s)
	}
	k.Conv.Planes = func(cp, a, b *T, w *Window, accumulate bool) {
		c := unsafe.Slice(cp, (w.M-1)*w.LDC+w.N)
		weights := unsafe.Slice(b, w.K)
		for i := range w.M {
			row := c[i*w.LDC:][:w.N]
			if !accumulate {
				clear(row)
			}
			for p, step := range unsafe.Slice(w.Steps, w.K) {
				for j, v := range unsafe.Slice(element(a, i*w.ARow+int(step)), w.N) {
					row[j] = fma(r, v, weights[p], row[j])
				}
			}
		}
	}
	k.Conv.Depthwise = func(cp, a, b *T, w *Window, accumulate bool) {
		c := unsafe.Slice(cp, (w.M-1)*w.LDC+w.N)
		for i := range w.M {
			row := c[i*w.LDC:][:w.N]
			if !accumulate {
				clear(row)
			}
			for p, step := range unsafe.Slice(w.Steps, w.K) {
				x := unsafe.Slice(element(a, i*w.ARow+int(step)), w.N)
				weights := unsafe.Slice(element(b, p*w.BRow), w.N)
				for j, v := range x {
					row[j] = fma(r, v, weights[j], row[j])
				}
			}
		}
	}
}

// maxWindows is the pure-Go [Conv.MaxWindows].
func maxWindows[T Float](c, a *T, w *Window) {
	for i := range w.M {
		row := unsafe.Slice(element(c, i*w.LDC), w.N)
		for p, step := range unsafe.Slice(w.Steps, w.K) {
			for j, v := range unsafe.Slice(element(a, i*w.ARow+int(step)), w.N) {
				if p == 0 || v > row[j] || v != v {
					row[j] = v
				}
			}
		}
	}
}

// maxWindowsGradient is the pure-Go [Conv.MaxWindowsGradient].
func maxWindowsGradient[T Float](dx, g, x, y *T, w *Window) {
	steps := unsafe.Slice(w.Steps, w.K)
	for i := range w.M {
		up := unsafe.Slice(element(g, i*w.LDC), w.N)
		for j, largest := range unsafe.Slice(element(y, i*w.LDC), w.N) {
			for _, step := range steps {
				at := i*w.ARow + int(step) + j
				if v := *element(x, at); v == largest || v != v {
					*element(dx, at) += up[j]
					break
				}
			}
		}
	}
}

// windowRow continues the chains of one row of C with the elements of a window, which it collects
// some at a time.
func windowRow[T Float](r rounding, row []T, window *T, steps []int32, b *T, bRow int) {
	var buf [128]T
	for p := 0; p < len(steps); p += len(buf) {
		part := steps[p:min(p+len(buf), len(steps))]
		for q, step := range part {
			buf[q] = *element(window, int(step))
		}
		rows := unsafe.Slice(element(b, p*bRow), (len(part)-1)*bRow+len(row))
		gemmRow(r, row, buf[:len(part)], 1, rows, bRow, len(part))
	}
}

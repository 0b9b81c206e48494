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

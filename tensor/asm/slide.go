package asm

import (
	"fmt"
	"unsafe"
)

// Slide names a depthwise product of rows of windows, by the taps of a row of its kernel and how
// many pixels its windows are apart.
type Slide uint8

// The products, as [Conv.Slide] has them.
const (
	Slide3 Slide = iota
	Slide3By2
	Slide5
	Slide5By2
	Slide7
	Slides // their number
)

// slides are the kernels of these products; an ISA may lack the last one.
type (
	slides[T Float]      = [Slides]slideKernel[T]
	slideKernel[T Float] = func(c, a, b, zeros *T, epilogue *Epilogue[T], band *Band)
)

// SlideOf returns the product for so many taps and pixels, and whether there is one.
func SlideOf(taps, apart int) (s Slide, ok bool) {
	for s = range Slides {
		if s.Taps() == taps && s.Apart() == apart {
			return s, true
		}
	}
	return 0, false
}

// Taps returns the taps of a row of the kernel.
func (s Slide) Taps() int { return 3 + int(s)/2*2 }

// Apart returns how many pixels the windows are apart.
func (s Slide) Apart() int { return 1 + int(s)%2 }

// Pixels returns how many pixels of a row eight windows reach over.
func (s Slide) Pixels() int { return 7*s.Apart() + s.Taps() }

// String returns "3x1" for three taps over windows a pixel apart.
func (s Slide) String() string { return fmt.Sprintf("%dx%d", s.Taps(), s.Apart()) }

// Band is rows of windows that [Conv.Slide] computes, of an image with its pixels next to each
// other, Width of them a row: with T taps in a row of the kernel and windows S pixels apart
//
//	C(y,x,j) = fma chain over ascending p < KernelRows and t < T of
//	           pixel(Top + y·Stride + p·Dilation, Left + x·S + t)[j]·b[(p·T + t)·Channels + j]
//
// where C(y,x,j) is c[y·CRow + x·CPixel + j], and pixels beyond the image are +0. Of those, a row
// of windows reads at most T/2 before the image and T/2 behind it; more in the window behind the
// seventh of seven. There are seven Columns or more, and a register of Channels, or half of one
// where [Conv.SlideHalves] says so.
//
// With Ends, all weights are finite, and b goes on with KernelRows rows of Channels zeros: what −0 is
// after the taps of that row and all rows below, times +0. Rows beyond the image may then be left
// out, those below it but for the zeros of the first of them. There are none where it is Mirrored.
//
// Mirrored, all pixels and taps are in memory from the last one to the first: a, b, c and zeros
// point at the last in memory, CRow and CPixel are negative.
type Band struct {
	Rows, Columns, Channels int
	Height, Width           int // of the image, in pixels
	Top, Left               int // the first pixel of the first window, in the image or before it
	Stride                  int // from one row of windows to the next, in rows of pixels
	KernelRows, Dilation    int // and from one row of the kernel to the next
	CRow, CPixel            int // elements
	Ends, Mirrored          bool
	Apart                   int // from one window to the next, which only [Conv.SlideGradient] asks for
}

// slidePure returns a pure-Go [Conv.Slide].
func slidePure[T Float](k *Kernels[T], r rounding, s Slide) func(c, a, b, zeros *T,
	epilogue *Epilogue[T], band *Band) {
	taps, apart := s.Taps(), s.Apart()
	return func(c, a, b, zeros *T, epilogue *Epilogue[T], band *Band) {
		n := band.Channels
		step := n // from a pixel to the next
		if band.Mirrored {
			step = -n
		}
		for i := range band.Rows * band.Columns {
			y, x := i/band.Columns, i%band.Columns
			row := unsafe.Slice(element(c, y*band.CRow+x*band.CPixel), n)
			clear(row)
			for p := range band.KernelRows * taps {
				pixel := zeros
				py, px := band.Top+y*band.Stride+p/taps*band.Dilation, band.Left+x*apart+p%taps
				if py >= 0 && py < band.Height && px >= 0 && px < band.Width {
					pixel = element(a, (py*band.Width+px)*step)
				}
				weights := unsafe.Slice(element(b, p*step), n)
				for j, v := range unsafe.Slice(pixel, n) {
					row[j] = fma(r, v, weights[j], row[j])
				}
			}
			if epilogue != nil {
				epilogue.Apply(k, row, 0)
			}
		}
	}
}

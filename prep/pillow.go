package prep

import (
	"fmt"
	"math"
	"slices"

	"simdnn/internal/portable"
)

// Filter is a way of Pillow to resize.
type Filter uint8

// The filters of Pillow's Image.resize. All but Nearest take the mean over what becomes a pixel,
// with weights: they smooth where an image becomes smaller.
const (
	Nearest Filter = iota
	Box
	Bilinear
	Hamming
	Bicubic
	Lanczos
)

// support is how far a filter reaches at the scale 1.
var support = [...]float64{Box: 0.5, Bilinear: 1, Hamming: 1, Bicubic: 2, Lanczos: 3}

// weight returns a filter's value at a distance.
func (f Filter) weight(x float64) float64 {
	switch f {
	case Box:
		if x > -0.5 && x <= 0.5 {
			return 1
		}
		return 0
	case Lanczos:
		if x < -3 || x >= 3 {
			return 0
		}
		return sinc(x) * sinc(x/3)
	}
	x = math.Abs(x)
	switch {
	case f == Bilinear && x < 1:
		return 1 - x
	case f == Hamming && x == 0:
		return 1
	case f == Hamming && x < 1:
		x *= math.Pi
		return portable.Sin(x) / x * (0.54 + float64(0.46*portable.Cos(x)))
	case f == Bicubic && x < 1:
		return float64(float64((float64(1.5*x)-2.5)*x)*x) + 1
	case f == Bicubic && x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * -0.5
	}
	return 0
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return portable.Sin(x) / x
}

// taps are the pixels along an axis that one pixel is made of, with their weights times 2²².
type taps struct {
	from    int
	weights []int32
}

// tapsOf returns those of all pixels of an axis, of which to stand for length of from pixels.
func tapsOf(f Filter, from int, length float32, to int) []taps {
	scale := float64(length) / float64(to)
	wide := max(scale, 1)
	reach := float64(wide * support[f])
	list := make([]taps, to)
	for i := range list {
		center := float64((float64(i) + 0.5) * scale)
		low := max(int(center-reach+0.5), 0)
		high := min(int(center+reach+0.5), from)
		weights, sum := make([]float64, high-low), 0.0
		for j := range weights {
			weights[j] = f.weight((float64(low+j) - center + 0.5) / wide)
			sum += weights[j]
		}
		list[i] = taps{low, make([]int32, high-low)}
		for j, w := range weights {
			if sum != 0 {
				w /= sum
			}
			list[i].weights[j] = int32(float64(w*(1<<22)) + math.Copysign(0.5, w))
		}
	}
	return list
}

// Resize resizes an image as Pillow's Image.resize does. An image of two or four channels has
// transparency in the last, which the colours are multiplied by meanwhile, unless the size stays.
func (m *Image) Resize(width, height int, f Filter) (*Image, error) {
	if !isSize(width, height) || !isSize(m.Width, m.Height) || f > Lanczos {
		return nil, fmt.Errorf("prep: a resize of %d×%d to %d×%d", m.Width, m.Height, width, height)
	}
	switch {
	case f == Nearest:
		return m.nearest(width, height), nil
	case m.hasAlpha() && (width != m.Width || height != m.Height):
		return m.multiplied().filtered(width, height, f, whole(m)).divided(), nil
	}
	return m.filtered(width, height, f, whole(m)), nil
}

// hasAlpha reports whether the last channel is transparency.
func (m *Image) hasAlpha() bool { return m.Channels == 2 || m.Channels == 4 }

// ResizeReduced resizes an image as Pillow's Image.resize does with its argument reducing_gap: an
// image that becomes more than gap times smaller is reduced before, which is faster and not the
// same.
func (m *Image) ResizeReduced(width, height int, f Filter, gap float64) (*Image, error) {
	if !(gap >= 1) {
		return nil, fmt.Errorf("prep: a reducing gap of %v, which is 1 or more", gap)
	}
	if f == Nearest || f > Lanczos || !isSize(width, height) || !isSize(m.Width, m.Height) {
		return m.Resize(width, height, f)
	}
	across := max(int(float64(m.Width)/float64(width)/gap), 1)
	down := max(int(float64(m.Height)/float64(height)/gap), 1)
	if across == 1 && down == 1 {
		return m.Resize(width, height, f)
	}
	extent := [2]float32{float32(float64(m.Width) / float64(across)),
		float32(float64(m.Height) / float64(down))}
	if m.hasAlpha() {
		return m.multiplied().reduced(across, down).filtered(width, height, f, extent).divided(), nil
	}
	return m.reduced(across, down).filtered(width, height, f, extent), nil
}

// Thumbnail returns an image of at most the given size in the same proportions, as Pillow's
// Image.thumbnail makes it of an image that isn't a JPEG file any more; one that is small enough is
// returned as it is.
func (m *Image) Thumbnail(width, height int, f Filter) (*Image, error) {
	if !isSize(width, height) || !isSize(m.Width, m.Height) {
		return nil, fmt.Errorf("prep: a thumbnail of %d×%d of %d×%d", width, height, m.Width, m.Height)
	}
	if width >= m.Width && height >= m.Height {
		return m, nil
	}
	ratio, w, h := float64(m.Width)/float64(m.Height), float64(width), float64(height)
	if w/h >= ratio {
		width = nearer(h*ratio, func(n float64) float64 { return math.Abs(ratio - n/h) })
	} else {
		height = nearer(w/ratio, func(n float64) float64 {
			if n == 0 {
				return 0
			}
			return math.Abs(ratio - w/n)
		})
	}
	return m.ResizeReduced(width, height, f, 2)
}

// nearer returns the whole number beside x where f is smaller, at least 1.
func nearer(x float64, f func(float64) float64) int {
	low, high := math.Floor(x), math.Ceil(x)
	if f(high) < f(low) {
		low = high
	}
	return max(int(low), 1)
}

// whole is the extent of an image.
func whole(m *Image) [2]float32 { return [2]float32{float32(m.Width), float32(m.Height)} }

// filtered resizes what is within an extent, from the corner on, in one direction after the other.
func (m *Image) filtered(width, height int, f Filter, extent [2]float32) *Image {
	heightFirst := height < m.Height && m.Height-height > 2*(m.Width-width)
	if heightFirst {
		m = m.filteredDown(height, f, extent[1])
	}
	m = m.filteredAcross(width, f, extent[0])
	if !heightFirst {
		m = m.filteredDown(height, f, extent[1])
	}
	return &Image{m.Width, m.Height, m.Channels, slices.Clone(m.Pixels)}
}

func (m *Image) filteredAcross(width int, f Filter, extent float32) *Image {
	if width == m.Width && extent == float32(width) {
		return m
	}
	out := NewImage(width, m.Height, m.Channels)
	for x, t := range tapsOf(f, m.Width, extent, width) {
		for y := range m.Height {
			m.mix(out.At(x, y), m.Pixels[(y*m.Width+t.from)*m.Channels:], t.weights, m.Channels)
		}
	}
	return out
}

func (m *Image) filteredDown(height int, f Filter, extent float32) *Image {
	if height == m.Height && extent == float32(height) {
		return m
	}
	out := NewImage(m.Width, height, m.Channels)
	for y, t := range tapsOf(f, m.Height, extent, height) {
		for x := range m.Width {
			m.mix(out.At(x, y), m.Pixels[(t.from*m.Width+x)*m.Channels:], t.weights, m.Width*m.Channels)
		}
	}
	return out
}

// mix sets a pixel to the weighted sum of some that stand step apart.
func (m *Image) mix(to, from []uint8, weights []int32, step int) {
	for c := range to {
		sum := int32(1 << 21)
		for j, w := range weights {
			sum += w * int32(from[j*step+c])
		}
		to[c] = uint8(min(max(sum>>22, 0), 255))
	}
}

// nearest takes the pixels at places that are added up.
func (m *Image) nearest(width, height int) *Image {
	out := NewImage(width, height, m.Channels)
	across, down := places(m.Width, width), places(m.Height, height)
	for y, from := range down {
		for x, at := range across {
			copy(out.At(x, y), m.At(at, from))
		}
	}
	return out
}

func places(from, to int) []int {
	list, step := make([]int, to), float64(from)/float64(to)
	at := float64(step * 0.5)
	for i := range list {
		list[i] = min(int(at), from-1)
		at += step
	}
	return list
}

// multiplied returns the colours times the transparency, which stays.
func (m *Image) multiplied() *Image {
	out, n := NewImage(m.Width, m.Height, m.Channels), m.Channels
	for i := 0; i < len(m.Pixels); i += n {
		a := uint32(m.Pixels[i+n-1])
		for c := range n - 1 {
			t := uint32(m.Pixels[i+c])*a + 128
			out.Pixels[i+c] = uint8((t>>8 + t) >> 8)
		}
		out.Pixels[i+n-1] = uint8(a)
	}
	return out
}

// divided undoes multiplied, in place.
func (m *Image) divided() *Image {
	n := m.Channels
	for i := 0; i < len(m.Pixels); i += n {
		a := uint32(m.Pixels[i+n-1])
		for c := 0; c < n-1 && a != 0 && a != 255; c++ {
			m.Pixels[i+c] = uint8(min(255*uint32(m.Pixels[i+c])/a, 255))
		}
	}
	return m
}

// Reduce returns the means over blocks of k×k pixels, as Pillow's Image.reduce does: the blocks at
// the right and at the bottom may be smaller.
func (m *Image) Reduce(k int) (*Image, error) {
	if k < 1 {
		return nil, fmt.Errorf("prep: a reduction by %d", k)
	}
	if m.hasAlpha() && k > 1 {
		return m.multiplied().reduced(k, k).divided(), nil
	}
	return m.reduced(k, k), nil
}

// reduced returns the means over blocks.
func (m *Image) reduced(width, height int) *Image {
	out := NewImage((m.Width-1)/width+1, (m.Height-1)/height+1, m.Channels)
	for y := range out.Height {
		for x := range out.Width {
			w, h := min(width, m.Width-width*x), min(height, m.Height-height*y)
			n := uint32(w * h)
			for c := range m.Channels {
				sum := n / 2
				for i := range w * h {
					sum += uint32(m.At(width*x+i%w, height*y+i/w)[c])
				}
				out.At(x, y)[c] = uint8(uint64(sum) * uint64(1<<24/n) >> 24)
			}
		}
	}
	return out
}

package prep

import (
	"fmt"
	"math"
)

// line is how OpenCV makes a pixel of two along an axis: the first one, and the weights times 2¹¹.
type line struct {
	at     [2]int
	weight [2]int32
}

// lines returns those of an axis. At its ends a row is repeated; across, with the weight 1.
func lines(from, to int, across bool) []line {
	list, scale := make([]line, to), 1/(float64(to)/float64(from))
	for i := range list {
		place := float32(float64((float64(i)+0.5)*scale) - 0.5)
		at := int(math.Floor(float64(place)))
		rest := place - float32(at)
		if across && at < 0 {
			at, rest = 0, 0
		}
		if across && at >= from-1 {
			at, rest = from-1, 0
		}
		list[i] = line{[2]int{min(max(at, 0), from-1), min(max(at+1, 0), from-1)},
			[2]int32{roundHalfEven((1 - rest) * 2048), roundHalfEven(rest * 2048)}}
	}
	return list
}

func roundHalfEven(x float32) int32 { return int32(math.RoundToEven(float64(x))) }

// ResizeLinear resizes as OpenCV's resize does with INTER_LINEAR: between the four nearest pixels,
// however much smaller the image becomes. An image that becomes half as large in both directions is
// the mean of blocks of 2×2.
func (m *Image) ResizeLinear(width, height int) (*Image, error) {
	if !isSize(width, height) || !isSize(m.Width, m.Height) {
		return nil, fmt.Errorf("prep: a resize of %d×%d to %d×%d", m.Width, m.Height, width, height)
	}
	if m.Width == 2*width && m.Height == 2*height {
		return m.halved(), nil
	}
	out := NewImage(width, height, m.Channels)
	across := lines(m.Width, width, true)
	rows := [2][]int32{make([]int32, width*m.Channels), make([]int32, width*m.Channels)}
	for y, l := range lines(m.Height, height, false) {
		for i := range rows {
			m.row(rows[i], l.at[i], across)
		}
		to := out.Pixels[y*width*m.Channels:]
		for i, a := range rows[0] {
			v := (l.weight[0]*(a>>4))>>16 + (l.weight[1]*(rows[1][i]>>4))>>16
			to[i] = uint8(min(max((v+2)>>2, 0), 255))
		}
	}
	return out, nil
}

// row resizes a row, to numbers times 2¹¹.
func (m *Image) row(to []int32, y int, across []line) {
	for x, l := range across {
		a, b := m.At(l.at[0], y), m.At(l.at[1], y)
		for c := range m.Channels {
			to[x*m.Channels+c] = int32(a[c])*l.weight[0] + int32(b[c])*l.weight[1]
		}
	}
}

// halved returns the means of blocks of 2×2 pixels.
func (m *Image) halved() *Image {
	out := NewImage(m.Width/2, m.Height/2, m.Channels)
	for y := range out.Height {
		for x := range out.Width {
			a, b := m.At(2*x, 2*y), m.At(2*x+1, 2*y)
			p, q := m.At(2*x, 2*y+1), m.At(2*x+1, 2*y+1)
			for c := range m.Channels {
				sum := int(a[c]) + int(b[c]) + int(p[c]) + int(q[c])
				out.At(x, y)[c] = uint8((sum + 2) >> 2)
			}
		}
	}
	return out
}

// Floats returns the pixels as float32, channels first: (x/255 − mean) / deviation, each rounded,
// with a mean and a deviation for each channel; without them it is x/255. The result has the
// dimensions (channels, height, width).
func (m *Image) Floats(mean, deviation []float32) ([]float32, error) {
	if mean != nil && len(mean) != m.Channels || len(mean) != len(deviation) {
		return nil, fmt.Errorf("prep: %d means and %d deviations for %d channels", len(mean),
			len(deviation), m.Channels)
	}
	n := m.Width * m.Height
	out := make([]float32, n*m.Channels)
	for c := range m.Channels {
		for i := range n {
			v := float32(m.Pixels[i*m.Channels+c]) / 255
			if mean != nil {
				v = (v - mean[c]) / deviation[c]
			}
			out[c*n+i] = v
		}
	}
	return out, nil
}

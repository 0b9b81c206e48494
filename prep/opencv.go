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
		list[i] = lineOf(at, place-float32(at), from, across)
	}
	return list
}

// lineOf returns the line between the pixel at a place and the next one.
func lineOf(at int, rest float32, from int, across bool) line {
	if across && at < 0 {
		at, rest = 0, 0
	}
	if across && at >= from-1 {
		at, rest = from-1, 0
	}
	return line{[2]int{min(max(at, 0), from-1), min(max(at+1, 0), from-1)},
		[2]int32{roundHalfEven((1 - rest) * 2048), roundHalfEven(rest * 2048)}}
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
	return m.between(width, height, lines), nil
}

// between resizes along lines.
func (m *Image) between(width, height int, lines func(from, to int, across bool) []line) *Image {
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
	return out
}

// ResizeArea resizes as OpenCV's resize does with INTER_AREA: an image that becomes smaller, or
// stays as large, in both directions is the mean over what becomes a pixel, parts of pixels
// included; else it is between the nearest pixels, and pixels keep sharp borders where it becomes
// larger.
func (m *Image) ResizeArea(width, height int) (*Image, error) {
	if !isSize(width, height) || !isSize(m.Width, m.Height) {
		return nil, fmt.Errorf("prep: a resize of %d×%d to %d×%d", m.Width, m.Height, width, height)
	}
	switch {
	case width > m.Width || height > m.Height:
		return m.between(width, height, areaLines), nil
	case m.Width == 2*width && m.Height == 2*height:
		return m.halved(), nil
	case m.Width%width == 0 && m.Height%height == 0:
		return m.blocks(m.Width/width, m.Height/height), nil
	}
	out := NewImage(width, height, m.Channels)
	across, down := sharesOf(m.Width, width), sharesOf(m.Height, height)
	row, sum := make([]float32, width*m.Channels), make([]float32, width*m.Channels)
	for y, list := range down {
		clear(sum)
		for _, s := range list {
			m.weighted(row, s.at, across)
			for i, v := range row {
				sum[i] += float32(s.weight * v)
			}
		}
		for i, v := range sum {
			out.Pixels[y*width*m.Channels+i] = uint8(min(max(roundHalfEven(v), 0), 255))
		}
	}
	return out, nil
}

// share is how much a pixel has in the one that is made of it.
type share struct {
	at     int
	weight float32
}

// sharesOf returns those of an axis. Parts below a thousandth of a pixel are left out.
func sharesOf(from, to int) [][]share {
	list, scale := make([][]share, to), 1/(float64(to)/float64(from))
	for i := range list {
		low := float64(float64(i) * scale)
		high := low + scale
		all := min(scale, float64(from)-low)
		first, last := int(math.Ceil(low)), min(int(math.Floor(high)), from-1)
		first = min(first, last)
		if before := float64(first) - low; before > 1e-3 {
			list[i] = append(list[i], share{first - 1, float32(before / all)})
		}
		for at := first; at < last; at++ {
			list[i] = append(list[i], share{at, float32(1 / all)})
		}
		if after := high - float64(last); after > 1e-3 {
			list[i] = append(list[i], share{last, float32(min(after, 1, all) / all)})
		}
	}
	return list
}

// weighted sets to to the weighted sums over a row.
func (m *Image) weighted(to []float32, y int, across [][]share) {
	clear(to)
	for x, list := range across {
		sum := to[x*m.Channels:][:m.Channels]
		for _, s := range list {
			for c, v := range m.At(s.at, y) {
				sum[c] += float32(float32(v) * s.weight)
			}
		}
	}
}

// blocks returns the means of blocks, rounded half to even.
func (m *Image) blocks(width, height int) *Image {
	out := NewImage(m.Width/width, m.Height/height, m.Channels)
	scale := 1 / float32(width*height)
	for y := range out.Height {
		for x := range out.Width {
			for c := range m.Channels {
				sum := 0
				for i := range width * height {
					sum += int(m.At(x*width+i%width, y*height+i/width)[c])
				}
				out.At(x, y)[c] = uint8(roundHalfEven(float32(sum) * scale))
			}
		}
	}
	return out
}

// areaLines returns the lines of an axis for which pixels are areas: one that becomes larger keeps
// its colour but at its border.
func areaLines(from, to int, across bool) []line {
	list, larger := make([]line, to), float64(to)/float64(from)
	scale := 1 / larger
	for i := range list {
		at := int(math.Floor(float64(i) * scale))
		rest := max(float32(float64(i+1)-float64(float64(at+1)*larger)), 0)
		rest -= float32(math.Floor(float64(rest)))
		list[i] = lineOf(at, rest, from, across)
	}
	return list
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

package examples

import (
	"cmp"
	"math"
	"slices"
)

// Box is a rectangle of pixels: Right and Bottom are just beyond it.
type Box struct{ Left, Top, Right, Bottom int }

// textMap says how likely each pixel belongs to text.
type textMap struct {
	width, height int
	likely        []float32
}

// What counts as text, and how far a line reaches beyond the part of it that is likely: as
// rapidocr's configuration has it.
const (
	pixelThreshold = 0.3
	boxThreshold   = 0.5
	reach          = 1.6
	leastSide      = 3
)

// boxes returns the rectangles around pixels that hang together, enlarged, in an image of that
// size.
func (m textMap) boxes(width, height int) []Box {
	var boxes []Box
	seen := make([]bool, len(m.likely))
	for at := range m.likely {
		if seen[at] || m.likely[at] <= pixelThreshold {
			continue
		}
		b := m.grow(at, seen)
		w, h := b.Right-b.Left, b.Bottom-b.Top
		if min(w, h) < leastSide || m.mean(b) < boxThreshold {
			continue
		}
		more := float64(w*h) * reach / float64(2*(w+h))
		place := func(x, of, to int, by float64) int {
			return min(max(int(math.Round((float64(x)+by)*float64(to)/float64(of))), 0), to)
		}
		b = Box{place(b.Left, m.width, width, -more), place(b.Top, m.height, height, -more),
			place(b.Right, m.width, width, more), place(b.Bottom, m.height, height, more)}
		if min(b.Right-b.Left, b.Bottom-b.Top) > leastSide {
			boxes = append(boxes, b)
		}
	}
	slices.SortFunc(boxes, func(a, b Box) int {
		return cmp.Or(cmp.Compare(a.Top, b.Top), cmp.Compare(a.Left, b.Left))
	})
	return boxes
}

// grow returns the rectangle around the pixels of text that hang together with one.
func (m textMap) grow(from int, seen []bool) Box {
	b := Box{m.width, m.height, 0, 0}
	stack := []int{from}
	seen[from] = true
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x, y := at%m.width, at/m.width
		b = Box{min(b.Left, x), min(b.Top, y), max(b.Right, x+1), max(b.Bottom, y+1)}
		for i := range 9 {
			nx, ny := x+i%3-1, y+i/3-1
			if nx < 0 || ny < 0 || nx >= m.width || ny >= m.height {
				continue
			}
			if next := ny*m.width + nx; !seen[next] && m.likely[next] > pixelThreshold {
				seen[next] = true
				stack = append(stack, next)
			}
		}
	}
	return b
}

// mean returns how likely the pixels of a rectangle are.
func (m textMap) mean(b Box) float64 {
	sum := 0.0
	for y := b.Top; y < b.Bottom; y++ {
		for _, v := range m.likely[y*m.width+b.Left : y*m.width+b.Right] {
			sum += float64(v)
		}
	}
	return sum / float64((b.Right-b.Left)*(b.Bottom-b.Top))
}

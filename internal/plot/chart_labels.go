package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// box is a rectangle of the picture.
type box struct{ left, top, right, bottom float64 }

// overlaps reports whether two boxes share a point.
func (b box) overlaps(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// contains reports whether o lies within b.
func (b box) contains(o box) bool {
	return o.left >= b.left && o.right <= b.right && o.top >= b.top && o.bottom <= b.bottom
}

// textBox returns the box of a text whose base line starts, ends or has its middle at a point.
func textBox(x, y float64, anchor, text string) box {
	width := textWidth(text)
	switch anchor {
	case "middle":
		x -= width / 2
	case "end":
		x -= width
	}
	return box{x, y - 0.8*fontSize, x + width, y + 0.25*fontSize}
}

// noteLine notes where a line runs, as a row of small boxes.
func (s *sketch) noteLine(points []Point) {
	const step = 4
	for i := range points[1:] {
		x, y := s.x.at(points[i].X), s.y.at(points[i].Y)
		dx, dy := s.x.at(points[i+1].X)-x, s.y.at(points[i+1].Y)-y
		steps := math.Ceil(math.Hypot(dx, dy) / step)
		for k := 0.0; k < steps; k++ {
			px, py := x+dx*k/steps, y+dy*k/steps
			s.lines = append(s.lines, box{px - 1, py - 1, px + 1, py + 1})
		}
	}
}

// limitLabel writes the label of a limit along it: at its right end, above it.
func (s *sketch) limitLabel(label, class string, points []Point) {
	if label == "" {
		return
	}
	first, last := points[0], points[len(points)-1]
	x0, y0, x1, y1 := s.x.at(first.X), s.y.at(first.Y), s.x.at(last.X), s.y.at(last.Y)
	if y0 == y1 {
		x, y := x1-3, y1-4
		s.taken = append(s.taken, textBox(x, y, "end", label))
		s.text(x, y, "end", "label "+class, label)
		return
	}
	angle := math.Atan2(y1-y0, x1-x0)
	sin, cos := math.Sincos(angle)
	x, y := x1-6*cos+4*sin, y1-6*sin-4*cos
	fmt.Fprintf(&s.svg, `<text class="label %s" text-anchor="end" `+
		`transform="translate(%.1f %.1f) rotate(%.1f)">%s</text>`+"\n",
		class, x, y, angle*180/math.Pi, escape(label))
	// the slanted box, as a flight of steps
	for along := 0.0; along < textWidth(label); along += fontSize / 2 {
		at := box{x - along*cos - fontSize, y - along*sin - fontSize, x - along*cos, y - along*sin}
		s.taken = append(s.taken, at)
	}
}

// endLabel is the label of a line, to stand at the right edge.
type endLabel struct {
	text, class string
	x, y        float64 // the last point
	at          float64 // the label's height
}

// endLabels writes the labels of the series that are no limits at the right edge, moved apart where
// lines end close together.
func (s *sketch) endLabels(series []Series) {
	var labels []endLabel
	for _, one := range series {
		points := s.visible(one.Points)
		if one.Label == "" || one.Limit || len(points) == 0 {
			continue
		}
		last := points[len(points)-1]
		x, y := s.x.at(last.X), s.y.at(last.Y)
		labels = append(labels, endLabel{one.Label, one.Class, x, y, y})
	}
	spread(labels, s.y.to+4, s.y.from)
	for _, l := range labels {
		if math.Abs(l.at-l.y) > 3 || s.x.to-l.x > 10 {
			fmt.Fprintf(&s.svg, `<path class="leader" d="M%.1f %.1fL%.1f %.1f"/>`,
				l.x+symbolRadius+1, l.y, s.x.to+5, l.at)
		}
		s.text(s.x.to+8, l.at+fontSize/3, "start", "label "+l.class, l.text)
	}
}

// spread moves labels apart vertically until they are rowHeight from one another, and keeps them
// between top and bottom as far as they fit.
func spread(labels []endLabel, top, bottom float64) {
	slices.SortStableFunc(labels, func(a, b endLabel) int { return cmp.Compare(a.y, b.y) })
	edge := math.Inf(-1)
	for i := range labels {
		labels[i].at = max(labels[i].y, edge)
		edge = labels[i].at + rowHeight
	}
	edge = bottom
	for i := len(labels) - 1; i >= 0; i-- {
		labels[i].at = max(min(labels[i].at, edge), top)
		edge = labels[i].at - rowHeight
	}
}

// sides are the places of a label around its point: an offset and the anchor that goes with it, the
// best first.
var sides = []struct {
	dx, dy float64
	anchor string
}{
	{7, 4, "start"}, {-7, 4, "end"}, {0, -8, "middle"}, {0, 16, "middle"},
	{6, -5, "start"}, {6, 13, "start"}, {-6, -5, "end"}, {-6, 13, "end"},
}

// pointLabels writes the labels of single points beside them, and leaves out those for which there
// is no room.
func (s *sketch) pointLabels(series []Series) {
	frame := box{s.x.from, s.y.to - 4, s.x.to + 14, s.y.from}
	for _, one := range series {
		for _, p := range s.visible(one.Points) {
			if p.Label != "" {
				s.pointLabel(p, one.Class, frame)
			}
		}
	}
}

// pointLabel writes the label of a point on its first free side, if need be on a line.
func (s *sketch) pointLabel(p Point, class string, frame box) {
	for _, obstacles := range [][]box{slices.Concat(s.taken, s.lines), s.taken} {
		for _, side := range sides {
			x, y := s.x.at(p.X)+side.dx, s.y.at(p.Y)+side.dy
			b := textBox(x, y, side.anchor, p.Label)
			if frame.contains(b) && !slices.ContainsFunc(obstacles, b.overlaps) {
				s.taken = append(s.taken, b)
				s.text(x, y, side.anchor, "label "+class, p.Label)
				return
			}
		}
	}
}

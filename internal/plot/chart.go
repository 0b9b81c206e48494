package plot

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
)

// Chart is a diagram for a page: lines and marks over two axes, labelled where they stand instead
// of in a legend.
//
// Its SVG has no colours of its own. Every element has a class, and the page's style sheet decides,
// so that one picture serves light screens, dark ones and paper.
type Chart struct {
	ID          string // unique on the page
	Title       string // what the picture shows, for readers who don't see it
	Description string // and what there is to be seen
	X, Y        Axis
	Series      []Series
}

// Axis is one of the two axes of a chart. Its range is that of the data unless Lo and Hi say
// otherwise.
type Axis struct {
	Title  string
	Log    bool // logarithmic, if all the values are positive
	Lo, Hi float64
	Ticks  []float64            // nil: at round numbers
	Text   func(float64) string // writes the number at a tick; nil: as a decimal number
	// of a vertical axis without numbers: the value i is row i, from the top
	Names []string
}

// Series is points that belong together.
type Series struct {
	Label  string // stands at the last point
	Short  string // stands there instead in narrow pictures; "" for Label
	Class  string // decides the colour
	Symbol Symbol // marks the points
	Joined bool   // by a line
	// Limit makes the series a line that others stay below: thin, with the label along it.
	Limit  bool
	Points []Point
}

// Point is one point of a series. Label stands beside it if there is room, the first points first;
// Note shows while it is pointed at.
type Point struct {
	X, Y        float64
	Label, Note string
}

// Symbol is the shape that marks a point: shapes tell series apart where colours don't.
type Symbol int

// The symbols.
const (
	None Symbol = iota
	Circle
	Square
	Triangle
	Diamond
	Ring
)

// Sizes in a chart, in pixels. The page's style sheet sets texts at fontSize.
const (
	fontSize     = 12
	letterWidth  = 6.7 // of an average letter of the usual sans-serif faces
	rowHeight    = 15  // between the base lines of labels above one another
	narrowWidth  = 500 // below it a picture is narrow
	symbolRadius = 3.6
	tickGap      = 6
)

// SVG draws the chart in the given number of pixels.
func (c *Chart) SVG(width, height int) template.HTML {
	if width < narrowWidth {
		c = c.shortened()
	}
	s := c.layOut(float64(width), float64(height))
	fmt.Fprintf(&s.svg, `<svg class="chart" viewBox="0 0 %d %d" width="%d" height="%d" `+
		`role="img" aria-labelledby="%s-t%d %[5]s-d%[6]d">`,
		width, height, width, height, c.ID, width)
	fmt.Fprintf(&s.svg, `<title id="%s-t%d">%s</title><desc id="%[1]s-d%[2]d">%[4]s</desc>`+"\n",
		c.ID, width, escape(c.Title), escape(c.Description))
	s.axes(c)
	for i := range c.Series {
		s.line(&c.Series[i])
	}
	for i := range c.Series {
		s.symbols(&c.Series[i])
	}
	s.endLabels(c.Series)
	s.pointLabels(c.Series)
	s.svg.WriteString("</svg>")
	return template.HTML(s.svg.String())
}

// shortened returns the chart with the short labels of its series.
func (c *Chart) shortened() *Chart {
	narrow := *c
	narrow.Series = slices.Clone(c.Series)
	for i := range narrow.Series {
		s := &narrow.Series[i]
		s.Label = cmp.Or(s.Short, s.Label)
	}
	return &narrow
}

// sketch is a chart being drawn.
type sketch struct {
	svg   bytes.Buffer
	x, y  scale
	taken []box // where labels and symbols stand
	lines []box // where lines run
}

// layOut finds the place that the axes and the labels leave to the data.
func (c *Chart) layOut(width, height float64) *sketch {
	s := &sketch{
		x: newScale(c.X, c.values(func(p Point) float64 { return p.X })),
		y: newScale(c.Y, c.values(func(p Point) float64 { return p.Y })),
	}
	left, right := 0.0, 14.0
	for _, t := range s.y.ticks {
		left = max(left, textWidth(t.Label))
	}
	for _, series := range c.Series {
		if series.Label != "" && !series.Limit {
			right = max(right, textWidth(series.Label)+16)
		}
	}
	if n := len(s.x.ticks); n > 0 {
		right = max(right, textWidth(s.x.ticks[n-1].Label)/2+2)
	}
	top, bottom := 10.0, 22.0
	if c.Y.Title != "" {
		top += rowHeight
	}
	if c.X.Title != "" {
		bottom += rowHeight + 3
	}
	s.x.from, s.x.to = left+tickGap+3, width-right
	s.y.from, s.y.to = height-bottom, top
	return s
}

// values returns one coordinate of all points.
func (c *Chart) values(of func(Point) float64) []float64 {
	var values []float64
	for _, series := range c.Series {
		for _, p := range series.Points {
			values = append(values, of(p))
		}
	}
	return values
}

// axes draws the grid, the ticks' labels and the titles.
func (s *sketch) axes(c *Chart) {
	s.svg.WriteString(`<g class="axes" aria-hidden="true">`)
	end := math.Inf(-1)
	for _, t := range s.x.ticks {
		x := s.x.at(t.Value)
		fmt.Fprintf(&s.svg, `<path d="M%.1f %.1fV%.1f"/>`, x, s.y.from, s.y.to)
		if half := textWidth(t.Label) / 2; t.Label != "" && x-half > end+tickGap {
			s.text(x, s.y.from+fontSize+4, "middle", "tick", t.Label)
			end = x + half
		}
	}
	for _, t := range s.y.ticks {
		y := s.y.at(t.Value)
		fmt.Fprintf(&s.svg, `<path d="M%.1f %.1fH%.1f"/>`, s.x.from, y, s.x.to)
		if t.Label != "" {
			s.text(s.x.from-tickGap, y+fontSize/3, "end", "tick", t.Label)
		}
	}
	s.text(2, s.y.to-rowHeight+4, "start", "axis", c.Y.Title)
	s.text(s.x.to, s.y.from+2*rowHeight+3, "end", "axis", c.X.Title)
	s.svg.WriteString("</g>\n")
}

// line joins the points of a series.
func (s *sketch) line(series *Series) {
	points := s.visible(series.Points)
	if !series.Joined && !series.Limit || len(points) < 2 {
		return
	}
	kind := "line"
	if series.Limit {
		kind = "limit"
	}
	fmt.Fprintf(&s.svg, `<path class="%s %s" d="`, kind, series.Class)
	for i, p := range points {
		fmt.Fprintf(&s.svg, "%c%.1f %.1f", "ML"[min(i, 1)], s.x.at(p.X), s.y.at(p.Y))
	}
	s.svg.WriteString(`"/>` + "\n")
	s.noteLine(points)
	if series.Limit {
		s.limitLabel(series.Label, series.Class, points)
	}
}

// visible returns the points that have a place on the axes.
func (s *sketch) visible(points []Point) []Point {
	return slices.DeleteFunc(slices.Clone(points), func(p Point) bool {
		return !s.x.has(p.X) || !s.y.has(p.Y)
	})
}

// symbols marks the points of a series.
func (s *sketch) symbols(series *Series) {
	if series.Symbol == None {
		return
	}
	for _, p := range s.visible(series.Points) {
		x, y := s.x.at(p.X), s.y.at(p.Y)
		const r = symbolRadius
		s.taken = append(s.taken, box{x - r, y - r, x + r, y + r})
		fmt.Fprintf(&s.svg, `<path class="mark %s %s" d="%s">`, series.Class, series.Symbol,
			series.Symbol.path(x, y))
		if p.Note != "" {
			fmt.Fprintf(&s.svg, "<title>%s</title>", escape(p.Note))
		}
		s.svg.WriteString("</path>\n")
	}
}

// String names the symbol's class: one that is filled or one that is not.
func (y Symbol) String() string {
	if y == Ring {
		return "open"
	}
	return "filled"
}

// corners are those of the symbols that have some, around the centre and for a radius of 1. The
// areas are about that of the circle.
var corners = map[Symbol][][2]float64{
	Square:   {{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}},
	Triangle: {{0, -1.3}, {1.25, 0.9}, {-1.25, 0.9}},
	Diamond:  {{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}},
}

// path returns the outline of a symbol around a point.
func (y Symbol) path(px, py float64) string {
	const r = symbolRadius
	if corners[y] == nil {
		return fmt.Sprintf("M%.1f %.1fa%.1f %.1f 0 1 0 %.1f 0a%.1f %.1f 0 1 0 %.1f 0z", px-r, py, r,
			r, 2*r, r, r, -2*r)
	}
	var path []byte
	for i, c := range corners[y] {
		path = fmt.Appendf(path, "%c%.1f %.1f", "ML"[min(i, 1)], px+r*c[0], py+r*c[1])
	}
	return string(append(path, 'z'))
}

// text writes a text of a class; nothing if it is empty.
func (s *sketch) text(x, y float64, anchor, class, text string) {
	if text != "" {
		fmt.Fprintf(&s.svg, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y,
			anchor, class, escape(text))
	}
}

// escape makes a text part of a document.
func escape(text string) string { return template.HTMLEscapeString(text) }

// textWidth estimates the width of a text in pixels.
func textWidth(text string) float64 { return letterWidth * float64(len([]rune(text))) }

// Key draws a symbol by itself, to stand in the key to a chart.
func Key(class string, y Symbol) template.HTML {
	const middle = 7
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %[1]d" aria-hidden="true">`+
		`<path class="mark %s %s" d="%s"/></svg>`,
		2*middle, class, y, y.path(middle, middle)))
}

package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
)

// Column is one layer of a network's architecture: a column of neurons with lines of text below it.
type Column struct {
	Size   int // neurons, or features of the input
	Title  string
	Detail []string
}

// Sizes of the architecture's drawing, in pixels.
const (
	columnGap    = 220
	neuronGap    = 34
	neuronRadius = 12
	sideMargin   = 110
	topMargin    = 76
	lineHeight   = 20
)

// A column of more than mostNeurons shows its first and its last ones, edgeNeurons of each, and an
// ellipsis between them.
const (
	mostNeurons = 10
	edgeNeurons = 4
)

// fills of the neurons: of the input, the hidden layers and the output.
const (
	inputFill  = "#f2f2f2"
	hiddenFill = "#9ecae9"
	outputFill = "#ffbe7d"
)

// Network writes the architecture of a fully connected network as SVG: its columns from the input
// to the output, every neuron connected with those of the next column.
func Network(w io.Writer, title string, columns []Column) error {
	most, lines := 0, 0
	for _, c := range columns {
		most, lines = max(most, c.slots()), max(lines, len(c.Detail)+1)
	}
	d := &drawing{middle: topMargin + (most-1)*neuronGap/2}
	bottom := topMargin + (most-1)*neuronGap + neuronRadius
	width, height := 2*sideMargin+(len(columns)-1)*columnGap, bottom+(lines+1)*lineHeight+8
	fmt.Fprintf(&d.svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" `+
		`viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&d.svg, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	d.text(width/2, 32, 18, "#222", title)
	for i := range columns[1:] {
		d.connect(columns[i], columns[i+1], i)
	}
	for i, c := range columns {
		fill := hiddenFill
		if i == 0 {
			fill = inputFill
		} else if i == len(columns)-1 {
			fill = outputFill
		}
		d.neurons(c, i, fill)
		x, y := columnX(i), bottom+lineHeight+8
		d.text(x, y, 15, "#222", c.Title)
		for j, line := range c.Detail {
			d.text(x, y+(j+1)*lineHeight, 13, "#666", line)
		}
	}
	d.svg.WriteString("</svg>\n")
	_, err := w.Write(d.svg.Bytes())
	return err
}

// drawing collects the SVG.
type drawing struct {
	svg    bytes.Buffer
	middle int // y of the columns' centres
}

// columnX returns the horizontal place of column i.
func columnX(i int) int { return sideMargin + i*columnGap }

// slots returns the number of places that a column takes: its neurons, or fewer with an ellipsis.
func (c Column) slots() int {
	if c.Size > mostNeurons {
		return 2*edgeNeurons + 1
	}
	return c.Size
}

// places returns the vertical places of the neurons shown, and of the ellipsis if there is one.
func (d *drawing) places(c Column) (neurons []int, ellipsis int) {
	top := d.middle - (c.slots()-1)*neuronGap/2
	for slot := range c.slots() {
		if c.Size > mostNeurons && slot == edgeNeurons {
			ellipsis = top + slot*neuronGap
			continue
		}
		neurons = append(neurons, top+slot*neuronGap)
	}
	return neurons, ellipsis
}

// connect draws a line from every neuron of column i to every one of the next.
func (d *drawing) connect(from, to Column, i int) {
	left, _ := d.places(from)
	right, _ := d.places(to)
	d.svg.WriteString(`<g stroke="#8a8a8a" stroke-width="0.7" stroke-opacity="0.5">` + "\n")
	for _, y1 := range left {
		for _, y2 := range right {
			fmt.Fprintf(&d.svg, `<line x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", columnX(i), y1,
				columnX(i+1), y2)
		}
	}
	d.svg.WriteString("</g>\n")
}

// neurons draws the circles of column i and its ellipsis.
func (d *drawing) neurons(c Column, i int, fill string) {
	neurons, ellipsis := d.places(c)
	for _, y := range neurons {
		fmt.Fprintf(&d.svg, `<circle cx="%d" cy="%d" r="%d" fill="%s" stroke="#444" `+
			`stroke-width="1.2"/>`+"\n", columnX(i), y, neuronRadius, fill)
	}
	if c.Size > mostNeurons {
		for _, dy := range []int{-8, 0, 8} {
			fmt.Fprintf(&d.svg, `<circle cx="%d" cy="%d" r="2.2" fill="#444"/>`+"\n", columnX(i),
				ellipsis+dy)
		}
	}
}

// text writes a centred line of text.
func (d *drawing) text(x, y, size int, colour, s string) {
	fmt.Fprintf(&d.svg, `<text x="%d" y="%d" font-size="%d" fill="%s" text-anchor="middle">`, x, y,
		size, colour)
	_ = xml.EscapeText(&d.svg, []byte(s)) // a bytes.Buffer takes all
	d.svg.WriteString("</text>\n")
}

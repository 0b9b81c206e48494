package report

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"time"

	"simdnn/internal/plot"
)

// ModelSource is what a page about a trained model is made of. Parts that are empty are left out.
type ModelSource struct {
	File, Network, Data string
	Made                time.Time

	Confusion *Confusion // of a classifier
	Wrong     []Picture  // that it misclassified
	Filters   []Picture  // weights of its first layer
	Pairs     []Picture  // images beside their reconstructions
	Text      string     // that it generated
	Forecast  *Forecast
	Values    *Values  // of a regression
	Columns   *Columns // of a table
}

// Confusion is how often each class was predicted for images, or whatever else, of each.
type Confusion struct {
	Of      string // "images" if it is ""
	Classes []string
	Counts  [][]int // [class][predicted class]
}

// Picture is a small image with a caption.
type Picture struct {
	Image   image.Image
	Caption string
}

// Forecast is a series and what was predicted for each of its steps from those before.
type Forecast struct {
	Target           string
	First            int // step
	Truth, Predicted []float64
}

// thumb is a picture in the page.
type thumb struct {
	Source  template.URL
	Caption string
}

// WriteModel writes a page about a model.
func WriteModel(w io.Writer, s ModelSource) error {
	p := page{Title: "The model " + s.File, CSS: pageCSS, Facts: []fact{{"Network", s.Network}}}
	if s.Data != "" {
		p.Facts = append(p.Facts, fact{"Data", s.Data})
	}
	p.Facts = append(p.Facts, fact{"Page made", s.Made.Format(time.DateOnly)})
	add := func(section *section, err error) error {
		if section != nil {
			p.Sections = append(p.Sections, section)
		}
		return err
	}
	for _, f := range []struct {
		id, heading, lead string
		pictures          []Picture
	}{
		{"wrong", "Misclassified images", "Each with its class, and the one that was predicted " +
			"with its probability: the surest mistakes first.", s.Wrong},
		{"filters", "Filters of the first layer", "The weights, from the lowest in black to the " +
			"highest in white: the pattern to which each unit answers most.", s.Filters},
		{"pairs", "Reconstructions", "On the left the images, on the right what the network makes of " +
			"them.", s.Pairs},
	} {
		if f.id == "wrong" && s.Confusion != nil {
			_ = add(s.Confusion.section(), nil)
		}
		if err := add(pictures(f.id, f.heading, f.lead, f.pictures)); err != nil {
			return err
		}
	}
	if s.Text != "" {
		_ = add(&section{ID: "text", Heading: "Generated text", Passage: s.Text}, nil)
	}
	if s.Forecast != nil {
		_ = add(s.Forecast.section(), nil)
	}
	if s.Values != nil {
		_ = add(s.Values.section(), nil)
	}
	if s.Columns != nil {
		_ = add(s.Columns.section(), nil)
	}
	return p.write(w)
}

// pictures returns a section of pictures side by side, nil if there are none.
func pictures(id, heading, lead string, all []Picture) (*section, error) {
	if len(all) == 0 {
		return nil, nil
	}
	s := &section{ID: id, Heading: heading, Lead: []string{lead}}
	for _, p := range all {
		var b bytes.Buffer
		if err := png.Encode(&b, p.Image); err != nil {
			return nil, err
		}
		s.Thumbs = append(s.Thumbs, thumb{Caption: p.Caption, Source: template.URL(
			"data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))})
	}
	return s, nil
}

// mostConfusion bounds the classes of a matrix whose cells can be told apart.
const mostConfusion = 40

// section draws the matrix and lists precision and recall of each class.
func (c *Confusion) section() *section {
	n, right, all := len(c.Classes), 0, 0
	taken, of := make([]int, n), cmp.Or(c.Of, "images")
	t := table{Caption: "Precision and recall of each class", Columns: []string{"class", of,
		"correct", "recall", "precision"}}
	for i, row := range c.Counts {
		right += row[i]
		for k, count := range row {
			taken[k] += count
			all += count
		}
	}
	for i, row := range c.Counts {
		images := 0
		for _, count := range row {
			images += count
		}
		t.row(c.Classes[i], fmt.Sprint(images), fmt.Sprint(row[i]), ratio(row[i], images),
			ratio(row[i], taken[i]))
	}
	s := &section{ID: "confusion", Heading: "Confusion matrix",
		Lead: []string{fmt.Sprintf("Of %d %s %d are classified correctly: %s. Rows are the classes, "+
			"columns the predictions.", all, of, right, ratio(right, all))},
		Tables: []table{t}}
	if n <= mostConfusion {
		s.Big = []figure{{Wide: c.svg(wideWidth), Narrow: c.svg(narrowWidth),
			Caption: "The darker, the larger the share of the row's class."}}
	}
	return s
}

// ratio formats a share in per cent.
func ratio(part, whole int) string {
	if whole == 0 {
		return missing
	}
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(whole))
}

// svg draws the matrix in a width.
func (c *Confusion) svg(width int) template.HTML {
	const head = 56
	n := len(c.Classes)
	cell := (width - head) / n
	cell = min(cell, 52)
	var b bytes.Buffer
	size := head + cell*n
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img">`, size, size, size,
		size)
	fmt.Fprintf(&b, `<title>Confusion matrix of %d classes</title>`, n)
	text := func(x, y int, anchor, s string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="%s">%s</text>`, x, y, anchor,
			template.HTMLEscapeString(s))
	}
	for i, row := range c.Counts {
		middle := head + i*cell + cell/2
		text(head-6, middle+4, "end", shortened(c.Classes[i]))
		text(middle, head-8, "middle", shortened(c.Classes[i]))
		total := 0
		for _, count := range row {
			total += count
		}
		for k, count := range row {
			x, y, share := head+k*cell, head+i*cell, float64(count)/float64(max(total, 1))
			colour := "var(--c1)"
			if i != k {
				colour = "var(--c2)"
				share = math.Sqrt(share) // mistakes are rare
			}
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" `+
				`fill-opacity="%.3f"><title>%s predicted as %s: %d</title></rect>`, x, y, cell-1, cell-1,
				colour, min(share, 1)*0.7, template.HTMLEscapeString(c.Classes[i]),
				template.HTMLEscapeString(c.Classes[k]), count)
			if count > 0 && cell >= 24 {
				text(x+cell/2, y+cell/2+4, "middle", fmt.Sprint(count))
			}
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// shortened cuts a name that finds no room beside a matrix.
func shortened(name string) string {
	const most = 7
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return name
}

// section draws what was predicted over what came.
func (f *Forecast) section() *section {
	truth := plot.Series{Label: f.Target, Class: "c1", Joined: true}
	predicted := plot.Series{Label: "predicted", Class: "c2", Joined: true}
	for i := range f.Truth {
		x := float64(f.First + i)
		truth.Points = append(truth.Points, plot.Point{X: x, Y: f.Truth[i]})
		predicted.Points = append(predicted.Points, plot.Point{X: x, Y: f.Predicted[i]})
	}
	chart := plot.Chart{ID: "forecast", Title: f.Target + " and what was predicted of it",
		Description: fmt.Sprintf("The last %d steps, each predicted from those before it.", len(f.Truth)),
		X:           plot.Axis{Title: "row"}, Y: plot.Axis{Title: f.Target},
		Series: []plot.Series{truth, predicted}}
	return &section{ID: "forecast", Heading: "Forecast",
		Big: []figure{big(chart, chart.Description)}}
}

// Raster returns numbers as an image of that many channels, the lowest black and the highest
// white if spread, else 0 black and 1 white. at returns the number at row, column and channel.
func Raster(height, width, channels int, spread bool, at func(y, x, c int) float64) image.Image {
	low, high := 0.0, 1.0
	if spread {
		low, high = at(0, 0, 0), at(0, 0, 0)
		for y := range height {
			for x := range width {
				for c := range channels {
					low, high = min(low, at(y, x, c)), max(high, at(y, x, c))
				}
			}
		}
	}
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var v [3]uint8
			for c := range v {
				share := (at(y, x, c%channels) - low) / max(high-low, 1e-30)
				v[c] = uint8(255*min(max(share, 0), 1) + 0.5)
			}
			m.SetNRGBA(x, y, color.NRGBA{R: v[0], G: v[1], B: v[2], A: 255})
		}
	}
	return m
}

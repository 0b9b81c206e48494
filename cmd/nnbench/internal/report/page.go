// Package report draws a run of benchmarks and some training runs as one HTML page that needs
// nothing beside itself: no network, no script.
package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"simdnn/internal/plot"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS template.CSS

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// Source is what a page is made of.
type Source struct {
	Results *Results
	Old     *Results // an earlier run to compare with; may be nil
	Runs    []TrainingRun
	Made    time.Time // when the page is made
}

// page is what the template shows.
type page struct {
	Title    string
	CSS      template.CSS
	Facts    []fact
	Sections []*section
}

// section is a part of the page: a sentence or two, pictures and the tables behind them.
type section struct {
	ID, Heading string
	Lead        []string
	Big         []figure // in the width of the page
	Small       []figure // side by side
	Thumbs      []thumb  // small pictures, many side by side
	Passage     string   // of text
	Tables      []table
}

// figure is a picture with its caption. Wide and Narrow are the same for two widths of screens; a
// small figure has no Wide.
type figure struct {
	Wide, Narrow template.HTML
	Caption      string
	Key          []keyEntry
}

// keyEntry explains a symbol where a label in the picture can't.
type keyEntry struct {
	Symbol template.HTML
	Text   string
}

// table is a table; the first column heads the rows.
type table struct {
	Caption string
	Columns []string
	Rows    [][]string
}

// row adds a row of cells.
func (t *table) row(cells ...string) { t.Rows = append(t.Rows, cells) }

// Sizes of the pictures in pixels: of big ones on wide and on narrow screens, and of small ones.
const (
	wideWidth, wideHeight     = 760, 460
	narrowWidth, narrowHeight = 356, 400
	smallWidth, smallHeight   = 356, 240
)

// big draws a chart for wide and narrow screens.
func big(c plot.Chart, caption string) figure {
	return figure{Wide: c.SVG(wideWidth, wideHeight), Narrow: c.SVG(narrowWidth, narrowHeight),
		Caption: caption}
}

// small draws a chart to stand among others.
func small(c plot.Chart, caption string) figure {
	return figure{Narrow: c.SVG(smallWidth, smallHeight), Caption: caption}
}

// Write writes the page. It leaves out the sections for which the run holds no results.
func Write(w io.Writer, s Source) error {
	p := page{Title: "simdnn on " + s.Results.cpu(), CSS: pageCSS,
		Facts: append(s.Results.facts(), fact{"Page made", s.Made.Format(time.DateOnly)})}
	sections := []*section{roofline(s.Results), products(s.Results), elementwise(s.Results),
		steps(s.Results), trainingRuns(s.Runs)}
	if s.Old != nil {
		comparison, err := compare(s.Old, s.Results)
		if err != nil {
			return err
		}
		sections = append(sections, comparison)
	}
	for _, section := range append(sections, method(s)) {
		if section != nil {
			p.Sections = append(p.Sections, section)
		}
	}
	return p.write(w)
}

// write writes the page.
func (p *page) write(w io.Writer) error {
	var html bytes.Buffer
	if err := pageTemplate.Execute(&html, p); err != nil {
		return fmt.Errorf("the page's template: %w", err)
	}
	_, err := w.Write(html.Bytes())
	return err
}

// method says how the figures came about.
func method(s Source) *section {
	return &section{
		ID: "method", Heading: "How it was measured",
		Lead: []string{
			fmt.Sprintf("Source: %s. Benchmarks: %d. Times are medians over repeated timings "+
				"after a warm-up, on one thread, through the public calls; "+
				"rates are the work that the operation must do, divided by the time. Peaks and "+
				"copies were measured in the same run as the kernels.",
				s.Results.Name, len(s.Results.Benchmarks)),
			"Speeds on a shared machine come and go with its other work: believe ratios within " +
				"one run before figures, and differences under 5 % only after they have been " +
				"repeated. To repeat: nnbench report -o report.html; for one operation: " +
				"nnbench kernels; to compare two runs: nnbench compare.",
		},
	}
}

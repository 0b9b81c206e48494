// Package drawing makes an HTML page of a model: its nodes in the order in which they run, each a
// row that opens to its attributes and types, beside lines for the values between them, as its file
// has them and as they run.
package drawing

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"simdnn/onnx"
)

//go:embed page.html
var page string

var parsed = template.Must(template.New("page").Parse(page))

// Write writes the page of a model that was described, with the names of its inputs.
func Write(w io.Writer, title string, inputs []string, d *onnx.Description) error {
	before := panelOf("model", "As in the file", inputs, d.Model)
	var after []panel
	for i, nodes := range d.Programs {
		name := "As it runs"
		if len(d.Programs) > 1 {
			name = fmt.Sprintf("As it runs, part %d of %d", i+1, len(d.Programs))
		}
		after = append(after, panelOf(fmt.Sprintf("program%d", i), name, nil, nodes))
	}
	total := time.Duration(0)
	nodes := 0
	for _, p := range after {
		total += p.Total
		nodes += len(p.Rows)
	}
	return parsed.Execute(w, map[string]any{"Title": title,
		"Panels": append([]panel{before}, after...), "Nodes": len(d.Model), "After": nodes,
		"Time": short(total)})
}

// panel is a graph as rows.
type panel struct {
	ID, Name string
	Rows     []row
	Total    time.Duration
}

// row is a node.
type row struct {
	ID, Operator, Name, Type string
	Time                     string
	Share                    float64 // of the panel's time, in percent
	Heat                     float64 // of the slowest node's time, in percent
	Lines                    template.HTML
	Attributes               []string
	Inputs, Outputs          []value
}

// value is an input or an output of a node, with the row that computes it.
type value struct{ Name, Type, Row string }

// panelOf lays out a graph.
func panelOf(id, name string, inputs []string, nodes []onnx.DescribedNode) panel {
	p := panel{ID: id, Name: name}
	rows := make([]onnx.DescribedNode, 0, len(inputs)+len(nodes))
	for _, in := range inputs {
		rows = append(rows, onnx.DescribedNode{Operator: "input", Name: in, Outputs: []string{in}})
	}
	rows = append(rows, nodes...)
	slowest := time.Duration(1)
	producer, types := map[string]string{}, map[string]string{}
	for i, n := range rows {
		p.Total += n.Time
		slowest = max(slowest, n.Time)
		for j, out := range n.Outputs {
			producer[out] = fmt.Sprintf("%s-%d", id, i)
			if j < len(n.Types) {
				types[out] = n.Types[j]
			}
		}
	}
	lanes := lanesOf(rows)
	for i, n := range rows {
		r := row{ID: fmt.Sprintf("%s-%d", id, i), Operator: n.Operator, Name: n.Name,
			Attributes: n.Attributes, Lines: lanes.draw(i)}
		if len(n.Types) > 0 {
			r.Type = n.Types[0]
		}
		if n.Time > 0 {
			r.Time, r.Share = short(n.Time), 100*float64(n.Time)/float64(max(p.Total, 1))
			r.Heat = 100 * float64(n.Time) / float64(slowest)
		}
		for _, in := range n.Inputs {
			if in != "" {
				r.Inputs = append(r.Inputs, value{in, types[in], producer[in]})
			}
		}
		for _, out := range n.Outputs {
			if out != "" {
				r.Outputs = append(r.Outputs, value{out, types[out], ""})
			}
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

// short returns a time with three digits.
func short(t time.Duration) string {
	switch us := float64(t) / 1e3; {
	case us < 1000:
		return fmt.Sprintf("%.3g µs", us)
	case us < 1e6:
		return fmt.Sprintf("%.3g ms", us/1e3)
	default:
		return fmt.Sprintf("%.3g s", us/1e6)
	}
}

// maxLanes bounds the lines beside one another; further values have none.
const maxLanes = 16

// lanes are the lines of a graph's values: each goes from the row that computes it to the last one
// that takes it.
type lanes struct {
	rows  int
	lines []line
	byRow [][]int // the lines at each row
	takes [][]int // those that end at a row or branch off to it
}

type line struct{ lane, from, to int }

func lanesOf(nodes []onnx.DescribedNode) *lanes {
	l := &lanes{rows: len(nodes), byRow: make([][]int, len(nodes)), takes: make([][]int, len(nodes))}
	last := map[string]int{}
	for i, n := range nodes {
		for _, in := range n.Inputs {
			last[in] = i
		}
	}
	of := map[string]int{}
	var free [maxLanes]int // the row from which on a lane is free
	for i, n := range nodes {
		for _, in := range n.Inputs {
			if at, ok := of[in]; ok {
				l.takes[i] = append(l.takes[i], at)
			}
		}
		for _, out := range n.Outputs {
			to, used := last[out]
			if !used || to <= i || out == "" {
				continue
			}
			for lane := range free {
				if free[lane] > i {
					continue
				}
				free[lane] = to
				of[out] = len(l.lines)
				for row := i; row <= to; row++ {
					l.byRow[row] = append(l.byRow[row], len(l.lines))
				}
				l.lines = append(l.lines, line{lane, i, to})
				break
			}
		}
	}
	return l
}

// place returns where a lane is, in percent of the width.
func place(lane int) float64 { return (float64(lane) + 0.5) * 100 / maxLanes }

// draw returns the lines at a row: those that pass through, and bars to those that the node takes
// or begins.
func (l *lanes) draw(row int) template.HTML {
	var s strings.Builder
	stroke := func(lane int, x1, y1, x2, y2 float64) {
		fmt.Fprintf(&s, `<line class="c%d" x1="%.1f%%" y1="%g%%" x2="%.1f%%" y2="%g%%"/>`, lane%6, x1, y1,
			x2, y2)
	}
	low, high, lane := 100.0, 0.0, 0
	reach := func(i int) {
		lane = l.lines[i].lane
		x := place(lane)
		low, high = min(low, x), max(high, x)
	}
	for _, i := range l.byRow[row] {
		v := l.lines[i]
		x, top, bottom := place(v.lane), 0.0, 100.0
		if v.from == row {
			top = 50
			reach(i)
		}
		if v.to == row {
			bottom = 50
		}
		stroke(v.lane, x, top, x, bottom)
	}
	for _, i := range l.takes[row] {
		reach(i)
	}
	if low < high {
		stroke(lane, low, 50, high, 50)
	}
	if low <= high {
		fmt.Fprintf(&s, `<circle cx="%.1f%%" cy="50%%" r="3.5"/>`, low)
	}
	return template.HTML(s.String()) // numbers only
}

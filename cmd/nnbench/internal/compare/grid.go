package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// alignment is where the text of a cell stands in its columns.
type alignment int

const (
	left alignment = iota
	centre
	right
)

// cell is a text over one or more columns, with a margin to its left, a space unless it says
// otherwise.
type cell struct {
	row, column, span int
	text, margin      string
	align             alignment
}

// grid lays cells out in columns as wide as they need. A cell over several columns that needs more
// than they have makes the first of them wider.
type grid struct {
	cells []cell
	rows  int
}

// newRow starts a row.
func (g *grid) newRow() { g.rows++ }

// put puts a cell into the current row, to the right of those that it holds. An empty cell takes no
// room.
func (g *grid) put(c cell) {
	if c.text == "" && c.margin == "" {
		return
	}
	if c.margin == "" && c.column > 0 {
		c.margin = " "
	}
	c.row, c.span = g.rows-1, max(c.span, 1)
	g.cells = append(g.cells, c)
}

// measure returns the widths of the columns' margins, and where the columns begin.
func (g *grid) measure() (margins, begin []int) {
	columns := 0
	for _, c := range g.cells {
		columns = max(columns, c.column+c.span)
	}
	margins, begin = make([]int, columns), make([]int, columns+1)
	for _, c := range g.cells {
		margins[c.column] = max(margins[c.column], utf8.RuneCountInString(c.margin))
	}
	widths := make([]int, columns)
	bySpan := slices.SortedStableFunc(slices.Values(g.cells),
		func(a, b cell) int { return cmp.Compare(a.span, b.span) })
	for _, c := range bySpan {
		missing := margins[c.column] + utf8.RuneCountInString(c.text)
		for _, width := range widths[c.column : c.column+c.span] {
			missing -= width
		}
		widths[c.column] += max(0, missing)
	}
	for i, width := range widths {
		begin[i+1] = begin[i] + width
	}
	return margins, begin
}

// String returns the rows with a line break after each.
func (g *grid) String() string {
	margins, begin := g.measure()
	var text strings.Builder
	next := 0
	for row := range g.rows {
		at := 0
		for ; next < len(g.cells) && g.cells[next].row == row; next++ {
			c := g.cells[next]
			inner := begin[c.column+c.span] - begin[c.column] - margins[c.column]
			length := utf8.RuneCountInString(c.text)
			space := inner - length
			padding := [...]int{left: 0, centre: space / 2, right: space}[c.align]
			fmt.Fprintf(&text, "%*s%*s%*s%s",
				begin[c.column]-at, "", margins[c.column], c.margin, padding, "", c.text)
			at = begin[c.column] + margins[c.column] + padding + length
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// footnotes are remarks under a table, each once.
type footnotes []string

// marks returns the marks of remarks, for the cell that they are about.
func (f *footnotes) marks(remarks ...[]error) string {
	var marks []string
	for _, remark := range slices.Concat(remarks...) {
		i := slices.Index(*f, remark.Error())
		if i < 0 {
			i = len(*f)
			*f = append(*f, remark.Error())
		}
		marks = append(marks, superscript(i+1))
	}
	return strings.Join(marks, " ")
}

// String returns the remarks, a line each.
func (f *footnotes) String() string {
	var text strings.Builder
	for i, remark := range *f {
		fmt.Fprintf(&text, "%s %s\n", superscript(i+1), remark)
	}
	return text.String()
}

// superscript returns a number in raised digits.
func superscript(n int) string {
	raised := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var text strings.Builder
	for _, digit := range fmt.Sprint(n) {
		text.WriteRune(raised[digit-'0'])
	}
	return text.String()
}

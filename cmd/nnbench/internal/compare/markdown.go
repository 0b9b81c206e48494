package compare

import (
	"fmt"
	"io"
	"strings"

	"simdnn/cmd/nnbench/internal/markdown"
)

// Markdown writes the tables in GitHub's Markdown: the figures are those of Text.
func (c *Comparison) Markdown(w io.Writer) error {
	shown := map[string]string{}
	for i := range c.Tables {
		t := &c.Tables[i]
		if i > 0 {
			fmt.Fprintln(w)
		}
		var lines []string
		for _, line := range t.newConfig(shown) {
			lines = append(lines, markdown.Escape(line[0]+": "+line[1]))
		}
		if len(lines) > 0 {
			fmt.Fprintf(w, "%s\n\n", strings.Join(lines, ", "))
		}
		if err := t.markdown(w, [2]string{c.Old, c.New}); err != nil {
			return err
		}
	}
	return nil
}

// markdown writes one table.
func (t *Table) markdown(w io.Writer, files [2]string) error {
	present := t.present()
	header := []string{"benchmark"}
	for _, file := range present {
		header = append(header, fmt.Sprintf("%s: %s", files[file], t.Unit))
	}
	// Where the columns of the Markdown table begin in the grid.
	begin := []int{nameColumn, firstColumn, secondColumn}
	if len(present) == 2 {
		begin = append(begin, deltaColumn, deltaColumn+1, edgeColumn)
		header = append(header, "change", "test")
	}
	if err := markdown.Header(w, header...); err != nil {
		return err
	}
	var g grid
	var notes footnotes
	t.rows(&g, &notes, present)
	for row := range g.rows {
		if err := markdown.Row(w, g.joined(row, begin)...); err != nil {
			return err
		}
	}
	for _, note := range strings.Split(strings.TrimSpace(notes.String()), "\n") {
		if note != "" {
			fmt.Fprintf(w, "\n%s\n", markdown.Escape(note))
		}
	}
	return nil
}

// joined returns a row with the cells joined between the columns where groups begin, of which the
// last only ends the group before it.
func (g *grid) joined(row int, begin []int) []string {
	texts := make([]string, len(begin)-1)
	for _, c := range g.cells {
		if c.row != row {
			continue
		}
		for i := range texts {
			if begin[i] <= c.column && c.column < begin[i+1] {
				if texts[i] != "" {
					texts[i] += c.margin
				}
				texts[i] += c.text
			}
		}
	}
	return texts
}

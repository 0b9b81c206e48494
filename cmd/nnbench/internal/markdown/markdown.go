// Package markdown writes tables in GitHub's Markdown.
package markdown

import (
	"fmt"
	"io"
	"strings"
)

// escaper marks characters that Markdown would take for its own.
var escaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`, "`", "\\`", `*`, `\*`, `_`, `\_`,
	`~`, `\~`, `<`, `&lt;`, `&`, `&amp;`, `[`, `\[`, "\n", " ", "\r", " ")

// Escape returns text that Markdown shows as it is, also in a cell of a table.
func Escape(text string) string { return escaper.Replace(text) }

// Header writes the head of a table and the rule under it. All columns but the first are aligned to
// the right, as figures are.
func Header(w io.Writer, columns ...string) error {
	if err := Row(w, columns...); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "|---|%s\n", strings.Repeat("--:|", len(columns)-1))
	return err
}

// Row writes a row of a table.
func Row(w io.Writer, cells ...string) error {
	for _, cell := range cells {
		if _, err := fmt.Fprintf(w, "| %s ", Escape(cell)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "|\n")
	return err
}

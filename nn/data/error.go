package data

import (
	"fmt"
	"strings"
)

// Error says what is wrong with a table and where, and which settings would let it pass. It can be
// had of any error of this package about a table with errors.As.
type Error struct {
	File    string // empty if the table was not read from a file by name
	Line    int    // counted from 1; 0 if the error is not about one line
	Row     int    // of a tensor, from 1; 0 if not about one row; not shown beside a line
	Column  string // name of the column, empty if the error is not about one
	Field   string // of [CSVOptions] that is wrong, empty if it is the table
	Problem string // what is wrong
	Fixes   []Fix  // what would let it pass, the best first
	Err     error  // the error behind it, if any
}

// Fix is a setting that lets a table pass, or that undoes what was done to it.
type Fix struct {
	Field  string // field of [CSVOptions] or [CSVFormat], such as Drop
	Value  string // for the field; empty for a bool; several are one line of CSV
	Effect string // what it does, such as "leaves the column out"
	With   *Fix   // a second setting, without which the first is not enough; nil for none
}

// fix returns a fix by one setting.
func fix(field, value, effect string) Fix { return Fix{Field: field, Value: value, Effect: effect} }

// String returns the settings as fields of the options.
func (f Fix) String() string {
	return f.Format(spellField)
}

// spellField spells a setting as a field of the options.
func spellField(field, value string) string { return strings.Join(nonEmpty(field, value), " ") }

// Format returns settings and effect, the settings as a function spells them.
func (f Fix) Format(spell func(field, value string) string) string {
	text := spell(f.Field, f.Value)
	if f.With != nil {
		text += " " + spell(f.With.Field, f.With.Value)
	}
	return text + " " + f.Effect
}

// Error returns place, problem and fixes in one line.
func (e *Error) Error() string { return e.Format(spellField) }

// Format returns the text of the error with settings as a function spells them: a command names its
// flags instead of fields.
func (e *Error) Format(spell func(field, value string) string) string {
	place := ""
	if e.File != "" {
		place = e.File + ": "
	}
	var where []string
	switch {
	case e.Line != 0:
		where = append(where, fmt.Sprintf("line %d", e.Line))
	case e.Row != 0:
		where = append(where, fmt.Sprintf("row %d", e.Row))
	}
	if e.Column != "" {
		where = append(where, fmt.Sprintf("column %q", e.Column))
	}
	if len(where) > 0 {
		place += strings.Join(where, ", ") + ": "
	}
	if e.Field != "" {
		place += spell(e.Field, "") + ": "
	}
	return place + withFixes(e.Problem, e.Fixes, spell)
}

// Unwrap returns the error behind it.
func (e *Error) Unwrap() error { return e.Err }

// Note says what was done to a table that its reader may not expect, such as a column that was left
// out.
type Note struct {
	Text  string
	Fixes []Fix // settings that do otherwise
}

// String returns the note with the fields of the options that do otherwise.
func (n Note) String() string { return n.Format(spellField) }

// Format returns the note with settings as a function spells them.
func (n Note) Format(spell func(field, value string) string) string {
	return withFixes(n.Text, n.Fixes, spell)
}

// withFixes returns a text and the fixes after it.
func withFixes(text string, fixes []Fix, spell func(field, value string) string) string {
	for i, f := range fixes {
		switch {
		case i == 0:
			text += "; "
		case i == len(fixes)-1:
			text += " or "
		default:
			text += ", "
		}
		text += f.Format(spell)
	}
	return text
}

// nonEmpty returns the texts that are not empty.
func nonEmpty(texts ...string) []string {
	var some []string
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	return some
}

// maxNamesShown bounds the names of columns in a message.
const maxNamesShown = 20

// list returns the names in quotes, the first ones only if there are many.
func list(names []string) string {
	var b strings.Builder
	for i, name := range names[:min(len(names), maxNamesShown)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", name)
	}
	if more := len(names) - maxNamesShown; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// plural returns a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

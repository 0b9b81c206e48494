package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxNamesShown bounds the names of columns in a message.
const maxNamesShown = 20

// skipByteOrderMark skips the mark that spreadsheets put before UTF-8, and reports that of UTF-16.
func skipByteOrderMark(input *bufio.Reader) error {
	head, _ := input.Peek(3) // an error comes again when the header is read
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, err := input.Discard(len(head))
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errors.New("the file is in UTF-16; save it as CSV in UTF-8")
	}
	return nil
}

// findSeparator returns the comma, semicolon or tab that is most frequent in the header line, outside of quotes; a comma if there
// is none.
func findSeparator(input *bufio.Reader) rune {
	head, _ := input.Peek(input.Size())
	counts := map[byte]int{}
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' || b == '\r' {
			break
		}
		counts[b]++
	}
	best := byte(',')
	for _, b := range []byte{';', '\t'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}

// headerNames returns the names of the columns, each of which must have one of its own.
func headerNames(header []string) ([]string, error) {
	names, places := make([]string, len(header)), make(map[string]int, len(header))
	for i, name := range header {
		names[i] = strings.Clone(strings.TrimSpace(name))
		if names[i] == "" {
			return nil, fmt.Errorf("header: column %d has no name", i+1)
		}
		if first, taken := places[names[i]]; taken {
			return nil, fmt.Errorf("header: columns %d and %d are both named %q", first+1, i+1, names[i])
		}
		places[names[i]] = i
	}
	return names, nil
}

// selectColumns returns a column for each name in the header, nil for those that are left out, and which one is the target.
func (o *CSVOptions) selectColumns(names []string) (columns []*column, target *column, err error) {
	if err := o.checkNames(names); err != nil {
		return nil, nil, err
	}
	columns = make([]*column, len(names))
	features := 0
	for i, name := range names {
		switch {
		case name == o.Target:
			target = &column{name: name, kind: Number, limit: maxClasses, nonfinite: o.AllowNonfinite}
			columns[i] = target
		case slices.Contains(o.Drop, name) || o.Columns != nil && !slices.Contains(o.Columns, name):
		default:
			columns[i] = &column{name: name, kind: o.Kinds[name], limit: o.maxCategories(), nonfinite: o.AllowNonfinite}
			features++
		}
	}
	if features == 0 {
		return nil, nil, fmt.Errorf("there is no column left to predict %q from", o.Target)
	}
	return columns, target, nil
}

// checkNames reports names in the options that the header does not have.
func (o *CSVOptions) checkNames(names []string) error {
	if o.Target == "" {
		return fmt.Errorf("no target column is named; the columns are %s", list(names))
	}
	if !slices.Contains(names, o.Target) {
		return fmt.Errorf("there is no target column %q; the columns are %s", o.Target, list(names))
	}
	if slices.Contains(o.Drop, o.Target) {
		return fmt.Errorf("the target column %q can't be left out", o.Target)
	}
	wanted := slices.Concat(o.Columns, o.Drop)
	for name := range o.Kinds {
		wanted = append(wanted, name)
	}
	slices.Sort(wanted)
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no column %q; the columns are %s", name, list(names))
		}
	}
	return nil
}

// maxCategories returns the most distinct texts of a category column.
func (o *CSVOptions) maxCategories() int {
	if o.MaxCategories > 0 {
		return o.MaxCategories
	}
	return defaultMaxCategories
}

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

package data

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// csvLine returns fields as a line of CSV, quoted where that is needed.
func csvLine(fields ...string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(fields) // a Builder takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// describe returns what each column becomes, nil for those that are left out, or the error that
// tells what stands in the way of all of them.
func (t *table) describe() ([]*Column, error) {
	described := make([]*Column, len(t.columns))
	var broken []*Error // what keeps columns from being features
	var lacking []*column
	for i, c := range t.columns {
		if c == nil || c == t.target {
			continue
		}
		d, err := c.describe()
		switch {
		case err != nil:
			broken = append(broken, err)
		case len(c.gaps) > 0 && t.o.Missing.refuses() && !c.nameless:
			lacking = append(lacking, c)
		case d == nil:
			t.notes = append(t.notes,
				Note{Text: fmt.Sprintf("column %q holds no value and is left out", c.name)})
		}
		described[i] = d
	}
	switch {
	case len(broken) > 0 && len(t.target.gaps) > 0:
		return nil, t.missingTarget(broken)
	case len(t.target.gaps) > 0:
		return nil, t.missingTarget(nil)
	case len(broken) > 0:
		return nil, combine(broken, lacking)
	case len(lacking) > 0:
		return nil, t.missingValues(lacking)
	}
	return described, nil
}

// combine returns the first error with settings that deal with all of them: leaving out all of the
// columns, and what the errors have in common.
func combine(broken []*Error, lacking []*column) *Error {
	first := broken[0]
	var columns []string
	for _, e := range broken {
		columns = append(columns, e.Column)
	}
	common := commonFixes(broken)
	if len(columns) > 1 {
		first.Problem += fmt.Sprintf(" (nor are %s features)", list(columns[1:]))
	}
	if len(lacking) > 0 {
		all := slices.Clone(columns)
		for _, c := range lacking {
			all = append(all, c.name)
		}
		first.Fixes = []Fix{
			{
				Field: "Drop",
				Value: csvLine(all...),
				Effect: fmt.Sprintf("leaves out what is no feature, and %s with missing values",
					plural(len(lacking), "column")),
			},
			{
				Field:  "Drop",
				Value:  csvLine(columns...),
				Effect: "fills those in",
				With:   &Fix{Field: "Missing", Value: string(MissingMean)},
			},
		}
		return first
	}
	drop := Fix{
		Field:  "Drop",
		Value:  csvLine(columns...),
		Effect: "leaves out " + plural(len(columns), "column"),
	}
	if len(common) > 0 && (common[0].Field == "Decimal" || common[0].Field == "Thousands") {
		first.Fixes = append(common[:len(common):len(common)], drop)
	} else {
		first.Fixes = append([]Fix{drop}, common...)
	}
	return first
}

// commonFixes returns the settings that deal with all of the errors, none if they need different
// ones. Of limits it takes the largest.
func commonFixes(broken []*Error) []Fix {
	common := slices.Clone(broken[0].Fixes)
	for _, e := range broken[1:] {
		if len(e.Fixes) == 0 || len(common) == 0 || e.Fixes[0].Field != common[0].Field ||
			common[0].Field == "MissingTexts" {
			return nil
		}
		with := common[0].With
		if larger(e.Fixes[0].Value, common[0].Value) {
			common = slices.Clone(e.Fixes)
		}
		common[0].With = cmp.Or(e.Fixes[0].With, with)
	}
	return common
}

// larger reports whether a is a larger number than b, both written without a sign.
func larger(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }

// missingValues returns the error of columns in which values are missing.
func (t *table) missingValues(lacking []*column) *Error {
	first, values, columns := lacking[0].firstMissing, 0, []string{}
	rows := map[int]struct{}{}
	for _, c := range lacking {
		values += len(c.gaps)
		columns = append(columns, c.name)
		for _, row := range c.gaps {
			rows[row] = struct{}{}
		}
	}
	e := &Error{
		Line:    first.line,
		Column:  columns[0],
		Problem: fmt.Sprintf("the value is missing (%q)", first.text),
	}
	if values > 1 {
		e.Problem += fmt.Sprintf(", one of %d in %s of %d: %s", values, plural(len(rows), "row"),
			len(t.lines), list(columns))
	}
	e.Fixes = []Fix{
		fix("Missing", string(MissingMean), "fills in (as median, zero and category do)"),
	}
	if len(rows) <= len(t.lines)/2 {
		skip := fix("Missing", string(MissingSkip), "leaves out "+plural(len(rows), "row"))
		e.Fixes = append(e.Fixes, skip)
	}
	drop := fix("Drop", csvLine(columns...), "leaves out "+plural(len(columns), "column"))
	e.Fixes = append(e.Fixes, drop)
	if len(lacking) == 1 {
		e.Fixes = append(e.Fixes, lacking[0].presentFix()...)
	}
	return e
}

// missingTarget returns the error of a target of which values are missing, with settings that deal
// with broken columns as well.
func (t *table) missingTarget(broken []*Error) *Error {
	c := t.target
	e := &Error{
		Line:    c.firstMissing.line,
		Column:  c.name,
		Problem: fmt.Sprintf("the value is missing (%q)", c.firstMissing.text),
	}
	if n := len(c.gaps); n > 1 {
		e.Problem += fmt.Sprintf(", one of %d of the target", n)
	}
	e.Fixes = []Fix{
		{
			Field:  "Missing",
			Value:  string(MissingMean),
			Effect: "leaves out rows without a target and fills in features",
		},
		{
			Field:  "Missing",
			Value:  string(MissingSkip),
			Effect: "leaves out rows in which any value is missing",
		},
	}
	if t.o.Classification && len(broken) == 0 && !t.lacksFeatures() {
		e.Fixes = append(e.Fixes, c.presentFix()...)
	}
	if len(broken) > 0 {
		drop := combine(broken, nil).Fixes
		with := drop[slices.IndexFunc(drop, func(f Fix) bool { return f.Field == "Drop" })]
		for i := range e.Fixes {
			e.Fixes[i].With = &with
		}
		e.Problem += fmt.Sprintf("; and %s is no feature: %s", strconv.Quote(broken[0].Column),
			broken[0].Problem)
	}
	return e
}

// presentFix returns the setting that takes what stands for missing values for texts, if they are
// among texts and none is empty.
func (c *column) presentFix() []Fix {
	if slices.Contains(c.absent, "") || len(c.absent) > len(missingTexts) || c.parsed > 0 ||
		slices.ContainsFunc(c.absent, func(s string) bool { return !isUsuallyMissing(s) }) {
		return nil
	}
	effect := "takes it for a value"
	if len(c.absent) > 1 {
		effect = "takes them for values"
	}
	return []Fix{fix("PresentTexts", csvLine(c.absent...), effect)}
}

// lacksFeatures reports whether values of features are missing.
func (t *table) lacksFeatures() bool {
	return slices.ContainsFunc(t.columns, func(c *column) bool {
		return c != nil && c != t.target && len(c.gaps) > 0
	})
}

// missingNotes returns what was done to missing values, with their numbers.
func (t *table) missingNotes() []Note {
	var skipped, filled []string
	for _, c := range t.columns {
		if c == nil {
			continue
		}
		if c.skipped > 0 {
			skipped = append(skipped, fmt.Sprintf("%d in %q", c.skipped, c.name))
		}
		if len(c.gaps) > 0 && c.present() > 0 {
			filled = append(filled, fmt.Sprintf("%d in %q", len(c.gaps), c.name))
		}
	}
	var notes []Note
	if t.skipped > 0 {
		notes = append(notes, Note{Text: fmt.Sprintf(
			"%d of %d rows are left out because a value is missing: %s",
			t.skipped, t.skipped+len(t.lines), shortened(skipped))})
	}
	if len(filled) > 0 {
		how := map[Missing]string{
			MissingMean:     "filled with the column's mean",
			MissingMedian:   "filled with the column's median",
			MissingZero:     "taken for 0",
			MissingCategory: "marked by a feature of their own",
		}[t.o.Missing]
		notes = append(notes,
			Note{Text: fmt.Sprintf("missing values are %s: %s", how, shortened(filled))})
	}
	return notes
}

// shortened joins texts, the first ones only if there are many.
func shortened(texts []string) string {
	if more := len(texts) - maxNamesShown; more > 0 {
		return strings.Join(texts[:maxNamesShown], ", ") + fmt.Sprintf(" and %d more columns", more)
	}
	return strings.Join(texts, ", ")
}

// minCounted is the number of rows from which a column that counts them is noticed.
const minCounted = 10

// note tells of a column that counts the rows: by itself it says nothing, but it gives away an
// order.
func (c *column) note(t *table, d *Column) {
	if d.Categories != nil || c.numbers.length < minCounted {
		return
	}
	for i, v := range c.numbers.all() {
		if i > 0 && v != c.numbers.at(i-1)+1 || math.IsNaN(v) {
			return
		}
	}
	t.notes = append(t.notes, Note{fmt.Sprintf("column %q counts up by 1 from row to row", c.name),
		[]Fix{fix("Drop", csvLine(c.name), "leaves it out if it only numbers the rows")}})
}

package data

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fields are records for tests.
type fields struct {
	names []string
	rows  [][]string
}

func (f *fields) Names() []string { return f.names }

func (f *fields) Next() ([]string, error) {
	if len(f.rows) == 0 {
		return nil, io.EOF
	}
	row := f.rows[0]
	f.rows = f.rows[1:]
	return row, nil
}

func TestReadRecords(t *testing.T) {
	rows := [][]string{{"1.5", "NA\n", "2"}, {"", "b", "3"}}
	d, err := ReadRecords(&fields{[]string{"x", "kind", "y"}, rows}, CSVOptions{Target: "y",
		Missing: MissingZero, Format: CSVFormat{PresentTexts: []string{"NA"}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "kind=NA", "kind=b"}, d.Features)
	assert.Equal(t, []float64{1.5, 1, 0, 0, 0, 1}, d.X.Data())
	assert.Equal(t, []float64{2, 3}, d.Y.Data())
	assert.Nil(t, d.Lines)
}

func TestReadRecordsNamesRows(t *testing.T) {
	for _, c := range []struct {
		names []string
		rows  [][]string
		want  string
	}{
		{[]string{"x", "y"}, [][]string{{"1\n", "1"}, {"2", "two"}}, `row 2, column "y": "two"`},
		{[]string{"x", "y"}, [][]string{{"1", "1"}, {"", "2"}}, `row 2, column "x"`},
		{[]string{"x", "x", "y"}, [][]string{{"1", "1", "1"}}, `columns 1 and 2 are both named "x"`},
		{[]string{"x", "", "y"}, [][]string{{"1", "1", "1"}}, `column "column 2"`},
		{[]string{"x", "y"}, nil, "there are no rows"},
	} {
		_, err := ReadRecords(&fields{c.names, c.rows}, CSVOptions{Target: "y"})
		assert.ErrorContains(t, err, c.want)
	}
}

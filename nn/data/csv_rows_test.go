package data

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// readAll returns the features of all rows.
func readAll(r io.Reader, columns []Column) ([]float64, error) {
	rows, err := NewRowReader(r, columns, CSVFormat{})
	if err != nil {
		return nil, err
	}
	var all []float64
	row := make([]float64, rows.Features())
	for {
		err := rows.Read(row)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, row...)
	}
}

// TestRowsAreThoseOfTheDataSet reads a file as a data set, and again with the columns that this
// has.
func TestRowsAreThoseOfTheDataSet(t *testing.T) {
	d, err := ReadCSV(strings.NewReader(spreadsheet),
		CSVOptions{Target: "grade", Classification: true})
	require.NoError(t, err)
	rows, err := readAll(strings.NewReader(spreadsheet), d.Columns)
	require.NoError(t, err)
	require.Equal(t, d.X.Data(), rows)

	rows, err = readAll(strings.NewReader("income,extra,home; town,age\n7,?,Ulm,1\n"), d.Columns)
	require.NoError(t, err, "other columns, in another order")
	require.Equal(t, []float64{1, 0, 1, 7}, rows)
	rows, err = readAll(strings.NewReader("age,income,home; town\n"), d.Columns)
	require.NoError(t, err, "no rows")
	require.Empty(t, rows)
}

// TestRowsOfNumbers reads lines the fast way, which leaves to the other what it can't.
func TestRowsOfNumbers(t *testing.T) {
	columns := []Column{{Name: "a"}, {Name: "b"}}
	cells := []rowColumn{{Column: columns[0], field: 2}, {Column: columns[1], field: 0}}
	places := numberPlaces(cells, 3, ',')
	require.Equal(t, []int{1, -1, 0}, places)
	require.Nil(t, numberPlaces(cells, 3, '-'))
	require.Nil(t, numberPlaces(cells, 3, '9'))
	for line, want := range map[string][]float64{
		"-1.5,x,2": {2, -1.5}, "1,,2": {2, 1}, "1,x,2,": nil, "1,x,2e3": nil, "1,x": nil,
		"1x,,2": nil, "1,\"x\",2": nil, "": nil, ",x,2": nil, "1,x,": nil,
	} {
		got := make([]float64, 2)
		read := readNumbers(got, []byte(line), ',', places)
		require.Equal(t, want != nil, read, "%q", line)
		if read {
			require.Equal(t, want, got, "%q", line)
		}
	}
}

func TestRowErrors(t *testing.T) {
	columns := []Column{{Name: "a"}, {Name: "colour", Categories: []string{"blue", "red"}}}
	for text, message := range map[string]string{
		"": "the file is empty",
		"a,b\n": `there is no column "colour", which the model needs; the ` +
			`columns are "a", "b"`,
		"a,a\n":                    `columns 1 and 2 are both named "a"`,
		"a,colour\n1,red\n2\n":     "line 3: 1 fields, but the header line has 2",
		"a,colour\n1,red\nx,red\n": `line 3, column "a": "x" is not a number`,
		"a;colour\n1,5;red\n":      `line 2, column "a": "1,5" has a decimal comma`,
		"a,colour\n\n1e999,red\n":  `line 3, column "a": "1e999" is not a finite number`,
		"a,colour\n-inf,red\n":     `line 2, column "a": "-inf" is not a finite number`,
		"a,colour\nNaN,red\n":      `line 2, column "a": the value is missing ("NaN")`,
		"a,colour\n1,\n":           `line 2, column "colour": the value is missing ("")`,
		"a,colour\n1,green\n": `line 2, column "colour": "green" is none of the texts that ` +
			`the model knows: "blue", "red"`,
		"a,colour\n1,\"red\n": "line",
	} {
		_, err := readAll(strings.NewReader(text), columns)
		require.ErrorContains(t, err, message, "%q", text)
	}
	broken := errors.New("the disk is gone")
	const whole = "a,colour\n1,red\n2,\"blue\"\n"
	for n := range len(whole) {
		_, err := readAll(io.MultiReader(strings.NewReader(whole[:n]), iotest.ErrReader(broken)),
			columns)
		require.ErrorIs(t, err, broken, "after %d bytes", n)
	}
}

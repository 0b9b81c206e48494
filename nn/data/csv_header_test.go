package data

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTrailingSeparatorsOfRows reads lines that end with a separator under a header that doesn't:
// no column is shifted.
func TestTrailingSeparatorsOfRows(t *testing.T) {
	const text = "a,y\n1,2,\n2,3, \n3,4,\n4,5\n"
	d, err := ReadCSV(strings.NewReader(text), CSVOptions{Target: "y"})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 2, 3, 4}, d.X.Data())
	require.Equal(t, []float64{2, 3, 4, 5}, d.Y.Data())
	require.Equal(t, []string{"rows end with a separator that the header lacks; " +
		"Header short takes the first column for an index"}, notes(d))
	rows, err := readAll(strings.NewReader(text), []Column{{Name: "y"}, {Name: "a"}})
	require.NoError(t, err)
	require.Equal(t, []float64{2, 1, 3, 2, 4, 3, 5, 4}, rows)

	const short = "a,y\nx,1,\nz,3,4\n"
	_, err = ReadCSV(strings.NewReader(short), CSVOptions{Target: "y"})
	require.ErrorContains(t, err, "line 3: 3 fields, but the header line has 2; Header short")
	_, err = readAll(strings.NewReader(short), []Column{{Name: "y"}})
	require.ErrorContains(t, err, "line 3: 3 fields, but the header line has 2")
	_, err = ReadCSV(strings.NewReader("a,y\n1,2\n3,4,\n"), CSVOptions{Target: "y"})
	require.ErrorContains(t, err, "line 3: 3 fields, but the header line has 2")
}

// TestRepeatedNames leaves out columns that share a name, and refuses to choose among them.
func TestRepeatedNames(t *testing.T) {
	const text = "a,filler,y,filler,filler\n1,7,2,8,9\n2,7,3,8,9\n"
	_, err := ReadCSV(strings.NewReader(text), CSVOptions{Target: "y"})
	require.EqualError(t, err, `header: columns 2 and 4 are both named "filler"; `+
		`Drop filler leaves them out`)
	for _, o := range []CSVOptions{
		{Target: "y", Drop: []string{"filler"}}, {Target: "y", Columns: []string{"a"}},
	} {
		d, err := ReadCSV(strings.NewReader(text), o)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, d.Features)
		rows, err := readAll(strings.NewReader(text), d.Columns)
		require.NoError(t, err)
		require.Equal(t, []float64{1, 2}, rows)
	}
	for _, o := range []CSVOptions{
		{Target: "filler"}, {Target: "filler", Columns: []string{"a"}},
	} {
		_, err = ReadCSV(strings.NewReader(text), o)
		require.EqualError(t, err, `header: columns 2 and 4 are both named "filler"`)
	}
}

// TestLargeLabels tells apart labels that are the same float64.
func TestLargeLabels(t *testing.T) {
	const text = "a,y\n1,9007199254740993\n2,9007199254740992\n3,+9007199254740993\n" +
		"4,123456789012345678901\n5,7.0\n6,-9007199254740993\n"
	d, err := ReadCSV(strings.NewReader(text), CSVOptions{Target: "y", Classification: true})
	require.NoError(t, err)
	require.Equal(t, []string{"-9007199254740993", "7", "9007199254740992", "9007199254740993",
		"123456789012345678901"}, d.Classes)
	require.Equal(t, []float64{3, 2, 3, 4, 1, 0}, d.Y.Data())
	_, err = ReadCSV(strings.NewReader("a,y\n1,1e20\n2,1e21\n"),
		CSVOptions{Target: "y", Classification: true})
	require.ErrorContains(t, err, `"1e20" can't be a label`)
	german := CSVOptions{Target: "y", Classification: true,
		Format: CSVFormat{Decimal: ',', Thousands: '.'}}
	d, err = ReadCSV(strings.NewReader("a;y\n1;9.007.199.254.740.993\n2;9007199254740992\n"), german)
	require.NoError(t, err)
	require.Equal(t, []string{"9007199254740992", "9007199254740993"}, d.Classes)
}

package data

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

func TestCheckFinite(t *testing.T) {
	x := tensor.New[float32](4, 3)
	require.NoError(t, CheckFinite(x, nil))
	x.Set(float32(math.Inf(-1)), 2, 1)
	require.EqualError(t, CheckFinite(x, nil), "row 2, column 1 is -Inf, not a finite number")
	require.EqualError(t, CheckFinite(x, []string{"a", "b", "c"}),
		`row 2, column 1 ("b") is -Inf, not a finite number`)
	require.EqualError(t, CheckFinite(x.T(), nil), "row 1, column 2 is -Inf, not a finite number")
	require.Equal(t, []int{0, 1, 3}, FiniteRows(x))
	y := tensor.FromSlice([]float64{1, math.NaN()}, 2)
	require.EqualError(t, CheckFinite(y, nil), "row 1 is NaN, not a finite number")
	require.EqualError(t, CheckFinite(y, []string{"a"}),
		`row 1, column 0 ("a") is NaN, not a finite number`)
}

func TestLoaderRefusesWhatIsNotFinite(t *testing.T) {
	x, y := tensor.New[float64](3, 2), tensor.New[float64](3, 1)
	y.Set(math.NaN(), 1, 0)
	_, err := NewLoader(x, y, LoaderOptions{BatchSize: 2})
	require.EqualError(t, err,
		"loader: tensor 1: row 1 is NaN, not a finite number; AllowNonfinite takes it")
	_, err = NewLoader(x, y, LoaderOptions{BatchSize: 2, AllowNonfinite: true})
	require.NoError(t, err)
}

func TestReadCSVAllowsWhatIsNotFinite(t *testing.T) {
	const text = "a,b,y\nnan,1,2\n-Inf,x,1e999\n3,x,NaN\n"
	o := CSVOptions{Target: "y", AllowNonfinite: true}
	d, err := ReadCSV(strings.NewReader(text), o)
	require.NoError(t, err)
	require.True(t, math.IsNaN(d.X.At(0, 0)))
	require.Equal(t, math.Inf(-1), d.X.At(1, 0))
	require.Equal(t, math.Inf(1), d.Y.At(1, 0))
	require.True(t, math.IsNaN(d.Y.At(2, 0)))
	for text, message := range map[string]string{
		"a,y\nNA,1\n":          `line 2, column "a": the value is missing ("NA")`,
		"a,y\n,1\n":            `line 2, column "a": the value is missing ("")`,
		"a,y\n1,1\n2,x\n3,4\n": `line 3, column "y": "x" is not a number`,
	} {
		_, err := ReadCSV(strings.NewReader(text), o)
		require.ErrorContains(t, err, message)
	}
	_, err = ReadCSV(strings.NewReader("a,y\n1,nan\n2,1\n"),
		CSVOptions{Target: "y", Classification: true, AllowNonfinite: true})
	require.ErrorContains(t, err, `line 2, column "y": "nan" can't be a label`)
}

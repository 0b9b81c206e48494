package data

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEmbeddedDataAsScikitLearn(t *testing.T) {
	sets := map[string]func() (*Dataset, error){"digits": Digits, "diabetes": Diabetes}
	for _, c := range readGolden[struct {
		Args struct{ Name string }
		X, Y recorded
	}](t, "datasets.json") {
		d, err := sets[c.Args.Name]()
		require.NoError(t, err)
		c.X.requireTensor(t, d.X, c.Args.Name)
		c.Y.requireTensor(t, d.Y, c.Args.Name)
		require.Len(t, d.Features, d.X.Dim(1))
		delete(sets, c.Args.Name)
	}
	require.Empty(t, sets, "all are compared")
}

func TestEmbeddedNames(t *testing.T) {
	digits, err := Digits()
	require.NoError(t, err)
	require.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, digits.Classes)
	require.Equal(t, "pixel_7_7", digits.Features[63])
	require.Equal(t, "digit", digits.Target)

	diabetes, err := Diabetes()
	require.NoError(t, err)
	require.Nil(t, diabetes.Classes)
	require.Equal(t, []string{"age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"},
		diabetes.Features)
}

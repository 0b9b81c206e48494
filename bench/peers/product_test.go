package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// Every peer that is there must compute what we compute; this is what its check says before it is
// timed.
func TestProductsAgree(t *testing.T) {
	var libs []loaded
	for i := range libraries {
		if l, err := libraries[i].load(""); err == nil {
			t.Log(l.name, l.file, l.about(l))
			libs = append(libs, l)
		} else {
			t.Log(libraries[i].name, "is missing")
		}
	}
	for _, trans := range []tensor.Trans{tensor.NN, tensor.NT, tensor.TN, tensor.TT} {
		for _, dtype := range []string{"f32", "f64"} {
			j := job{dtype, trans, shape{5, 7, 11}}
			sides := contendersOf[float32](j, 1, wallClock, libs)
			if dtype == "f64" {
				sides = contendersOf[float64](j, 1, wallClock, libs)
			}
			require.GreaterOrEqual(t, len(sides), 3, "ours twice and gonum")
			for _, side := range sides {
				require.NoError(t, side.check(), "%v %s", j, side.name)
			}
		}
	}
}

func TestCheckFindsAWrongProduct(t *testing.T) {
	m := newMatrices[float32](job{"f32", tensor.NN, shape{2, 3, 4}})
	m.want = []float32{1, 2, 3, 4, 5, 6}
	write := func(values ...float32) func(int) (float64, error) {
		return func(int) (float64, error) {
			copy(m.c.Data(), values)
			return 0, nil
		}
	}
	require.NoError(t, m.check(write(1, 2, 3, 4, 5, 6)))
	require.EqualError(t, m.check(write(1, 2, 3, 4, 5.001, 6)),
		"wrong result: element (1, 1) is 5.001; ours is 5")
	require.EqualError(t, m.check(write(1, 2, 3)), "wrong result: element (1, 0) is NaN; ours is 4")
}

func TestMissingLibrary(t *testing.T) {
	_, err := libraries[0].load("/nowhere/libopenblas.so")
	require.ErrorContains(t, err, "/nowhere/libopenblas.so")
}

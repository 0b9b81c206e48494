package onnx_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
	"simdnn/tensor"
)

// transformed are cases whose sums go through exponentials.
var transformed = regexp.MustCompile("LOGISTIC|SOFTMAX|Classifier (float|int)|float(32|64) . 3$")

// TestEnsembles compares trees with ONNX Runtime: every mode, aggregate, transform, kind of leaf, base
// value and type. Sums that nothing is applied to have its bits.
func TestEnsembles(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "ensembles/models.json") {
		t.Run(g.Name, func(t *testing.T) {
			s := g.open(t).Session(onnx.SessionOptions{Threads: 2})
			got, err := s.Run(values(t, g.Runs[0].Inputs))
			require.NoError(t, err)
			for name, want := range values(t, g.Runs[0].Outputs) {
				var tolerance backend.Tolerance
				switch {
				case strings.Contains(g.Name, "PROBIT"): // which is steep at 0 and 1
					tolerance.Absolute = 2e-4
				case transformed.MatchString(g.Name):
					tolerance = backend.Tolerance{Relative: 2e-6, Absolute: 1e-7}
				}
				require.NoError(t, backend.Compare(got[name], want, tolerance), name)
			}
		})
	}
}

// TestEnsemblesAllocateNothing runs ensembles into arrays.
func TestEnsemblesAllocateNothing(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "ensembles/models.json") {
		outputs := map[string]*tensor.Array{}
		for name, v := range values(t, g.Runs[0].Outputs) {
			if v.Array() != nil {
				outputs[name] = tensor.NewArray(v.Array().DType(), v.Shape()...)
			}
		}
		s, inputs := g.open(t).Session(onnx.SessionOptions{Threads: 1}), values(t, g.Runs[0].Inputs)
		run := func() { require.NoError(t, s.RunInto(inputs, outputs)) }
		run()
		require.Zero(t, testing.AllocsPerRun(5, run), g.Name)
	}
}

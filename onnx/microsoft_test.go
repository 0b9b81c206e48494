package onnx_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
)

// microsoftModels are models with operators of com.microsoft.
func microsoftModels(t testing.TB) []goldenModel {
	return slices.Concat(golden.Read[goldenModel](t, "microsoft/models.json"),
		golden.Read[goldenModel](t, "microsoft/attention.json"))
}

// TestMicrosoft compares operators of com.microsoft with ONNX Runtime: floats, whose functions it
// approximates, within some units of their last place; integers exactly.
func TestMicrosoft(t *testing.T) {
	for _, g := range microsoftModels(t) {
		t.Run(g.Name, func(t *testing.T) {
			s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
			for _, run := range g.Runs {
				got, err := s.Run(values(t, run.Inputs))
				require.NoError(t, err)
				for name, want := range values(t, run.Outputs) {
					require.NoError(t, backend.Compare(got[name], want, backend.Tolerance{
						Relative: 3e-6, Absolute: 1e-6}), name)
				}
			}
		})
	}
}

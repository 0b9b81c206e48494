package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
)

// microsoftModels are models with operators of com.microsoft.
func microsoftModels(t testing.TB) []goldenModel {
	var all []goldenModel
	for _, name := range []string{"models", "attention", "quantised"} {
		all = append(all, golden.Read[goldenModel](t, "microsoft/"+name+".json")...)
	}
	return all
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

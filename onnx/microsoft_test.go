package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
)

// microsoftModels are models with operators of com.microsoft, and of standard ones where ONNX
// Runtime leads.
func microsoftModels(t testing.TB) []goldenModel {
	var all []goldenModel
	for _, name := range []string{"models", "attention", "quantised", "texts"} {
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

// TestRefusedInputsAndValues opens models whose nodes have what their operators don't support: the
// error names it, and the node.
func TestRefusedInputsAndValues(t *testing.T) {
	for want, n := range map[string]message{
		"the input g_idx of com.microsoft.MatMulNBits": node("MatMulNBits", "lone",
			[]string{"x", "x", "x", "", "x"}, []string{"y"}, attribute("bits", 4)),
		"the value of the attribute bits of com.microsoft.MatMulNBits": node("MatMulNBits", "lone",
			[]string{"x", "x", "x"}, []string{"y"}, attribute("bits", 3)),
		"the value of the attribute do_rotary of com.microsoft.Attention": node("Attention", "lone",
			[]string{"x", "x"}, []string{"y"}, attribute("do_rotary", 1)),
	} {
		g := graphOf([]message{declare("x", onnx.Float, 2, 3, 4)}, []message{declare("y", onnx.Float)},
			[]message{n.text(7, "com.microsoft")})
		_, err := onnx.Read(message{}.int(1, 8).bytes(7, g).bytes(8, message{}.text(1, "").int(2, 17)),
			"made", onnx.Options{})
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, `"lone"`)
	}
}

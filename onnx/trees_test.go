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

// TestEnsembles compares trees with ONNX Runtime: every mode, aggregate, transform, kind of leaf,
// base value and type. Sums that nothing is applied to have its bits.
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

// TestScoresWithoutLeaves has rows whose leaf has no weight for a target: the base value is its
// score, where ONNX Runtime gives 0, and of the classes that leaves have the one with the largest
// score is the label, where ONNX Runtime's is one of the row's leaves: 1, 0.
func TestScoresWithoutLeaves(t *testing.T) {
	tree := []message{attribute("nodes_treeids", []int{0, 0, 0}),
		attribute("nodes_nodeids", []int{0, 1, 2}), attribute("nodes_featureids", []int{0, 0, 0}),
		floatList("nodes_values", 1, 0, 0), textList("nodes_modes", "BRANCH_LEQ", "LEAF", "LEAF"),
		attribute("nodes_truenodeids", []int{1, 0, 0}), attribute("nodes_falsenodeids", []int{2, 0, 0})}
	leaves := func(of string, weights ...float32) []message {
		return append(tree[:len(tree):len(tree)], attribute(of+"_treeids", []int{0, 0, 0}),
			attribute(of+"_nodeids", []int{1, 2, 2}), floatList(of+"_weights", weights...))
	}
	for _, aggregate := range []string{"SUM", "AVERAGE", "MIN", "MAX"} {
		m := learned(t, "TreeEnsembleRegressor", []message{tensorType(onnx.Float)}, 1,
			append(leaves("target", 10, 20, 30), attribute("target_ids", []int{0, 0, 1}),
				attribute("n_targets", 2), floatList("base_values", 1, 2),
				text("aggregate_function", aggregate))...)
		require.Equal(t, []float64{11, 2, 21, 32}, one(t, m, rowsOf(0, 2)), aggregate)
	}
	m := learned(t, "TreeEnsembleClassifier", []message{tensorType(onnx.Float)}, 2,
		append(leaves("class", -1, -2, -3), attribute("class_ids", []int{1, 0, 1}),
			attribute("classlabels_int64s", []int{0, 1, 2}))...)
	require.Equal(t, []float64{0, 0}, one(t, m, rowsOf(0, 2)))
}

// rowsOf returns rows of one column.
func rowsOf(v ...float32) *onnx.Value { return onnx.NewTensor(tensor.ArrayOf(v, len(v), 1)) }

package tree_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tree"
)

// TestLinearBase gives all targets of a linear booster the first base score, as XGBoost 3.2 does.
func TestLinearBase(t *testing.T) {
	m, err := tree.ReadBytes([]byte(`{"version":[3,2,0],"learner":{"feature_names":[],
		"learner_model_param":{"base_score":"[1,5]","num_class":"0","num_feature":"1","num_target":"2"},
		"objective":{"name":"reg:squarederror"},
		"gradient_booster":{"name":"gblinear","model":{"weights":[2,4,0.25,0.5]}}}}`))
	require.NoError(t, err)
	out := make([]float64, 2)
	m.Predict(out, []float64{3})
	require.Equal(t, []float64{1 + 6 + 0.25, 1 + 12 + 0.5}, out)
}

// TestBaseOfOneClass has the base score of a model whose rows were all of one class: as in XGBoost
// 3.2, it stays 1e-6 away from 0 and 1.
func TestBaseOfOneClass(t *testing.T) {
	for score, want := range map[string]float64{"0E0": -13.81551, "1E0": 13.74516} {
		m, err := tree.ReadBytes([]byte(`{"version":[3,2,0],"learner":{"feature_names":[],
		"learner_model_param":{"base_score":"[` + score + `]","num_class":"0","num_feature":"1",
		"num_target":"1"},"objective":{"name":"binary:logistic"},
		"gradient_booster":{"name":"gblinear","model":{"weights":[0,0]}}}}`))
		require.NoError(t, err)
		out := make([]float64, 1)
		m.Raw(out, []float64{0})
		require.InDelta(t, want, out[0], 1e-5)
	}
}

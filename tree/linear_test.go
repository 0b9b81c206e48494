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

package saved_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/onnx/export/saved"
	"simdnn/tensor"
	"simdnn/tree"
)

// ensembles returns small models of LightGBM and XGBoost, and rows for them, by their names.
func ensembles(t *testing.T) map[string]ensembleCase {
	cases := map[string]ensembleCase{}
	for _, file := range []string{"trees/lightgbm.json", "trees/xgboost.json"} {
		type gold struct {
			Name, Model string
			Rows        []any
		}
		for _, c := range golden.Read[gold](t, file) {
			m, err := tree.ReadBytes([]byte(c.Model))
			require.NoError(t, err)
			var rows []float32
			for _, v := range c.Rows {
				x := math.NaN() // null
				switch v := v.(type) {
				case float64:
					x = v
				case string:
					x, err = strconv.ParseFloat(v, 64)
					require.NoError(t, err)
				}
				rows = append(rows, float32(x))
			}
			cases[m.Format+" "+c.Name] = ensembleCase{m, rows}
		}
	}
	return cases
}

type ensembleCase struct {
	*tree.Model
	rows []float32
}

// predicted returns what a model gives for rows.
func (c *ensembleCase) predicted(predict func(out, rows []float64), outputs int) []float64 {
	wide := make([]float64, len(c.rows))
	for i, v := range c.rows {
		wide[i] = float64(v)
	}
	out := make([]float64, len(wide)/c.Features()*outputs)
	predict(out, wide)
	return out
}

// run returns what the model's file gives for the rows.
func (c *ensembleCase) run(t *testing.T) map[string]*onnx.Value {
	made, err := saved.Trees(c.Model, export.Options{})
	got, err := open(t, made, err).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
		"features": onnx.NewTensor(tensor.ArrayOf(c.rows, len(c.rows)/c.Features(), c.Features()))})
	require.NoError(t, err)
	return got
}

// TestTrees compares what files say of rows with what the models say: sums that nothing is applied
// to to the last bit, others within float32. Some rows miss values, and have categories of no
// training.
func TestTrees(t *testing.T) {
	for name, c := range ensembles(t) {
		t.Run(name, func(t *testing.T) {
			got, want := c.run(t), c.predicted(c.Predict, c.Outputs())
			weights, _ := c.Linear()
			linear := strings.Contains(name, "linear_tree") || weights != nil
			if !linear && c.Link() == (tree.Link{}) {
				for i := range want {
					want[i] = float64(float32(want[i]))
				}
				require.Equal(t, want, onnx.Floats(got["value"]))
				return
			}
			requireNear(t, want, got, c.Classes(), 2e-6)
		})
	}
}

// requireNear demands predictions within a part of 1 and of themselves, and labels that the
// probabilities bear out.
func requireNear(t *testing.T, want []float64, got map[string]*onnx.Value, classes int,
	tolerance float64) {
	t.Helper()
	near := func(want, got []float64) {
		t.Helper()
		require.Len(t, got, len(want))
		for i, v := range want {
			if v != got[i] && !(math.Abs(v-got[i]) <= tolerance*max(1, math.Abs(v))) {
				require.Equal(t, v, got[i], i)
			}
		}
	}
	if classes == 0 {
		near(want, onnx.Floats(got["value"]))
		return
	}
	p, labels := onnx.Floats(got["probabilities"]), onnx.Floats(got["label"])
	for i, label := range labels {
		row := p[i*classes:][:classes]
		require.Equal(t, float64(slices.Index(row, slices.Max(row))), label)
	}
	switch len(want) {
	case len(p):
		near(want, p)
	case len(labels): // one number: of the second of two classes, or the class
		if classes == 2 {
			second := make([]float64, len(want))
			for i := range second {
				second[i] = p[2*i+1]
				require.InDelta(t, 1, p[2*i]+p[2*i+1], 1e-6)
			}
			near(want, second)
			return
		}
		require.Equal(t, want, labels)
	default:
		t.Fatalf("%d predictions", len(want))
	}
}

// TestTreesAreDescribed reads what a file says of itself.
func TestTreesAreDescribed(t *testing.T) {
	c := ensembles(t)["LightGBM multiclass num_class=3 max_cat_to_onehot=50 categories"]
	require.NotNil(t, c.Model, "there is no such case")
	made, err := saved.Trees(c.Model, export.Options{Metadata: map[string]string{"by": "me"}})
	info := open(t, made, err).Info()
	require.Equal(t, "multiclass", info.Metadata["objective"])
	require.Equal(t, "LightGBM", info.Metadata["format"])
	require.Equal(t, "me", info.Metadata["by"])
	var names []string
	require.NoError(t, json.Unmarshal([]byte(info.Metadata["feature_names"]), &names))
	require.Equal(t, c.Names, names)
	require.Equal(t, 3, info.Opset["ai.onnx.ml"])
}

// thresholds is a model of LightGBM whose threshold is between two numbers of float32.
const thresholds = `tree
version=v4
num_tree_per_iteration=1
max_feature_idx=0
objective=regression
feature_names=x

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=0.1
decision_type=%
left_child=-1
right_child=-2
leaf_value=1 2

end of trees
`

// TestTreesKeepThresholds sends the numbers next to a threshold where the model does: float32's 0.1
// is above float64's. It tells what is missing apart, too: nothing, zeros, or NaN.
func TestTreesKeepThresholds(t *testing.T) {
	at := float32(0.1)
	rows := []float32{at, math.Nextafter32(at, 0), float32(math.NaN()), 0, 1e-36, tree.Zero,
		math.Nextafter32(tree.Zero, 1), float32(math.Inf(1)), float32(math.Inf(-1))}
	for decision, want := range map[string][]float64{
		"0":  {2, 1, 1, 1, 1, 1, 1, 2, 1},
		"2":  {2, 1, 1, 1, 1, 1, 1, 2, 1},
		"4":  {2, 1, 2, 2, 2, 2, 1, 2, 1},
		"6":  {2, 1, 1, 1, 1, 1, 1, 2, 1},
		"8":  {2, 1, 2, 1, 1, 1, 1, 2, 1},
		"10": {2, 1, 1, 1, 1, 1, 1, 2, 1},
	} {
		m, err := tree.ReadBytes([]byte(strings.Replace(thresholds, "%", decision, 1)))
		require.NoError(t, err)
		c := ensembleCase{m, rows}
		require.Equal(t, want, c.predicted(m.Predict, 1), decision)
		require.Equal(t, want, onnx.Floats(c.run(t)["value"]), decision)
	}
}

// TestTreesRefuse names categories that there are no tables for.
func TestTreesRefuse(t *testing.T) {
	c := ensembles(t)["XGBoost reg:squarederror max_cat_to_onehot=2 categories"]
	require.NotNil(t, c.Model, "there is no such case")
	e := c.Ensemble()
	for v, text := range map[float64]string{-1: "the category -1 of feature",
		1 << 24: "the category 1.6777216e+07 of feature", 1<<24 - 1: "are too many for ONNX"} {
		for i := range e.Sets { // of this test's own model
			e.Sets[i].Members = []float64{v}
		}
		_, err := saved.Trees(c.Model, export.Options{})
		require.ErrorContains(t, err, text)
	}
}

var folder = flag.String("trees", "", "`FOLDER` of models to write as ONNX, see scripts/trees")

// TestTreesForOthers writes models for ONNX Runtime to run.
func TestTreesForOthers(t *testing.T) {
	if *folder == "" {
		t.Skip("no -trees")
	}
	names, err := filepath.Glob(filepath.Join(*folder, "*.name"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		stem := strings.TrimSuffix(name, ".name")
		path := stem + ".json"
		if _, err := os.Stat(path); err != nil {
			path = stem + ".txt"
		}
		m, err := tree.Open(path)
		require.NoError(t, err)
		made, err := saved.Trees(m, export.Options{})
		require.NoError(t, err, path)
		require.NoError(t, made.Write(stem+".onnx"))
	}
}

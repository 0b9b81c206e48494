package tree_test

import (
	"encoding/base64"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tree"
)

// find returns a case of a golden file.
func find(t testing.TB, file, name string) golds {
	for _, c := range golden.Read[golds](t, file) {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("%s has no case %q", file, name)
	return golds{}
}

// TestReadRefuses demands errors that say where a file is wrong.
func TestReadRefuses(t *testing.T) {
	light := find(t, "trees/lightgbm.json", "regression").Model
	linear := find(t, "trees/lightgbm.json", "binary linear_tree=True").Model
	category := find(t, "trees/lightgbm.json",
		"regression min_data_per_group=5 cat_smooth=1 max_cat_to_onehot=2 categories").Model
	boost := find(t, "trees/xgboost.json", "reg:squarederror").Model
	logistic := find(t, "trees/xgboost.json", "binary:logistic").Model
	for _, c := range []struct{ file, old, new, want string }{
		{"", "", "", "no 4 bytes"},
		{light, "tree\n", "forest\n", "line 1: not a model of LightGBM"},
		{"\x80\x04\x95", "", "\x80\x04\x95", "XGBoost; it seems to be a pickle of Python"},
		{light, "version=v4", "version=v1", "line 1: not a model of LightGBM"},
		{light, "max_feature_idx=5", "max_feature_idx=x", "line 6: max_feature_idx"},
		{light, "max_feature_idx=5", "max_feature_idx=4", "6 names of 5 features"},
		{light, "objective=regression", "objective=guess", `line 7: the objective "guess" is not known`},
		{light, "num_leaves=6\n", "", "Tree=0 without num_leaves"},
		{light, "num_leaves=6", "num_leaves=7", "leaf_value of 6 numbers, not 7"},
		{light, "left_child=1", "left_child=9", "Tree=0: node 0: there is no child 9"},
		{light, "left_child=1", "left_child=0", "two ways lead to node 0"},
		{light, "split_feature=0", "split_feature=6", "feature 6 of 6"},
		{light, "decision_type=8", "decision_type=14", "decision type 14"},
		{light, "num_cat=0", "num_cat=0\nnum_cat=0", "num_cat is there twice"},
		{light, "end of trees", "", "unexpected EOF"},
		{linear, "num_features=0", "num_features=7", "7 features of a leaf"},
		{category, "cat_boundaries=0", "cat_boundaries=1", "cat_boundaries don't ascend"},
		{boost, `"version":[3,2,0]`, `"version":[]`, "not a model of XGBoost"},
		{boost, `"name":"reg:squarederror"`, `"name":"reg:guess"`, `"reg:guess" is not known`},
		{boost, `"num_feature":"6","num_t`, `"num_feature":"x","num_t`,
			"learner_model_param.num_feature"},
		{boost, `"base_score":"[`, `"base_score":"[1,`, "base_score: 2 for 1 targets"},
		{boost, `"base_score":"[`, `"base_score":"nan","x":"[`, "base_score: NaN"},
		{logistic, `"base_score":"[`, `"base_score":"2","x":"[`, "base_score: 2"},
		{boost, `"num_class":"0"`, `"num_class":"-3"`, "num_class: -3"},
		{boost, `"num_trees":"3"`, `"num_trees":"4"`, "model.trees: 3 of 4"},
		{boost, `"tree_info":[0,0,0]`, `"tree_info":[0,0]`, "tree_info: 2 for 3 trees"},
		{boost, `"tree_info":[0,0,0]`, `"tree_info":[0,0,1]`, "tree 2: target 1 of 1"},
		{boost, `"left_children":[1,`, `"left_children":[99,`, "tree 0: node 0 has the children 99 and"},
		{boost, `"left_children":[1,`, `"left_children":[1,1,`, "tree 0: lists of"},
		{boost, `"split_indices":[`, `"split_indices":[9`, "feature 9"},
		{boost, `"name":"gbtree"`, `"name":"gbforest"`, `gradient_booster.name: "gbforest"`},
		{boost, `"enc":[]`, `"enc":[{}]`, "cats: 1 of 6 features"},
		{boost, `"enc":[]`, `"enc":[{"offsets":[0,2],"values":[97]},{},{},{},{},{}]`,
			"feature 0: a text from byte 0 to 2 of 1"},
		{boost, `"enc":[]`, `"enc":[{"offsets":[2,1],"values":[97,98]},{},{},{},{},{}]`,
			"feature 0: a text from byte 2 to 1 of 2"},
	} {
		require.True(t, strings.Contains(c.file, c.old), c.old)
		_, err := tree.ReadBytes([]byte(strings.Replace(c.file, c.old, c.new, 1)))
		require.ErrorContains(t, err, c.want, c.new)
	}
	_, err := tree.Open("no such file")
	require.Error(t, err)
}

// TestBareNumbersOfXGBoost reads JSON with numbers that are none, as XGBoost writes and reads them:
// in lists that don't count, and in names, where they are text. Splits must be numbers.
func TestBareNumbersOfXGBoost(t *testing.T) {
	c := find(t, "trees/xgboost.json", "reg:squarederror")
	for _, number := range []string{"NaN", "Infinity", "-Infinity"} {
		at := strings.Index(c.Model, `"loss_changes":[`) + len(`"loss_changes":[`)
		text := c.Model[:at] + number + "," + c.Model[at:]
		text = strings.Replace(text, `"attributes":{`, `"attributes":{"a \"[NaN]":"[`+number+`]"`, 1)
		require.Contains(t, text, "NaN]")
		_, err := tree.ReadBytes([]byte(text))
		require.NoError(t, err, number)
		at = strings.Index(c.Model, `"split_conditions":[`) + len(`"split_conditions":[`)
		end := at + strings.Index(c.Model[at:], ",")
		_, err = tree.ReadBytes([]byte(c.Model[:at] + number + c.Model[end:]))
		if number == "NaN" {
			require.ErrorContains(t, err, "node 0: the split is NaN")
		} else {
			require.NoError(t, err)
		}
	}
}

// TestReadRefusesUBJSON demands errors of binary files that end early or claim what isn't there.
func TestReadRefusesUBJSON(t *testing.T) {
	c := find(t, "trees/xgboost.json", "reg:squarederror")
	file, err := base64.StdEncoding.DecodeString(c.UBJSON)
	require.NoError(t, err)
	for n := range file {
		_, err := tree.ReadBytes(file[:n])
		require.Error(t, err, "the first %d bytes of %d", n, len(file))
	}
	for name, file := range map[string]string{
		"a length of -1":                   "{i\xff..",
		"a length of 2147483647":           "{#l\x7f\xff\xff\xff",
		"no value begins":                  "{i\x01aX",
		"a type of values without their n": "{i\x01a[$d[",
		"which has no bytes":               "{i\x01a[$T#i\x03...]}",
		"more than 64 deep":                "{i\x01a" + strings.Repeat("[", 99),
	} {
		_, err := tree.ReadBytes([]byte(file))
		require.ErrorContains(t, err, name)
	}
}

// FuzzRead reads mutilated models, and predicts with those that are still whole.
func FuzzRead(f *testing.F) {
	for _, file := range []string{"trees/lightgbm.json", "trees/xgboost.json"} {
		for _, c := range golden.Read[golds](f, file) {
			f.Add([]byte(c.Model))
			if c.UBJSON != "" {
				binary, err := base64.StdEncoding.DecodeString(c.UBJSON)
				require.NoError(f, err)
				f.Add(binary)
			}
		}
	}
	for _, c := range golden.Read[frameModel](f, "frames/models.json") {
		f.Add([]byte(c.Model))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := tree.ReadBytes(file)
		if err != nil || m.Features() > 1000 || m.Targets() > 1000 {
			return
		}
		rows, out := make([]float64, 9*m.Features()), make([]float64, 9*m.Outputs())
		for i := range rows {
			if rows[i] = float64(i) - 20; i%5 == 0 {
				rows[i] = math.NaN()
			}
		}
		m.Predict(out, rows)
		for i := range m.Features() {
			for number, name := range m.Categories(i) {
				v, err := m.Category(i, name)
				require.NoError(t, err)
				require.GreaterOrEqual(t, v, float64(number), "of two of a name the last")
			}
		}
	})
}

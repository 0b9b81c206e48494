package tree_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tree"
)

// frameModel is a model of a data frame, with rows as texts.
type frameModel struct {
	Name, Model, UBJSON string
	Rows                [][]string
	Predicted           []float64
}

// frameModels returns those of a name, by what their files hold.
func frameModels(t *testing.T, name string) (g frameModel, all []*tree.Model) {
	t.Helper()
	for _, g = range golden.Read[frameModel](t, "frames/models.json") {
		if g.Name == name {
			break
		}
	}
	binary, err := base64.StdEncoding.DecodeString(g.UBJSON)
	require.NoError(t, err)
	for _, file := range [][]byte{[]byte(g.Model), binary} {
		if len(file) == 0 {
			continue
		}
		m, err := tree.ReadBytes(file)
		require.NoError(t, err)
		all = append(all, m)
	}
	return g, all
}

// TestCategories predicts rows whose categories have names, to the bits that the programs gave for
// the data frame.
func TestCategories(t *testing.T) {
	for _, name := range []string{"XGBoost", "LightGBM"} {
		g, models := frameModels(t, name)
		for _, m := range models {
			require.Equal(t, []string{"-3", "7", "10"}, m.Categories(2))
			require.Equal(t, []string{"z", "v", "u"}, m.Categories(3))
			require.Nil(t, m.Categories(0))
			for i, texts := range g.Rows {
				row, got := make([]float64, len(texts)), make([]float64, 1)
				for feature, text := range texts {
					var err error
					switch {
					case text == "":
						row[feature] = math.NaN()
					case m.Categories(feature) != nil:
						row[feature], err = m.Category(feature, text)
					default:
						row[feature], err = strconv.ParseFloat(text, 64)
					}
					require.NoError(t, err)
				}
				m.Predict(got, row)
				require.Equal(t, g.Predicted[i], got[0], "%s, row %d", name, i)
			}
		}
	}
}

// TestSplitsOfSetsAreNaN reads files as XGBoost 2 writes them.
func TestSplitsOfSetsAreNaN(t *testing.T) {
	g, models := frameModels(t, "XGBoost")
	var file map[string]any
	require.NoError(t, json.Unmarshal([]byte(g.Model), &file))
	within := file
	for _, name := range []string{"learner", "gradient_booster", "model"} {
		within = within[name].(map[string]any)
	}
	sets := 0
	for _, each := range within["trees"].([]any) {
		one := each.(map[string]any)
		for _, node := range one["categories_nodes"].([]any) {
			one["split_conditions"].([]any)[int(node.(float64))] = "none"
			sets++
		}
	}
	require.Positive(t, sets)
	text, err := json.Marshal(file)
	require.NoError(t, err)
	for _, number := range []string{"NaN", "Infinity", "-Infinity"} {
		m, err := tree.ReadBytes([]byte(strings.ReplaceAll(string(text), `"none"`, number)))
		require.NoError(t, err)
		require.Equal(t, models[0].Ensemble(), m.Ensemble())
	}
	_, err = tree.ReadBytes(text)
	require.ErrorContains(t, err, `parsing "none"`)
}

// TestCategoriesWithoutNames tells unknown categories, broken names, and those of nobody knows which
// column.
func TestCategoriesWithoutNames(t *testing.T) {
	_, models := frameModels(t, "XGBoost")
	_, err := models[0].Category(1, "new")
	require.EqualError(t, err, `"new" is none of the categories that the training has seen`)
	_, models = frameModels(t, "LightGBM")
	require.Equal(t, []string{"False", "True"}, models[0].Categories(4))
	require.Equal(t, []string{"0.5", "2.25"}, models[0].Categories(5))
	v, err := models[0].Category(1, "new")
	require.NoError(t, err)
	require.True(t, math.IsNaN(v))
	_, models = frameModels(t, "LightGBM ordered")
	require.Nil(t, models[0].Categories(1))
	g, models := frameModels(t, "XGBoost cut")
	for _, m := range models {
		require.Nil(t, m.Categories(1))
		require.NotNil(t, m.Categories(3))
		_, err = m.Category(1, "lily")
		require.ErrorIs(t, err, tree.ErrCutNames)
	}
	later, err := tree.ReadBytes([]byte(strings.Replace(g.Model, `"version":[3,2,0]`, `"version":[3,3,0]`,
		1)))
	require.NoError(t, err)
	require.NotNil(t, later.Categories(1))
}

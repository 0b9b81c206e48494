package tree_test

import (
	"encoding/base64"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tensor"
	"simdnn/tensor/npy"
	"simdnn/tree"
)

// number is one of a golden file: null for NaN, a text for an infinity.
type number float64

// UnmarshalJSON reads a number.
func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = number(math.NaN())
		return nil
	}
	if text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	v, err := strconv.ParseFloat(string(text), 64)
	*n = number(v)
	return err
}

type golds struct {
	Name, Model, UBJSON  string
	Rows, Raw, Predicted []number
}

func floats(list []number) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
	}
	return out
}

// TestModelsPredictAsTheirPrograms demands all bits of LightGBM and XGBoost: rows with missing
// values, zeros, infinities, and categories that no training saw.
func TestModelsPredictAsTheirPrograms(t *testing.T) {
	for _, file := range []string{"trees/lightgbm.json", "trees/xgboost.json"} {
		for _, c := range golden.Read[golds](t, file) {
			forms := map[string][]byte{"text": []byte(c.Model)}
			if c.UBJSON != "" {
				binary, err := base64.StdEncoding.DecodeString(c.UBJSON)
				require.NoError(t, err)
				forms["UBJSON"] = binary
			}
			for form, file := range forms {
				t.Run(fmt.Sprint(c.Name, "/", form), func(t *testing.T) {
					m, err := tree.ReadBytes(file)
					require.NoError(t, err)
					check(t, m.Raw, floats(c.Rows), floats(c.Raw), m.Features())
					check(t, m.Predict, floats(c.Rows), floats(c.Predicted), m.Features())
				})
			}
		}
	}
}

// check demands predictions of all rows together, and of each alone.
func check(t *testing.T, predict func(out, rows []float64), rows, want []float64, features int) {
	t.Helper()
	out := make([]float64, len(want))
	predict(out, rows)
	outputs := len(want) / (len(rows) / features)
	for i := range want {
		if math.Float64bits(out[i]) != math.Float64bits(want[i]) {
			row := i / outputs
			t.Fatalf("row %d: %v, not %v", row, out[row*outputs:][:outputs], want[row*outputs:][:outputs])
		}
	}
	one := make([]float64, outputs)
	for i := 0; i < len(rows); i += features {
		predict(one, rows[i:][:features])
		require.Equal(t, out[i/features*outputs:][:outputs], one)
	}
}

var folder = flag.String("trees", "", "`FOLDER` of what make.py wrote, see scripts/trees")

// TestLargeModels demands all bits of the two programs for ten thousand rows of larger models.
func TestLargeModels(t *testing.T) {
	if *folder == "" {
		t.Skip("no -trees")
	}
	names, err := filepath.Glob(filepath.Join(*folder, "*.name"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		stem := strings.TrimSuffix(name, ".name")
		title, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, form := range []string{".txt", ".json", ".ubj"} {
			if _, err := os.Stat(stem + form); err != nil {
				continue
			}
			t.Run(string(title)+form, func(t *testing.T) {
				m, err := tree.Open(stem + form)
				require.NoError(t, err)
				m.Threads = 2
				rows := array(t, stem+".rows.npy")
				predictions := map[string]func(out, rows []float64){"raw": m.Raw, "predicted": m.Predict}
				for what, predict := range predictions {
					want := array(t, stem+"."+what+".npy")
					out := make([]float64, len(want))
					predict(out, rows)
					wrong := 0
					for i := range want {
						if math.Float64bits(out[i]) != math.Float64bits(want[i]) {
							wrong++
						}
					}
					require.Zero(t, wrong, "%s: of %d", what, len(want))
				}
			})
		}
	}
}

// array reads a file of floats.
func array(t *testing.T, path string) []float64 {
	t.Helper()
	a, err := npy.ReadFile(path)
	require.NoError(t, err)
	if a.DType() == tensor.Float64Type {
		return tensor.Elements[float64](a)
	}
	var out []float64
	for _, v := range tensor.Elements[float32](a) {
		out = append(out, float64(v))
	}
	return out
}

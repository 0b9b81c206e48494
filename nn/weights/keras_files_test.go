package weights_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/nn/weights"
)

// TestNormalisationsWithoutGammaOrBeta reads the description of a model in .keras, which says which
// of the two a weight is. Shards come without one: there such weights have numbers.
func TestNormalisationsWithoutGammaOrBeta(t *testing.T) {
	folder := kerasFolder(t)
	want := elements(t, filepath.Join(folder, "w.npz"), weights.Keras(),
		weights.RenamePrefix("model.", ""))
	require.Contains(t, want, "batch_normalization.bias")
	require.Equal(t, want, elements(t, filepath.Join(folder, "w.keras"), weights.Keras()))

	shards := elements(t, filepath.Join(folder, "w.weights.json"), weights.Keras())
	require.Len(t, shards, len(want))
	for name, v := range shards {
		layer, last := name[:strings.LastIndexByte(name, '.')], name[strings.LastIndexByte(name, '.')+1:]
		if !strings.Contains(layer, "normalization") && layer != "last" {
			require.Equal(t, want[name], v, name)
			continue
		}
		require.Len(t, last, 1, name) // a number
		require.Contains(t, slices.Collect(maps.Values(want)), v, name)
	}
}

// TestIndexesOfShardsAreChecked demands that an index has the groups of its shards, and no others.
func TestIndexesOfShardsAreChecked(t *testing.T) {
	folder := kerasFolder(t)
	path := filepath.Join(folder, "w.weights.json")
	index, err := os.ReadFile(path)
	require.NoError(t, err)
	const first = "w_00000.weights.h5"
	for old, c := range map[string][2]string{
		`"/layers/dense/vars"`: {`"/layers/thick/vars"`,
			`has a group of variables "/layers/dense/vars" that is not listed`},
		`"weight_map": {`: {`"weight_map": {"/a/vars": "` + first + `", `,
			first + ` has no group of variables "/a/vars"`},
		`"` + first + `"`: {`"../` + first + `"`, `"../` + first + `" is not a file beside it`},
	} {
		require.Contains(t, string(index), old)
		require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(index, []byte(old), []byte(c[0])), 0o666))
		_, err := weights.Open(path)
		require.ErrorContains(t, err, c[1])
	}
}

// kerasFolder returns a folder with the files of kerasnorms/norms.json.
func kerasFolder(t *testing.T) string {
	folder := t.TempDir()
	for _, c := range golden.Read[struct{ Files map[string]string }](t, "kerasnorms/norms.json") {
		for name, packed := range c.Files {
			r, err := zlib.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed)))
			require.NoError(t, err)
			content, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o666))
		}
	}
	return folder
}

// elements returns the elements of a file's tensors after rules, by their names.
func elements(t *testing.T, path string, rules ...weights.Rule) map[string][]float32 {
	f, err := weights.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	tensors := f.Tensors
	for _, rule := range rules {
		tensors, err = rule(tensors)
		require.NoError(t, err)
	}
	all := map[string][]float32{}
	for _, w := range tensors {
		v, err := weights.Values[float32](&w, w.Shape...)
		require.NoError(t, err)
		require.NotContains(t, all, w.Name)
		all[w.Name] = v
	}
	return all
}

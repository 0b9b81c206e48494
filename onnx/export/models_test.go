package export_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// goldenModel is a case of testdata/golden/onnx and the like.
type goldenModel struct {
	Name  string
	Model []byte
	Files map[string][]byte
	Runs  []goldenRun
}

type goldenRun struct{ Inputs map[string][]byte }

// backendTests is a folder whose models are written, too.
var backendTests = flag.String("backend", "", "a `FOLDER` of ONNX's backend tests")

// goldenModels are those of operators of all domains.
func goldenModels(t *testing.T) (all []goldenModel) {
	for _, file := range []string{"onnx/models", "microsoft/models", "microsoft/attention",
		"microsoft/quantised", "microsoft/texts", "ml/models"} {
		for _, g := range golden.Read[goldenModel](t, file+".json") {
			g.Name = filepath.Dir(file) + " " + g.Name
			all = append(all, g)
		}
	}
	if *backendTests == "" {
		return all
	}
	paths, err := filepath.Glob(filepath.Join(*backendTests, "*", "*", "model.onnx"))
	require.NoError(t, err)
	for _, path := range paths {
		if g := backendModel(t, filepath.Dir(path)); g != nil {
			all = append(all, *g)
		}
	}
	return all
}

// backendModel returns the model and the inputs of one of ONNX's tests, nil if it is refused.
func backendModel(t *testing.T, folder string) *goldenModel {
	data, err := os.ReadFile(filepath.Join(folder, "model.onnx"))
	require.NoError(t, err)
	m, err := onnx.Read(data, folder, onnx.Options{})
	if err != nil {
		return nil
	}
	in := map[string][]byte{}
	for i, d := range m.Info().Inputs {
		data, err := os.ReadFile(filepath.Join(folder, "test_data_set_0", fmt.Sprintf("input_%d.pb", i)))
		if err == nil {
			in[d.Name] = data
		}
	}
	return &goldenModel{Name: "backend " + filepath.Base(folder), Model: data, Runs: []goldenRun{{in}}}
}

// unwritten are the reasons for which models don't come back from files.
var unwritten = map[string]string{
	"strings, sequences and optional values are no tensors of graphs":      "which graphs don't have",
	"a graph has one shape for each value, and no loops":                   "depends on data",
	"floats of 8 and 4 bits, as graphs have them, don't say what they are": "numbers of the format",
	"integers of 4 bits, as graphs have them, don't say what they are":     "it has no form in ONNX",
}

// TestModelsAgain takes models as graphs, writes these and reads them: what they give has the bits
// that the models give.
func TestModelsAgain(t *testing.T) {
	written := 0
	for _, g := range goldenModels(t) {
		t.Run(g.Name, func(t *testing.T) {
			err := modelAgain(t, g)
			if err == nil {
				written++
				return
			}
			for _, text := range unwritten {
				if strings.Contains(err.Error(), text) {
					return
				}
			}
			require.NoError(t, err)
		})
	}
	require.GreaterOrEqual(t, written, 430)
}

func modelAgain(t *testing.T, g goldenModel) error {
	files := fstest.MapFS{}
	for name, data := range g.Files {
		files[name] = &fstest.MapFile{Data: data}
	}
	m, err := onnx.Read(g.Model, g.Name, onnx.Options{Files: files})
	require.NoError(t, err)
	inputs := map[string]*onnx.Value{}
	fixed := onnx.GraphOptions{Shapes: map[string][]int{}}
	for name, data := range g.Runs[0].Inputs {
		v, err := m.ReadValue(name, data)
		require.NoError(t, err)
		if v.Array() == nil || v.Element() != onnx.NewTensor(v.Array()).Element() {
			return fmt.Errorf("the input %v, which graphs don't have", v)
		}
		inputs[name], fixed.Shapes[name] = v, v.Array().Shape()
	}
	made, err := graphFor(m, onnx.GraphOptions{}, inputs)
	if err != nil {
		made, err = graphFor(m, fixed, inputs)
	}
	if err != nil {
		return err
	}
	var file bytes.Buffer
	opset := min(max(m.Info().Opset["ai.onnx"], export.DefaultOpset), export.MaxOpset)
	for ; opset <= export.MaxOpset; opset++ {
		file.Reset()
		if err = export.Encode(&file, made, export.Options{Opset: opset}); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	compareAgain(t, m, file.Bytes(), opset, inputs)
	return nil
}

var givenName = regexp.MustCompile(`of the input "([^"]*)"`)

// graphFor returns a model's graph, with those inputs given that shapes depend on.
func graphFor(m *onnx.Model, o onnx.GraphOptions, inputs map[string]*onnx.Value) (*graph.Graph,
	error) {
	o.Values, o.Shapes = map[string]*onnx.Value{}, maps.Clone(o.Shapes)
	for {
		g, err := m.Graph(o)
		if err == nil {
			return g, nil
		}
		name := givenName.FindStringSubmatch(err.Error())
		if name == nil || o.Values[name[1]] != nil || inputs[name[1]] == nil {
			return nil, errors.Join(err, errors.New("it depends on data"))
		}
		o.Values[name[1]] = inputs[name[1]]
		delete(o.Shapes, name[1])
	}
}

// compareAgain runs a model and what was written of it on the same inputs.
func compareAgain(t *testing.T, m *onnx.Model, file []byte, opset int,
	inputs map[string]*onnx.Value) {
	again, err := onnx.Read(file, "written.onnx", onnx.Options{})
	require.NoError(t, err)
	taken, arrays := map[string]*onnx.Value{}, map[string]*tensor.Array{}
	for _, in := range again.Info().Inputs {
		taken[in.Name], arrays[in.Name] = inputs[in.Name], inputs[in.Name].Array()
	}
	want, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(inputs)
	require.NoError(t, err)
	got, err := again.Session(onnx.SessionOptions{Threads: 1}).Run(taken)
	require.NoError(t, err)
	outputs := map[string]*tensor.Array{}
	for name, v := range want {
		require.Equal(t, v.String(), got[name].String(), name)
		require.Equal(t, v.Array().Bytes(), got[name].Array().Bytes(), name)
		outputs[name] = v.Array()
	}
	keep(t, file, opset, arrays, outputs)
}

package saved_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph/exec"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/onnx/export/saved"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// table is one of numbers, with texts between them or not.
func table(texts bool) string {
	var b strings.Builder
	b.WriteString("size,town,rooms,zone,price,kind\n")
	for i := range 40 {
		town, zone, rooms := []string{"Ulm", "Bonn", "Jena"}[i%3], []string{"a", "b", ""}[i%7%3], ""
		if !texts {
			town, zone = fmt.Sprint(i%5), fmt.Sprint(i%4)
		}
		if i%6 != 0 {
			rooms = fmt.Sprint(2 + i%4)
		}
		size := fmt.Sprint(20.5 + float64(i*i%31))
		if i%9 == 4 {
			size = ""
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%d,%s\n", size, town, rooms, zone, 100+7*i%50,
			[]string{"flat", "house"}[i%5%2])
	}
	return b.String()
}

func fit[T tensor.Float](t *testing.T, texts bool, target string, task tabular.Task,
	missing data.Missing) *tabular.Model[T] {
	s := tabular.DefaultSettings()
	s.Epochs = 5
	other := map[string]string{"kind": "price", "price": "kind"}[target]
	m, _, err := tabular.FitCSV[T](context.Background(), strings.NewReader(table(texts)),
		tabular.Options{
			Table: data.CSVOptions{Target: target, Classification: task == tabular.Classification,
				Missing: missing, Unknown: data.UnknownZero, Drop: []string{other}}, Settings: s})
	require.NoError(t, err)
	return m
}

// open writes a translation and reads it again.
func open(t *testing.T, made *export.Translation, err error) *onnx.Model {
	t.Helper()
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, made.Encode(&file))
	m, err := onnx.Read(file.Bytes(), "table.onnx", onnx.Options{})
	require.NoError(t, err)
	return m
}

// rows are those to predict for: some values are missing, and one text is in no row of the
// training.
var rows = map[bool][]string{
	false: {"30,2,,3", "22.5,0,4,1", ",1,2,0"},
	true:  {"30,Ulm,,a", "22.5,Bonn,4,", ",Rome,2,b"},
}

// inputs are the rows as the model takes them.
func inputs[T tensor.Float](m *tabular.Model[T], texts bool) map[string]*onnx.Value {
	numbers, words := map[string][]T{}, map[string][]string{}
	var all []T
	for _, row := range rows[texts] {
		for i, field := range strings.Split(row, ",") {
			name := m.Columns[i].Name
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				v = math.NaN()
			}
			numbers[name], words[name] = append(numbers[name], T(v)), append(words[name], field)
			all = append(all, T(v))
		}
	}
	if !texts {
		return map[string]*onnx.Value{"features": onnx.NewTensor(tensor.ArrayOf(all, 3, 4))}
	}
	values := map[string]*onnx.Value{}
	for _, c := range m.Columns {
		if values[c.Name] = onnx.NewTensor(tensor.ArrayOf(numbers[c.Name], 3, 1)); c.Categories != nil {
			values[c.Name] = onnx.NewStrings(words[c.Name], 3, 1)
		}
	}
	return values
}

// TestTables compares what files say of rows with what the models say.
func TestTables(t *testing.T) {
	for _, texts := range []bool{false, true} {
		for _, missing := range []data.Missing{data.MissingMean, data.MissingCategory} {
			testTables[float32](t, texts, missing)
			testTables[float64](t, texts, missing)
		}
	}
}

func testTables[T tensor.Float](t *testing.T, texts bool, missing data.Missing) {
	t.Run(fmt.Sprint(texts, missing, tensor.DTypeOf[T]()), func(t *testing.T) {
		classes := fit[T](t, texts, "kind", tabular.Classification, missing)
		prices := fit[T](t, texts, "price", tabular.Regression, missing)
		for name, write := range forms[T]() {
			t.Run(name, func(t *testing.T) {
				testTable(t, classes, texts, write)
				testTable(t, prices, texts, write)
			})
		}
	})
}

// forms are the ways to write a model of tables.
func forms[T tensor.Float]() map[string]func(*tabular.Model[T], export.Options) (
	*export.Translation, error) {
	return map[string]func(*tabular.Model[T], export.Options) (*export.Translation, error){
		"plain": saved.Table[T], "ml": saved.TableML[T]}
}

// testTable compares a file with the model, and keeps it for check.py.
func testTable[T tensor.Float](t *testing.T, m *tabular.Model[T], texts bool,
	write func(*tabular.Model[T], export.Options) (*export.Translation, error)) {
	for _, opset := range []int{0, export.MinOpset, export.MaxOpset} {
		made, err := write(m, export.Options{Opset: opset})
		if texts && opset == export.MinOpset && err != nil {
			require.ErrorContains(t, err, "compared from opset 19 on")
			continue
		}
		var file bytes.Buffer
		require.NoError(t, err)
		require.NoError(t, made.Encode(&file))
		read, err := onnx.Read(file.Bytes(), "table.onnx", onnx.Options{})
		require.NoError(t, err)
		given := inputs(m, texts)
		got, err := read.Session(onnx.SessionOptions{}).Run(given)
		require.NoError(t, err)
		for i, p := range predictions(t, m, texts) {
			if m.Classes == nil {
				require.InDelta(t, p.Value, onnx.Floats(got["value"])[i], 1e-4)
				continue
			}
			require.Equal(t, p.Class, got["label"].Strings()[i])
			for c, v := range p.Probabilities {
				require.InDelta(t, v, onnx.Floats(got["probabilities"])[2*i+c], 1e-6)
			}
		}
		keep(t, file.Bytes(), given, got)
	}
}

// writeTo is a folder for check.py of package export, to compare with what other programs compute.
var writeTo = flag.String("write", "", "the `FOLDER` to write the files of tables to")

// keep writes a file, what it is given and what it gives. Texts stand in JSON.
func keep(t *testing.T, file []byte, inputs, outputs map[string]*onnx.Value) {
	if *writeTo == "" {
		return
	}
	folder := filepath.Join(*writeTo, fmt.Sprintf("%x", sha256.Sum256(file)))
	require.NoError(t, os.MkdirAll(folder, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "model.onnx"), file, 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "name"),
		[]byte(strings.ReplaceAll(t.Name(), "/", "_")), 0o666))
	for part, values := range map[string]map[string]*onnx.Value{"in": inputs, "out": outputs} {
		arrays, texts := map[string]*tensor.Array{}, map[string]any{}
		for name, v := range values {
			if v.Strings() == nil {
				arrays[name] = v.Array()
			} else {
				texts[name] = map[string]any{"shape": v.Dims(), "texts": v.Strings()}
			}
		}
		path := filepath.Join(folder, part)
		require.NoError(t, npy.WriteArchive(path+".npz", arrays, npy.Stored))
		encoded, err := json.Marshal(texts)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path+".json", encoded, 0o666))
	}
}

// TestTablesAsGraphs takes files of tables as graphs, which say what the files do and can be
// trained.
func TestTablesAsGraphs(t *testing.T) {
	for _, missing := range []data.Missing{data.MissingMean, data.MissingCategory} {
		testTablesAsGraphs[float32](t, missing)
		testTablesAsGraphs[float64](t, missing)
	}
}

func testTablesAsGraphs[T tensor.Float](t *testing.T, missing data.Missing) {
	for target, output := range map[string]string{"kind": "probabilities", "price": "value"} {
		kind := map[string]tabular.Task{"kind": tabular.Classification,
			"price": tabular.Regression}[target]
		fitted := fit[T](t, false, target, kind, missing)
		made, err := saved.Table(fitted, export.Options{})
		m := open(t, made, err)
		g, err := m.Graph(onnx.GraphOptions{Outputs: []string{output}})
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1),
			map[string][]int{"features": {3, 4}})
		require.NoError(t, err)
		given := inputs(fitted, false)
		in, err := p.Input("features")
		require.NoError(t, err)
		tensor.Copier(in, given["features"].Array())()
		require.NoError(t, p.Run())
		got, err := p.Output(output)
		require.NoError(t, err)
		want, err := m.Session(onnx.SessionOptions{}).Run(given)
		require.NoError(t, err)
		require.Equal(t, want[output].Array().Bytes(), got.Bytes())

		layer, err := nn.NewImported(g)
		require.NoError(t, err)
		again := nn.NewModel[T](nn.MSE)
		require.NoError(t, again.Add(layer))
		x := tensor.TensorOf[T](given["features"].Array())
		w, err := again.NewWorkspace(3)
		require.NoError(t, err)
		before := again.ParamsSHA256()
		_, err = again.Step(w, x, tensor.New[T](got.Shape()...))
		require.NoError(t, err)
		require.NotEqual(t, before, again.ParamsSHA256())
	}
}

// predictions are those of the model itself.
func predictions[T tensor.Float](t *testing.T, m *tabular.Model[T],
	texts bool) []tabular.Prediction {
	frozen, err := m.Freeze()
	require.NoError(t, err)
	var header []string
	for _, c := range m.Columns {
		header = append(header, c.Name)
	}
	records, err := frozen.Records(header)
	require.NoError(t, err)
	all := make([]tabular.Prediction, len(rows[texts]))
	for i, row := range rows[texts] {
		require.NoError(t, records.Predict(strings.Split(row, ","), &all[i]))
	}
	return all
}

// TestTextsNeedAVersion checks that a version without Equal of texts is refused.
func TestTextsNeedAVersion(t *testing.T) {
	m := fit[float32](t, true, "kind", tabular.Classification, data.MissingMean)
	_, err := saved.Table(m, export.Options{Opset: 18})
	require.EqualError(t, err, `saved: the column "town" holds texts, which are compared from opset 19 `+
		`on, not in 18`)
}

// TestNetwork checks that the file says which parameters it holds.
func TestNetwork(t *testing.T) {
	m := nn.NewModel[float32](nn.MSE, nn.WithInput(3))
	require.NoError(t, m.Add(nn.NewDense(3, 2, nn.Tanh)))
	made, err := saved.Network(m, export.Options{Metadata: map[string]string{"author": "me"}})
	info := open(t, made, err).Info()
	require.Equal(t, map[string]string{"author": "me", "params_sha256": m.ParamsSHA256()},
		info.Metadata)

	m = nn.NewModel[float32](nn.MSE, nn.WithInput(3), nn.WithSeed(7))
	require.NoError(t, m.Add(nn.NewDense(3, 2, nn.Tanh)))
	nn.AddEnd(&nn.Manifest{Version: "v1", Arguments: []string{"train", "--x"}}, m)
	made, err = saved.Network(m, export.Options{})
	require.Equal(t, map[string]string{"simdnn_version": "v1", "arguments": "train --x", "seed": "7",
		"params_sha256": m.ParamsSHA256()}, open(t, made, err).Info().Metadata)
}

// TestNamesOfColumns trains on columns that are called as outputs, parameters and what the file
// needs for itself.
func TestNamesOfColumns(t *testing.T) {
	names := []string{"label", "constant", "0.weight", "label.number", "constant.encoded",
		"Cast_output_0", "value"}
	var table strings.Builder
	table.WriteString(strings.Join(names, ",") + ",y\n")
	for i := range 30 {
		for j := range names {
			table.WriteString([]string{"a", "b", "c"}[(i+j*i)%3] + ",")
		}
		fmt.Fprintln(&table, i%2 == 0)
	}
	s := tabular.DefaultSettings()
	s.Epochs = 2
	m, _, err := tabular.FitCSV[float32](context.Background(), strings.NewReader(table.String()),
		tabular.Options{Table: data.CSVOptions{Target: "y", Classification: true}, Settings: s})
	require.NoError(t, err)
	made, err := saved.Table(m, export.Options{})
	model := open(t, made, err)
	given := map[string]*onnx.Value{}
	for _, in := range model.Info().Inputs {
		require.Equal(t, "string", in.Type)
		given[in.Name] = onnx.NewStrings([]string{"a"}, 1, 1)
	}
	for _, name := range []string{"column.label", "constant", "column.0.weight",
		"column.label.number"} {
		require.Contains(t, given, name)
	}
	require.Len(t, given, len(names))
	got, err := model.Session(onnx.SessionOptions{}).Run(given)
	require.NoError(t, err)
	require.Len(t, got["label"].Strings(), 1)
}

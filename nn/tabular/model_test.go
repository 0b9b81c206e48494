package tabular

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// fitted returns a job that was trained for an epoch.
func fitted(t *testing.T, d *Dataset, scaled bool) *Job[float32] {
	t.Helper()
	s := settings()
	s.Epochs, s.ScaleInputs, s.ScaleTarget = 1, scaled, scaled
	j, err := Prepare[float32](d, s)
	require.NoError(t, err)
	_, err = j.Fit(context.Background())
	require.NoError(t, err)
	return j
}

// reloaded saves a model and loads it again.
func reloaded(t *testing.T, trained *Model[float32]) *Model[float32] {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.NoError(t, trained.Save(path))
	got, err := Load[float32](path)
	require.NoError(t, err)
	return got
}

// TestFileIsEnoughToPredict compares the predictions of a model from its file with those of the
// job.
func TestFileIsEnoughToPredict(t *testing.T) {
	table := "size,colour,price\n1,red,10\n2,blue,30\n3,red,31\n4,blue,50\n5,red,52\n6,blue,71\n"
	read, err := data.ReadCSV(strings.NewReader(table), data.CSVOptions{Target: "price"})
	require.NoError(t, err)
	j := fitted(t, &Dataset{"prices", *read}, true)
	got := reloaded(t, j.Trained())
	require.Equal(
		t,
		[]any{
			Regression, "price",
			[]data.Column{{Name: "size"}, {Name: "colour", Categories: []string{"blue", "red"}}},
			j.Inputs, j.Target,
		},
		[]any{got.Task, got.Target, got.Columns, got.Inputs, got.Outputs},
	)
	y, err := got.Predict(read.X)
	require.NoError(t, err)

	scaled, err := j.Inputs.Transform(read.X)
	require.NoError(t, err)
	direct, err := j.Model.Predict(data.Convert[float32](scaled))
	require.NoError(t, err)
	require.Equal(t, []int{6, 1}, y.Shape())
	for i, v := range direct.Data() {
		require.Equal(t, float64(float64(v)*j.Target.Deviation[0])+j.Target.Mean[0], y.Data()[i])
	}
	_, err = got.Predict(tensor.New[float64](1, 2))
	require.EqualError(t, err, "rows of shape [1 2], but the model takes (rows, 3)")
}

func TestUnscaledDataWithoutNames(t *testing.T) {
	d := classes(0, 1, 1, 0, 1, 0, 0, 1)
	j := fitted(t, d, false)
	got := reloaded(t, j.Trained())
	require.Equal(
		t,
		[]any{
			Classification, "y", []data.Column{{Name: "x0"}}, []string{"a", "b"},
			(*data.Scaler[float64])(nil),
		},
		[]any{got.Task, got.Target, got.Columns, got.Classes, got.Inputs},
	)
	want, err := j.Model.Predict(data.Convert[float32](d.X))
	require.NoError(t, err)
	y, err := got.Predict(d.X)
	require.NoError(t, err)
	for i, v := range want.Data() {
		require.Equal(t, float64(v), y.Data()[i])
	}

	d.Features, d.Target = []string{"length"}, "kind"
	trained := j.Trained()
	require.Equal(t, []any{"kind", []data.Column{{Name: "length"}}},
		[]any{trained.Target, trained.Columns})
}

func TestFilesThatAreNotEnough(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	save := func(change func(metadata map[string]string)) error {
		trained := fitted(t, classes(0, 1, 1, 0, 1, 0, 0, 1), true).Trained()
		require.NoError(t, trained.Save(path))
		change(trained.Network.Metadata)
		require.NoError(t, trained.Network.Save(path))
		_, err := Load[float32](path)
		return err
	}
	require.NoError(t, save(func(map[string]string) {}))
	for _, c := range []struct{ key, text, message string }{
		{taskKey, "", "the metadata don't say what the model was trained for: "},
		{columnsKey, "", "the metadata columns: "},
		{columnsKey, `[]`, "the metadata columns: 0 features, but the model takes 1"},
		{columnsKey, `[{"name":"a","categories":["b","c"]}]`,
			"the metadata columns: 2 features, but the model takes 1"},
		{classesKey, `["a"]`, "the metadata classes: 1 names, but the model has 2 outputs"},
		{taskKey, "regression",
			"the metadata task: a regression has one output and no classes, the model has 2 and 2"},
		{inputsKey, `{"mean":[1],"deviation":[1,2]}`,
			"the metadata input_scaling: 1 means and 2 deviations, but 1 are needed"},
		{outputsKey, `{}`,
			"the metadata target_scaling: 0 means and 0 deviations, but 2 are needed"},
		{outputsKey, `[]`, "the metadata target_scaling: "},
	} {
		err := save(func(metadata map[string]string) { metadata[c.key] = c.text })
		require.ErrorContains(t, err, path+": ")
		require.ErrorContains(t, err, c.message)
	}
	_, err := Load[float32](filepath.Join(path, "missing"))
	require.Error(t, err)

	m := nn.NewModel[float32](nn.MSE)
	require.NoError(t, m.Add(nn.NewDense(1, 1, nn.Linear)))
	require.NoError(t, m.Save(path))
	_, err = Load[float32](path)
	require.EqualError(t, err, path+": this is a network alone, as nn.Model.Save writes it, without "+
		"the columns of a table: save the model by tabular.Model.Save, or load it by nn.Load")
}

// TestFilesFromBeforeThisPackage reads a model that was saved when packages were divided otherwise
// and files held no checksum.
func TestFilesFromBeforeThisPackage(t *testing.T) {
	d, err := data.ReadCSVFile("testdata/before_tabular.csv", data.CSVOptions{Target: "price"})
	require.NoError(t, err)
	m, err := Load[float32]("testdata/before_tabular.safetensors")
	require.NoError(t, err)
	y, err := m.Predict(d.X)
	require.NoError(t, err)
	for i, want := range []float64{1266.4734, 8421.513, 2534.7737, 7745.42, 5399.5654, 7081.576} {
		require.InEpsilon(t, want, y.At(i, 0), 1e-5)
	}
}

// TestTextsThatFilesCannotHold refuses names that are not in UTF-8, which would become one and the
// same in a file.
func TestTextsThatFilesCannotHold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	for message, change := range map[string]func(m *Model[float32]){
		`the class "s\xfc\xdf" is not in UTF-8`: func(m *Model[float32]) {
			m.Classes = []string{"salty", "s\xfc\xdf"}
		},
		`two are the class "a"`: func(m *Model[float32]) { m.Classes = []string{"a", "a"} },
		`the column "gr\xf6\xdfe" is not in UTF-8`: func(m *Model[float32]) {
			m.Columns = []data.Column{{Name: "gr\xf6\xdfe"}}
		},
		`the target "\xff" is not in UTF-8`: func(m *Model[float32]) { m.Target = "\xff" },
		`the category of column "x0" "\xff" is not in UTF-8`: func(m *Model[float32]) {
			m.Columns = []data.Column{{Name: "x0", Categories: []string{"\xff"}}}
		},
	} {
		m := fitted(t, classes(0, 1, 1, 0, 1, 0, 0, 1), true).Trained()
		change(m)
		require.ErrorContains(t, m.Save(path), message)
		require.NoFileExists(t, path)
	}

	for text, message := range map[string]string{
		`["s\ufffd","s\ufffd"]`: "the metadata: two are the class \"s\ufffd\"",
		`["s\ud83d","b"]`:       "the metadata classes: a text is not in UTF-8",
		`["s\ufffd","b"]`:       "",
	} {
		m := fitted(t, classes(0, 1, 1, 0, 1, 0, 0, 1), true).Trained()
		require.NoError(t, m.Save(path))
		m.Network.Metadata[classesKey] = text
		require.NoError(t, m.Network.Save(path))
		_, err := Load[float32](path)
		if message == "" {
			require.NoError(t, err, "as much as it may look like a mistake")
			continue
		}
		require.ErrorContains(t, err, message)
	}
}

// TestDecode reads a model from memory.
func TestDecode(t *testing.T) {
	m := fitted(t, classes(0, 1, 1, 0, 1, 0, 0, 1), true).Trained()
	var b bytes.Buffer
	require.NoError(t, m.Encode(&b))
	got, err := Decode[float32](bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	require.Equal(t, m.Network.ParamsSHA256(), got.Network.ParamsSHA256())
	_, err = Decode[float32](bytes.NewReader(b.Bytes()), 7)
	require.Error(t, err)
}

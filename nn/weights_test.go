package nn_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/nn/weights"
)

// twoLayers returns a model of 4 → 7 → 5 with the tensors 0.weight, 0.bias, 2.weight and 2.bias,
// which are the first ones of the model that several returns.
func twoLayers(t *testing.T) *nn.Model[float32] {
	m := nn.NewModel[float32](nn.MSE, nn.WithSeed(9))
	return build(t, m, nn.NewDense(4, 7, nn.ReLU), nn.NewDense(7, 5, nn.Linear))
}

// saveRenamed writes the model's tensors to a file, each by the name that rename gives it, and
// returns the path. Tensors without a name are left out.
func saveRenamed(t *testing.T, m *nn.Model[float32], rename func(name string) string) string {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "model.safetensors")
	require.NoError(t, m.Save(path))
	r, err := safetensors.Open(path)
	require.NoError(t, err)
	defer r.Close()
	var tensors []safetensors.Tensor
	for _, info := range r.Tensors() {
		values, err := safetensors.Values[float32](r, info.Name, info.Shape...)
		require.NoError(t, err)
		if name := rename(info.Name); name != "" {
			tensors = append(tensors, safetensors.NewTensor(name, values, info.Shape...))
		}
	}
	path = filepath.Join(folder, "renamed.safetensors")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, safetensors.Write(f, nil, tensors))
	require.NoError(t, f.Close())
	return path
}

func same(name string) string { return name }

func TestLoadWeights(t *testing.T) {
	from := twoLayers(t)
	for _, p := range from.Parameters() {
		p.Value.CopyFrom(random[float32](source(4), p.Value.Shape()...))
	}
	to := twoLayers(t)
	path := saveRenamed(t, from, same)
	require.NotEqual(t, from.ParamsSHA256(), to.ParamsSHA256())
	require.NoError(t, to.LoadWeights(path))
	require.Equal(t, from.ParamsSHA256(), to.ParamsSHA256())

	wide := build(t, nn.NewModel[float32](nn.MSE), nn.NewDense(4, 7, nn.ReLU),
		nn.NewDense(7, 6, nn.ReLU))
	before := wide.ParamsSHA256()
	const message = `: weights: tensor "2.weight": the shape is [5 7], but [6 7] is expected`
	require.EqualError(t, wide.LoadWeights(path), path+message)
	_, _, err := wide.LoadMatchingWeights(path)
	require.EqualError(t, err, path+message)
	require.Equal(t, before, wide.ParamsSHA256(), "nothing changes unless all fits")

	missing := filepath.Join(t.TempDir(), "missing.safetensors")
	require.ErrorIs(t, to.LoadWeights(missing), os.ErrNotExist)
	_, _, err = to.LoadMatchingWeights(missing)
	require.ErrorIs(t, err, os.ErrNotExist)
	pickle := filepath.Join(t.TempDir(), "w.pt")
	require.NoError(t, os.WriteFile(pickle, []byte("PK\x03\x04 and more"), 0o600))
	_, err = nn.Load[float32](pickle)
	require.ErrorContains(t, err, "this is no safetensors file; it seems to be a zip archive")
	require.ErrorContains(t, err, "weights of PyTorch, NumPy and others by LoadWeights")
	_, err = nn.Load[float32](missing)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, missing)
}

// TestLoadWeightsBeyondWhatIsKept loads files of which some tensors or all are read twice: first to
// find out whether they can be.
func TestLoadWeightsBeyondWhatIsKept(t *testing.T) {
	from, wide := twoLayers(t), build(t, nn.NewModel[float64](nn.MSE), nn.NewDense(4, 7, nn.ReLU),
		nn.NewDense(7, 5, nn.Linear))
	for _, p := range from.Parameters() {
		p.Value.CopyFrom(random[float32](source(4), p.Value.Shape()...))
	}
	good := saveRenamed(t, from, same)
	parameters := wide.Parameters()
	parameters[len(parameters)-1].Value.Fill(1e300) // beyond float32
	beyond := filepath.Join(t.TempDir(), "beyond.safetensors")
	require.NoError(t, wide.Save(beyond))
	for _, kept := range []int{0, 4 * 7 * 4, 1 << 20} {
		t.Run(fmt.Sprint(kept), func(t *testing.T) {
			defer nn.KeepWeights(kept)()
			to := twoLayers(t)
			before := to.ParamsSHA256()
			require.ErrorContains(t, to.LoadWeights(beyond), `tensor "2.bias"`)
			require.Equal(t, before, to.ParamsSHA256(), "nothing changes unless all fits")
			require.NoError(t, to.LoadWeights(good))
			require.Equal(t, from.ParamsSHA256(), to.ParamsSHA256())
		})
	}
}

// TestLoadWeightsRefusesOtherNames takes the weights of a deeper network, of one without biases,
// and of one whose names have a prefix.
func TestLoadWeightsRefusesOtherNames(t *testing.T) {
	deeper := saveRenamed(t, several[float32](t), same)
	biasless := saveRenamed(t, twoLayers(t), func(name string) string {
		if strings.HasSuffix(name, "bias") {
			return ""
		}
		return name
	})
	prefixed := saveRenamed(t, twoLayers(t), func(name string) string { return "module." + name })
	other := saveRenamed(t, twoLayers(t), func(name string) string {
		return strings.Replace(name, "2.", "head.", 1)
	})
	for _, c := range []struct {
		path            string
		missing, unused []string
		message         string
	}{
		{deeper, nil, []string{"3.bias", "3.weight", "5.bias", "5.weight"},
			`; unused: "3.bias", "3.weight", "5.bias", "5.weight"`},
		{biasless, []string{"0.bias", "2.bias"}, nil, `; missing: "0.bias", "2.bias"`},
		{other, []string{"2.weight", "2.bias"}, []string{"head.bias", "head.weight"},
			`; missing: "2.weight", "2.bias"; unused: "head.bias", "head.weight"`},
		{prefixed, []string{"0.weight", "0.bias", "2.weight", "2.bias"},
			[]string{"module.0.bias", "module.0.weight", "module.2.bias", "module.2.weight"},
			`; missing: "0.weight", "0.bias", "2.weight", "2.bias"; unused: "module.0.bias", ` +
				`"module.0.weight", "module.2.bias", "module.2.weight"; ` +
				`weights.RenamePrefix("module.", "") makes the file's names the model's`},
	} {
		m := twoLayers(t)
		before := m.ParamsSHA256()
		err := m.LoadWeights(c.path)
		require.EqualError(t, err, c.path+": nn: the file's tensors are not the model's"+c.message)
		var names *nn.WeightsError
		require.ErrorAs(t, err, &names)
		require.Equal(t, nn.WeightsError{Missing: c.missing, Unused: c.unused}, *names)
		require.Equal(t, before, m.ParamsSHA256(), "nothing changes")

		missing, unused, err := m.LoadMatchingWeights(c.path)
		require.NoError(t, err)
		require.Equal(t, c.missing, missing)
		require.Equal(t, c.unused, unused)
	}
}

func TestLoadMatchingWeightsTakesWhatFits(t *testing.T) {
	from, to := several[float32](t), twoLayers(t)
	last := to.Parameters()[3].Value.Clone().Data()
	_, _, err := to.LoadMatchingWeights(saveRenamed(t, from, func(name string) string {
		return strings.Replace(name, "2.bias", "2.offset", 1)
	}))
	require.NoError(t, err)
	for i, p := range to.Parameters()[:3] {
		require.Equal(t, from.Parameters()[i].Value.Clone().Data(), p.Value.Clone().Data())
	}
	require.Equal(t, last, to.Parameters()[3].Value.Clone().Data(), "what is missing stays")
}

// TestRenames takes weights by other names: those of a wrapped model, and those of layers of its
// own.
func TestRenames(t *testing.T) {
	from := twoLayers(t)
	from.Parameters()[0].Value.CopyFrom(random[float32](source(4), 7, 4))
	path := saveRenamed(t, from, func(name string) string {
		return "module." + strings.NewReplacer("0.", "hidden.", "2.", "head.").Replace(name)
	})
	to := twoLayers(t)
	require.NoError(t, to.LoadWeights(path, weights.RenamePrefix("module.", ""),
		weights.RenamePrefix("hidden.", "0."), weights.RenamePrefix("head.", "2.")))
	require.Equal(t, from.ParamsSHA256(), to.ParamsSHA256())

	to = twoLayers(t)
	missing, unused, err := to.LoadMatchingWeights(path,
		weights.Rename(func(name string) string { return name[len(name)-4:] }))
	require.ErrorContains(t, err,
		`"module.head.bias" and "module.hidden.bias" would both be named "bias"`)
	require.Empty(t, missing)
	require.Empty(t, unused)
	missing, unused, err = to.LoadMatchingWeights(path, weights.Only("module.hidden."),
		weights.RenamePrefix("", "0."))
	require.NoError(t, err)
	require.Equal(t, []string{"2.weight", "2.bias"}, missing)
	require.Empty(t, unused, "what a rule leaves out is not unused")
	missing, unused, err = to.LoadMatchingWeights(path, weights.RenamePrefix("module.hidden.", "0."))
	require.NoError(t, err)
	require.Equal(t, []string{"2.weight", "2.bias"}, missing)
	require.Equal(t, []string{"module.head.bias", "module.head.weight"}, unused, "the file's names")
	require.Equal(t, from.Parameters()[0].Value.Clone().Data(),
		to.Parameters()[0].Value.Clone().Data())
}

func TestWeightsErrorIsShort(t *testing.T) {
	e := nn.WeightsError{}
	for i := range 12 {
		e.Unused = append(e.Unused, fmt.Sprint(i))
	}
	require.EqualError(t, &e, "nn: the file's tensors are not the model's; unused: "+
		`"0", "1", "2", "3", "4", "5", "6", "7", "8", "9" and 2 more`)
	e = nn.WeightsError{Missing: []string{"weight", "bias"}, Unused: []string{"b.bias", "b.weight",
		"a"}}
	require.ErrorContains(t, &e, `; weights.RenamePrefix("b.", "") makes`)
	e.Unused[0] = "c.bias"
	require.NotContains(t, e.Error(), "RenamePrefix", "one prefix must do for all names")
}

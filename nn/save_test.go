package nn_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// several returns a model with layers of many kinds.
func several[T tensor.Float](t *testing.T) *nn.Model[T] {
	m := nn.NewModel[T](nn.CrossEntropy.WithClassWeights(1, 0.1, 3), nn.WithSeed(5))
	return build(t, m, nn.NewDense(4, 7, nn.LeakyReLU(0.3)), nn.NewDense(7, 5, nn.Linear),
		nn.NewDense(5, 5, nn.Tanh), nn.NewDense(5, 3, nn.Softmax))
}

// encoded returns the model's file.
func encoded[T tensor.Float](t *testing.T, m *nn.Model[T]) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, m.Encode(&b))
	return b.Bytes()
}

// decoded reads a model's file.
func decoded[T tensor.Float](content []byte, options ...nn.Option) (*nn.Model[T], error) {
	return nn.Decode[T](bytes.NewReader(content), int64(len(content)), options...)
}

func TestLoadedModelIsTheSavedOne(t *testing.T) {
	t.Run("float32", requireKept[float32])
	t.Run("float64", requireKept[float64])
}

func requireKept[T tensor.Float](t *testing.T) {
	m := several[T](t)
	m.Parameters()[1].Value.CopyFrom(random[T](source(1), 7)) // biases that are not 0
	m.Metadata = map[string]string{"author": "Ada", "note": "<ü>"}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.NoError(t, m.Save(path))
	got, err := nn.Load[T](path, nn.WithOptimizer(nn.Adam(0.5)), nn.WithThreads(1))
	require.NoError(t, err)
	require.Equal(t, m.ParamsSHA256(), got.ParamsSHA256())
	require.Equal(t, m.Metadata, got.Metadata)
	text := strings.Replace(m.String(), "sgd(lr 0.001)", "adam(lr 0.5, betas 0.9 0.999)", 1)
	require.Equal(t, text, got.String())
	require.Equal(t, 1, got.Engine().Threads())
	require.Equal(t, encoded(t, m), encoded(t, got))

	x, y := random[T](source(2), 9, 4), classes[T](source(3), 9, 3)
	var losses []float64
	for _, m := range []*nn.Model[T]{m, got} { // the loss has its class weights
		w := workspace(t, m, 9)
		loss, err := m.Step(w, x, y)
		require.NoError(t, err)
		losses = append(losses, loss)
	}
	require.Equal(t, losses[0], losses[1])
}

// TestTensorsAreThoseOfPyTorch checks names and shapes against an nn.Sequential of Linear,
// LeakyReLU, Linear, Linear, Tanh, Linear and Softmax.
func TestTensorsAreThoseOfPyTorch(t *testing.T) {
	m := several[float32](t)
	content := encoded(t, m)
	r, err := safetensors.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	shapes := map[string][]int{}
	for _, info := range r.Tensors() {
		shapes[info.Name] = info.Shape
	}
	require.Equal(t, map[string][]int{
		"0.weight": {7, 4}, "0.bias": {7}, "2.weight": {5, 7}, "2.bias": {5},
		"3.weight": {5, 5}, "3.bias": {5}, "5.weight": {3, 5}, "5.bias": {3},
	}, shapes)
	weights, err := safetensors.Values[float32](r, "0.weight", 7, 4)
	require.NoError(t, err)
	require.Equal(t, m.Parameters()[0].Value.At(2, 1), weights[2*4+1])
	require.Equal(t, "pt", r.Metadata()["format"])
}

func TestLoadConverts(t *testing.T) {
	wide := several[float64](t)
	narrow, err := decoded[float32](encoded(t, wide))
	require.NoError(t, err)
	again, err := decoded[float64](encoded(t, narrow))
	require.NoError(t, err)
	for i, p := range wide.Parameters() {
		want := p.Value.Clone().Data()
		for j, v := range again.Parameters()[i].Value.Clone().Data() {
			require.Equal(t, float64(float32(want[j])), v)
		}
	}
}

// foreign is a layer that files don't know.
type foreign struct{ *nn.Dense }

func (foreign) Init(*rand.Rand) error { return nil }

func TestModelsThatCannotBeSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.ErrorContains(t, nn.NewModel[float32](nn.MSE).Save(path), "the model has no layers")
	m := build[float32](t, nn.NewModel[float32](nn.MSE),
		foreign{nn.NewDense(1, 1, nn.Linear)})
	require.ErrorContains(t, m.Save(path), "layer 1 (Dense 1 → 1, linear) can't be saved")
	m = several[float32](t)
	for _, key := range []string{"format", "simdnn.layers", "simdnn.x"} {
		m.Metadata = map[string]string{key: ""}
		require.ErrorContains(t, m.Save(path), `the metadata "`+key+`" can't be saved`)
	}
	m.Metadata = nil
	infinite := build(t, nn.NewModel[float32](nn.CrossEntropy.WithClassWeights(1, math.Inf(1))),
		nn.NewDense(1, 2, nn.Softmax))
	require.ErrorContains(t, infinite.Save(path), "the class weight +Inf is +Inf in float32")
	require.NoFileExists(t, path)
	require.ErrorContains(t, m.Save(filepath.Dir(path)), "it is a folder")
}

// withMetadata returns a file with the tensors of a small model and the given description.
func withMetadata(t *testing.T, layers, loss, classWeights string) []byte {
	t.Helper()
	var b bytes.Buffer
	metadata := map[string]string{"simdnn.layers": layers, "simdnn.loss": loss,
		"simdnn.class_weights": classWeights}
	require.NoError(t, safetensors.Write(&b, metadata, []safetensors.Tensor{
		safetensors.NewTensor("0.weight", make([]float32, 6), 2, 3),
		safetensors.NewTensor("0.bias", make([]float32, 2), 2),
		safetensors.NewTensor("1.weight", make([]float32, 2), 1, 2),
		safetensors.NewTensor("2.weight", []float32{}, 1<<30, 0),
		safetensors.NewTensor("2.bias", []float64{1e300}, 1),
	}))
	return b.Bytes()
}

func TestDescriptionsThatCannotBeLoaded(t *testing.T) {
	const one = `{"type":"dense","in":3,"out":2,"activation":"linear"}`
	_, err := decoded[float32](withMetadata(t, "["+one+"]", "mse", ""))
	require.NoError(t, err)
	for _, c := range []struct{ layers, loss, weights, message string }{
		{"", "mse", "", "the metadata have no simdnn.layers that describe the network: " +
			"build it and use LoadWeights"},
		{"[", "mse", "", "the metadata simdnn.layers: "},
		{"[]", "mse", "", "the model has no layers"},
		{"[" + one + "]", "", "", `the metadata simdnn.loss: nn: unknown loss ""`},
		{"[" + one + "]", "mse", "[1", "the metadata simdnn.class_weights: "},
		{"[" + one + "]", "mse", "[1,2,3]", "nn: the loss mse has no classes to weight"},
		{"[" + one + "," + one + "]", "mse", "",
			"layer 2 (Dense 3 → 2, linear): it takes 3 inputs a row, not [batch 2]"},
		{"[" + one + `,{"type":"dense","in":2,"out":3,"activation":"linear"}]`, "mse", "",
			`tensor "1.weight": the shape is [1 2], but [3 2] is expected`},
		{`[{"type":"conv","in":3,"out":2,"activation":"relu"}]`, "mse", "",
			`layer 1: unknown type "conv"; known: activation, convolution, dense, `},
		{`[{"type":"dense","in":3,"out":2,"activation":"maxout"}]`, "mse", "",
			`layer 1: dense: nn: unknown activation "maxout"`},
		{`[{"type":"dense","in":0,"out":1073741824,"activation":"relu"}]`, "mse", "",
			"relu): a layer needs at least 1 input and 1 output"},
		{`[{"type":"dense","in":3,"out":0,"activation":"relu"}]`, "mse", "",
			"relu): a layer needs at least 1 input and 1 output, not 3 and 0"},
		{`[{"type":"dense","in":1048576,"out":1048576,"activation":"relu"}]`, "mse", "",
			`layer 1 (Dense 1048576 → 1048576, relu): tensor "0.weight": the shape is [2 3]`},
		{`[{"type":"dense","in":3,"out":2,"activation":"relu"},` +
			`{"type":"dense","in":2,"out":1,"activation":"relu"}]`, "mse", "",
			`layer 2 (Dense 2 → 1, relu): tensor "2.weight": the shape is [1073741824 0], but [1 2] is expected`},
	} {
		_, err := decoded[float32](withMetadata(t, c.layers, c.loss, c.weights))
		require.ErrorContains(t, err, c.message)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err = decoded[float32](withMetadata(t,
		`[`+one+`,{"type":"dense","in":2,"out":1,"activation":"relu"}]`, "mse", ""))
	require.ErrorContains(t, err, `there is no tensor "1.bias"`)
}

func TestTruncatedModels(t *testing.T) {
	content := encoded(t, several[float64](t))
	for n := 0; n < len(content); n += 7 {
		_, err := decoded[float64](content[:n])
		require.Error(t, err, "%d bytes", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"__metadata__":{"simdnn.layers":` +
			`"[{\"type\":\"dense\",\"in\":1,\"out\":1,` +
			`\"activation\":\"relu\"}]","simdnn.loss":"mse"},` +
			`"0.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},` +
			`"0.bias":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}}@@@@@@`,
		`{"__metadata__":{"simdnn.layers":` +
			`"[{\"type\":\"dense\",\"in\":1048576,\"out\":1048576,` +
			`\"activation\":\"relu\"}]","simdnn.loss":"ce"}}`,
		`{"__metadata__":{"simdnn.layers":"[]","simdnn.loss":"bce"}}`,
	} {
		header, data, _ := strings.Cut(text, "@")
		content := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		if data != "" {
			data += "@"
		}
		f.Add(append(append(content, header...), data...))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := decoded[float32](content, nn.WithThreads(1))
		if err != nil {
			return
		}
		again, err := decoded[float32](encoded(t, m))
		require.NoError(t, err)
		require.Equal(t, m.ParamsSHA256(), again.ParamsSHA256())
		_, err = m.Predict(tensor.New[float32](1, m.InputShape()[0]))
		require.NoError(t, err)
	})
}

// TestChangedTensorsAreNoticed flips each bit of a model's tensors in turn.
func TestChangedTensorsAreNoticed(t *testing.T) {
	content := encoded(t, several[float32](t))
	tensors := 0
	for _, p := range several[float32](t).Parameters() {
		tensors += 4 * len(p.Data)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	for bit := range 8 * tensors {
		at := len(content) - tensors + bit/8
		content[at] ^= 1 << (bit % 8)
		_, err := decoded[float32](content)
		require.ErrorContains(t, err, "simdnn.tensors_sha256", "byte %d", at)
		if bit == 0 {
			require.NoError(t, os.WriteFile(path, content, 0o666))
			require.ErrorContains(t, several[float32](t).LoadWeights(path),
				path+": nn: the tensors don't have the checksum")
		}
		content[at] ^= 1 << (bit % 8)
	}
	_, err := decoded[float64](content)
	require.NoError(t, err, "the checksum is that of the file's own element type")
}

// TestChecksumKnowsNoOrder writes a model's tensors as other programs may: in another order, with
// the metadata kept.
func TestChecksumKnowsNoOrder(t *testing.T) {
	m := several[float32](t)
	content := encoded(t, m)
	r, err := safetensors.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	content = backwards(t, r)
	got, err := decoded[float32](content)
	require.NoError(t, err)
	require.Equal(t, m.ParamsSHA256(), got.ParamsSHA256())

	const key = "simdnn.tensors_sha256"
	require.Len(t, r.Metadata()[key], 64)
	delete(r.Metadata(), key)
	_, err = decoded[float32](backwards(t, r))
	require.NoError(t, err, "files from elsewhere have none")
}

// backwards returns the file of a reader with the last tensor first.
func backwards(t *testing.T, r *safetensors.Reader) []byte {
	t.Helper()
	header, data := map[string]any{"__metadata__": r.Metadata()}, []byte{}
	for _, info := range slices.Backward(r.Tensors()) {
		content, err := r.Bytes(info.Name)
		require.NoError(t, err)
		header[info.Name] = map[string]any{"dtype": info.DType, "shape": info.Shape,
			"data_offsets": []int{len(data), len(data) + len(content)}}
		data = append(data, content...)
	}
	text, err := json.Marshal(header)
	require.NoError(t, err)
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(file, text...), data...)
}

func TestCheckpointsAreNoModels(t *testing.T) {
	folder := t.TempDir()
	_, _, err := start[float32](1).keepIn(folder).fit(t.Context(), t)
	require.NoError(t, err)
	_, err = nn.Load[float32]((&nn.Checkpoint{Folder: folder}).Path())
	require.ErrorContains(t, err, "this is a checkpoint, the state of a training run, not a model")
}

package weights_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn/safetensors"
	"simdnn/nn/weights"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// counting returns an array of 0, 1, 2, ….
func counting[T float32 | float64 | int64](shape ...int) *tensor.Array {
	a := tensor.NewArray(tensor.DTypeOf[T](), shape...)
	for i := range tensor.Elements[T](a) {
		tensor.Elements[T](a)[i] = T(i)
	}
	return a
}

// save writes arrays to a safetensors file in a folder.
func save(t *testing.T, folder, name string, arrays map[string]*tensor.Array) string {
	t.Helper()
	var tensors []safetensors.Tensor
	for name, a := range arrays {
		tensors = append(tensors, safetensors.FromArray(name, a))
	}
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, nil, tensors))
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o666))
	return path
}

// listed describes tensors as "name type[shape]".
func listed(tensors []weights.Tensor) (all []string) {
	for _, x := range tensors {
		all = append(all, fmt.Sprintf("%s %s%v", x.Name, x.DType, x.Shape))
	}
	return all
}

func open(t *testing.T, path string) *weights.File {
	t.Helper()
	f, err := weights.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// TestOpen opens files of every kind with the same tensors.
func TestOpen(t *testing.T) {
	folder := t.TempDir()
	arrays := map[string]*tensor.Array{"a.weight": counting[float32](2, 3), "b": counting[int64](4)}
	npz := filepath.Join(folder, "x.npz")
	require.NoError(t, npy.WriteArchive(npz, arrays, npy.Deflated))
	for _, path := range []string{npz, save(t, folder, "x.safetensors", arrays)} {
		f := open(t, path)
		got := listed(f.Tensors)
		slices.Sort(got)
		require.Equal(t, []string{"a.weight float32[2 3]", "b int64[4]"}, got)
		for _, x := range f.Tensors {
			a, err := x.Array()
			require.NoError(t, err)
			require.Equal(t, arrays[x.Name].Bytes(), a.Bytes())
			require.Equal(t, []string{x.Name}, x.From)
			values, err := weights.Values[float64](&x, x.Shape...)
			if x.Name == "b" {
				require.EqualError(t, err, `weights: tensor "b": elements of type int64, but `+
					"real numbers are expected")
				continue
			}
			require.NoError(t, err)
			require.Equal(t, []float64{0, 1, 2, 3, 4, 5}, values)
			_, err = weights.Values[float64](&x, 3, 2)
			require.EqualError(t, err,
				`weights: tensor "a.weight": the shape is [2 3], but [3 2] is expected`)
		}
		require.Equal(t, path != npz, f.Safetensors != nil)
	}
}

// TestHeaderLengths opens safetensors files whose length of the header begins as a pickle, a zip
// archive or JSON does.
func TestHeaderLengths(t *testing.T) {
	for _, length := range []int{0x180, 0x280, 0x4b50, 0x7b20} {
		header := `{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`
		header += strings.Repeat(" ", length-len(header))
		file := binary.LittleEndian.AppendUint64(nil, uint64(length))
		path := filepath.Join(t.TempDir(), "x.safetensors")
		require.NoError(t, os.WriteFile(path, append(append(file, header...), 1, 2), 0o666))
		require.Equal(t, []string{"a uint8[2]"}, listed(open(t, path).Tensors), "%#x", length)
	}
}

// TestOtherFiles says what they are.
func TestOtherFiles(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "x")
	for content, want := range map[string]string{
		"":                  "weights: the file is empty",
		"\x89HDF\r\n\x1a\n": "hdf5: not a file of HDF5, or only the beginning of one",
		"\x93NUMPY\x01\x00": "an array of NumPy (.npy) without a name",
		"a,b\n1,2\n":        "it seems to be a text",
		"\x80\x02}.":        "torch: a pickle that is no checkpoint of torch.save",
		"PK\x03\x04":        "as zip archives of PyTorch and NumPy do, but is not a whole one",
		"PK\x05\x06" + strings.Repeat("\x00", 18): "a zip archive without data.pkl",
		"{}":                            "a JSON file without weight_map",
		"{":                             "unexpected end of JSON input",
		`{"weight_map": {"a": "../x"}}`: `the shard "../x" is not a file beside it`,
		`{"weight_map": {"a": ".."}}`:   `the shard ".." is not a file beside it`,
		`{"weight_map": {"a": ""}}`:     `the shard "" is not a file beside it`,
		`{"weight_map": {"a": "none"}}`: "no such file or directory",
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
		_, err := weights.Open(path)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := weights.Open(filepath.Join(folder, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = weights.Open(folder)
	require.ErrorContains(t, err, "not a regular file")
}

// TestShards opens several files by their index, which must be right.
func TestShards(t *testing.T) {
	folder := t.TempDir()
	save(t, folder, "1.safetensors", map[string]*tensor.Array{"a": counting[float32](2)})
	save(t, folder, "2.safetensors", map[string]*tensor.Array{"b": counting[float64](3),
		"c": counting[float32](1)})
	index := filepath.Join(folder, "model.safetensors.index.json")
	for content, want := range map[string]string{
		`"a": "1.safetensors", "b": "2.safetensors", "c": "2.safetensors"`: "",
		`"a": "1.safetensors", "b": "2.safetensors"`: "the shard 2.safetensors has a tensor \"c\" that " +
			"is not listed",
		`"a": "1.safetensors", "b": "2.safetensors", "c": "1.safetensors"`: `the tensor "c" is in the ` +
			"shard 2.safetensors, not in 1.safetensors",
		`"a": "1.safetensors", "b": "2.safetensors", "c": "2.safetensors", "d": "1.safetensors"`: "the " +
			`shard 1.safetensors has no tensor "d"`,
	} {
		require.NoError(t, os.WriteFile(index, []byte(`{"metadata": {}, "weight_map": {`+content+"}}"),
			0o666))
		if want != "" {
			_, err := weights.Open(index)
			require.EqualError(t, err, index+": weights: "+want)
			continue
		}
		f := open(t, index)
		require.Equal(t, []string{"a float32[2]", "b float64[3]", "c float32[1]"}, listed(f.Tensors))
		b, err := f.Tensors[1].Array()
		require.NoError(t, err)
		require.Equal(t, []float64{0, 1, 2}, tensor.Elements[float64](b))
	}
	var many strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&many, `, "%d": "%d"`, i, i)
	}
	require.NoError(t, os.WriteFile(index, []byte(`{"weight_map": {`+many.String()[2:]+"}}"), 0o666))
	_, err := weights.Open(index)
	require.EqualError(t, err, index+": weights: 1001 shards; at most 1000 are allowed")
}

// TestRules applies each of them to tensors of 0, 1, 2, ….
func TestRules(t *testing.T) {
	f := open(t, save(t, t.TempDir(), "x", map[string]*tensor.Array{
		"m.q.weight": counting[float32](2, 3), "m.k.weight": counting[float32](1, 3),
		"m.v.weight": counting[float32](2, 3), "bias": counting[float32](6),
		"m.deep": counting[float64](1, 2, 3), "whole": counting[int64](2, 2),
	}))
	apply := func(rules ...weights.Rule) []weights.Tensor {
		made, err := weights.Apply(f.Tensors, rules...)
		require.NoError(t, err)
		return made
	}
	only := func(name string) weights.Rule {
		return weights.Rename(func(n string) string {
			if n != name {
				return ""
			}
			return n
		})
	}
	one := func(rules ...weights.Rule) (string, []float64) {
		made := apply(rules...)
		require.Len(t, made, 1)
		a, err := made[0].Array()
		require.NoError(t, err)
		require.Equal(t, made[0].Shape, a.Shape())
		require.Equal(t, made[0].DType, a.DType().String())
		values := []float64{}
		if a.DType() == tensor.Int64Type {
			for _, v := range tensor.Elements[int64](a) {
				values = append(values, float64(v))
			}
			return listed(made)[0], values
		}
		values, err = tensor.Floats[float64](a)
		require.NoError(t, err)
		return listed(made)[0], values
	}
	require.Equal(t, []string{"deep float64[1 2 3]", "k.weight float32[1 3]", "q.weight float32[2 3]",
		"v.weight float32[2 3]"}, listed(apply(weights.Only("m."))))
	require.Equal(t, []string{"whole int64[2 2]", "n.deep float64[1 2 3]", "bias float32[6]"},
		listed(apply(weights.RenamePrefix("m.", "n."))[:3]))

	joined := weights.Join("in_proj", "q.weight", "k.weight", "v.weight")
	name, values := one(joined, only("m.in_proj"))
	require.Equal(t, "m.in_proj float32[5 3]", name)
	require.Equal(t, []float64{0, 1, 2, 3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5}, values)
	require.Equal(t, []string{"m.q.weight", "m.k.weight", "m.v.weight"},
		apply(joined, only("m.in_proj"))[0].From)
	require.Len(t, apply(joined), 4)

	for i, part := range []string{"x", "y", "z"} {
		name, values = one(weights.Split("bias", "x", "y", "z"), only(part))
		require.Equal(t, part+" float32[2]", name)
		require.Equal(t, []float64{float64(2 * i), float64(2*i + 1)}, values)
	}
	name, values = one(weights.Gates("bias", 1, 0, 2), only("bias"))
	require.Equal(t, "bias float32[6]", name)
	require.Equal(t, []float64{2, 3, 0, 1, 4, 5}, values)
	name, values = one(weights.Transpose("whole", 1, 0), only("whole"))
	require.Equal(t, "whole int64[2 2]", name)
	require.Equal(t, []float64{0, 2, 1, 3}, values)
	name, values = one(weights.Transpose("deep", 2, 0, 1), only("m.deep"))
	require.Equal(t, "m.deep float64[3 1 2]", name)
	require.Equal(t, []float64{0, 3, 1, 4, 2, 5}, values)
	name, _ = one(weights.Transpose("deep", 1, 0), only("m.deep"))
	require.Equal(t, "m.deep float64[1 2 3]", name, "of another rank")

	for want, rule := range map[string]weights.Rule{
		`weights: there is a tensor "m.q.weight", but no "m.u.weight" to join it with`: weights.Join("x",
			"q.weight", "u.weight"),
		`weights: there is a tensor "m.q.weight", but no "m.u.weight" to join it with.`: weights.Join("x",
			"u.weight", "q.weight"),
		`weights: the tensors "whole", int64[2 2], and "bias", float32[6], can't be joined`: weights.Join(
			"x", "whole", "bias"),
		`weights: the tensor "bias" of shape [6] can't be split in 4`: weights.Split("bias", "a", "b",
			"c", "d"),
		`weights: the tensor "bias" of shape [6] has not 4 blocks`: weights.Gates("bias", 0, 1, 3, 2),
		`weights: the order [0 2] has no blocks from 0 to 1`:       weights.Gates("bias", 0, 2),
		`weights: [0 0] is no order of dimensions`:                 weights.Transpose("x", 0, 0),
		`weights: [0 2] is no order of dimensions`:                 weights.Transpose("x", 0, 2),
	} {
		_, err := weights.Apply(f.Tensors, rule)
		require.EqualError(t, err, strings.TrimSuffix(want, "."))
	}
}

// TestOpenRefuses says of files without weights what they seem to be.
func TestOpenRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	const none = ": weights: no file of safetensors, checkpoint of PyTorch, .npz, HDF5 of Keras or " +
		"index of shards"
	for content, want := range map[string]string{
		"a,b\n1,2\n3,4\n":                   none + "; it seems to be a text",
		"\x04\x22\x4d\x18 and \x00\x01\x02": none,
		"\xff\x00\x00\x00\x00\x00\x00\x00 {}": ": safetensors: the header has 255 bytes by the " +
			"file's first 8, but only 3 follow: the file is cut off, or not a safetensors file",
		"":  ": weights: the file is empty",
		"x": none + "; it seems to be a text",
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
		_, err := weights.Open(path)
		require.EqualError(t, err, path+want, "%q", content)
	}
	require.NoError(t, os.WriteFile(path, []byte("\x03\x00\x00\x00\x00\x00\x00\x00 {}"), 0o666))
	require.Empty(t, open(t, path).Tensors, "a header that begins with a space")
}

// TestKerasRefuses names what has another form here.
func TestKerasRefuses(t *testing.T) {
	for want, arrays := range map[string]map[string]*tensor.Array{
		`weights: the kernel "a.kernel" of shape [2] is of a layer that is not known`: {
			"a/kernel": counting[float32](2)},
		`weights: the weight "a.recurrent_kernel" of shape [2 4] is of a layer that is not known`: {
			"a/recurrent_kernel": counting[float32](2, 4)},
		`weights: the weight "a.b.other" of shape [2] is of a layer that is not known`: {
			"a/b/other": counting[float32](2), "a/b/recurrent_kernel": counting[float32](2, 8)},
		`weights: the weight "a.bias" of shape [2 4] is of a layer that is not known`: {
			"a/bias": counting[float32](2, 4), "a/recurrent_kernel": counting[float32](1, 3)},
		`weights: the weight "a.bias" of shape [7] is of a layer that is not known`: {
			"a/bias": counting[float32](7), "a/recurrent_kernel": counting[float32](2, 8)},
	} {
		f := open(t, save(t, t.TempDir(), "x", arrays))
		_, err := weights.Apply(f.Tensors, weights.Keras())
		require.EqualError(t, err, want)
	}
}

// TestKerasArchiveClaims opens an archive that says its weights are longer than itself.
func TestKerasArchiveClaims(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.keras")
	file, err := os.Create(path)
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	_, err = archive.CreateRaw(&zip.FileHeader{Name: "model.weights.h5", Method: zip.Store,
		CompressedSize64: 8 << 30, UncompressedSize64: 8 << 30})
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	require.NoError(t, file.Close())
	_, err = weights.Open(path)
	require.ErrorContains(t, err, "model.weights.h5: 8589934592 bytes at ")
}

// FuzzIndex reads changed indices of two shards.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"metadata": {"total_size": 8}, "weight_map": {"a": "1", "b": "2"}}`))
	var one bytes.Buffer
	require.NoError(f, safetensors.Write(&one, nil, []safetensors.Tensor{
		safetensors.NewTensor("a", []float32{1}, 1)}))
	f.Fuzz(func(t *testing.T, text []byte) {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "1"), one.Bytes(), 0o666))
		path := filepath.Join(folder, "index.json")
		require.NoError(t, os.WriteFile(path, text, 0o666))
		if file, err := weights.Open(path); err == nil {
			for _, x := range file.Tensors {
				_, err := x.Array()
				require.NoError(t, err)
			}
			require.NoError(t, file.Close())
		}
	})
}

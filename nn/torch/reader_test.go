package torch

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tensor"
)

// checkpoint is a file of PyTorch and what it finds in it.
type checkpoint struct {
	Name, File, Why string
	Tensors         []struct {
		Info
		Elements string // row-major, little-endian, in hexadecimal
	}
}

// littleEndian returns the elements of an array in hexadecimal.
func littleEndian(t *testing.T, a *tensor.Array) string {
	require.NoError(t, a.Decode(binary.LittleEndian)) // which turns them round twice, if at all
	return hex.EncodeToString(a.Bytes())
}

// TestReadsWhatPyTorchWrites compares names, types, shapes and elements, and what is refused.
func TestReadsWhatPyTorchWrites(t *testing.T) {
	refused := 0
	for _, c := range golden.Read[checkpoint](t, "torch/checkpoints.json") {
		file, err := base64.StdEncoding.DecodeString(c.File)
		require.NoError(t, err)
		r, err := NewReader(bytes.NewReader(file), int64(len(file)))
		if c.Why != "" {
			require.ErrorContains(t, err, c.Why, c.Name)
			require.NotContains(t, err.Error(), "\n")
			refused++
			continue
		}
		require.NoError(t, err, c.Name)
		require.Len(t, r.Tensors(), len(c.Tensors), c.Name)
		for i, want := range c.Tensors {
			require.Equal(t, want.Info, r.Tensors()[i], c.Name)
			a, err := r.Array(want.Name)
			require.NoError(t, err, "%s: %s", c.Name, want.Name)
			read := want.DType
			if strings.HasPrefix(read, "float8_") {
				read = "float32"
			}
			require.Equal(t, read, a.DType().String())
			require.Equal(t, want.Shape, a.Shape())
			require.Equal(t, want.Elements, littleEndian(t, a), "%s: %s", c.Name, want.Name)
		}
		_, err = r.Array("none")
		require.EqualError(t, err, `torch: there is no tensor "none"`)
		require.NoError(t, r.Close(), "of a reader over bytes")
	}
	require.Equal(t, 9, refused)
}

// archive returns a zip archive of stored entries.
func archive(t testing.TB, entries map[string]string) []byte {
	t.Helper()
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		content := entries[name]
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store,
			CRC32:              crc32.ChecksumIEEE([]byte(content)),
			CompressedSize64:   uint64(len(content)),
			UncompressedSize64: uint64(len(content))})
		require.NoError(t, err)
		_, err = w.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return file.Bytes()
}

func open(file []byte) (*Reader, error) {
	return NewReader(bytes.NewReader(file), int64(len(file)))
}

// Parts of pickles.
const (
	rebuild = "ctorch._utils\n_rebuild_tensor_v2\n"
	floats  = "ctorch\nFloatStorage\n"
)

// textual returns a text as protocol 2 has it.
func textual(s string) string { return "X" + string([]byte{byte(len(s)), 0, 0, 0}) + s }

// one returns the pickle of {"x": tensor}, a tensor over a storage of as many elements, class and
// shape as operations.
func one(class, size, offset, shape, strides string) string {
	return "\x80\x02}" + textual("x") + rebuild + "((" + textual("storage") + class + textual("0") +
		textual("cpu") + size + "tQ" + offset + shape + strides + "\x89NtRs."
}

// TestStorages reads floats of either order of bytes, and refuses views beyond their storages.
func TestStorages(t *testing.T) {
	little := "\x00\x00\x80\x3f\x00\x00\x00\x40"
	two := one(floats, "K\x02", "K\x00", "(K\x02t", "(K\x01t")
	for _, c := range []struct {
		pickle, order, data, want string
	}{
		{two, "little", little, ""},
		{two, "big", "\x3f\x80\x00\x00\x40\x00\x00\x00", ""},
		{two, "middle", little, `torch: the order of bytes is "middle"`},
		{two, "little", little[:7], `its elements go beyond its storage, which has 1`},
		{one(floats, "K\x01", "K\x00", "(K\x02t", "(K\x01t"), "little", little,
			`torch: tensor "x": its elements go beyond its storage, which has 1`},
		{one(floats, "K\x02", "K\x01", "(K\x02t", "(K\x01t"), "little", little,
			`torch: tensor "x": its elements go beyond its storage, which has 2`},
		{one(floats, "K\x02", "K\x00", "(J\x01\x00\x10\x00t", "(K\x00t"), "little", little,
			`torch: tensor "x": the shape [1048577] with the strides [0] repeats elements`},
		{one(floats, "K\x02", "J\xff\xff\xff\xff", "(K\x02t", "(K\x01t"), "little", little,
			"a tensor without storage, offset, shape or strides"},
		{one(floats, "K\x02", "K\x00", "(J\xfe\xff\xff\xfft", "(K\x01t"), "little", little,
			"a shape or strides that are no numbers from 0 on"},
		{one(floats, "K\x02", "K\x00", "(K\x02t", "(K\x01K\x01t"), "little", little,
			"a tensor without storage, offset, shape or strides"},
		{one("ctorch.storage\nUntypedStorage\n", "K\x08", "K\x00", "(K\x02t", "(K\x01t"), "little",
			little, "a tensor whose elements have no type, or two"},
		{one("ctorch\nFunnyStorage\n", "K\x02", "K\x00", "(K\x02t", "(K\x01t"), "little", little,
			`"torch.FunnyStorage" is no tensor`},
	} {
		r, err := open(archive(t, map[string]string{
			"m/data.pkl": c.pickle, "m/byteorder": c.order, "m/data/0": c.data}))
		if c.want != "" {
			require.ErrorContains(t, err, c.want)
			continue
		}
		require.NoError(t, err)
		a, err := r.Array("x")
		require.NoError(t, err)
		require.Equal(t, []float32{1, 2}, tensor.Elements[float32](a), c.order)
	}
}

// TestImpossibleShapes needs 64 bits for its numbers.
func TestImpossibleShapes(t *testing.T) {
	const huge = "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x70"
	for _, c := range []struct{ shape, strides string }{
		{"(" + huge + "t", "(K\x01t"}, {"(" + huge + huge + "t", "(K\x00K\x00t"},
		{"(K\x02" + huge + "t", "(" + huge + huge + "t"},
	} {
		_, err := open(archive(t, map[string]string{
			"m/data.pkl": one(floats, "K\x02", "K\x00", c.shape, c.strides),
			"m/data/0":   "12345678"}))
		require.Error(t, err)
	}
}

// TestDamage opens archives that lack something or have changed.
func TestDamage(t *testing.T) {
	two := one(floats, "K\x02", "K\x00", "(K\x02t", "(K\x01t")
	whole := map[string]string{"m/data.pkl": two, "m/data/0": "12345678"}
	file := archive(t, whole)
	r, err := open(bytes.Replace(file, []byte("12345678"), []byte("12345679"), 1))
	require.NoError(t, err)
	_, err = r.Array("x")
	require.EqualError(t, err, `torch: tensor "x": data/0 has not the checksum of the archive: `+
		"the file is damaged")
	_, err = open(bytes.Replace(file, []byte("FloatStorage"), []byte("HalfStorage\n"), 1))
	require.EqualError(t, err,
		"torch: data.pkl has not the checksum of the archive: the file is damaged")

	for want, entries := range map[string]map[string]string{
		"torch: a zip archive without data.pkl: not a checkpoint of torch.save": {"m/data/0": ""},
		`torch: tensor "x": the archive has no data/0`:                          {"m/data.pkl": two},
	} {
		_, err := open(archive(t, entries))
		require.EqualError(t, err, want)
	}
	for want, file := range map[string][]byte{
		"torch: not a checkpoint: those of torch.save are zip archives": []byte("x"),
		"torch: a pickle that is no checkpoint of torch.save":           []byte("\x80\x04]."),
	} {
		_, err := open(file)
		require.EqualError(t, err, want)
	}
	path := filepath.Join(t.TempDir(), "x.pt")
	_, err = Open(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, file[:100], 0o600))
	_, err = Open(path)
	require.ErrorContains(t, err, path+": torch: zip: ")
	_, err = Open(t.TempDir())
	require.ErrorContains(t, err, "not a regular file")

	var compressed bytes.Buffer
	z := zip.NewWriter(&compressed)
	w, err := z.Create("m/data.pkl")
	require.NoError(t, err)
	_, err = w.Write([]byte(two))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	_, err = open(compressed.Bytes())
	require.ErrorContains(t, err,
		"torch: data.pkl is compressed, which PyTorch doesn't do: save it anew")
}

// TestOnlyWhatIsAskedForIsRead reads a part of a large storage that is a view with strides, and a
// whole one beside it.
func TestOnlyWhatIsAskedForIsRead(t *testing.T) {
	const size = 8 << 20 // elements
	big := strings.Repeat("\x00\x00\x80\x3f", size)
	number := "J\x00\x00\x80\x00" // size
	step := "J\x00\x20\x00\x00"   // 8192
	part := one(floats, number, "K\x00", "(J\x00\x04\x00\x00t", "("+step+"t")
	file := archive(t, map[string]string{"m/data.pkl": part, "m/data/0": big})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := open(file)
	require.NoError(t, err)
	a, err := r.Array("x")
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Equal(t, slices.Repeat([]float32{1}, 1024), tensor.Elements[float32](a))
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<18))

	whole := one(floats, number, "K\x00", "("+number+"t", "(K\x01t")
	file = archive(t, map[string]string{"m/data.pkl": whole, "m/data/0": big})
	runtime.ReadMemStats(&before)
	r, err = open(file)
	require.NoError(t, err)
	_, err = r.Array("x")
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, float64(after.TotalAlloc-before.TotalAlloc), 1.05*4*size)
}

package npy

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tensor"
)

// TestReadsTheArchivesThatNumPyWrites reads stored and deflated archives.
func TestReadsTheArchivesThatNumPyWrites(t *testing.T) {
	type file struct {
		NPZ    string
		Arrays map[string]*described
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	for _, c := range golden.Read[file](t, "npy/archives.json") {
		require.NoError(t, os.WriteFile(path, decoded(t, c.NPZ), 0o600))
		arrays, err := ReadArchive(path)
		require.NoError(t, err)
		require.Len(t, arrays, len(c.Arrays))
		for name, want := range c.Arrays {
			want.require(t, arrays[name], name)
		}
	}
}

// some are arrays of several types and sizes.
func some() map[string]*tensor.Array {
	large := make([]int32, 1<<16)
	for i := range large {
		large[i] = int32(i) * 7
	}
	return map[string]*tensor.Array{
		"weights/0": tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3),
		"mask":      tensor.ArrayOf([]bool{true, false}, 2),
		"größe":     tensor.ArrayOf([]int64{-1}),
		"large":     tensor.ArrayOf(large, 256, 256),
	}
}

// TestArchives writes archives and reads them again.
func TestArchives(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]Compression{"stored": Stored, "deflated": Deflated} {
		path, twin := filepath.Join(folder, name+".npz"), filepath.Join(folder, name+"2.npz")
		require.NoError(t, WriteArchive(path, some(), c))
		require.NoError(t, WriteArchive(twin, some(), c))
		one, err := os.ReadFile(path)
		require.NoError(t, err)
		two, err := os.ReadFile(twin)
		require.NoError(t, err)
		require.Equal(t, one, two)
		require.Equal(t, c == Stored, len(one) > 1<<18)
		a, err := Open(path)
		require.NoError(t, err)
		require.Equal(t, []string{"größe", "large", "mask", "weights/0"}, a.Names())
		for name, want := range some() {
			got, err := a.Read(name)
			require.NoError(t, err)
			require.Equal(t, want.String(), got.String())
			require.Equal(t, want.Bytes(), got.Bytes())
		}
		_, err = a.Read("bias")
		require.EqualError(
			t,
			err,
			"npy: "+path+`: there is no array "bias" among ["größe" "large" "mask" "weights/0"]`,
		)
		require.NoError(t, a.Close())
	}
	require.EqualError(t, WriteArchive(filepath.Join(folder, "x.npz"), nil, 9),
		"npy: compression 9, which is neither Stored nor Deflated")
	require.NoFileExists(t, filepath.Join(folder, "x.npz"))
}

// archive writes a zip archive of these entries, stored, and returns its path.
func archive(t *testing.T, entries ...string) string {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i], Method: zip.Store})
		require.NoError(t, err)
		_, err = w.Write([]byte(entries[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	path := filepath.Join(t.TempDir(), "x.npz")
	require.NoError(t, os.WriteFile(path, buf.Bytes(), 0o600))
	return path
}

// TestArchivesTakeLittleMemory reads arrays with no more memory than they have, and allocates
// nothing for elements that a small archive only claims to have.
func TestArchivesTakeLittleMemory(t *testing.T) {
	const size = 32 << 20
	allocated := func(path string) (uint64, error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadArchive(path)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, err
	}
	values := make([]float32, size/4)
	for i := range values {
		values[i] = float32(i % 1000)
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	for _, c := range []Compression{Stored, Deflated} {
		require.NoError(t, WriteArchive(path, map[string]*tensor.Array{
			"x": tensor.ArrayOf(values, len(values))}, c))
		n, err := allocated(path)
		require.NoError(t, err)
		require.Less(t, float64(n), 1.05*size)
	}
	var head bytes.Buffer
	require.NoError(t, Write(&head, tensor.ArrayOf(values, len(values))))
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "x.npy", Method: zip.Store,
		CompressedSize64: size + 128, UncompressedSize64: size + 128})
	require.NoError(t, err)
	_, err = w.Write(head.Bytes()[:1000])
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	n, err := allocated(path)
	require.Error(t, err)
	require.Less(t, n, uint64(1<<20))
}

// TestBrokenArchives names the file and the entry in each error.
func TestBrokenArchives(t *testing.T) {
	var one bytes.Buffer
	require.NoError(t, Write(&one, tensor.ArrayOf([]uint8{1, 2, 3}, 3)))
	good := one.String()
	for want, path := range map[string]string{
		`: there are two arrays "a"`:                                         archive(t, "a.npy", good, "a.npy", good),
		`: array "a": no array: a .npy file begins with \x93NUMPY`:           archive(t, "a.npy", "text"),
		`: array "a": the elements of uint8[3] end early: they take 3 bytes`: archive(t, "a.npy", good[:len(good)-1]),
		`: array "a": there is more behind the elements of uint8[3]`:         archive(t, "a.npy", good+"x"),
		`: no zip archive, as a .npz file is`:                                filepath.Join(t.TempDir(), "x.npz"),
	} {
		if _, err := os.Stat(path); err != nil {
			require.NoError(t, os.WriteFile(path, one.Bytes(), 0o600))
		}
		_, err := ReadArchive(path)
		require.EqualError(t, err, "npy: "+path+want)
	}
	path := archive(t, "a.npy", good, "notes.txt", "no array")
	arrays, err := ReadArchive(path)
	require.NoError(t, err)
	require.Len(t, arrays, 1)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[bytes.Index(data, []byte(good))+len(good)-1]++ // against the checksum
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, err = ReadArchive(path)
	require.EqualError(t, err, "npy: "+path+`: array "a": zip: checksum error`)
	unknown := bytes.ReplaceAll(data, []byte{0x50, 0x4B, 1, 2, 20, 0, 20, 0, 8, 0, 0, 0},
		[]byte{0x50, 0x4B, 1, 2, 20, 0, 20, 0, 8, 0, 99, 0}) // the method in the directory
	require.NotEqual(t, data, unknown)
	require.NoError(t, os.WriteFile(path, unknown, 0o600))
	_, err = ReadArchive(path)
	require.EqualError(t, err, "npy: "+path+`: array "a": zip: unsupported compression algorithm`)
	_, err = ReadArchive(filepath.Join(t.TempDir(), "none.npz"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

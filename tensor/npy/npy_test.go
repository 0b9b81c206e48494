package npy

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tensor"
)

// described is an array as the golden files have it.
type described struct {
	DType    string
	Shape    []int
	Elements string // row-major, little-endian, in hexadecimal
}

// require compares an array with its description.
func (d *described) require(t *testing.T, a *tensor.Array, what string) {
	t.Helper()
	require.Equal(t, d.DType, a.DType().String(), what)
	require.Equal(t, d.Shape, a.Shape(), what)
	data := bytes.Clone(a.Bytes())
	if nativeIsBig {
		swap(data, a.DType().Bytes())
	}
	require.Equal(t, d.Elements, hex.EncodeToString(data), what)
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	return data
}

// TestReadsWhatNumPyWrites reads arrays of every type, both orders and every version, and writes
// the same bytes where NumPy wrote row-major and little-endian.
func TestReadsWhatNumPyWrites(t *testing.T) {
	type file struct {
		described
		NPY   string
		Plain bool
	}
	plain := 0
	for _, c := range golden.Read[file](t, "npy/arrays.json") {
		data := decoded(t, c.NPY)
		r := bytes.NewReader(append(bytes.Clone(data), "next"...))
		a, err := Read(r)
		require.NoError(t, err, "%s%v", c.DType, c.Shape)
		c.require(t, a, "")
		require.Equal(t, 4, r.Len(), "what follows is left")
		if c.Plain {
			var out bytes.Buffer
			require.NoError(t, Write(&out, a))
			require.Equal(t, data, out.Bytes(), "%s%v", c.DType, c.Shape)
			plain++
		}
	}
	require.Greater(t, plain, 20)
}

// spellings are headers that NumPy reads and nothing writes: here they are errors.
var spellings = []string{
	"'<f'",
	"'<f 4'",
	"'float32'",
	"0x2",
	"1_0",
	"+2",
	`\x65`,
	"'descr': '<i4'",
	// Other types than ours.
	"'<f16'",
	"'<c8'",
	"'<U2'",
	"'|S2'",
	"'<M8[s]'",
	"[('a', '<f4')]",
}

// TestReadsTheHeadersThatNumPyReads compares with what NumPy makes of headers: what it refuses is
// refused.
func TestReadsTheHeadersThatNumPyReads(t *testing.T) {
	type file struct {
		Version byte
		Header  string
		Found   *described
	}
	counts := map[bool]int{}
	for _, c := range golden.Read[file](t, "npy/headers.json") {
		text := append([]byte(magic), c.Version, 0, byte(len(c.Header)), byte(len(c.Header)>>8))
		if c.Version > 1 {
			text = append(text, 0, 0)
		}
		text = append(text, c.Header...)
		for i := range byte(64) {
			text = append(text, i)
		}
		a, err := Read(bytes.NewReader(text))
		exotic := false
		for _, s := range spellings {
			exotic = exotic || strings.Contains(c.Header, s)
		}
		counts[err == nil]++
		if c.Found == nil || exotic {
			require.Error(t, err, c.Header)
			require.NotContains(t, err.Error(), "\n")
			continue
		}
		require.NoError(t, err, c.Header)
		c.Found.require(t, a, c.Header)
	}
	require.Greater(t, min(counts[true], counts[false]), 20)
}

// TestFiles writes files and reads them again.
func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	for d := tensor.Float32Type; d < tensor.DTypes; d++ {
		for _, shape := range [][]int{{}, {3}, {2, 0}, {2, 3, 2}} {
			a := tensor.NewArray(d, shape...)
			for i := range a.Bytes() {
				a.Bytes()[i] = byte(i) & 1
			}
			require.NoError(t, WriteFile(path, a))
			b, err := ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, a.String(), b.String())
			require.Equal(t, a.Bytes(), b.Bytes())
		}
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"longer":    {append(data, 0), ": 13 bytes of elements, but bool[2 3 2] takes 12"},
		"shorter":   {data[:len(data)-1], ": 11 bytes of elements, but bool[2 3 2] takes 12"},
		"no header": {data[:60], ": it ends within the header"},
		"no length": {data[:9], ": it ends within the header"},
		"empty":     {nil, `: no array: a .npy file begins with \x93NUMPY`},
		"text":      {[]byte("1,2,3 and more"), `: no array: a .npy file begins with \x93NUMPY`},
		"version 4": {append([]byte(magic), 4, 0, 9),
			": version 4.0 of the format; 1.0 to 3.0 are known"},
	} {
		require.NoError(t, os.WriteFile(path, c.data, 0o600))
		_, err := ReadFile(path)
		require.EqualError(t, err, "npy: "+path+c.want, name)
	}
	_, err = ReadFile(filepath.Join(t.TempDir(), "none.npy"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, WriteFile(t.TempDir(), tensor.NewArray(tensor.Int8Type)), "is a folder")
}

// full is a disk with room for some bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

// TestNothingIsLeftOfAFailure writes where there is too little room, and looks for files.
func TestNothingIsLeftOfAFailure(t *testing.T) {
	a := tensor.NewArray(tensor.Int64Type, 100)
	for _, room := range []full{0, 200} {
		require.EqualError(t, Write(&room, a), "npy: no space left")
	}
	folder := t.TempDir()
	err := writeFile(filepath.Join(folder, "x.npy"), func(w io.Writer) error {
		require.NoError(t, Write(w, a))
		return errors.New("no space left")
	})
	require.EqualError(t, err, "no space left")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// withHeader returns a stream of a header and no elements.
func withHeader(shape string) *bytes.Reader {
	text := "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + "}"
	return bytes.NewReader(
		append(append([]byte(magic), 3, 0, byte(len(text)), byte(len(text)>>8), 0, 0), text...),
	)
}

// TestAbsurdShapesAllocateNothing reads headers that promise more than there is.
func TestAbsurdShapesAllocateNothing(t *testing.T) {
	if strconv.IntSize < 64 {
		t.Skip("these dimensions need 64 bits")
	}
	for shape, want := range map[string]string{
		"(1099511627776, 1099511627776)":         "npy: the shape [1099511627776 1099511627776] needs",
		"(9223372036854775807, 2)":               "npy: the shape [9223372036854775807 2] needs",
		"(4294967296, 4294967296, 4294967296)":   "needs",
		"(9223372036854775808,)":                 `has "9223372036854775808,…" where it should have a dimension`,
		"(100000000,)":                           "npy: the elements of float64[100000000] end early: they take 800000000 bytes",
		"(" + strings.Repeat("1, ", 65) + ")":    "where it should have at most 64 dimensions",
		"(2, 9223372036854775807, 4294967296)":   "needs",
		"(" + strings.Repeat("0, ", 3500) + "1)": "npy: a header of",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(withHeader(shape))
		runtime.ReadMemStats(&after)
		require.ErrorContains(t, err, want)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), shape)
	}
	for _, shape := range []string{"(0, 9223372036854775807, 4)", "(9223372036854775807, 4, 0)"} {
		a, err := Read(withHeader(shape))
		require.NoError(t, err, shape)
		require.Zero(t, a.Len())
	}
}

// FuzzRead demands of any file that it is an error or an array that is written and read as it was.
func FuzzRead(f *testing.F) {
	for _, shape := range []string{"(2,)", "()", "(0, 3)"} {
		var seed bytes.Buffer
		_, _ = withHeader(shape).WriteTo(&seed)
		f.Add(append(seed.Bytes(), make([]byte, 16)...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Read(bytes.NewReader(data))
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		var out bytes.Buffer
		require.NoError(t, Write(&out, a))
		again, err := Read(&out)
		require.NoError(t, err)
		require.Equal(t, a.String(), again.String())
		require.Equal(t, a.Bytes(), again.Bytes())
	})
}

// FuzzArchive demands of any file that it is an error or an archive whose arrays are described as
// they are read.
func FuzzArchive(f *testing.F) {
	arrays := map[string]*tensor.Array{"a/b": tensor.ArrayOf([]float32{1, 2}, 2),
		"c": tensor.ArrayOf([]int64{3}), "empty": tensor.NewArray(tensor.BoolType, 0, 2)}
	for _, c := range []Compression{Stored, Deflated} {
		path := filepath.Join(f.TempDir(), "seed.npz")
		require.NoError(f, WriteArchive(path, arrays, c))
		seed, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		a := &Archive{path: "x.npz", files: map[string]*zip.File{}}
		if err := a.list(r); err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for _, name := range a.Names() {
			array, err := a.Read(name)
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			d, shape, err := a.Describe(name)
			require.NoError(t, err)
			require.Equal(t, array.DType(), d)
			require.Equal(t, array.Shape(), shape)
		}
	})
}

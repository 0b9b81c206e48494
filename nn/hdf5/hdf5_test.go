package hdf5_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/nn/hdf5"
)

// file is what h5py wrote and what it finds in it.
type file struct {
	Name, File, Why string
	Arrays          []struct {
		hdf5.Info
		Elements *string // row-major, little-endian, in hexadecimal; none of a type that is not read
	}
	Texts map[string]string // by "path attribute"
}

// content returns the bytes of the file.
func (f file) content(t testing.TB) []byte {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(f.File)
	require.NoError(t, err)
	r, err := zlib.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return content
}

// TestReadsWhatH5pyWrites compares paths, types, shapes, elements and texts, and what is refused.
func TestReadsWhatH5pyWrites(t *testing.T) {
	refused, unread, texts := 0, 0, 0
	for _, f := range golden.Read[file](t, "hdf5/files.json") {
		content := f.content(t)
		r, err := hdf5.NewReader(bytes.NewReader(content), int64(len(content)))
		if f.Why != "" {
			require.ErrorContains(t, err, f.Why, f.Name)
			require.NotContains(t, err.Error(), "\n")
			refused++
			continue
		}
		require.NoError(t, err, f.Name)
		require.Len(t, r.Arrays(), len(f.Arrays), f.Name)
		for i, want := range f.Arrays {
			info := r.Arrays()[i]
			require.Equal(t, want.Path, info.Path, f.Name)
			require.Equal(t, want.Shape, info.Shape, want.Path)
			a, err := r.Array(want.Path)
			if want.Elements == nil {
				require.ErrorContains(t, err, "can't be read here", want.Path)
				unread++
				continue
			}
			require.NoError(t, err, want.Path)
			require.Equal(t, want.DType, info.DType, want.Path)
			require.Equal(t, want.DType, a.DType().String(), want.Path)
			require.Equal(t, want.Shape, a.Shape(), want.Path)
			require.NoError(t, a.Decode(binary.LittleEndian)) // which turns them round twice, if at all
			require.Equal(t, *want.Elements, hex.EncodeToString(a.Bytes()), want.Path)
		}
		for key, want := range f.Texts {
			path, attribute, _ := strings.Cut(key, " ")
			text, ok := r.Text(path, attribute)
			require.True(t, ok, key)
			require.Equal(t, want, text, key)
			texts++
		}
		_, err = r.Array("nowhere")
		require.EqualError(t, err, `hdf5: there is no array "nowhere"`)
	}
	require.Equal(t, []int{9, 3}, []int{refused, unread})
	require.Greater(t, texts, 300)
}

// TestOpen names the path where a file is none, or ends before its end.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.h5")
	content := golden.Read[file](t, "hdf5/files.json")[0].content(t)
	require.NoError(t, os.WriteFile(path, content, 0o666))
	r, err := hdf5.Open(path)
	require.NoError(t, err)
	require.NotEmpty(t, r.Arrays())
	require.NoError(t, r.Close())
	for n := 0; n < len(content); n += 1 + n/8 {
		require.NoError(t, os.WriteFile(path, content[:n], 0o666))
		_, err := hdf5.Open(path)
		require.ErrorContains(t, err, path+": hdf5: ")
	}
	_, err = hdf5.Open(filepath.Dir(path))
	require.ErrorContains(t, err, "not a regular file")
	_, err = hdf5.Open(path + "none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzRead changes files: nothing panics, and no array has more than its file.
func FuzzRead(f *testing.F) {
	for _, c := range golden.Read[file](f, "hdf5/files.json") {
		if c.Name != "groups" { // it is large
			f.Add(c.content(f))
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := hdf5.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		for _, info := range r.Arrays() {
			if a, err := r.Array(info.Path); err == nil && len(a.Bytes()) > len(content) {
				t.Fatalf("%v has more than the file", info)
			}
		}
	})
}

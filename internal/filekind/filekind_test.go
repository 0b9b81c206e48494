package filekind

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	for head, kind := range map[string]string{
		"":                    "an empty file",
		"PK\x03\x04\x14\x00":  "a zip archive, as PyTorch's .pt and NumPy's .npz are",
		"version https://git": "a text",
		"version https://git-lfs.github.com/spec/v1\noid sha256:": "a pointer of Git LFS: git lfs pull " +
			"fetches the file itself",
		"\x89HDF\r\n\x1a\n\x00":                "HDF5, as Keras' .h5 is",
		"\x80\x02}q\x00":                       "a pickle of Python",
		"\x02\x00\x00\x00\x00\x00\x00\x00{}":   "a file of safetensors",
		"\xff\x00\x00\x00\x00\x00\x00\x00{}":   "", // longer than the file
		"\x08\x08\x12\x07pytorch":              "an ONNX model",
		"\x08\x0a\x3a\x80\x01":                 "an ONNX model",
		"{\"layers\": []}":                     "JSON",
		"a,b\r\n1,2\n":                         "a text",
		"größer\tals\n\xe2\x82":                "a text", // the last character cut off
		"\x00\x01\x02":                         "",
		"plain\xff\xfe\xfd\xfc and no text":    "",
		"<!DOCTYPE html><title>404</title>":    "HTML or XML, such as the page of an error",
		"\x08\x07\x22\x00 some other protobuf": "",
	} {
		require.Equal(t, kind, Of([]byte(head), int64(len(head))), "%q", head)
	}
}

// TestOfLengths tells a safetensors file whose length of the header looks like the mark of another
// kind.
func TestOfLengths(t *testing.T) {
	for _, length := range []string{"\x80\x02", "\x80\x05", "<\x00", "{\x20"} {
		head := append([]byte(length), 0, 0, 0, 0, 0, 0, '{', '}')
		require.Equal(t, Safetensors, Of(head, 1<<20), "%q", length)
	}
}

func TestOfNothing(t *testing.T) { require.Empty(t, Of(nil, 5), "could not be read") }

func TestExplain(t *testing.T) {
	wrong := errors.New("wrong")
	path := filepath.Join(t.TempDir(), "x")
	require.Equal(t, wrong, ExplainFile(wrong, ONNX, path), "no file")
	require.Equal(t, wrong, ExplainFile(wrong, ONNX, t.TempDir()), "a folder")
	require.NoError(t, os.WriteFile(path, []byte("PAR1...."), 0o666))
	err := ExplainFile(wrong, ONNX, path)
	require.ErrorIs(t, err, wrong)
	require.EqualError(t, err, "wrong; it seems to be a Parquet file")
	require.NoError(t, os.WriteFile(path, []byte("\x08\x08\x12\x07"), 0o666))
	require.Equal(t, wrong, ExplainFile(wrong, ONNX, path), "the kind that is expected")
	require.NoError(t, os.WriteFile(path, []byte{0, 1}, 0o666))
	require.Equal(t, wrong, ExplainFile(wrong, ONNX, path), "nothing can be told")
}

func TestOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(path, []byte("GGUF"), 0o666))
	kind, err := OfFile(path)
	require.NoError(t, err)
	require.Equal(t, "a GGUF file", kind)
	_, err = OfFile(path + "y")
	require.ErrorIs(t, err, os.ErrNotExist)
}

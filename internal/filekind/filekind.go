// Package filekind tells what a file seems to be, for errors about a file that is of another kind
// than was expected.
package filekind

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// Kinds that simdnn reads itself.
const (
	Safetensors = "a file of safetensors"
	ONNX        = "an ONNX model"
)

// headBytes is how much of a file tells its kind.
const headBytes = 512

// kinds are files that begin with certain bytes. The first that fits counts.
var kinds = []struct{ magic, name string }{
	{"version https://git-lfs", "a pointer of Git LFS: git lfs pull fetches the file itself"},
	{"PK\x03\x04", "a zip archive, as PyTorch's .pt and NumPy's .npz are"},
	{"\x93NUMPY", "an array of NumPy (.npy)"},
	{"\x89HDF\r\n\x1a\n", "HDF5, as Keras' .h5 is"},
	{"GGUF", "a GGUF file"},
	{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20", "a checkpoint of PyTorch, of the form before 1.6"},
	{"\x80\x02", "a pickle of Python"},
	{"\x80\x03", "a pickle of Python"},
	{"\x80\x04", "a pickle of Python"},
	{"\x80\x05", "a pickle of Python"},
	{"\x1f\x8b", "compressed by gzip"},
	{"\x89PNG", "a PNG image"},
	{"\xff\xd8\xff", "a JPEG image"},
	{"RIFF", "a RIFF file, such as WAV or WebP"},
	{"PAR1", "a Parquet file"},
	{"<", "HTML or XML, such as the page of an error"},
}

// Of returns what a file of some length seems to be by its first bytes, and "" if that can't be
// told.
func Of(head []byte, size int64) string {
	if isSafetensors(head, size) { // first: the bytes of its length may be those of other kinds
		return Safetensors
	}
	for _, k := range kinds {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.name
		}
	}
	switch {
	case size == 0:
		return "an empty file"
	case len(head) == 0:
		return ""
	case isONNX(head):
		return ONNX
	case !isText(head):
		return ""
	case head[0] == '{' || head[0] == '[':
		return "JSON"
	}
	return "a text"
}

// isSafetensors reports whether a length that the file has room for is followed by JSON.
func isSafetensors(head []byte, size int64) bool {
	if len(head) < 9 || head[8] != '{' {
		return false
	}
	n := binary.LittleEndian.Uint64(head)
	return n >= 2 && n <= uint64(size)-8
}

// isONNX reports whether the bytes are a version of the format and the beginning of another field
// of ONNX's ModelProto that is a message or a text.
func isONNX(head []byte) bool {
	const version, producer, graph, opsets = 1 << 3, 2<<3 | 2, 7<<3 | 2, 8<<3 | 2
	return len(head) >= 3 && head[0] == version && head[1] < 64 &&
		(head[2] == producer || head[2] == graph || head[2] == opsets)
}

// isText reports whether the bytes are UTF-8 without other control characters than those of lines.
// The last character may be cut off.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		head = head[n:]
	}
	return true
}

// Explain adds to an error about a file what it seems to be instead of the expected kind, if that
// can be told.
func Explain(err error, expected string, source io.ReaderAt, size int64) error {
	head := make([]byte, headBytes)
	n, _ := source.ReadAt(head, 0) // what can't be read tells nothing
	return explain(err, expected, Of(head[:n], size))
}

func explain(err error, expected, kind string) error {
	if kind != "" && kind != expected {
		return fmt.Errorf("%w; it seems to be %s", err, kind)
	}
	return err
}

// OfFile returns what the file of a path seems to be, "" if that can't be told.
func OfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	head := make([]byte, headBytes)
	n, _ := f.ReadAt(head, 0) // what can't be read tells nothing
	return Of(head[:n], info.Size()), nil
}

// ExplainFile is Explain for the file of a path.
func ExplainFile(err error, expected, path string) error {
	if kind, openErr := OfFile(path); openErr == nil {
		return explain(err, expected, kind)
	}
	return err
}

package torch

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// Parts of files of the form before PyTorch 1.6.
const (
	mark    = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
	version = "\x80\x02M\xe9\x03."
	system  = "\x80\x02}."
	keyA    = "\x80\x02]U\x01aa." // a list of one key
	twoA    = "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\x40"
)

// before16 returns the operations of a tensor of two elements over a storage of two floats, of which
// part counts.
func before16(class, part string) string {
	return rebuild + "((U\x07storage" + class + "U\x01aU\x03cpuK\x02" + part +
		"tQK\x00K\x02\x85K\x01\x85\x89NtR"
}

// TestLegacy reads files of the form before PyTorch 1.6, those of Python 2 among them.
func TestLegacy(t *testing.T) {
	whole := "\x80\x02}U\x01x" + before16(floats, "N") + "s."
	old := strings.Replace(strings.Replace(whole, "_rebuild_tensor_v2", "_rebuild_tensor", 1),
		"\x89NtR", "tR", 1)
	pairs := "\x80\x02ccollections\nOrderedDict\n](](U\x01x" + before16(floats, "N") + "ee\x85R."
	for name, objects := range map[string]string{"whole": whole, "old": old, "pairs": pairs} {
		r, err := open([]byte(mark + version + system + objects + keyA + twoA))
		require.NoError(t, err, name)
		require.Equal(t, []Info{{"x", "float32", []int{2}}}, r.Tensors(), name)
		a, err := r.Array("x")
		require.NoError(t, err, name)
		require.Equal(t, []float32{1, 2}, tensor.Elements[float32](a), name)
	}
	part := strings.Replace(before16(floats, "(U\x01bK\x01K\x01t"), "K\x02\x85", "K\x01\x85", 1)
	r, err := open([]byte(mark + version + system + part + "." + keyA + twoA))
	require.NoError(t, err)
	a, err := r.Array("tensor")
	require.NoError(t, err)
	require.Equal(t, []float32{2}, tensor.Elements[float32](a), "a part of a storage")

	long := "\x80\x02(U\x01kX\x20\xa1\x07\x00" + strings.Repeat("k", 500_000) + "U\x01x" +
		before16(floats, "N") + "d."
	r, err = open([]byte(mark + version + system + long + keyA + twoA))
	require.NoError(t, err, "pickles longer than most")
	require.Len(t, r.Tensors(), 1)
}

// TestLegacyRefuses opens files of the form before PyTorch 1.6 that are cut off or damaged.
func TestLegacyRefuses(t *testing.T) {
	objects := "\x80\x02}U\x01x" + before16(floats, "N") + "s."
	head := mark + version + system + objects
	for file, want := range map[string]string{
		mark: "it is cut off",
		head: "it is cut off",
		mark + "K\x07." + system + objects + keyA:         "the version of the form before PyTorch 1.6 is 7",
		mark + version + system + "cos\nsystem\n." + keyA: `"os.system" is no tensor`,
		head + "}.":                              "a dictionary where the keys of the storages are expected",
		head + keyA:                              "storage a: unexpected EOF",
		head + keyA + twoA[:15]:                  "storage a has 2 elements of 4 bytes by the file, but only 7",
		head + keyA + strings.Repeat("\xff", 16): "storage a has -1 elements",
		head + "].":                              `tensor "x": the file has no storage a`,
		head + "](U\x01aU\x01be." + twoA:         "the storage b is no tensor's",
		head + "]K\x01a." + twoA:                 "the storage 1 is no tensor's",
		head + keyA + "\x01" + twoA[1:]:          "its elements go beyond its storage, which has 1",
		mark + version + system + "(" + before16(floats, "N") + before16("ctorch\nHalfStorage\n", "N") +
			"t." + keyA + twoA: "the storage a has two types",
		mark + version + system + before16(floats, "K\x01") + "." + keyA: "names no storage",
		mark + version + system + before16(floats, "(U\x01bJ\xff\xff\xff\xffK\x01t") + "." + keyA: "names " +
			"no storage",
		mark + version + system + before16(floats, "(U\x01bK\x01K\x01t") + "." + keyA + twoA: "its " +
			"elements go beyond its storage",
		mark + version + system + "ccollections\nOrderedDict\n]K\x01a\x85R." + keyA: "a number where a " +
			"key and its value are expected",
	} {
		_, err := open([]byte(file))
		require.ErrorContains(t, err, want, "%q", file)
	}
	path := filepath.Join(t.TempDir(), "old.pth")
	require.NoError(t, os.WriteFile(path, []byte(head+keyA+twoA[:12]), 0o600))
	_, err := Open(path)
	require.ErrorContains(t, err, path+": torch: storage a has 2 elements of 4 bytes by the file, but "+
		"only 4 bytes follow: the file is cut off or damaged")
}

// FuzzLegacy changes what follows the mark.
func FuzzLegacy(f *testing.F) {
	f.Add([]byte(version + system + before16(floats, "N") + "." + keyA + twoA))
	f.Add([]byte(version + system + before16(floats, "(U\x01bK\x01K\x01t") + "." + keyA + twoA))
	f.Fuzz(func(t *testing.T, rest []byte) {
		file := append([]byte(mark), rest...)
		r, err := NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, info := range r.Tensors() {
			if a, err := r.Array(info.Name); err == nil && len(a.Bytes()) > 8*maxRepeated+repeats*len(file) {
				t.Fatalf("%v has more than the file", info)
			}
		}
	})
}

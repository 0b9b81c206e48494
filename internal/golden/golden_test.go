package golden

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadRefusesStaleFiles(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	sum := sha256.Sum256([]byte("print(1)"))
	script := hex.EncodeToString(sum[:])
	write("make.py", "print(1)")

	path := write("good.json", `{"script": "`+script+`", "versions": {"numpy": "1"}, "cases": [3, 4]}`)
	f, err := read[int](path)
	require.NoError(t, err)
	require.Equal(t, []int{3, 4}, f.Cases)

	for want, text := range map[string]string{
		"is stale":       `{"script": "` + script[1:] + `", "versions": {"numpy": "1"}, "cases": [3]}`,
		"has no cases":   `{"script": "` + script + `", "versions": {"numpy": "1"}, "cases": []}`,
		"which versions": `{"script": "` + script + `", "cases": [3]}`,
		"unexpected end": `{"script"`,
		"cannot unmarshal": `{"script": "` + script +
			`", "versions": {"numpy": "1"}, "cases": ["three"]}`,
	} {
		_, err := read[int](write("bad.json", text))
		require.ErrorContains(t, err, want)
	}
	write("make.py", "print(2)")
	_, err = read[int](path)
	require.ErrorContains(t, err, "good.json is stale")
	_, err = read[int](filepath.Join(folder, "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestFindLooksUpwards(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("testdata/golden/x", 0o755))
	require.NoError(t, os.MkdirAll("a/b", 0o755))
	require.NoError(t, os.WriteFile("testdata/golden/x/y.json", nil, 0o644))
	t.Chdir("a/b")
	path, err := find("x/y.json")
	require.NoError(t, err)
	require.Equal(t, filepath.Join("..", "..", "testdata", "golden", "x", "y.json"), path)
	_, err = find("x/z.json")
	require.ErrorContains(t, err, "no file testdata/golden/x/z.json")
}

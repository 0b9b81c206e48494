package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// names lists a folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func requireContent(t *testing.T, want, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(content))
}

func TestFilesAppearWhole(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.txt")
	f, err := Create(path)
	require.NoError(t, err)
	_, err = f.Write([]byte("first"))
	require.NoError(t, err)
	require.NoFileExists(t, path)
	require.NoError(t, f.Commit())
	f.Discard()
	requireContent(t, "first", path)

	broken := errors.New("no more")
	err = Write(path, func(w io.Writer) error {
		_, err := w.Write([]byte("second"))
		require.NoError(t, err)
		requireContent(t, "first", path)
		return broken
	})
	require.ErrorIs(t, err, broken)
	requireContent(t, "first", path)
	require.Equal(t, []string{"report.txt"}, names(t, folder), "nothing temporary is left")

	require.NoError(t,
		Write(path, func(w io.Writer) error { _, err := w.Write([]byte("third")); return err }))
	requireContent(t, "third", path)
}

func TestUnwritablePaths(t *testing.T) {
	folder := t.TempDir()
	_, err := Create(folder)
	require.EqualError(t, err, "can't write "+folder+": it is a folder")
	missing := filepath.Join(folder, "missing", "report.txt")
	_, err = Create(missing)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Regexp(t, `^can't write .*report\.txt: [^.]*$`, err.Error(),
		"the temporary file is not named")

	path := filepath.Join(folder, "report.txt")
	f, err := Create(path)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(path, 0o777))
	require.ErrorContains(t, f.Commit(), "can't write "+path)
	require.Equal(t, []string{"report.txt"}, names(t, folder))
	_, err = f.Write(nil)
	require.ErrorContains(t, err, "can't write "+path)
}

func TestRemoveStale(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "[odd*name]")
	require.NoError(t, os.Mkdir(folder, 0o777))
	path := filepath.Join(folder, "report.txt")
	for range 3 {
		f, err := Create(path)
		require.NoError(t, err)
		require.NoError(t, f.out.Close(), "as if the process had been killed")
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".other.txt.00000000.tmp"), nil, 0o666))
	require.Len(t, names(t, folder), 4)
	require.NoError(t, RemoveStale(path))
	require.Equal(t, []string{".other.txt.00000000.tmp"}, names(t, folder))
	require.ErrorIs(t, RemoveStale(filepath.Join(folder, "missing", "x")), os.ErrNotExist)
}

// TestLongNames writes files whose names leave no room for anything more.
func TestLongNames(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{
		strings.Repeat("x", 254) + "1", strings.Repeat("x", 254) + "2", strings.Repeat("語", 85),
	} {
		path := filepath.Join(folder, name)
		f, err := Create(path)
		require.NoError(t, err)
		require.True(t, utf8.ValidString(f.out.Name()))
		require.LessOrEqual(t, len(filepath.Base(f.out.Name())), 143)
		require.NoError(t, RemoveStale(filepath.Join(folder, strings.Repeat("x", 255))))
		require.NoError(t, f.Commit())
		require.FileExists(t, path)

		f, err = Create(path)
		require.NoError(t, err)
		require.NoError(t, f.out.Close(), "as if the process had been killed")
		require.NoError(t, RemoveStale(path))
		require.NoFileExists(t, f.out.Name())
	}
}

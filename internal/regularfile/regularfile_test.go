package regularfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "three")
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o600))
	text, closer, err := Open(path, func(source io.ReaderAt, size int64) (string, error) {
		all := make([]byte, size)
		_, err := source.ReadAt(all, 0)
		return string(all), err
	})
	require.NoError(t, err)
	require.Equal(t, "abc", text)
	require.NoError(t, closer.Close())
}

func TestOpenFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	wrong := errors.New("wrong")
	var kept io.ReaderAt
	read := func(source io.ReaderAt, size int64) (int, error) { kept = source; return 1, wrong }

	_, _, err := Open(path, read)
	require.ErrorIs(t, err, wrong)
	require.ErrorContains(t, err, path+": ")
	_, err = kept.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, os.ErrClosed)

	_, _, err = Open(folder, read)
	require.EqualError(t, err, folder+": not a regular file")
	_, _, err = Open(filepath.Join(folder, "none"), read)
	require.ErrorIs(t, err, os.ErrNotExist)
}

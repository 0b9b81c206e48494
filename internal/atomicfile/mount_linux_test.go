package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// mounted returns the path of a file that is itself a mount, of a file system of so many bytes.
func mounted(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	disk, path := filepath.Join(folder, "disk"), filepath.Join(folder, "model")
	require.NoError(t, os.Mkdir(disk, 0o777))
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a file system can't be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(disk, 0)) })
	for _, file := range []string{filepath.Join(disk, "model"), path} {
		require.NoError(t, os.WriteFile(file, []byte("what was there before"), 0o666))
	}
	require.NoError(t, unix.Mount(filepath.Join(disk, "model"), path, "", unix.MS_BIND, ""))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(path, 0)) })
	return path
}

// TestMountedFilesAreOverwritten saves to a file that was mounted into a container by itself.
func TestMountedFilesAreOverwritten(t *testing.T) {
	path := mounted(t, "64k")
	put(t, path, "new")
	requireContent(t, "new", path)
	requireContent(t, "new", filepath.Join(filepath.Dir(path), "disk", "model"))
	require.Equal(t, []string{"disk", "model"}, names(t, filepath.Dir(path)))
}

// TestMountedFilesOnAFullDisk keeps what there is no room for.
func TestMountedFilesOnAFullDisk(t *testing.T) {
	path := mounted(t, "8k")
	f, err := Create(path)
	require.NoError(t, err)
	content := strings.Repeat("x", 64<<10)
	_, err = f.Write([]byte(content))
	require.NoError(t, err)
	err = f.Commit()
	require.ErrorIs(t, err, unix.ENOSPC)
	start := "can't write " + path + ": no space left on device; the whole content is in "
	require.Equal(t, start, err.Error()[:min(len(err.Error()), len(start))])
	requireContent(t, content, err.Error()[len(start):])
}

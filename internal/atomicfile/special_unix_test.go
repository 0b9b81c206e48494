//go:build unix

package atomicfile

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// put writes a text to a path.
func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t,
		Write(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }))
}

func TestLinksAreWrittenThrough(t *testing.T) {
	folder := t.TempDir()
	inner := filepath.Join(folder, "inner")
	require.NoError(t, os.Mkdir(inner, 0o777))
	target := filepath.Join(inner, "model")
	first, second := filepath.Join(folder, "first"), filepath.Join(folder, "second")
	require.NoError(t, os.Symlink(filepath.Join("inner", "model"), second))
	require.NoError(t, os.Symlink(second, first))
	for _, text := range []string{"through a link to nothing", "through a link to a file"} {
		put(t, first, text)
		requireContent(t, text, target)
		for _, link := range []string{first, second} {
			info, err := os.Lstat(link)
			require.NoError(t, err)
			require.NotZero(t, info.Mode()&os.ModeSymlink, "%s is a link still", link)
		}
	}
	require.Equal(t, []string{"model"}, names(t, inner), "nothing temporary is left")

	f, err := Create(first)
	require.NoError(t, err)
	require.NoError(t, f.out.Close(), "as if the process had been killed")
	require.Len(t, names(t, inner), 2)
	require.NoError(t, RemoveStale(first))
	require.Equal(t, []string{"model"}, names(t, inner))

	loop := filepath.Join(folder, "loop")
	require.NoError(t, os.Symlink(loop, loop))
	_, err = Create(loop)
	require.EqualError(t, err, "can't write "+loop+": too many symbolic links")
}

func TestPipesAreWrittenTo(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o666))
	read := make(chan string)
	go func() {
		content, _ := os.ReadFile(pipe)
		read <- string(content)
	}()
	put(t, pipe, "through a pipe")
	require.Equal(t, "through a pipe", <-read)

	go func() {
		content, _ := os.ReadFile(pipe)
		read <- string(content)
	}()
	f, err := Create(pipe)
	require.NoError(t, err)
	f.Discard()
	require.Empty(t, <-read)
	info, err := os.Lstat(pipe)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeNamedPipe, "it is a pipe still")
}

func TestDevicesAreWrittenTo(t *testing.T) {
	device := filepath.Join(t.TempDir(), "null")
	if exec.Command("mknod", device, "c", "1", "3").Run() != nil {
		if os.Geteuid() == 0 {
			t.Skip("no device of its own, and the system's must not be put at risk")
		}
		device = os.DevNull
	}
	put(t, device, "nobody reads this")
	info, err := os.Lstat(device)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeCharDevice)
}

// TestReplacedFilesKeepTheirPermissions saves where something private and something shared stood.
func TestReplacedFilesKeepTheirPermissions(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o664, 0o755} {
		path := filepath.Join(t.TempDir(), "model")
		require.NoError(t, os.WriteFile(path, nil, mode))
		require.NoError(t, os.Chmod(path, mode)) // whatever the mask is
		if os.Geteuid() == 0 {
			require.NoError(t, os.Chown(path, 12, 34))
		}
		before, err := os.Stat(path)
		require.NoError(t, err)
		put(t, path, "new")
		requireContent(t, "new", path)
		after, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, mode, after.Mode())
		was, is := before.Sys().(*syscall.Stat_t), after.Sys().(*syscall.Stat_t)
		require.Equal(t, []uint32{was.Uid, was.Gid}, []uint32{is.Uid, is.Gid})
		require.NotEqual(t, was.Ino, is.Ino, "it is another file")
	}
}

// TestProtectedFilesStay saves where a file stands that must not be written.
func TestProtectedFilesStay(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	path := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o444))
	_, err := Create(path)
	require.EqualError(t, err, "can't write "+path+": permission denied")
	requireContent(t, "old", path)
}

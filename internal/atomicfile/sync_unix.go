//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// syncFolder waits until a folder's list of files is on the disk, so that a renamed file has its
// new name after a power failure too.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if closing := folder.Close(); err == nil {
		err = closing
	}
	return err
}

// inheritOwner gives a file the owner and group of another, as far as the system lets it.
func inheritOwner(file *os.File, info fs.FileInfo) {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(owner.Uid), int(owner.Gid)) // only root gives files away
	}
}

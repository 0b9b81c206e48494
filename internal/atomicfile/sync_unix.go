//go:build unix

package atomicfile

import "os"

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

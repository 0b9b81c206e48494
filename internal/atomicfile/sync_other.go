//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

// syncFolder does nothing: this system gives no access to a folder's list of files.
func syncFolder(string) error { return nil }

// inheritOwner does nothing: owners are not numbers here, and folders hand on their rights.
func inheritOwner(*os.File, fs.FileInfo) {}

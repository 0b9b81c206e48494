//go:build !unix

package atomicfile

// syncFolder does nothing: this system gives no access to a folder's list of files.
func syncFolder(string) error { return nil }

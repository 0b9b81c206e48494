// Package filelock keeps two processes, or two parts of one, from using the same files at once. The
// operating system gives a lock back when its process ends, however that happens, so that none is
// left behind by a crash. There are no locks on AIX, Solaris, Plan 9 and WebAssembly, on file
// systems without them, and in folders in which no file can be made: there everyone gets one.
package filelock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Lock is a lock that is held. The nil Lock is that of a place without locks.
type Lock struct{ file *os.File }

// HeldError reports a lock that somebody else holds.
type HeldError struct{ Holder string } // such as "process 7 on host a since 2026-01-02 03:04:05"

// Error says who holds the lock.
func (e *HeldError) Error() string { return "in use by " + e.Holder }

// errHeld is what the system says of a lock that is held.
var errHeld = errors.New("held")

// longestHolder bounds in bytes what is read of a lock's file.
const longestHolder = 1 << 10

// Acquire takes the lock of a path without waiting, or returns a [HeldError]. The file at the path
// is made, says who holds the lock, and is removed on release; one that a killed process left is
// taken over.
func Acquire(path string) (*Lock, error) {
	for {
		file, err := open(path)
		if err != nil {
			return nil, nil // see the package's comment
		}
		switch err := lock(file); {
		case errors.Is(err, errHeld):
			defer file.Close()
			return nil, &HeldError{holder(file)}
		case errors.Is(err, errors.ErrUnsupported):
			_ = file.Close()
			_ = os.Remove(path) // it would only puzzle
			return nil, nil
		case err != nil:
			_ = file.Close()
			return nil, fmt.Errorf("can't lock %s: %w", path, err)
		}
		if isAt(file, path) {
			describe(file)
			return &Lock{file}, nil
		}
		_ = file.Close() // its holder removed it between the two calls
	}
}

// open opens the file of a lock, only for reading if it is another user's.
func open(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return os.Open(path)
	}
	return file, nil
}

// isAt reports whether a file is the one that is at a path.
func isAt(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

// describe writes who holds the lock, as far as the disk has room: the lock holds without it.
func describe(file *os.File) {
	who := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		who += " on host " + host
	}
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(who+" since "+time.Now().Format(time.DateTime)+"\n"), 0)
}

// holder reads who holds the lock.
func holder(file *os.File) string {
	text, _ := io.ReadAll(io.NewSectionReader(file, 0, longestHolder))
	if who, _, whole := strings.Cut(string(text), "\n"); whole {
		return who
	}
	return "another process"
}

// Release gives the lock back.
func (l *Lock) Release() {
	if l != nil {
		l.remove()
	}
}

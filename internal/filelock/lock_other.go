//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package filelock

import (
	"errors"
	"os"
)

// lock fails: this system has no locks that end with their process alone.
func lock(*os.File) error { return errors.ErrUnsupported }

// remove closes the lock's file.
func (l *Lock) remove() { _ = l.file.Close() }

//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock locks a file as long as it is open.
func lock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return errHeld
		case errors.Is(err, unix.ENOLCK), errors.Is(err, unix.EBADF): // of network file systems
			return errors.ErrUnsupported
		}
		return err
	}
}

// remove removes the lock's file while it is locked, so that nobody loses one that is new.
func (l *Lock) remove() {
	if path := l.file.Name(); isAt(l.file, path) {
		_ = os.Remove(path) // a file that stays does no harm
	}
	_ = l.file.Close()
}

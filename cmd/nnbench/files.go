package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// stagedFile is a file that is written beside its place and put there when it is complete. To be staged before long work: then it is known
// that it can be written.
type stagedFile struct {
	path string
	temp *os.File
}

// stage creates the temporary file for path.
func stage(path string) (*stagedFile, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("can't write %s: it is a folder", path)
	}
	name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
	temp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner // without the temporary file's name
		}
		return nil, fmt.Errorf("can't write %s: %w", path, err)
	}
	return &stagedFile{path, temp}, nil
}

// commit writes the file and puts it in its place.
func (s *stagedFile) commit(write func(io.Writer) error) error {
	err := write(s.temp)
	if closing := s.temp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(s.temp.Name(), s.path)
	}
	if err != nil {
		return fmt.Errorf("can't write %s: %w", s.path, err)
	}
	return nil
}

// discard removes the temporary file if it was not committed.
func (s *stagedFile) discard() {
	if s != nil {
		_ = s.temp.Close()           // closed already if committed
		_ = os.Remove(s.temp.Name()) // gone already if committed
	}
}

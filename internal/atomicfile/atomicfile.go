// Package atomicfile writes files that appear whole or not at all: what is at a path before stays there until all of the new content is
// safely on the disk, whatever happens meanwhile.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// File is a file in the making: a temporary one in the folder of the path that [File.Commit] puts it at. To be created before long work:
// then it is known that it can be written.
type File struct {
	path string
	temp *os.File
}

// Create starts a file that is to be put at path.
func Create(path string) (*File, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("can't write %s: it is a folder", path)
	}
	prefix, suffix := affixes(path)
	for {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf("%s%08x%s", prefix, rand.Uint32(), suffix))
		temp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, failure(path, err)
		}
		return &File{path, temp}, nil
	}
}

// affixes returns what the names of the temporary files for path begin and end with.
func affixes(path string) (prefix, suffix string) { return "." + filepath.Base(path) + ".", ".tmp" }

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.temp.Write(p)
	if err != nil {
		err = failure(f.path, err)
	}
	return n, err
}

// Commit waits until the content is on the disk and puts the file at its path in one step. The file can't be used afterwards.
func (f *File) Commit() error {
	err := f.temp.Sync()
	if closing := f.temp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.temp.Name(), f.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		f.Discard()
		return failure(f.path, err)
	}
	return nil
}

// Discard removes the file unless it was committed.
func (f *File) Discard() {
	_ = f.temp.Close()           // closed already if committed
	_ = os.Remove(f.temp.Name()) // gone already if committed
}

// Write puts at path what the function writes, unless it fails.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// RemoveStale removes what processes that were killed while they wrote path left beside it. It must not run while another process writes
// path.
func RemoveStale(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	prefix, suffix := affixes(path)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), suffix) {
			if err := os.Remove(filepath.Join(filepath.Dir(path), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// failure names the path instead of the temporary file.
func failure(path string, err error) error {
	var onPath *fs.PathError
	var onLink *os.LinkError
	switch {
	case errors.As(err, &onPath):
		err = onPath.Err
	case errors.As(err, &onLink):
		err = onLink.Err
	}
	return fmt.Errorf("can't write %s: %w", path, err)
}

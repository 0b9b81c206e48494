// Package atomicfile writes files that appear whole or not at all: what is at a path before stays
// there until all of the new content is safely on the disk, whatever happens meanwhile. A symbolic
// link stays, and what it points to is written. A file that is replaced hands on its permissions
// and, where the system lets it, its owner; one that must not be written is not replaced. Devices
// and pipes can't be replaced, only written to, and neither can a file that is itself mounted, as
// into a container: it is overwritten.
package atomicfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// File is a file in the making: a temporary one in the folder of the file that [File.Commit]
// replaces by it, or an open device or pipe. To be created before long work: then it is known that
// it can be written.
type File struct {
	path   string // as given, for messages
	target string // the file to be replaced, empty for a device or a pipe
	out    *os.File
}

// Create starts a file that is to be put at path, or at what path links to. If a device or a pipe
// is there it is opened; a named pipe waits for its reader.
func Create(path string) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("can't write %s: it is a folder", path)
	case err == nil && !info.Mode().IsRegular():
		device, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, failure(path, err)
		}
		return &File{path: path, out: device}, nil
	}
	target, err := follow(path)
	if err != nil {
		return nil, failure(path, err)
	}
	if info != nil {
		if err := checkWritable(target); err != nil {
			return nil, failure(path, err)
		}
	}
	temp, err := createTemp(target)
	if err != nil {
		return nil, failure(path, err)
	}
	f := &File{path, target, temp}
	if info != nil {
		if err := inherit(temp, info); err != nil {
			f.Discard()
			return nil, failure(path, err)
		}
	}
	return f, nil
}

// checkWritable reports what forbids to write a file. A folder may let a file be replaced that
// must not be written.
func checkWritable(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

// inherit gives a new file the permissions and the owner of the one that it is to replace.
func inherit(temp *os.File, info fs.FileInfo) error {
	inheritOwner(temp, info) // first, since a change of owner may take permissions away
	now, err := temp.Stat()
	if err != nil || now.Mode() == info.Mode() {
		return err
	}
	return temp.Chmod(info.Mode())
}

// maxLinks is how many symbolic links are followed one after another, as in Linux.
const maxLinks = 40

// follow returns the path that a chain of symbolic links ends at, whether or not anything is there.
func follow(path string) (string, error) {
	for range maxLinks {
		next, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link, or nothing at all
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		path = next
	}
	return "", errors.New("too many symbolic links")
}

// createTemp creates a file beside path.
func createTemp(path string) (*os.File, error) {
	prefix, suffix := affixes(path)
	for {
		name := filepath.Join(filepath.Dir(path),
			fmt.Sprintf("%s%08x%s", prefix, rand.Uint32(), suffix))
		temp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return temp, err
		}
	}
}

// Bounds in bytes on the part of a file's name that the names of its temporary files repeat. File
// systems take names of 255 bytes, encrypting ones of 143.
const (
	longestName = 128
	shortened   = 100
)

// affixes returns what the names of the temporary files for path begin and end with.
func affixes(path string) (prefix, suffix string) {
	name := filepath.Base(path)
	if len(name) > longestName {
		hash := fnv.New64a()
		_, _ = io.WriteString(hash, name) // a hash takes everything
		name = fmt.Sprintf("%s~%016x", strings.ToValidUTF8(name[:shortened], ""), hash.Sum64())
	}
	return "." + name + ".", ".tmp"
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.out.Write(p)
	if err != nil {
		err = failure(f.path, err)
	}
	return n, err
}

// Commit waits until the content is on the disk and puts the file at its path in one step; a device
// or a pipe is closed. The file can't be used afterwards.
func (f *File) Commit() error {
	if f.target == "" {
		if err := f.out.Close(); err != nil {
			return failure(f.path, err)
		}
		return nil
	}
	err := f.out.Sync()
	if closing := f.out.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = f.replace()
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.target))
	}
	if errors.As(err, new(*overwriteError)) {
		return failure(f.path, err)
	}
	if err != nil {
		f.Discard()
		return failure(f.path, err)
	}
	return nil
}

// replace puts the temporary file in the target's place, or else its content in the target: a mount
// point can't be replaced, nor can another's file in a folder such as /tmp.
func (f *File) replace() error {
	err := os.Rename(f.out.Name(), f.target)
	if err == nil {
		return nil
	}
	info, statErr := os.Stat(f.target)
	if statErr != nil || !info.Mode().IsRegular() {
		return err
	}
	return f.overwrite()
}

// overwriteError reports a target of which only a part was written.
type overwriteError struct {
	err  error
	temp string
}

func (e *overwriteError) Error() string {
	return fmt.Sprintf("%v; the whole content is in %s", e.err, e.temp)
}

func (e *overwriteError) Unwrap() error { return e.err }

// overwrite writes the content to the target, and leaves the temporary file if that fails.
func (f *File) overwrite() error {
	temp, err := os.Open(f.out.Name())
	if err != nil {
		return err
	}
	defer temp.Close()
	target, err := os.OpenFile(f.target, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, temp)
	if err == nil {
		err = target.Sync()
	}
	if closing := target.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return &overwriteError{cause(err), temp.Name()}
	}
	f.Discard()
	return nil
}

// Discard removes the file unless it was committed.
func (f *File) Discard() {
	_ = f.out.Close() // closed already if committed
	if f.target != "" {
		_ = os.Remove(f.out.Name()) // gone already if committed
	}
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

// RemoveStale removes what processes that were killed while they wrote path left beside it. It must
// not run while another process writes path.
func RemoveStale(path string) error {
	path, err := follow(path)
	if err != nil {
		return err
	}
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
	return fmt.Errorf("can't write %s: %w", path, cause(err))
}

// cause returns what is wrong without the name of the file.
func cause(err error) error {
	var onPath *fs.PathError
	var onLink *os.LinkError
	switch {
	case errors.As(err, &onPath):
		return onPath.Err
	case errors.As(err, &onLink):
		return onLink.Err
	}
	return err
}

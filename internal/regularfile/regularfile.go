// Package regularfile opens files whose readers keep them open.
package regularfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Open opens the file at path, which must be a regular one, and returns what read makes of it and of
// its size in bytes, with what closes it. The file is closed if read fails; errors name the path.
func Open[R any](
	path string, read func(source io.ReaderAt, size int64) (R, error),
) (R, io.Closer, error) {
	var none R
	f, err := os.Open(path)
	if err != nil {
		return none, nil, err // names the path by itself
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	var r R
	if err == nil {
		r, err = read(f, info.Size())
	}
	if err != nil {
		_ = f.Close() // of a file that was only read
		return none, nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, f, nil
}

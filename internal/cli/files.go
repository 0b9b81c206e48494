package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// NamedFile is a file that a flag names.
type NamedFile struct{ Flag, Path string }

// CheckDistinct reports two flags that name the same file: what is written to one would take the
// place of the other.
func CheckDistinct(files ...NamedFile) error {
	for i, b := range files {
		for _, a := range files[:i] {
			if a.Path != "" && b.Path != "" && isSameFile(a.Path, b.Path) {
				return fmt.Errorf("--%s and --%s both name the file %s", a.Flag, b.Flag, b.Path)
			}
		}
	}
	return nil
}

// isSameFile reports whether two paths lead to the same regular file, or would.
func isSameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return first.Mode().IsRegular() && os.SameFile(first, second)
	}
	a, err = filepath.Abs(a)
	b, err2 = filepath.Abs(b)
	return err == nil && err2 == nil && a == b
}

// WantEnding refuses to write, as a flag tells, a file whose name says that it holds something else.
func WantEnding(flag, path string, endings ...string) error {
	if slices.Contains(endings, filepath.Ext(path)) {
		return nil
	}
	return Usagef("%s: %s doesn't end in %s", flag, path, strings.Join(endings, " or "))
}

package file

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"simdnn/onnx/internal/proto"
)

// missing is an operator that is not supported.
type missing struct {
	what, first string
	count       int
}

// ErrUnsupported is the error of a model that is right, but has what is not supported.
var ErrUnsupported = errors.New("it has what is not supported")

// err returns what was found, in one line.
func (c *checker) err() error {
	all := slices.Clone(c.errors)
	if len(c.missing) > 0 {
		var list []string
		for _, m := range c.sortedMissing() {
			times := ""
			if m.count > 1 {
				times = fmt.Sprintf(" and %d more", m.count-1)
			}
			if len(list) == maxMissing {
				list = append(list, fmt.Sprintf("and %d more", len(c.missing)-maxMissing))
				break
			}
			list = append(list, fmt.Sprintf("%s (%s%s)", m.what, m.first, times))
		}
		text := strings.Join(list, ", ")
		if strings.Contains(text, "com.microsoft") {
			text += "; files with operators of com.microsoft were saved by an optimiser: export them " +
				"without"
		}
		if len(all) == 0 {
			return fmt.Errorf("%w: %s", ErrUnsupported, text)
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

func (c *checker) sortedMissing() []*missing {
	list := make([]*missing, 0, len(c.missing))
	for _, what := range slices.Sorted(maps.Keys(c.missing)) {
		list = append(list, c.missing[what])
	}
	return list
}

// maxMissing bounds how many operators and attributes that are not supported are named: more than
// ONNX has.
const maxMissing = 500

// maxErrors bounds how many mistakes of a file are told.
const maxErrors = 10

//go:noinline
func (c *checker) fail(format string, args ...any) {
	if len(c.errors) < maxErrors {
		c.errors = append(c.errors, fmt.Sprintf(format, args...))
	}
}

// lack notes a node that is not supported.
//
//go:noinline
func (c *checker) lack(what, node string) {
	if c.missing == nil {
		c.missing = map[string]*missing{}
	}
	if c.missing[what] == nil {
		c.missing[what] = &missing{what: what, first: node}
	}
	c.missing[what].count++
}

// labelOf returns what errors call a node.
func labelOf(n *proto.Node, at int) string {
	if n.Name != "" {
		return fmt.Sprintf("node %q (%s)", n.Name, proto.Printable(n.Operator))
	}
	return fmt.Sprintf("node %d (%s)", at, proto.Printable(n.Operator))
}

package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Kinds of messages in the header of an object.
const (
	dataspaceMessage    = 0x1
	linksMessage        = 0x2
	datatypeMessage     = 0x3
	linkMessage         = 0x6
	externalMessage     = 0x7
	layoutMessage       = 0x8
	filtersMessage      = 0xb
	attributeMessage    = 0xc
	continuationMessage = 0x10
	groupMessage        = 0x11
)

const (
	maxDepth  = 64       // of groups in groups
	maxName   = 1 << 10  // bytes of an object's name
	maxHeader = 16 << 20 // bytes of an object's header
	shared    = 1 << 1   // marks a message that stands elsewhere
)

// message is a part of an object's header.
type message struct {
	kind  uint16
	flags byte
	data  []byte
}

// object reads the object of a path: a group with what it holds, or an array.
func (r *Reader) object(path string, at int64, depth int) error {
	if r.visited[at] {
		return fmt.Errorf("%q is an object that has another name too", path)
	}
	if r.visited[at] = true; depth > maxDepth {
		return fmt.Errorf("groups in more than %d groups", maxDepth)
	}
	messages, err := r.header(at)
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	var group *message
	isArray := false
	for i, m := range messages {
		switch m.kind {
		case groupMessage:
			group = &messages[i]
		case layoutMessage:
			isArray = true
		case linksMessage, linkMessage:
			return fmt.Errorf("%q: a group of the form that libver=\"latest\" asks for", path)
		case attributeMessage:
			name, text, ok := r.attribute(m)
			if !ok {
				continue
			}
			if r.texts[path] == nil {
				r.texts[path] = map[string]string{}
			}
			r.texts[path][name] = text
		}
	}
	switch {
	case group != nil:
		return r.group(path, group.data, depth)
	case isArray:
		if err := r.describe(path, messages); err != nil {
			return fmt.Errorf("array %q: %w", path, err)
		}
	}
	return nil // else it is a type with a name
}

// header reads the messages of an object.
func (r *Reader) header(at int64) ([]message, error) {
	start, err := r.at(at, 16, "a header")
	if err != nil {
		return nil, err
	}
	if string(start[:4]) == "OHDR" {
		return nil, errors.New(`a header of the form that libver="latest" asks for`)
	}
	if start[0] != 1 {
		return nil, fmt.Errorf("a header of version %d; those of version 1 are read", start[0])
	}
	left := int(binary.LittleEndian.Uint16(start[2:]))
	type block struct{ at, size int64 }
	blocks := []block{{at + 16, int64(binary.LittleEndian.Uint32(start[8:]))}}
	var messages []message
	total := int64(0)
	for i := 0; i < len(blocks) && left > 0; i++ {
		if total += blocks[i].size; blocks[i].size < 0 || total > maxHeader {
			return nil, fmt.Errorf("a header of more than %d bytes", maxHeader)
		}
		data, err := r.at(blocks[i].at, blocks[i].size, "a header")
		if err != nil {
			return nil, err
		}
		for ; left > 0 && len(data) >= 8; left-- {
			m := message{binary.LittleEndian.Uint16(data), data[4], nil}
			size := int(binary.LittleEndian.Uint16(data[2:]))
			if size > len(data)-8 {
				return nil, errors.New("a message goes beyond its header")
			}
			m.data, data = data[8:][:size], data[8+size:]
			if m.kind == continuationMessage && size >= 16 {
				blocks = append(blocks, block{address(m.data), address(m.data[8:])})
			}
			messages = append(messages, m)
		}
	}
	return messages, nil
}

// group reads what a group holds: the address of a tree, and that of a heap of names.
func (r *Reader) group(path string, data []byte, depth int) error {
	if len(data) < 16 {
		return fmt.Errorf("%q: a group of %d bytes", path, len(data))
	}
	heap, err := r.marked(address(data[8:]), 32, "HEAP", "heap of names")
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	names := names{r, address(heap[24:]), address(heap[8:])}
	return r.node(path, address(data), names, depth, 0)
}

// node reads a node of a group's tree: others, or leaves of symbols.
func (r *Reader) node(path string, at int64, names names, depth, level int) error {
	head, err := r.marked(at, 24, "TREE", "tree of a group")
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	if head[4] != 0 || level > maxDepth {
		return fmt.Errorf("%q: at %d is no tree of a group", path, at)
	}
	n := int64(binary.LittleEndian.Uint16(head[6:]))
	children, err := r.at(at+24, 16*n+8, "the tree of a group")
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	for i := range n {
		child := address(children[16*i+8:])
		if head[5] > 0 {
			err = r.node(path, child, names, depth, level+1)
		} else {
			err = r.symbols(path, child, names, depth)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// symbols reads the objects of a leaf.
func (r *Reader) symbols(path string, at int64, names names, depth int) error {
	head, err := r.marked(at, 8, "SNOD", "list of a group's objects")
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	n := int64(binary.LittleEndian.Uint16(head[6:]))
	entries, err := r.at(at+8, 40*n, "the list of a group's objects")
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	const softLink = 2
	for ; len(entries) > 0; entries = entries[40:] {
		name, err := names.at(address(entries))
		if err != nil {
			return fmt.Errorf("%q: %w", path, err)
		}
		name = strings.TrimPrefix(path+"/"+name, "/")
		if binary.LittleEndian.Uint32(entries[16:]) == softLink {
			return fmt.Errorf("%q is a link to another name", name)
		}
		if r.left -= int64(len(name)); r.left < 0 {
			return fmt.Errorf("more than %d bytes of structure", maxStructure)
		}
		if err := r.object(name, address(entries[8:]), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// names is the heap of a group's names.
type names struct {
	r           *Reader
	start, size int64
}

// at returns the name at an offset, which a zero byte ends.
func (n names) at(offset int64) (string, error) {
	if offset < 0 || offset >= n.size {
		return "", fmt.Errorf("a name at %d of a heap of %d bytes", offset, n.size)
	}
	data, err := n.r.at(n.start+offset, min(maxName, n.size-offset), "a name")
	if err != nil {
		return "", err
	}
	name, _, ends := strings.Cut(string(data), "\x00")
	if !ends || name == "" || strings.Contains(name, "/") {
		return "", fmt.Errorf("a name at %d of a heap that is none", offset)
	}
	return name, nil
}

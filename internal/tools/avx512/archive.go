package main

import (
	"bytes"
	"fmt"
	"path"
)

// archive is a cpio archive in the format "newc", which Linux unpacks as its initial file system
// (Documentation/driver-api/early-userspace/buffer-format.rst in its source).
type archive struct {
	buf     bytes.Buffer
	inode   int
	folders map[string]bool // those that have an entry
}

// add appends an executable file, and first the folders on the way to it.
func (a *archive) add(name string, data []byte) {
	a.folder(path.Dir(name))
	a.entry(0o100755, name, data)
}

// folder appends a folder and those above it, unless they are there.
func (a *archive) folder(name string) {
	if name == "." || a.folders[name] {
		return
	}
	a.folder(path.Dir(name))
	if a.folders == nil {
		a.folders = map[string]bool{}
	}
	a.folders[name] = true
	a.entry(0o040755, name, nil)
}

// close appends the end mark and returns the archive.
func (a *archive) close() []byte {
	a.entry(0, "TRAILER!!!", nil)
	return a.buf.Bytes()
}

// entry appends one file: the header of a magic number and 13 hexadecimal fields, the name and the
// contents, each padded to four bytes.
func (a *archive) entry(mode int, name string, data []byte) {
	a.inode++
	const owner, group, links, time, device, check = 0, 0, 1, 0, 0, 0
	fmt.Fprintf(&a.buf, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", a.inode, mode,
		owner, group, links, time, len(data), device, device, device, device, len(name)+1, check)
	a.buf.WriteString(name + "\x00")
	a.pad()
	a.buf.Write(data)
	a.pad()
}

func (a *archive) pad() {
	for a.buf.Len()%4 != 0 {
		a.buf.WriteByte(0)
	}
}

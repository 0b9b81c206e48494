package main

import (
	"archive/tar"
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/adapters/mpi"
)

// handOut gives the other processes the files and folders that the first one is told to read:
// copies in a folder of their own, to which it turns their command lines.
type handOut struct {
	p      *mpi.Processes
	folder string // of the copies
}

// remove removes the copies.
func (h *handOut) remove() {
	if h.folder != "" {
		_ = os.RemoveAll(h.folder) // it is among the temporary files
	}
}

// share gives what --data names, and each argument that is a file or folder of the first process.
func (h *handOut) share(command *cobra.Command, args []string) error {
	if h.p.Size() == 1 {
		return nil
	}
	paths := []string{""}
	if command.Name() != "train" { // whose arguments are names of experiments
		paths = append(paths, args...)
	}
	of := command.Flags().Lookup("data")
	if of != nil && of.Value.String() != "-" {
		paths[0] = of.Value.String()
	}
	s := &chunks{p: h.p}
	if h.p.Rank() == 0 {
		return s.end(sendAll(s, paths))
	}
	var err error
	if h.folder, err = os.MkdirTemp("", "nnbench-mpi-"); err != nil {
		_, _ = io.Copy(io.Discard, s) // the others have to know that nothing is awaited
		return err
	}
	copies, err := receiveAll(s, h.folder)
	for i, name := range copies {
		switch {
		case i > 0 && i < len(paths):
			args[i-1] = name
		case i == 0 && of != nil && err == nil:
			err = of.Value.Set(name)
		}
	}
	_, rest := io.Copy(io.Discard, s)
	return cmp.Or(err, rest)
}

// sendAll sends those of the paths that there are, each in a folder that is its place among them.
func sendAll(to io.Writer, paths []string) error {
	buffered := bufio.NewWriterSize(to, chunkBytes)
	w := tar.NewWriter(buffered)
	for i, root := range paths {
		if _, err := os.Stat(root); err != nil && (i > 0 || root == "") {
			continue // no path
		}
		whole, err := filepath.Abs(root)
		if err != nil {
			return err
		}
		within := path.Join(strconv.Itoa(i), filepath.Base(whole))
		err = filepath.WalkDir(root, func(name string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rest, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			return sendFile(w, name, path.Join(within, filepath.ToSlash(rest)))
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), buffered.Flush())
}

// sendFile sends a file, or that there is a folder.
func sendFile(w *tar.Writer, name, as string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header, err := tar.FileInfoHeader(info, "")
	if err != nil {
		return err
	}
	header.Name = as
	if err := w.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// receiveAll writes what sendAll has sent into a folder, and returns the copies by their places.
func receiveAll(from io.Reader, folder string) (copies map[int]string, err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	copies = map[int]string{}
	for r := tar.NewReader(from); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return copies, nil
		}
		if err != nil {
			return nil, err
		}
		place, rest, _ := strings.Cut(header.Name, "/")
		i, err := strconv.Atoi(place)
		if err != nil {
			return nil, fmt.Errorf("--hand-out: %q is no name", header.Name)
		}
		base, _, _ := strings.Cut(rest, "/")
		copies[i] = filepath.Join(folder, place, base)
		if err := receiveFile(root, header, r); err != nil {
			return nil, err
		}
	}
}

// receiveFile writes a file or makes a folder.
func receiveFile(root *os.Root, header *tar.Header, content io.Reader) error {
	if header.Typeflag == tar.TypeDir {
		return root.MkdirAll(header.Name, 0o700)
	}
	if err := root.MkdirAll(path.Dir(header.Name), 0o700); err != nil {
		return err
	}
	f, err := root.Create(header.Name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// chunkBytes is how much goes in one message.
const chunkBytes = 4 << 20

// chunks are what the first process writes and all others read: each message follows one of its
// length, 0 at the end, or that of an error's text below 0.
type chunks struct {
	p     *mpi.Processes
	left  []byte // what was received and is not read
	ended error  // what is read behind it
}

// Write sends the others a message.
func (c *chunks) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	return len(data), c.send(len(data), data)
}

// end tells the others that it was all, or of an error, and returns that.
func (c *chunks) end(err error) error {
	if err == nil {
		return c.send(0, nil)
	}
	text := err.Error()
	return errors.Join(err, c.send(-len(text), []byte(text)))
}

// send sends a length, and what is so long.
func (c *chunks) send(n int, data []byte) error {
	size := binary.LittleEndian.AppendUint64(nil, uint64(n))
	for _, message := range [][]byte{size, data} {
		send := make([][]byte, c.p.Size())
		for q := 1; q < len(send); q++ {
			send[q] = message
		}
		if err := c.p.Exchange(send, make([][]byte, len(send))); err != nil {
			return err
		}
	}
	return nil
}

// Read reads what the first process has written.
func (c *chunks) Read(to []byte) (int, error) {
	for len(c.left) == 0 && c.ended == nil {
		c.ended = c.receive()
	}
	if len(c.left) == 0 {
		return 0, c.ended
	}
	n := copy(to, c.left)
	c.left = c.left[n:]
	return n, nil
}

// receive takes the next message.
func (c *chunks) receive() error {
	size := make([]byte, 8)
	if err := c.take(size); err != nil {
		return err
	}
	n := int(int64(binary.LittleEndian.Uint64(size)))
	if n == 0 {
		return io.EOF
	}
	data := make([]byte, max(n, -n))
	if err := c.take(data); err != nil {
		return err
	}
	if n < 0 {
		return fmt.Errorf("the first process has no data to hand out: %s", data)
	}
	c.left = data
	return nil
}

// take receives a message from the first process.
func (c *chunks) take(message []byte) error {
	recv := make([][]byte, c.p.Size())
	recv[0] = message
	return c.p.Exchange(make([][]byte, len(recv)), recv)
}

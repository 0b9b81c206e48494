package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"simdnn/internal/filekind"
	"simdnn/internal/regularfile"
)

// Reader gives access to the tensors of a file. Several goroutines may read at the same time.
type Reader struct {
	source   io.ReaderAt
	size     int64 // of the file
	data     int64 // where the data begin
	metadata map[string]string
	tensors  []Info         // in the order of their data
	places   map[string]int // of the tensors by name
	closer   io.Closer
}

// Open opens the file at path and checks it as [NewReader] does. Errors name the path.
func Open(path string) (*Reader, error) {
	r, f, err := regularfile.Open(path, NewReader)
	if err == nil {
		r.closer = f
	}
	return r, err
}

// NewReader reads the header of a file of the given size and checks all of it, see the package's
// description.
func NewReader(source io.ReaderAt, size int64) (*Reader, error) {
	r := &Reader{source: source, size: size}
	if err := r.readHeader(); err != nil {
		err = fmt.Errorf("safetensors: %w", err)
		return nil, filekind.Explain(err, filekind.Safetensors, source, size)
	}
	return r, nil
}

// Close closes a file that was opened by [Open].
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// DTypeOf returns the type of the first tensor in a file, "" if there is none: that of all, in the
// files of one model.
func DTypeOf(path string) (DType, error) {
	r, err := Open(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	for _, t := range r.Tensors() {
		return t.DType, nil
	}
	return "", nil
}

// Metadata returns the texts that the file holds beside its tensors. The map must not be changed.
func (r *Reader) Metadata() map[string]string { return r.metadata }

// Tensors describes the tensors in the order of their data. The slice must not be changed.
func (r *Reader) Tensors() []Info { return r.tensors }

// Lookup returns the description of a tensor, or an error that lists the tensors that there are.
func (r *Reader) Lookup(name string) (Info, error) {
	if i, there := r.places[name]; there {
		return r.tensors[i], nil
	}
	const shown = 10
	var names []string
	for _, t := range r.tensors[:min(shown, len(r.tensors))] {
		names = append(names, fmt.Sprintf("%q", t.Name))
	}
	if more := len(r.tensors) - shown; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return Info{}, fmt.Errorf("safetensors: there is no tensor %q; there are: %s",
		name, strings.Join(names, ", "))
}

// readHeader reads and checks everything but the data.
func (r *Reader) readHeader() error {
	if r.size < lengthSize {
		return fmt.Errorf("the file has %d bytes, too few for the length of a header", r.size)
	}
	var length [lengthSize]byte
	if err := readAt(r.source, length[:], 0); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n > MaxHeader:
		return fmt.Errorf("the header has %d bytes by the file's first 8, but at most %d are allowed: "+
			"this is no safetensors file", n, MaxHeader)
	case int64(n) > r.size-lengthSize:
		return fmt.Errorf("the header has %d bytes by the file's first 8, but only %d follow: "+
			"the file is cut off, or not a safetensors file", n, r.size-lengthSize)
	}
	text := make([]byte, n)
	if err := readAt(r.source, text, lengthSize); err != nil {
		return err
	}
	h, err := parseHeader(text)
	if err != nil {
		return err
	}
	r.metadata, r.tensors, r.data = h.metadata, h.tensors, lengthSize+int64(n)
	return r.checkLayout()
}

// checkLayout puts the tensors into the order of their data and checks that they fill it.
func (r *Reader) checkLayout() error {
	slices.SortStableFunc(r.tensors, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	r.places = make(map[string]int, len(r.tensors))
	place := int64(0)
	for i := range r.tensors {
		t := &r.tensors[i]
		r.places[t.Name] = i
		size, err := t.size()
		if err != nil {
			return err
		}
		switch {
		case t.begin != place:
			return fmt.Errorf("tensor %q: the data begin at %d, but those before end at %d: "+
				"there must be no gap and no overlap", t.Name, t.begin, place)
		case t.end-t.begin != size:
			return fmt.Errorf(
				"tensor %q: %d bytes of data, but %d are needed for the type %s and the shape %v",
				t.Name, t.end-t.begin, size, t.DType, t.Shape)
		}
		place = t.end
	}
	if there := r.size - r.data; there != place {
		return fmt.Errorf(
			"the file holds %d bytes of data, but its header says %d: it is cut off or damaged",
			there, place)
	}
	return nil
}

// readAt fills p from a place in the source.
func readAt(source io.ReaderAt, p []byte, at int64) error {
	n, err := source.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

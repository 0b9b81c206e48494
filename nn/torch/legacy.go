package torch

import (
	"errors"
	"fmt"
	"io"
)

// legacy is how the files before PyTorch 1.6 begin: a pickle of a number that marks them.
var legacy = []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")

const (
	legacyVersion = 1001      // the only one that there was
	legacyStart   = 256 << 10 // bytes that most such files' pickles fit in
)

// section is where the elements of a storage stand in a file, in bytes.
type section struct{ start, size int64 }

// pickles are what a file of the form before PyTorch 1.6 begins with.
type pickles struct {
	root    any
	classes map[string]dtype // of elements, by the keys of their storages
	keys    []any            // of storages in the order of the file
	size    int              // in bytes
}

// readLegacy reads a file of the form before PyTorch 1.6: five pickles, then of each storage the
// number of its elements and these, little-endian on every machine.
func (r *Reader) readLegacy(size int64) error {
	var p *pickles
	for n := int64(legacyStart); ; n *= 8 { // the file doesn't tell how long its pickles are
		head := make([]byte, min(n, size, MaxPickle))
		if err := readAt(r.source, head, 0); err != nil {
			return err
		}
		var err error
		if p, err = readPickles(head); err == nil {
			break
		}
		if !errors.Is(err, errCutOff) || int64(len(head)) == size {
			return err
		}
		if len(head) == MaxPickle {
			return fmt.Errorf("its pickles have more than %d bytes", MaxPickle)
		}
	}
	if err := r.findStorages(p, size); err != nil {
		return err
	}
	return r.collect(p.root, p.size)
}

// readPickles runs the five pickles that head begins with.
func readPickles(head []byte) (*pickles, error) {
	rest := head
	values := make([]any, 5) // the mark, the version, what wrote it, the objects, the keys
	p := &pickles{classes: map[string]dtype{}}
	for i := range values {
		m := &machine{rest: rest, memo: map[uint32]any{}, classes: p.classes}
		v, err := m.run()
		if err != nil {
			return nil, err
		}
		values[i], rest = v, m.rest
	}
	if values[1] != any(int64(legacyVersion)) {
		return nil, fmt.Errorf("the version of the form before PyTorch 1.6 is %v; %d is expected",
			values[1], legacyVersion)
	}
	keys, ok := values[4].(*list)
	if !ok {
		return nil, fmt.Errorf("%s where the keys of the storages are expected", describe(values[4]))
	}
	p.root, p.keys, p.size = values[3], keys.items, len(head)-len(rest)
	return p, nil
}

// findStorages finds where the elements of the storages stand, behind the pickles.
func (r *Reader) findStorages(p *pickles, size int64) error {
	r.sections = map[string]section{}
	at := int64(p.size)
	for _, k := range p.keys {
		key, isText := k.(string)
		class, known := p.classes[key]
		if !isText || !known {
			return fmt.Errorf("the storage %v is no tensor's, so that its type is not known", k)
		}
		var count [8]byte
		if at+int64(len(count)) > size {
			return fmt.Errorf("storage %s: %w", key, io.ErrUnexpectedEOF)
		}
		if err := readAt(r.source, count[:], at); err != nil {
			return fmt.Errorf("storage %s: %w", key, err)
		}
		at += int64(len(count))
		width := max(widths[class], 1) // one without a type counts bytes
		n := int64(r.order.Uint64(count[:]))
		if n < 0 || n > (size-at)/width {
			return fmt.Errorf("storage %s has %d elements of %d bytes by the file, but only %d bytes "+
				"follow: the file is cut off or damaged", key, n, width, size-at)
		}
		r.sections[key] = section{at, n * width}
		at += n * width
	}
	return nil
}

package torch

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"simdnn/internal/regularfile"
	"simdnn/tensor"
)

// Reader gives access to the tensors of a checkpoint. Several goroutines may read at the same time.
type Reader struct {
	source   io.ReaderAt
	entries  map[string]*zip.File // by their names in the archive's folder
	sections map[string]section   // of the storages in a file that is no archive
	order    binary.ByteOrder     // of the storages
	tensors  []Info
	views    map[string]*view
	closer   io.Closer
}

// Info describes a tensor of a checkpoint.
type Info struct {
	Name  string
	DType string // as PyTorch has it: "float32"
	Shape []int
}

// Open opens the checkpoint at path and reads what it says of its tensors. Errors name the path.
func Open(path string) (*Reader, error) {
	r, f, err := regularfile.Open(path, NewReader)
	if err == nil {
		r.closer = f
	}
	return r, err
}

// NewReader reads the pickle of a checkpoint of the given size.
func NewReader(source io.ReaderAt, size int64) (*Reader, error) {
	r := &Reader{source: source}
	if err := r.read(size); err != nil {
		return nil, fmt.Errorf("torch: %w", err)
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

// Tensors describes the tensors in the order of the pickle. The slice must not be changed.
func (r *Reader) Tensors() []Info { return r.tensors }

// again is what to do about a file that PyTorch itself can read.
const again = "save it anew: torch.save(torch.load(path, weights_only=True), path)"

// read reads the pickle of an archive, or the pickles of a file of the form before that.
func (r *Reader) read(size int64) error {
	start := make([]byte, min(int64(len(legacy)), size))
	if _, err := r.source.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.Equal(start, legacy):
		r.order = binary.LittleEndian
		return r.readLegacy(size)
	case bytes.HasPrefix(start, []byte("\x80")):
		return errors.New("a pickle that is no checkpoint of torch.save")
	case !bytes.HasPrefix(start, []byte("PK")):
		return errors.New("not a checkpoint: those of torch.save are zip archives")
	}
	archive, err := zip.NewReader(r.source, size)
	if err != nil {
		return err
	}
	if err := r.index(archive); err != nil {
		return err
	}
	pickle, err := r.small("data.pkl", MaxPickle)
	if err != nil {
		return err
	}
	order, err := r.small("byteorder", 16)
	if err != nil && r.entries["byteorder"] != nil {
		return err
	}
	switch string(order) {
	case "little", "":
		r.order = binary.LittleEndian
	case "big":
		r.order = binary.BigEndian
	default:
		return fmt.Errorf("the order of bytes is %q", order)
	}
	root, err := unpickle(pickle)
	if err != nil {
		return err
	}
	return r.collect(root, len(pickle))
}

// index finds the archive's entries. All of them stand in one folder.
func (r *Reader) index(archive *zip.Reader) error {
	r.entries = map[string]*zip.File{}
	folder := ""
	for _, f := range archive.File {
		if path.Base(f.Name) == "data.pkl" {
			folder = strings.TrimSuffix(f.Name, "data.pkl")
			break
		}
	}
	for _, f := range archive.File {
		name, ok := strings.CutPrefix(f.Name, folder)
		if !ok {
			continue
		}
		if r.entries[name] != nil {
			return fmt.Errorf("the archive has two entries %q", f.Name)
		}
		r.entries[name] = f
	}
	switch {
	case r.entries["constants.pkl"] != nil:
		return errors.New("a TorchScript file: save its weights, " +
			"torch.save(torch.jit.load(path).state_dict(), path), or export it as ONNX")
	case r.entries["data.pkl"] == nil:
		return errors.New("a zip archive without data.pkl: not a checkpoint of torch.save")
	}
	return nil
}

// storage returns where in the file the elements of a storage stand, and their size in bytes.
func (r *Reader) storage(key string) (start, size int64, err error) {
	if r.sections == nil {
		return r.place("data/" + key)
	}
	s, there := r.sections[key]
	if !there {
		return 0, 0, fmt.Errorf("the file has no storage %s", key)
	}
	return s.start, s.size, nil
}

// small returns the content of an entry with at most so many bytes.
func (r *Reader) small(name string, most uint64) ([]byte, error) {
	start, size, err := r.place(name)
	if err != nil {
		return nil, err
	}
	if size > int64(most) {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are allowed", name, size, most)
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r.source, start, size), content); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return content, r.verify(name, content)
}

// place returns where in the file the content of an entry stands, and its size.
func (r *Reader) place(name string) (start, size int64, err error) {
	f := r.entries[name]
	if f == nil {
		return 0, 0, fmt.Errorf("the archive has no %s", name)
	}
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return 0, 0, fmt.Errorf("%s is compressed, which PyTorch doesn't do: %s", name, again)
	}
	start, err = f.DataOffset()
	if err == nil && f.UncompressedSize64 > 1<<62 {
		err = errors.New("it has an impossible size")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	return start, int64(f.UncompressedSize64), nil
}

// Limits of what names tensors.
const (
	maxDepth = 100 // of containers in each other
	maxName  = 1000
)

// collector names the tensors of a pickle.
type collector struct {
	r      *Reader
	budget int // what may still be visited and written as names: containers may come often
}

// collect finds the tensors in what a pickle of so many bytes has built.
func (r *Reader) collect(root any, size int) error {
	r.views = map[string]*view{}
	if v, alone := root.(*view); alone {
		return r.add("tensor", v)
	}
	c := collector{r, 4096 + 16*min(size, maxOperations)}
	return c.visit("", root, 0)
}

// visit adds the tensors in a value that has a name.
func (c *collector) visit(name string, value any, depth int) error {
	c.budget -= 1 + len(name)
	if depth > maxDepth || len(name) > maxName || c.budget < 0 {
		return fmt.Errorf("containers in each other too often: %q", shorten(name))
	}
	within := func(key string) string {
		if name == "" {
			return key
		}
		return name + "." + key
	}
	switch v := value.(type) {
	case *view:
		return c.r.add(name, v)
	case *dict:
		for i, key := range v.keys {
			var part string
			switch k := key.(type) {
			case string:
				part = k
			case int64:
				part = strconv.FormatInt(k, 10)
			default:
				part = "(" + describe(key) + ")" // a name that nothing asks for
			}
			if !holdsTensors(v.values[i]) {
				continue
			}
			if err := c.visit(within(part), v.values[i], depth+1); err != nil {
				return err
			}
		}
	case *list:
		return c.visitAll(within, v.items, depth)
	case tuple:
		return c.visitAll(within, v, depth)
	}
	return nil
}

// visitAll visits items by their numbers.
func (c *collector) visitAll(within func(string) string, items []any, depth int) error {
	for i, item := range items {
		if holdsTensors(item) {
			if err := c.visit(within(strconv.Itoa(i)), item, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdsTensors reports whether a value is a tensor or may hold some.
func holdsTensors(v any) bool {
	switch v.(type) {
	case *view, *dict, *list, tuple:
		return true
	}
	return false
}

// add enters a tensor, whose elements must stand in the storage that the archive has for it.
func (r *Reader) add(name string, v *view) error {
	if r.views[name] != nil {
		return fmt.Errorf("there are two tensors %q", name)
	}
	if err := r.check(v); err != nil {
		return fmt.Errorf("tensor %q: %w", name, err)
	}
	r.views[name] = v
	r.tensors = append(r.tensors, Info{name, string(v.dtype), slices.Clone(v.shape)})
	return nil
}

// Array returns a copy of a tensor in row-major order. Floats of 8 bits become float32, which holds
// them exactly; other types that package tensor has not are an error.
func (r *Reader) Array(name string) (*tensor.Array, error) {
	v := r.views[name]
	if v == nil {
		return nil, fmt.Errorf("torch: there is no tensor %q", name)
	}
	a, err := r.array(v)
	if err != nil {
		return nil, fmt.Errorf("torch: tensor %q: %w", name, err)
	}
	return a, nil
}

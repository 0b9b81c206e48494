package weights

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"simdnn/internal/memory"
	"simdnn/nn/hdf5"
	"simdnn/tensor"
)

// openHDF5 opens a file of Keras' weights: .weights.h5, or .h5 of the form before Keras 3.
func (f *File) openHDF5(path string) error {
	r, err := hdf5.Open(path)
	if err != nil {
		return err
	}
	f.closers = append(f.closers, r)
	f.Tensors = kerasFiles{r}.tensors(nil)
	return nil
}

// kerasWeights is where the zip archives of Keras (.keras) have their weights.
const kerasWeights = "model.weights.h5"

// openKeras opens the weights of an archive of Keras, and reports whether it is one.
func (f *File) openKeras(path string) (is bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	f.closers = append(f.closers, file)
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return false, nil // the archive's other readers say what is wrong
	}
	at := slices.IndexFunc(archive.File, func(e *zip.File) bool { return e.Name == kerasWeights })
	if at < 0 {
		return false, nil
	}
	norms, err := readNorms(archive)
	if err != nil {
		return true, fmt.Errorf("%s: weights: %w", path, err)
	}
	source, size, err := member(file, info.Size(), archive.File[at])
	if err == nil {
		var r *hdf5.Reader
		if r, err = hdf5.NewReader(source, size); err == nil {
			f.Tensors = kerasFiles{r}.tensors(norms)
		}
	}
	if err != nil {
		return true, fmt.Errorf("%s: weights: %s: %w", path, kerasWeights, err)
	}
	return true, nil
}

// kerasShard is how the names of Keras' shards end.
const kerasShard = ".weights.h5"

// openKerasShards opens files of weights in a folder, which an index lists by their groups of
// variables: the file that a group begins in, and the one that it ends in.
func (f *File) openKerasShards(folder string, files []string, index map[string]shardNames) error {
	var all kerasFiles
	there := map[string]bool{}
	for _, file := range files {
		r, err := hdf5.Open(filepath.Join(folder, file))
		if err != nil {
			return err
		}
		f.closers = append(f.closers, r)
		all = append(all, r)
		for _, info := range r.Arrays() {
			group := "/" + path.Dir(info.Path)
			if err := listed(index, "group of variables", group, file); err != nil {
				return err
			}
			there[group] = true
		}
	}
	maps.DeleteFunc(index, func(group string, _ shardNames) bool { return there[group] })
	f.Tensors = all.tensors(nil)
	return none(index, "group of variables")
}

// member returns a file of an archive of so many bytes: in place if it is stored as it is, which
// Keras does.
func member(file io.ReaderAt, length int64, e *zip.File) (io.ReaderAt, int64, error) {
	size := int64(e.UncompressedSize64)
	if e.Method == zip.Store && e.CompressedSize64 == e.UncompressedSize64 {
		at, err := e.DataOffset()
		if err == nil && (size < 0 || size > length-at) {
			err = fmt.Errorf("%d bytes at %d of an archive of %d", e.UncompressedSize64, at, length)
		}
		return io.NewSectionReader(file, at, size), size, err
	}
	if err := memory.Check("the file in the archive", float64(e.UncompressedSize64)); err != nil {
		return nil, 0, err
	}
	r, err := e.Open()
	if err != nil {
		return nil, 0, err
	}
	content, err := io.ReadAll(r)
	return bytes.NewReader(content), int64(len(content)), err
}

// kerasFiles are files of weights that belong together: one, or shards.
type kerasFiles []*hdf5.Reader

// stored is an array and the file that has it.
type stored struct {
	hdf5.Info
	in *hdf5.Reader
}

// tensors returns the weights, named as [Keras] expects them. What belongs to the optimizer, or to
// generators of random numbers, is left out.
func (k kerasFiles) tensors(norms normSettings) []Tensor {
	var all []Tensor
	layers := map[string][]stored{} // by the path of their variables' group
	var order []string
	for _, r := range k {
		for _, info := range r.Arrays() {
			if strings.HasPrefix(info.Path, "optimizer") {
				continue
			}
			group, last := "", info.Path
			if slash := strings.LastIndexByte(info.Path, '/'); slash >= 0 {
				group, last = info.Path[:slash], info.Path[slash+1:]
			}
			_, err := strconv.ParseUint(last, 10, 32)
			if err != nil || group != "vars" && !strings.HasSuffix(group, "/vars") {
				all = append(all, tensorOf(stored{info, r}, earlierName(r, info.Path)))
				continue
			}
			if layers[group] == nil {
				order = append(order, group)
			}
			layers[group] = append(layers[group], stored{info, r})
		}
	}
	for _, group := range order {
		path := strings.TrimSuffix(strings.TrimSuffix(group, "vars"), "/")
		class := classOf(path)
		if class == "seed_generator" {
			continue
		}
		vars := layers[group]
		slices.SortFunc(vars, func(a, b stored) int { // 10 comes after 9
			return cmp.Or(cmp.Compare(len(a.Path), len(b.Path)), cmp.Compare(a.Path, b.Path))
		})
		layer := k.layerName(path)
		names := norms.variables(layer[strings.LastIndexByte(layer, '/')+1:], len(vars))
		if names == nil {
			names = variables(class, vars)
		}
		for i, v := range vars {
			t := tensorOf(v, strings.TrimPrefix(layer+"/"+names[i], "/"))
			t.class = class
			all = append(all, t)
		}
	}
	return all
}

// tensorOf returns an array as a tensor of another name.
func tensorOf(s stored, name string) Tensor {
	return Tensor{Name: name, DType: s.DType, Shape: s.Shape, From: []string{s.Path},
		read: func() (*tensor.Array, error) { return s.in.Array(s.Path) }}
}

// earlierName returns the name of a weight in a file of the form before Keras 3:
// [model_weights/]LAYER/NAME:0, where NAME has the layer's name again.
func earlierName(r *hdf5.Reader, path string) string {
	for _, group := range []string{"model_weights", ""} {
		rest := path
		if group != "" {
			var inside bool
			if rest, inside = strings.CutPrefix(path, group+"/"); !inside {
				continue
			}
		}
		if _, marked := r.Text(group, "keras_version"); marked {
			_, name, _ := strings.Cut(rest, "/")
			return strings.TrimSuffix(name, ":0")
		}
	}
	return path
}

// layerName returns the names that a layer and those around it have in Keras, with slashes between.
// The model's own is not among them.
func (k kerasFiles) layerName(path string) string {
	if path == "" {
		return ""
	}
	var names []string
	at := ""
	for part := range strings.SplitSeq(path, "/") {
		at += part + "/"
		if name, ok := k.text(at+"vars", "name"); ok {
			names = append(names, name)
		} else if part != "layers" && part != "_layer_checkpoint_dependencies" {
			names = append(names, part)
		}
	}
	return strings.Join(names, "/")
}

// text returns an attribute of the first file that has it.
func (k kerasFiles) text(path, attribute string) (string, bool) {
	for _, r := range k {
		if text, ok := r.Text(path, attribute); ok {
			return text, true
		}
	}
	return "", false
}

// classOf returns the class of a layer as its group is called: dense of layers/dense_1, or what the
// layer around it calls it, such as cell.
func classOf(path string) string {
	class := path[strings.LastIndexByte(path, '/')+1:]
	if at := strings.LastIndexByte(class, '_'); at > 0 {
		if _, err := strconv.ParseUint(class[at+1:], 10, 32); err == nil {
			class = class[:at]
		}
	}
	return strings.TrimPrefix(class, "_")
}

// kerasVariables are the names of the variables of layers by the layers' class: all of them, or as
// many as the list beside them says there may be. Where gamma or beta may be missing, one or three
// could be either.
var kerasVariables = []struct {
	names   string
	counts  []int
	classes string
}{
	{"kernel bias", []int{1, 2}, "dense einsum_dense conv1d conv2d conv3d conv1d_transpose " +
		"conv2d_transpose conv3d_transpose depthwise_conv1d depthwise_conv2d query_dense key_dense " +
		"value_dense output_dense"},
	{"kernel recurrent_kernel bias", []int{2, 3}, "cell lstm_cell gru_cell simple_rnn_cell"},
	{"depthwise_kernel pointwise_kernel bias", []int{2, 3}, "separable_conv1d separable_conv2d"},
	{"embeddings", []int{1}, "embedding"},
	{"gamma beta moving_mean moving_variance", []int{4}, "batch_normalization"},
	{"moving_mean moving_variance", []int{2}, "batch_normalization"},
	{"gamma beta", []int{2}, "layer_normalization group_normalization"},
	{"scale", []int{1}, "rms_normalization"},
}

// variables returns the names of a layer's variables: their numbers where neither the class nor the
// shapes tell them.
func variables(class string, vars []stored) []string {
	for _, v := range kerasVariables {
		if slices.Contains(v.counts, len(vars)) && slices.Contains(strings.Fields(v.classes), class) {
			return strings.Fields(v.names)[:len(vars)]
		}
	}
	if len(vars) == 2 && len(vars[0].Shape) > 1 && len(vars[1].Shape) == 1 &&
		vars[0].Shape[len(vars[0].Shape)-1] == vars[1].Shape[0] {
		return []string{"kernel", "bias"} // of a layer that an attribute of another one names
	}
	var names []string
	for _, v := range vars {
		names = append(names, v.Path[strings.LastIndexByte(v.Path, '/')+1:])
	}
	return names
}

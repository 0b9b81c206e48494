package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/onnx"
	"simdnn/prep"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// onnxInputs are the flags that give a model its inputs.
type onnxInputs struct {
	files, shapes []string
	normalize     string
	seed          uint64
	threads       int
	notes         func() io.Writer
}

func (f *onnxInputs) register(cmd *cobra.Command) {
	f.notes = cmd.ErrOrStderr
	flags := cmd.Flags()
	flags.StringArrayVar(&f.files, "input", nil,
		"NAME=FILE: a .npy, .npz, .pb, .png or .jpg file with an input; FILE.npz: all of its arrays; "+
			"FILE.csv: its columns")
	flags.StringVar(&f.normalize, "normalize", "",
		"MEAN/DEVIATION of images between 0 and 1, a number each or one a channel: 0.5/0.5")
	flags.StringArrayVar(&f.shapes, "shape", nil,
		"NAME=1x3x224x224: the shape of an input of random values")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of random values")
	flags.IntVar(&f.threads, "threads", 1, "threads")
}

// values returns the inputs: those in files, and random values for the others.
func (f *onnxInputs) values(m *onnx.Model) (map[string]*onnx.Value, error) {
	if err := cli.CheckThreads(f.threads); err != nil {
		return nil, err
	}
	values := map[string]*onnx.Value{}
	for _, arg := range f.files {
		if err := f.read(m, arg, values); err != nil {
			return nil, fmt.Errorf("--input: %w", err)
		}
	}
	shapes := map[string][]int{}
	for _, arg := range f.shapes {
		name, text, _ := strings.Cut(arg, "=")
		shape, err := parseDims(text)
		if err != nil {
			return nil, fmt.Errorf("--shape: %q is not NAME=1x3x224x224", arg)
		}
		shapes[name] = shape
	}
	random := rand.New(rand.NewPCG(f.seed, 0))
	var drawn []string
	for _, d := range m.Info().Inputs {
		if values[d.Name] != nil {
			if _, ok := shapes[d.Name]; ok {
				return nil, fmt.Errorf("--shape: the input %s has that of its file", d.Name)
			}
			continue
		}
		v, err := randomONNXValue(d, shapes[d.Name], random)
		if err != nil {
			return nil, err
		}
		values[d.Name] = v
		if shapes[d.Name] == nil {
			drawn = append(drawn, d.Name)
		}
	}
	if len(f.files) > 0 && len(drawn) > 0 { // a file for each input may have been meant
		fmt.Fprintf(f.notes(), "random values for what no --input gives: %s\n", strings.Join(drawn, ", "))
	}
	for name := range shapes {
		if values[name] == nil {
			return nil, fmt.Errorf("--shape: the model has no input %q; it has %s", name,
				strings.Join(slices.Sorted(maps.Keys(values)), ", "))
		}
	}
	return values, nil
}

// parseDims understands 1x3x224x224; nothing is a scalar's shape.
func parseDims(text string) ([]int, error) {
	shape := []int{}
	if text == "" {
		return shape, nil
	}
	for field := range strings.SplitSeq(text, "x") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not a length", field)
		}
		shape = append(shape, n)
	}
	return shape, nil
}

// read adds the input, or the inputs, of one --input.
func (f *onnxInputs) read(m *onnx.Model, arg string, values map[string]*onnx.Value) error {
	name, path, named := strings.Cut(arg, "=")
	if !named {
		path = name
	}
	extension := strings.ToLower(filepath.Ext(path))
	if !named && extension != ".npz" && extension != ".csv" {
		return fmt.Errorf("%q is not NAME=FILE", arg)
	}
	switch extension {
	case ".csv":
		if named {
			return fmt.Errorf("%s has inputs by the names of its columns: --input %s", path, path)
		}
		return f.table(m, path, values)
	case ".npy":
		a, err := npy.ReadFile(path)
		if err == nil {
			values[name] = onnx.NewTensor(a)
		}
		return err
	case ".npz":
		arrays, err := npy.ReadArchive(path)
		if err != nil {
			return err
		}
		for key, a := range arrays {
			if !named || key == name {
				values[key] = onnx.NewTensor(a)
			}
		}
		if named && arrays[name] == nil {
			return fmt.Errorf("%s has no array %q", path, name)
		}
		return nil
	case ".pb":
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		values[name], err = m.ReadValue(name, data)
		return err
	case ".png", ".jpg", ".jpeg":
		v, err := f.image(m, name, path)
		values[name] = v
		return err
	}
	return fmt.Errorf("%s is no .npy, .npz, .csv, .pb, .png or .jpg file", path)
}

// image reads an image for an input (batch, channels, height, width) or (batch, height, width,
// channels): it is resized, as Pillow does with BILINEAR, to the lengths that are declared. For an
// input of floats it is divided by 255 and normalized.
func (f *onnxInputs) image(m *onnx.Model, name, path string) (*onnx.Value, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	info := m.Info()
	at := slices.IndexFunc(info.Inputs, func(d onnx.Declaration) bool { return d.Name == name })
	if at < 0 || len(info.Inputs[at].Shape) != 4 {
		return nil, fmt.Errorf("the input %q does not take images: it has no four dimensions", name)
	}
	d := info.Inputs[at]
	last := isLength(d.Shape[3], 1) || isLength(d.Shape[3], 3)
	channels, height, width := d.Shape[1], d.Shape[2], d.Shape[3]
	if last {
		channels, height, width = d.Shape[3], d.Shape[1], d.Shape[2]
	}
	decode := prep.Decode
	if isLength(channels, 1) {
		decode = prep.DecodeGray
	}
	picture, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	w, h := lengthOr(width, picture.Width), lengthOr(height, picture.Height)
	if picture, err = picture.Resize(w, h, prep.Bilinear); err != nil {
		return nil, err
	}
	mean, deviation, err := f.normalization(picture.Channels)
	if err != nil {
		return nil, err
	}
	return imageValue(picture, d.Type, last, mean, deviation)
}

func isLength(dim any, n int64) bool { return dim == any(n) }

// lengthOr returns a dimension, or another length if it is open.
func lengthOr(dim any, n int) int {
	if length, ok := dim.(int64); ok {
		return int(length)
	}
	return n
}

// normalization returns the means and deviations of --normalize.
func (f *onnxInputs) normalization(channels int) (mean, deviation []float32, err error) {
	if f.normalize == "" {
		return nil, nil, nil
	}
	first, second, _ := strings.Cut(f.normalize, "/")
	var lists [2][]float32
	for i, text := range []string{first, second} {
		for field := range strings.SplitSeq(text, ",") {
			v, err := strconv.ParseFloat(strings.TrimSpace(field), 32)
			if err != nil || i == 1 && v == 0 {
				return nil, nil, fmt.Errorf("--normalize: %q is not MEAN/DEVIATION, as 0.5/0.5", f.normalize)
			}
			lists[i] = append(lists[i], float32(v))
		}
		if len(lists[i]) == 1 {
			lists[i] = slices.Repeat(lists[i], channels)
		}
	}
	return lists[0], lists[1], nil
}

// imageValue returns an image as a batch of one.
func imageValue(m *prep.Image, element string, last bool, mean, deviation []float32) (*onnx.Value,
	error) {
	shape := []int{1, m.Channels, m.Height, m.Width}
	if last {
		shape = []int{1, m.Height, m.Width, m.Channels}
	}
	t, err := tensor.ParseDType(element)
	if err != nil || t != tensor.Float32Type && t != tensor.Uint8Type {
		return nil, fmt.Errorf("images for an input of %s are not supported", element)
	}
	planes := make([]uint8, len(m.Pixels)) // channels first
	for i, v := range m.Pixels {
		planes[i%m.Channels*m.Width*m.Height+i/m.Channels] = v
	}
	if t == tensor.Uint8Type {
		if last {
			planes = m.Pixels
		}
		return onnx.NewTensor(tensor.ArrayOf(planes, shape...)), nil
	}
	values, err := m.Floats(mean, deviation)
	if err != nil {
		return nil, err
	}
	if last {
		n, interleaved := m.Width*m.Height, make([]float32, len(values))
		for i, v := range values {
			interleaved[i%n*m.Channels+i/n] = v
		}
		values = interleaved
	}
	return onnx.NewTensor(tensor.ArrayOf(values, shape...)), nil
}

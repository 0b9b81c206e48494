package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/prep"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

const digitsModel = "../../testdata/golden/digits/digits.onnx"

// TestONNXDraw draws a model: its nodes before and after rewriting are rows, and its values links.
func TestONNXDraw(t *testing.T) {
	path := filepath.Join(t.TempDir(), "digits.html")
	require.Equal(t, path+"\n", requireDone(t, "onnx", "draw", digitsModel, "-o", path))
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, want := range []string{"<b>Conv</b>", "<b>MaxPool</b>", "pads = [1 1 1 1]",
		"float32[1 8 8 8]",
		"As it runs", `<a href="#model-0">image</a>`, "conv1.weight", "<b>input</b>", "µs"} {
		require.Contains(t, string(page), want)
	}
	require.NotContains(t, string(page), "http")
	require.NotContains(t, string(page), "ZgotmplZ") // what templates put for what they don't trust
	requireError(t, statusUsage, []string{"onnx", "draw"}, "onnx draw takes one file")
}

// TestONNXInputs gives images and arrays to a model of images (batch, 1, 8, 8).
func TestONNXInputs(t *testing.T) {
	folder := t.TempDir()
	picture := prep.NewImage(20, 10, 3)
	for i := range picture.Pixels {
		picture.Pixels[i] = uint8(i)
	}
	file, err := picture.EncodePNG()
	require.NoError(t, err)
	path := filepath.Join(folder, "picture.png")
	require.NoError(t, os.WriteFile(path, file, 0o644))
	m, err := onnx.Open(digitsModel, onnx.Options{})
	require.NoError(t, err)

	small, err := picture.Gray().Resize(8, 8, prep.Bilinear)
	require.NoError(t, err)
	want, err := small.Floats([]float32{0.5}, []float32{0.25})
	require.NoError(t, err)
	f := onnxInputs{threads: 1, files: []string{"image=" + path}, normalize: "0.5/0.25"}
	values, err := f.values(m)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 8, 8}, values["image"].Shape())
	require.Equal(t, want, tensor.Elements[float32](values["image"].Array()))

	archive := filepath.Join(folder, "inputs.npz")
	require.NoError(t, npy.WriteArchive(archive,
		map[string]*tensor.Array{"image": values["image"].Array()}, npy.Stored))
	for _, arg := range []string{archive, "image=" + archive} {
		f := onnxInputs{threads: 1, files: []string{arg}}
		again, err := f.values(m)
		require.NoError(t, err)
		require.Equal(t, want, tensor.Elements[float32](again["image"].Array()))
	}
	for arg, message := range map[string]string{
		"x=" + path:                 `the input "x" does not take images`,
		"x=" + archive:              `has no array "x"`,
		"image=picture.gif":         "is no .npy, .npz, .csv, .pb, .png or .jpg file",
		path:                        "is not NAME=FILE",
		"image=" + folder + "x.png": "no such file",
	} {
		_, err := (&onnxInputs{threads: 1, files: []string{arg}}).values(m)
		require.ErrorContains(t, err, message)
	}
	_, err = (&onnxInputs{threads: 1, files: []string{"image=" + path}, normalize: "1"}).values(m)
	require.ErrorContains(t, err, "is not MEAN/DEVIATION")
}

package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// idx returns an IDX file of elements.
func idx(kind byte, elements any, shape ...uint32) []byte {
	b := bytes.NewBuffer([]byte{0, 0, kind, byte(len(shape))})
	_ = binary.Write(b, binary.BigEndian, shape) // a buffer takes all
	_ = binary.Write(b, binary.BigEndian, elements)
	return b.Bytes()
}

// zipped returns bytes compressed by gzip.
func zipped(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(content) // a buffer takes all
	_ = w.Close()
	return b.Bytes()
}

// writeFile writes a file below a folder and returns its path.
func writeFile(t *testing.T, content []byte, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
	require.NoError(t, os.WriteFile(name, content, 0o666))
	return name
}

func TestReadIDX(t *testing.T) {
	folder := t.TempDir()
	read := func(content []byte) (*tensor.Array, error) {
		return ReadIDX(writeFile(t, content, folder, "x"))
	}
	a, err := read(zipped(idx(0x08, []byte{1, 2, 3, 4, 5, 6}, 2, 3)))
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, a.Shape())
	require.Equal(t, []uint8{1, 2, 3, 4, 5, 6}, tensor.Elements[uint8](a))
	a, err = read(idx(0x0E, []float64{math.Pi, -1}, 2))
	require.NoError(t, err)
	require.Equal(t, []float64{math.Pi, -1}, tensor.Elements[float64](a))
	a, err = read(idx(0x0B, []int16{-2}, 1))
	require.NoError(t, err)
	require.Equal(t, []int16{-2}, tensor.Elements[int16](a))
	a, err = read(idx(0x0D, []float32{1.5}, 1))
	require.NoError(t, err)
	require.Equal(t, []float32{1.5}, tensor.Elements[float32](a))

	for problem, content := range map[string][]byte{
		"no IDX file: unexpected EOF":                                 {0, 0},
		"no IDX file: it begins with the bytes 89 50 4e 47":           {0x89, 'P', 'N', 'G'},
		"the 2 dimensions: unexpected EOF":                            idx(0x08, []byte{}, 1, 2)[:10],
		"5 bytes of elements, but uint8 of [2 3] takes 6: unexpected": idx(0x08, make([]byte, 5), 2, 3),
		"there is more behind the 6 bytes of uint8 of [2 3]":          idx(0x08, make([]byte, 7), 2, 3),
		"a dimension of 4294967295":                                   idx(0x08, []byte{}, math.MaxUint32),
		"the shape [2147483647 2147483647] needs": idx(0x08, []byte{},
			math.MaxInt32, math.MaxInt32),
		"0 bytes of elements, but uint8 of [1048576] takes 1048576: un": idx(0x08, []byte{}, 1<<20),
	} {
		_, err := read(content)
		require.ErrorContains(t, err, filepath.Join(folder, "x")+": "+problem)
	}
	damaged := zipped(idx(0x08, []byte{1, 2, 3}, 3))
	damaged[len(damaged)-6] ^= 1 // of the checksum
	_, err = read(damaged)
	require.ErrorContains(t, err, "checksum")
}

func FuzzIDX(f *testing.F) {
	f.Add(idx(0x08, []byte{1, 2, 3}, 3))
	f.Add(idx(0x0C, []int32{1}, 1, 1))
	f.Fuzz(func(t *testing.T, content []byte) {
		if a, err := decodeIDX(bytes.NewReader(content)); err == nil {
			require.LessOrEqual(t, len(a.Bytes()), len(content))
		}
	})
}

// writeMNIST writes the four files of so many images of 2×3 pixels.
func writeMNIST(t *testing.T, folder string, train, test uint32) {
	for part, n := range map[string]uint32{"train": train, "t10k": test} {
		pixels, labels := make([]byte, 6*n), make([]byte, n)
		for i := range pixels {
			pixels[i] = byte(i)
		}
		for i := range labels {
			labels[i] = byte(i % 3)
		}
		writeFile(t, zipped(idx(0x08, pixels, n, 2, 3)), folder, part+"-images-idx3-ubyte.gz")
		writeFile(t, idx(0x08, labels, n), folder, part+"-labels.idx1-ubyte")
	}
}

func TestReadMNIST(t *testing.T) {
	folder := t.TempDir()
	writeMNIST(t, folder, 5, 4)
	train, test, err := ReadMNIST(folder)
	require.NoError(t, err)
	require.Equal(t, []int{5, 4, 2, 3, 1},
		[]int{train.Len(), test.Len(), train.Height, train.Width, train.Channels})
	require.Equal(t, []string{"0", "1", "2"}, test.Classes)
	require.Equal(t, []byte{6, 7, 8, 9, 10, 11}, train.Image(1))
	require.Equal(t, []int{0, 1, 2, 0, 1}, train.Labels)

	for label, problem := range map[byte]string{5: "",
		6: "train-images-idx3-ubyte.gz: label 2 is 6, " +
			"but only 3 of the classes from 0 to it have images to train on"} {
		writeFile(t, idx(0x08, []byte{1, label, 2, 1, 1}, 5), folder, "train-labels.idx1-ubyte")
		if _, _, err = ReadMNIST(folder); problem == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, problem)
		}
	}

	writeMNIST(t, folder, 5, 4)
	require.NoError(t, os.Remove(filepath.Join(folder, "t10k-labels.idx1-ubyte")))
	_, _, err = ReadMNIST(folder)
	require.EqualError(t, err,
		folder+": there is no t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz in it")
	writeFile(t, idx(0x08, []byte{1}, 1), folder, "t10k-labels-idx1-ubyte")
	_, _, err = ReadMNIST(folder)
	require.ErrorContains(t, err, "4 images of 2×3 and 1 labels")
}

func TestReadImages(t *testing.T) {
	folder := t.TempDir()
	writeMNIST(t, folder, 3, 2)
	m, err := ReadImages(filepath.Join(folder, "t10k-images-idx3-ubyte.gz"), ImageSize{})
	require.NoError(t, err)
	require.Equal(t, 2, m.Len())
	require.Equal(t, "image 2 of t10k-images-idx3-ubyte.gz", m.FileOf(1))
	array := filepath.Join(folder, "a.npy")
	require.NoError(t, npy.WriteFile(array, tensor.ArrayOf(make([]uint8, 24), 2, 2, 2, 3)))
	m, err = ReadImages(array, ImageSize{})
	require.NoError(t, err)
	require.Equal(t, []int{2, 2, 2, 3}, []int{m.Len(), m.Height, m.Width, m.Channels})
	require.NoError(t, npy.WriteFile(array, tensor.ArrayOf([]float32{1})))
	_, err = ReadImages(array, ImageSize{})
	require.ErrorContains(t, err, array+": ")
	_, err = ReadImages(folder, ImageSize{})
	require.EqualError(t, err, folder+": there is no .png, .jpg or .jpeg file in it")
}

func TestReadImageArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	x := tensor.ArrayOf([]uint8{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2)
	y := tensor.ArrayOf([]int64{0, 1}, 2)
	write := func(arrays map[string]*tensor.Array) {
		require.NoError(t, npy.WriteArchive(path, arrays, npy.Stored))
	}
	write(map[string]*tensor.Array{"x_train": x, "y_train": y, "x_test": x, "y_test": y})
	train, test, err := ReadImageArchive(path)
	require.NoError(t, err)
	require.Equal(t, train.Pixels, test.Pixels)
	write(map[string]*tensor.Array{"x": x, "y": y})
	_, test, err = ReadImageArchive(path)
	require.NoError(t, err)
	require.Nil(t, test)
	write(map[string]*tensor.Array{"x": x, "y": tensor.ArrayOf([]float32{0, 1}, 2)})
	_, _, err = ReadImageArchive(path)
	require.ErrorContains(t, err, "which must be whole numbers")
	write(map[string]*tensor.Array{"a": x})
	_, _, err = ReadImageArchive(path)
	require.EqualError(t, err, path+": there are no arrays x_train and y_train")
}

// picture returns an image of one colour as a PNG or JPEG file.
func picture(t *testing.T, width, height int, c color.Color, asJPEG bool) []byte {
	t.Helper()
	var m interface {
		image.Image
		Set(x, y int, c color.Color)
	} = image.NewGray(image.Rect(0, 0, width, height))
	if c.(color.RGBA).R != c.(color.RGBA).G {
		m = image.NewRGBA(image.Rect(0, 0, width, height))
	}
	for y := range height {
		for x := range width {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if asJPEG {
		require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}))
	} else {
		require.NoError(t, png.Encode(&b, m))
	}
	return b.Bytes()
}

func TestReadImageFolder(t *testing.T) {
	folder := t.TempDir()
	grey, red := color.RGBA{80, 80, 80, 255}, color.RGBA{200, 0, 0, 255}
	writeFile(t, picture(t, 4, 2, grey, false), folder, "a", "1.png")
	writeFile(t, picture(t, 9, 7, grey, true), folder, "a", "2.JPG")
	writeFile(t, []byte("x"), folder, "a", "notes.txt")
	writeFile(t, picture(t, 2, 2, grey, false), folder, "b", "1.png")
	writeFile(t, []byte("x"), folder, ".tool", "1.png")
	m, err := ReadImageFolder(folder, ImageSize{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, m.Classes)
	require.Equal(t, []int{0, 0, 1}, m.Labels)
	require.Equal(t, []int{2, 4, 1}, []int{m.Height, m.Width, m.Channels})
	for _, v := range m.Pixels {
		require.InDelta(t, 80, v, 1)
	}
	broken := writeFile(t, picture(t, 3, 3, red, false)[:60], folder, "b", "2.png")
	_, err = ReadImageFolder(folder, ImageSize{})
	require.ErrorContains(t, err, broken+": ")
	writeFile(t, picture(t, 3, 3, red, false), folder, "b", "2.png")
	m, err = ReadImageFolder(folder, ImageSize{Height: 1, Width: 2})
	require.NoError(t, err)
	require.Equal(t, 3, m.Channels)
	require.Equal(t, []byte{200, 0, 0, 200, 0, 0}, m.Image(3))
	require.Equal(t, broken, m.FileOf(3))

	all, err := ReadImages(folder, ImageSize{Height: 1, Width: 2})
	require.NoError(t, err)
	require.Equal(t, m.Files, all.Files)
	require.Equal(t, m.Pixels, all.Pixels)
	require.Empty(t, all.Classes)
	one, err := ReadImages(broken, ImageSize{Height: 1, Width: 1, Channels: 1})
	require.NoError(t, err)
	require.Equal(t, 1, one.Len())
	_, err = ReadImageFolder(filepath.Join(folder, "a"), ImageSize{})
	require.ErrorContains(t, err, "for each of 2 classes at least; there are 0")
	require.NoError(t, os.Mkdir(filepath.Join(folder, "c"), 0o777))
	_, err = ReadImageFolder(folder, ImageSize{})
	require.ErrorContains(t, err, "c: there is no .png, .jpg or .jpeg file in it")
	none := filepath.Join(folder, "c", "1.png")
	require.NoError(t, os.Mkdir(none, 0o777))
	_, err = ReadImageFolder(folder, ImageSize{})
	require.EqualError(t, err, none+": not a regular file")
}

func TestResize(t *testing.T) {
	to := make([]byte, 2)
	resize(to, []byte{10, 20, 30, 40}, 1, 4, 1, 2, 1)
	require.Equal(t, []byte{17, 33}, to) // 3, 3 and 1 sevenths of the pixels within reach
	wide := make([]byte, 4)
	resize(wide, []byte{0, 100}, 1, 2, 1, 4, 1)
	require.Equal(t, []byte{0, 25, 75, 100}, wide)
}

// ramp returns one image whose pixels are their places.
func ramp(height, width, channels int) *Images {
	m := &Images{Height: height, Width: width, Channels: channels, Labels: []int{1},
		Classes: []string{"a", "b"}, Pixels: make([]byte, height*width*channels)}
	for i := range m.Pixels {
		m.Pixels[i] = byte(i)
	}
	return m
}

func TestImageSamples(t *testing.T) {
	m := ramp(2, 3, 3)
	fill := func(o ImageOptions, step uint64) (x, y []float64) {
		s, err := NewImageSamples[float64](m, o)
		require.NoError(t, err)
		shapes := s.Shapes()
		x, y = make([]float64, 18), make([]float64, tensor.New[bool](shapes[1]...).Len())
		s.Fill([][]float64{x, y}, 0, tensor.Random{Seed: 1, Step: step})
		for i := range x {
			x[i] *= 255
		}
		return x, y
	}
	last, y := fill(ImageOptions{ChannelsLast: true}, 0)
	require.InDeltaSlice(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17},
		last, 1e-9)
	require.Equal(t, []float64{1}, y)
	first, _ := fill(ImageOptions{Shape: []int{18}}, 0)
	require.InDeltaSlice(t, []float64{0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17},
		first, 1e-9)
	_, itself := fill(ImageOptions{Reconstruct: true, Augmentation: Augmentation{Noise: 0.1}}, 0)
	require.InDelta(t, 3.0/255, itself[1], 1e-9, "without the noise")

	seen := map[string]bool{}
	for step := range uint64(200) {
		x, _ := fill(ImageOptions{Augmentation: Augmentation{Shift: 1, Flip: true}}, step)
		again, _ := fill(ImageOptions{Augmentation: Augmentation{Shift: 1, Flip: true}}, step)
		require.Equal(t, x, again)
		seen[string(tensor.ArrayOf(x, 18).Bytes())] = true
	}
	require.Equal(t, 18, len(seen), "three shifts in each direction, mirrored or not")
	cut, _ := fill(ImageOptions{Augmentation: Augmentation{Crop: 0.5}}, 3)
	require.NotEqual(t, first, cut)
	for _, v := range cut {
		require.True(t, v >= 0 && v <= 17.000001, "%v", v)
	}
	for _, wrong := range []Augmentation{{Shift: 2}, {Shift: -1}, {Crop: 2}, {Noise: -1}} {
		_, err := NewImageSamples[float64](m, ImageOptions{Augmentation: wrong})
		require.Error(t, err)
	}
	_, err := NewImageSamples[float64](m, ImageOptions{Shape: []int{17}})
	require.EqualError(t, err, "3×2 images of 3 channels don't have the shape [17]")
}

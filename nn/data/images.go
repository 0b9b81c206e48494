package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// Images are pictures of one size, as bytes, and the class of each.
type Images struct {
	Name                    string // of the folder or file that they come from
	Pixels                  []byte // (count, Height, Width, Channels)
	Height, Width, Channels int    // 1 channel for shades of grey, 3 for red, green and blue
	Labels                  []int  // the class of each image
	Classes                 []string
	Files                   []string // that the images were read from, nil if they come from one file
}

// Len returns the number of images.
func (m *Images) Len() int { return len(m.Labels) }

// Image returns the pixels of an image, (Height, Width, Channels).
func (m *Images) Image(i int) []byte {
	size := m.Height * m.Width * m.Channels
	return m.Pixels[i*size:][:size]
}

// FileOf returns the file of an image, or its number if they come from one file.
func (m *Images) FileOf(i int) string {
	if i < len(m.Files) {
		return m.Files[i]
	}
	return fmt.Sprintf("image %d of %s", i+1, m.Name)
}

// ReadMNIST returns the training and the test images of a folder with the four files of MNIST, or
// of another data set in its form: train-images-idx3-ubyte, train-labels-idx1-ubyte and the same
// of t10k, plain or with .gz behind, and perhaps with a point before idx.
func ReadMNIST(folder string) (train, test *Images, err error) {
	if info, err := os.Stat(folder); err != nil {
		return nil, nil, err
	} else if !info.IsDir() {
		return nil, nil, fmt.Errorf(
			"%s: neither a folder with the four files of MNIST nor a .npz archive", folder)
	}
	if train, err = readIDXPair(folder, "train"); err == nil {
		err = train.checkClasses()
	}
	if err != nil {
		return nil, nil, err
	}
	if test, err = readIDXPair(folder, "t10k"); err != nil {
		return nil, nil, err
	}
	return train, test, sameKind(train, test)
}

// readIDXPair returns the images and labels of a part of MNIST.
func readIDXPair(folder, part string) (*Images, error) {
	var arrays [2]*tensor.Array
	var paths [2]string
	for i, kind := range []string{"images-idx3-ubyte", "labels-idx1-ubyte"} {
		path, err := findIDX(folder, part+"-"+kind)
		if err != nil {
			return nil, err
		}
		if arrays[i], err = ReadIDX(path); err != nil {
			return nil, err
		}
		paths[i] = path
	}
	m, err := imagesOf(arrays[0], arrays[1])
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", paths[0], filepath.Base(paths[1]), err)
	}
	m.Name = filepath.Base(paths[0])
	return m, nil
}

// findIDX returns the path of a file under one of the names that it goes by.
func findIDX(folder, name string) (string, error) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	for _, n := range []string{name, name + ".gz", dotted, dotted + ".gz"} {
		path := filepath.Join(folder, n)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("%s: there is no %s or %s.gz in it", folder, name, name)
}

// ReadImageArchive returns the images of a .npz archive with the arrays x_train, y_train, x_test
// and y_test, as Keras has MNIST and its like, or x and y; test is nil for the latter. Images are
// of uint8 and of the shape (count, height, width) or (count, height, width, channels), labels
// whole numbers (count) or (count, 1).
func ReadImageArchive(path string) (train, test *Images, err error) {
	arrays, err := npy.ReadArchive(path)
	if err != nil {
		return nil, nil, err
	}
	part := func(suffix string) (*Images, error) {
		x, y := arrays["x"+suffix], arrays["y"+suffix]
		if x == nil || y == nil {
			return nil, fmt.Errorf("%s: there are no arrays x%s and y%s", path, suffix, suffix)
		}
		m, err := imagesOf(x, y)
		if err != nil {
			return nil, fmt.Errorf("%s: x%s and y%s: %w", path, suffix, suffix, err)
		}
		m.Name = filepath.Base(path)
		if suffix == "_test" {
			return m, nil
		}
		return m, m.checkClasses()
	}
	if arrays["x"] != nil {
		train, err = part("")
		return train, nil, err
	}
	if train, err = part("_train"); err != nil {
		return nil, nil, err
	}
	if test, err = part("_test"); err != nil {
		return nil, nil, err
	}
	return train, test, sameKind(train, test)
}

// imagesOf returns images and labels that stand in arrays. Classes are numbers, as many as the
// largest label says.
func imagesOf(x, y *tensor.Array) (*Images, error) {
	s := x.Shape()
	if len(s) == 3 {
		s = append(s, 1)
	}
	if x.DType() != tensor.Uint8Type || len(s) != 4 || s[3] != 1 && s[3] != 3 {
		return nil, fmt.Errorf("images of %v, which must be uint8 of the shape (count, height, width) "+
			"or (count, height, width, 3)", x)
	}
	labels, err := wholeNumbers(y)
	if err != nil {
		return nil, err
	}
	if len(labels) != s[0] || s[0] == 0 || s[1] == 0 || s[2] == 0 {
		return nil, fmt.Errorf("%d images of %d×%d and %d labels", s[0], s[1], s[2], len(labels))
	}
	m := &Images{Pixels: x.Bytes(), Height: s[1], Width: s[2], Channels: s[3], Labels: labels}
	most := 0
	for i, c := range labels {
		if c < 0 || c >= maxLabels {
			return nil, fmt.Errorf("label %d is %d, which is no class from 0 to %d", i+1, c, maxLabels-1)
		}
		most = max(most, c)
	}
	for c := range most + 1 {
		m.Classes = append(m.Classes, strconv.Itoa(c))
	}
	return m, nil
}

// maxLabels bounds the numbers of classes: beyond it a label is something else.
const maxLabels = 1 << 16

// checkClasses returns an error if most classes have no image to train on: then a label is
// something else than a class, such as 255 for none.
func (m *Images) checkClasses() error {
	last, used := 0, map[int]bool{}
	for i, c := range m.Labels {
		used[c] = true
		if c > m.Labels[last] {
			last = i
		}
	}
	if 2*len(used) < len(m.Classes) {
		return fmt.Errorf("%s: label %d is %d, but only %d of the classes from 0 to it have images to "+
			"train on", m.Name, last+1, m.Labels[last], len(used))
	}
	return nil
}

// wholeNumbers returns the elements of an array of integers.
func wholeNumbers(a *tensor.Array) ([]int, error) {
	switch a.DType() {
	case tensor.Uint8Type:
		return integers(tensor.Elements[uint8](a)), nil
	case tensor.Int8Type:
		return integers(tensor.Elements[int8](a)), nil
	case tensor.Int16Type:
		return integers(tensor.Elements[int16](a)), nil
	case tensor.Int32Type:
		return integers(tensor.Elements[int32](a)), nil
	case tensor.Int64Type:
		return integers(tensor.Elements[int64](a)), nil
	}
	return nil, fmt.Errorf("labels of %v, which must be whole numbers", a)
}

func integers[I ~uint8 | ~int8 | ~int16 | ~int32 | ~int64](values []I) []int {
	all := make([]int, len(values))
	for i, v := range values {
		all[i] = int(v)
	}
	return all
}

// sameKind returns an error unless the test images could be among the training images.
func sameKind(train, test *Images) error {
	if test.Height != train.Height || test.Width != train.Width || test.Channels != train.Channels ||
		len(test.Classes) > len(train.Classes) {
		return fmt.Errorf("%s: %s of %d classes to train on, but %s of %d to test", train.Name,
			train.size(), len(train.Classes), test.size(), len(test.Classes))
	}
	test.Classes = train.Classes
	return nil
}

// size describes the images.
func (m *Images) size() string {
	if m.Channels == 1 {
		return fmt.Sprintf("%d×%d images", m.Width, m.Height)
	}
	return fmt.Sprintf("%d×%d images of %d channels", m.Width, m.Height, m.Channels)
}

// ReadImages returns images without classes: a .png or .jpg file, all of those in a folder, or in
// the folders in it if it has none itself, or a .npy or IDX file of images of uint8,
// (count, height, width) or (count, height, width, channels). Files of pictures are brought to the
// size.
func ReadImages(path string, size ImageSize) (*Images, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	extension := strings.ToLower(filepath.Ext(path))
	if info.IsDir() || slices.Contains(pictureExtensions, extension) {
		files, err := imageFiles(path, info.IsDir())
		if err != nil {
			return nil, err
		}
		m := &Images{Name: filepath.Base(path), Files: files, Labels: make([]int, len(files))}
		return m, m.readFiles(size)
	}
	read := ReadIDX
	if extension == ".npy" {
		read = npy.ReadFile
	}
	x, err := read(path)
	if err != nil {
		return nil, err
	}
	if len(x.Shape()) == 0 {
		return nil, fmt.Errorf("%s: a number, not images", path)
	}
	m, err := imagesOf(x, tensor.NewArray(tensor.Uint8Type, x.Shape()[0]))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.Name = filepath.Base(path)
	return m, nil
}

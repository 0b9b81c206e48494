package data

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // for image.Decode
	_ "image/png"  // likewise
	"os"
	"path/filepath"
	"slices"
	"strings"

	"simdnn/internal/memory"
)

// ImageSize is the size that images are brought to: 0 stands for that of the first image, and for
// 1 channel if all are shades of grey, else 3.
type ImageSize struct{ Height, Width, Channels int }

// ReadImageFolder returns the images of a folder with a subfolder for each class, by whose name it
// is called: all .png, .jpg and .jpeg files in it, in the order of their names. Images of another
// size are scaled, transparent pixels are darkened.
func ReadImageFolder(folder string, size ImageSize) (*Images, error) {
	m, err := classFolders(folder)
	if err != nil {
		return nil, err
	}
	if len(m.Classes) < 2 {
		return nil, fmt.Errorf("%s: it must hold a folder of images for each of 2 classes at least; "+
			"there are %d", folder, len(m.Classes))
	}
	return m, m.readFiles(size)
}

// classFolders lists the images in the folders of a folder, of which each is a class.
func classFolders(folder string) (*Images, error) {
	classes, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	m := &Images{Name: filepath.Base(folder)}
	for _, class := range classes {
		path := filepath.Join(folder, class.Name())
		if info, err := os.Stat(path); err != nil || !info.IsDir() || hidden(class.Name()) {
			continue
		}
		files, err := imagesIn(path)
		if err == nil && len(files) == 0 {
			err = noImages(path)
		}
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, files...)
		m.Labels = append(m.Labels, slices.Repeat([]int{len(m.Classes)}, len(files))...)
		m.Classes = append(m.Classes, class.Name())
	}
	return m, nil
}

// imageFiles returns the images of a folder, those in its folders if there are none beside these, or
// the file itself if it is none.
func imageFiles(path string, folder bool) ([]string, error) {
	if !folder {
		return []string{path}, nil
	}
	files, err := imagesIn(path)
	if err != nil || len(files) > 0 {
		return files, err
	}
	m, err := classFolders(path)
	if err == nil && len(m.Files) == 0 {
		err = noImages(path)
	}
	if err != nil {
		return nil, err
	}
	return m.Files, nil
}

func noImages(folder string) error {
	return fmt.Errorf("%s: there is no .png, .jpg or .jpeg file in it", folder)
}

// pictureExtensions are those of files that are read as pictures.
var pictureExtensions = []string{".png", ".jpg", ".jpeg"}

// hidden reports whether a file of that name belongs to a tool rather than to the data.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// imagesIn returns the paths of the images in a folder.
func imagesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		extension := strings.ToLower(filepath.Ext(e.Name()))
		if !hidden(e.Name()) && slices.Contains(pictureExtensions, extension) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	return files, nil
}

// readFiles reads the files and brings them to one size.
func (m *Images) readFiles(size ImageSize) error {
	if err := m.settle(size); err != nil {
		return err
	}
	bytesOf := m.Height * m.Width * m.Channels
	if err := memory.Check("images of such a size",
		float64(len(m.Files))*float64(bytesOf)); err != nil {
		return err
	}
	m.Pixels = make([]byte, len(m.Files)*bytesOf)
	for i, path := range m.Files {
		picture, err := decodeImage(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		pixels := pixelsOf(picture, m.Channels)
		at := picture.Bounds()
		resize(m.Image(i), pixels, at.Dy(), at.Dx(), m.Height, m.Width, m.Channels)
	}
	return nil
}

// settle decides the size of the images.
func (m *Images) settle(size ImageSize) error {
	m.Height, m.Width, m.Channels = size.Height, size.Width, max(size.Channels, 1)
	for _, path := range m.Files {
		info, err := os.Stat(path) // first: to open a pipe is to wait for who writes into it
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s: not a regular file", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		c, _, err := image.DecodeConfig(f)
		_ = f.Close() // of a file that was only read
		if err == nil {
			err = checkImage(c)
		}
		if errors.Is(err, image.ErrFormat) {
			err = errors.New("neither PNG nor JPEG")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if m.Height == 0 {
			m.Height = c.Height
		}
		if m.Width == 0 {
			m.Width = c.Width
		}
		if size.Channels == 0 && c.ColorModel != color.GrayModel && c.ColorModel != color.Gray16Model {
			m.Channels = 3
		}
	}
	return nil
}

// checkImage returns an error for an image without pixels, or with more than there is memory for.
func checkImage(c image.Config) error {
	if c.Width < 1 || c.Height < 1 {
		return errors.New("an image without pixels")
	}
	const most = 16 // bytes of a pixel, decoded and converted
	return memory.Check(fmt.Sprintf("an image of %d×%d", c.Width, c.Height),
		most*float64(c.Width)*float64(c.Height))
}

func decodeImage(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // of a file that was only read
	picture, _, err := image.Decode(f)
	return picture, err
}

// pixelsOf returns the pixels, (height, width, channels).
func pixelsOf(picture image.Image, channels int) []byte {
	bounds := picture.Bounds()
	height, width := bounds.Dy(), bounds.Dx()
	at := image.Rect(0, 0, width, height)
	if channels == 1 {
		grey := image.NewGray(at)
		draw.Draw(grey, at, picture, bounds.Min, draw.Src)
		return grey.Pix
	}
	all := image.NewRGBA(at)
	draw.Draw(all, at, picture, bounds.Min, draw.Src)
	pixels := make([]byte, 0, height*width*channels)
	for i := 0; i < len(all.Pix); i += 4 {
		pixels = append(pixels, all.Pix[i:i+channels]...)
	}
	return pixels
}

// resize scales an image with a triangle as filter, as wide as a pixel of the smaller of both: the
// bilinear interpolation to a larger size, and a weighted mean to a smaller one.
func resize(to, from []byte, height, width, toHeight, toWidth, channels int) {
	if height == toHeight && width == toWidth {
		copy(to, from)
		return
	}
	rows, columns := triangle(height, toHeight), triangle(width, toWidth)
	wide := make([]float64, height*toWidth*channels)
	for y := range height {
		for x, t := range columns {
			for c := range channels {
				sum := 0.0
				for i, w := range t.weights {
					sum += float64(w * float64(from[(y*width+t.first+i)*channels+c]))
				}
				wide[(y*toWidth+x)*channels+c] = sum
			}
		}
	}
	line := toWidth * channels
	for y, t := range rows {
		for x := range line {
			sum := 0.5 // to round
			for i, w := range t.weights {
				sum += float64(w * wide[(t.first+i)*line+x])
			}
			to[y*line+x] = byte(min(max(sum, 0), 255))
		}
	}
}

// taps are the places that a pixel of another size is a weighted mean of.
type taps struct {
	first   int
	weights []float64
}

// triangle returns the taps of each of n pixels made of some.
func triangle(some, n int) []taps {
	scale := float64(some) / float64(n)
	reach := max(scale, 1)
	all := make([]taps, n)
	for i := range all {
		centre := float64((float64(i)+0.5)*scale) - 0.5
		first, last := max(int(centre-reach)-1, 0), min(int(centre+reach)+1, some-1)
		t, total := taps{first: first}, 0.0
		for at := first; at <= last; at++ {
			w := max(1-max(float64(at)-centre, centre-float64(at))/reach, 0)
			t.weights, total = append(t.weights, w), total+w
		}
		for k := range t.weights {
			t.weights[k] /= total
		}
		all[i] = t
	}
	return all
}

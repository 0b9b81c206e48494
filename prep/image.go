// Package prep prepares images and sound for networks as the tools do that these were trained with:
// Pillow, OpenCV and librosa, to the bit where a comment doesn't say how near.
package prep

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // formats that image.Decode knows
	"image/png"
	"slices"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"simdnn/prep/internal/jpeg"
)

// Image is an image of 8 bits a channel, row by row, the channels of a pixel beside one another:
// the array (height, width, channels) of NumPy.
type Image struct {
	Width, Height, Channels int
	Pixels                  []uint8
}

// NewImage returns a black image.
func NewImage(width, height, channels int) *Image {
	return &Image{width, height, channels, make([]uint8, width*height*channels)}
}

// At returns a pixel.
func (m *Image) At(x, y int) []uint8 {
	return m.Pixels[(y*m.Width+x)*m.Channels:][:m.Channels]
}

// maxPixels bounds the size of images that are decoded.
const maxPixels = 1 << 28

// maxPerByte bounds the pixels of a file by its bytes: what PNG's compression can do at best.
const maxPerByte = 1 << 13

// Decode decodes a JPEG, PNG, GIF (its first image), BMP, TIFF, WebP or PNM (P5, P6) file to red,
// green and blue, as Pillow 13 does with convert("RGB") and OpenCV 5 with imread, but for the order
// of the channels there: what a pixel's transparency hides is kept, of 16 bits the upper 8. A JPEG
// of inks (CMYK) differs by up to 2 from OpenCV's. Nothing is turned as EXIF may ask for: see
// [Orientation].
func Decode(data []byte) (*Image, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xD8}) {
		m, err := jpeg.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("prep: %w", err)
		}
		return (&Image{m.Width, m.Height, m.Channels, m.Pixels}).RGB(), nil
	}
	if len(data) > 1 && data[0] == 'P' && (data[1] == '5' || data[1] == '6') {
		m, err := decodePNM(data)
		if err != nil {
			return nil, fmt.Errorf("prep: %w", err)
		}
		return m.RGB(), nil
	}
	m, err := decodeImage(data)
	if err != nil {
		return nil, fmt.Errorf("prep: %w", err)
	}
	return fromImage(m, 3), nil
}

// DecodeRGBA decodes a file as [Decode] does, with transparency as a fourth channel, as Pillow's
// convert("RGBA") does: 255 where there is none.
func DecodeRGBA(data []byte) (*Image, error) {
	if m, err := decodeImage(data); err == nil {
		return fromImage(m, 4), nil
	}
	m, err := Decode(data)
	if err != nil {
		return nil, err
	}
	out := NewImage(m.Width, m.Height, 4)
	for i := range m.Width * m.Height {
		copy(out.Pixels[4*i:], m.Pixels[3*i:3*i+3])
		out.Pixels[4*i+3] = 255
	}
	return out, nil
}

// decodeImage decodes a file that one of Go's packages reads to the bit.
func decodeImage(data []byte) (image.Image, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xD8}) {
		return nil, errors.New("a JPEG file")
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && (!isSize(config.Width, config.Height) ||
		config.Width*config.Height/maxPerByte > len(data)) {
		err = fmt.Errorf("a size of %d×%d in %d bytes", config.Width, config.Height, len(data))
	}
	if err != nil {
		return nil, err
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return fromWebP(m, func(int, int) uint8 { return 255 }), nil
	case *image.NYCbCrA:
		return fromWebP(&m.YCbCr, func(x, y int) uint8 { return m.A[m.AOffset(x, y)] }), nil
	}
	if format != "gif" {
		return m, nil
	}
	if m.Bounds().Dx() != config.Width || m.Bounds().Dy() != config.Height {
		return nil, fmt.Errorf("its first image %v is a part of %d×%d", m.Bounds(), config.Width,
			config.Height)
	}
	return withHiddenColours(m, data), nil
}

// withHiddenColours returns the first image of a GIF file with the colour that its transparency
// hides, which package image/gif drops.
func withHiddenColours(m image.Image, data []byte) image.Image {
	p, ok := m.(*image.Paletted)
	if !ok {
		return m
	}
	table := gifTable(data)
	for i, c := range p.Palette {
		if _, _, _, a := c.RGBA(); a == 0 && 3*i+3 <= len(table) {
			p.Palette[i] = color.NRGBA{R: table[3*i], G: table[3*i+1], B: table[3*i+2]}
		}
	}
	return p
}

// gifTable returns the colours of the first image of a GIF file that could be decoded.
func gifTable(data []byte) []byte {
	size := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	n := size(data[10])
	at, table := 13+n, data[13:][:n]
	for data[at] == 0x21 { // an extension: its kind, and blocks until an empty one
		for at += 2; data[at] != 0; at += int(data[at]) + 1 {
		}
		at++
	}
	if n = size(data[at+9]); n > 0 { // of the image's descriptor
		table = data[at+10:][:n]
	}
	return table
}

// isSize reports whether an image may be as large as that.
func isSize(width, height int) bool {
	return width > 0 && height > 0 && width <= maxPixels/height
}

// DecodeGray decodes a file to one channel, as Pillow's convert("L") does: see [Image.Gray]. The
// brightness of a JPEG is the one that is stored.
func DecodeGray(data []byte) (*Image, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xD8}) {
		m, err := jpeg.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("prep: %w", err)
		}
		if m.Channels == 1 {
			return &Image{m.Width, m.Height, 1, m.Luma}, nil
		}
	}
	m, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return m.Gray(), nil
}

// DecodeAs decodes a file for package onnx, see its Options: to "RGB", "BGR" or "Grayscale", with
// the shape (height, width, channels).
func DecodeAs(file []byte, pixelFormat string) (pixels []uint8, shape []int, err error) {
	var m *Image
	switch pixelFormat {
	case "Grayscale":
		m, err = DecodeGray(file)
	case "RGB", "BGR":
		m, err = Decode(file)
	default:
		err = fmt.Errorf("prep: the pixel format %q is unknown", pixelFormat)
	}
	if err != nil {
		return nil, nil, err
	}
	if pixelFormat == "BGR" {
		m = m.BGR()
	}
	return m.Pixels, []int{m.Height, m.Width, m.Channels}, nil
}

// fromImage returns the colours of an image as they are stored, not multiplied by its transparency,
// which is the fourth of four channels.
func fromImage(m image.Image, channels int) *Image {
	box := m.Bounds()
	out := NewImage(box.Dx(), box.Dy(), channels)
	for y := range out.Height {
		for x := range out.Width {
			pixel := channelsOf(m.At(box.Min.X+x, box.Min.Y+y))
			copy(out.At(x, y), pixel[:])
		}
	}
	return out
}

// channelsOf returns red, green, blue and transparency.
func channelsOf(c color.Color) [4]uint8 {
	switch c := c.(type) {
	case color.NRGBA:
		return [4]uint8{c.R, c.G, c.B, c.A}
	case color.NRGBA64:
		return [4]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	case color.RGBA: // opaque, as decoders make it
		return [4]uint8{c.R, c.G, c.B, c.A}
	case color.Gray16: // Pillow cuts off, it does not scale
		v := uint8(min(c.Y, 255))
		return [4]uint8{v, v, v, 255}
	}
	r, g, b, a := c.RGBA()
	return [4]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
}

// decodePNM decodes a portable gray or pixel map of up to 255 values a channel.
func decodePNM(data []byte) (*Image, error) {
	header, at := [3]int{}, 2
	for i := range header {
		for at < len(data) && (data[at] <= ' ' || data[at] == '#') {
			if data[at] == '#' {
				for at < len(data) && data[at] != '\n' {
					at++
				}
				continue
			}
			at++
		}
		for at < len(data) && data[at] >= '0' && data[at] <= '9' && header[i] < maxPixels {
			header[i] = 10*header[i] + int(data[at]-'0')
			at++
		}
	}
	at++ // one space
	channels := 1
	if data[1] == '6' {
		channels = 3
	}
	w, h := header[0], header[1]
	if !isSize(w, h) || header[2] != 255 || len(data)-at < w*h*channels {
		return nil, fmt.Errorf("a portable map of %d×%d and values up to %d, in %d bytes", w, h,
			header[2], len(data))
	}
	return &Image{w, h, channels, slices.Clone(data[at:][:w*h*channels])}, nil
}

// RGB returns a gray image with three equal channels, and another one as it is.
func (m *Image) RGB() *Image {
	if m.Channels != 1 {
		return m
	}
	out := NewImage(m.Width, m.Height, 3)
	for i, v := range m.Pixels {
		out.Pixels[3*i], out.Pixels[3*i+1], out.Pixels[3*i+2] = v, v, v
	}
	return out
}

// BGR returns a copy with the first and the third channel exchanged: the order of OpenCV.
func (m *Image) BGR() *Image {
	out := &Image{m.Width, m.Height, m.Channels, slices.Clone(m.Pixels)}
	for i := 0; m.Channels >= 3 && i < len(out.Pixels); i += m.Channels {
		p := out.Pixels[i:]
		p[0], p[2] = p[2], p[0]
	}
	return out
}

// Gray returns the brightness as Pillow's convert("L") does:
// (19595·R + 38470·G + 7471·B + 32768) / 2¹⁶.
func (m *Image) Gray() *Image { return m.gray(19595, 38470, 7471, 16) }

// GrayOpenCV returns the brightness as OpenCV's cvtColor does:
// (9798·R + 19235·G + 3735·B + 16384) / 2¹⁵.
func (m *Image) GrayOpenCV() *Image { return m.gray(9798, 19235, 3735, 15) }

func (m *Image) gray(r, g, b uint32, shift uint) *Image {
	if m.Channels < 3 {
		return m
	}
	out := NewImage(m.Width, m.Height, 1)
	for i := range out.Pixels {
		p := m.Pixels[i*m.Channels:]
		sum := r*uint32(p[0]) + g*uint32(p[1]) + b*uint32(p[2])
		out.Pixels[i] = uint8((sum + 1<<(shift-1)) >> shift)
	}
	return out
}

// EncodePNG returns the image as a PNG file. It has one, three or four channels.
func (m *Image) EncodePNG() ([]byte, error) {
	box := image.Rect(0, 0, m.Width, m.Height)
	var source image.Image
	switch m.Channels {
	case 1:
		source = &image.Gray{Pix: m.Pixels, Stride: m.Width, Rect: box}
	case 3:
		out := image.NewNRGBA(box)
		for i := range m.Width * m.Height {
			copy(out.Pix[4*i:], m.Pixels[3*i:3*i+3])
			out.Pix[4*i+3] = 255
		}
		source = out
	case 4:
		source = &image.NRGBA{Pix: m.Pixels, Stride: 4 * m.Width, Rect: box}
	default:
		return nil, errors.New("prep: a PNG file has one, three or four channels")
	}
	var file bytes.Buffer
	if err := png.Encode(&file, source); err != nil {
		return nil, fmt.Errorf("prep: %w", err)
	}
	return file.Bytes(), nil
}

// Crop returns a copy of a rectangle, which lies within the image.
func (m *Image) Crop(x, y, width, height int) *Image {
	out := NewImage(width, height, m.Channels)
	for row := range height {
		from := m.Pixels[((y+row)*m.Width+x)*m.Channels:]
		copy(out.Pixels[row*width*m.Channels:], from[:width*m.Channels])
	}
	return out
}

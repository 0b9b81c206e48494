// Package jpeg decodes JPEG images to the pixels that libjpeg-turbo gives, and with it Pillow and
// OpenCV: the accurate integer transform, smooth upsampling of colours and its conversion of
// colours. It reads baseline and progressive files of 8 bits with Huffman codes (ITU-T T.81), of
// one component, of three, or of four that are inks, whose colours are stored at the full
// resolution or at half of it across, or across and down.
package jpeg

import (
	"errors"
	"fmt"
)

// Image is a decoded image, row by row. A gray one has one channel; else there are three, red,
// green and blue.
type Image struct {
	Width, Height, Channels int
	Pixels                  []byte
	// Luma is the brightness as it was stored: the same as Pixels of a gray image.
	Luma []byte
}

// component is a plane of the image.
type component struct {
	id, h, v     int // its identifier and sampling factors
	table        int // of quantisation
	width        int // in blocks that are stored: a multiple of h
	height       int
	blocks       [][64]int32 // coefficients in order of rows
	dc, ac       *huffman    // of the scan at hand
	before       int32       // the last DC coefficient
	planeW       int         // samples that there are
	planeH       int
	stride       int
	plane        []byte
	quantisation [64]int32
	settled      bool // the quantisation is that of its first scan
}

// decoder reads one file.
type decoder struct {
	data          []byte
	at            int
	width, height int
	hMax, vMax    int
	progressive   bool
	components    []*component
	quantisation  [4]*[64]int32
	dc, ac        [4]*huffman
	interval      int // blocks between restarts
	adobe         int // the transform that Adobe's marker names, −1 if there is none
	scans         int
	eobRun        int32
}

// MaxPixels bounds the size of images.
const MaxPixels = 1 << 28

// maxScans bounds the scans of a progressive file, each of which goes through all of it.
const maxScans = 500

// Decode decodes an image.
func Decode(data []byte) (*Image, error) {
	d := &decoder{data: data, adobe: -1}
	if err := d.read(); err != nil {
		return nil, fmt.Errorf("jpeg: %w", err)
	}
	for _, c := range d.components {
		c.transform()
	}
	return d.image(), nil
}

// read goes through the segments of the file.
func (d *decoder) read() error {
	if len(d.data) < 2 || d.data[0] != 0xFF || d.data[1] != 0xD8 {
		return errors.New("it does not begin as JPEG files do")
	}
	d.at = 2
	for {
		marker, body, err := d.segment()
		if err == nil && marker == 0xD9 {
			break
		}
		if err == nil {
			err = d.handle(marker, body)
		}
		if err != nil {
			if d.scans > 0 && errors.Is(err, errEnd) {
				break // without its last marker
			}
			return err
		}
	}
	if d.scans == 0 {
		return errors.New("it has no image")
	}
	return nil
}

var errEnd = errors.New("its data ends too early")

// segment returns the next marker and what belongs to it.
func (d *decoder) segment() (marker byte, body []byte, err error) {
	for d.at < len(d.data) && d.data[d.at] != 0xFF {
		d.at++
	}
	for d.at < len(d.data) && d.data[d.at] == 0xFF {
		d.at++
	}
	if d.at >= len(d.data) {
		return 0, nil, errEnd
	}
	marker = d.data[d.at]
	d.at++
	if marker == 0 || marker == 1 || marker >= 0xD0 && marker <= 0xD9 {
		return marker, nil, nil
	}
	if d.at+2 > len(d.data) {
		return 0, nil, errEnd
	}
	n := int(d.data[d.at])<<8 | int(d.data[d.at+1])
	if n < 2 || d.at+n > len(d.data) {
		return 0, nil, errEnd
	}
	body = d.data[d.at+2 : d.at+n]
	d.at += n
	return marker, body, nil
}

// handle reads a segment.
func (d *decoder) handle(marker byte, body []byte) error {
	switch marker {
	case 0xC0, 0xC1, 0xC2:
		return d.frame(body, marker == 0xC2)
	case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF:
		return fmt.Errorf("frames of the kind %#x are not supported", marker)
	case 0xC4:
		return d.codes(body)
	case 0xDB:
		return d.quantisations(body)
	case 0xDD:
		if len(body) < 2 {
			return errEnd
		}
		d.interval = int(body[0])<<8 | int(body[1])
	case 0xDA:
		return d.scan(body)
	case 0xEE:
		if len(body) >= 12 && string(body[:5]) == "Adobe" {
			d.adobe = int(body[11])
		}
	}
	return nil
}

// frame reads the size of the image and its components.
func (d *decoder) frame(body []byte, progressive bool) error {
	if d.components != nil {
		return errors.New("it has two frames")
	}
	if len(body) < 6 || len(body) < 6+3*int(body[5]) {
		return errEnd
	}
	if body[0] != 8 {
		return fmt.Errorf("samples of %d bits are not supported", body[0])
	}
	d.height, d.width = int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	d.progressive = progressive
	n := int(body[5])
	switch {
	case d.height == 0 || d.width == 0 || d.height*d.width > MaxPixels:
		return fmt.Errorf("a size of %d×%d", d.width, d.height)
	case n != 1 && n != 3 && n != 4:
		return fmt.Errorf("images of %d components are not supported", n)
	}
	for i := range n {
		part := body[6+3*i:]
		c := &component{id: int(part[0]), h: int(part[1] >> 4), v: int(part[1] & 15), table: int(part[2])}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return fmt.Errorf("component %d is sampled %d×%d", c.id, c.h, c.v)
		}
		if n == 1 {
			c.h, c.v = 1, 1 // whatever it says
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		d.components = append(d.components, c)
	}
	return d.layOut()
}

// layOut makes room for the coefficients: of no more blocks than the file has bits, since each
// takes one at least.
func (d *decoder) layOut() error {
	blocks := 0
	for i, c := range d.components {
		if ratio := [2]int{d.hMax / c.h, d.vMax / c.v}; d.hMax%c.h != 0 || d.vMax%c.v != 0 ||
			ratio != [2]int{1, 1} && (i == 0 || ratio != [2]int{2, 1} && ratio != [2]int{2, 2}) {
			return fmt.Errorf("component %d is sampled %d×%d of %d×%d, which is not supported", c.id, c.h,
				c.v, d.hMax, d.vMax)
		}
		c.planeW = ceil(d.width*c.h, d.hMax)
		c.planeH = ceil(d.height*c.v, d.vMax)
		c.width = ceil(d.width, 8*d.hMax) * c.h
		c.height = ceil(d.height, 8*d.vMax) * c.v
		blocks += ceil(c.planeW, 8) * ceil(c.planeH, 8)
	}
	if blocks > 8*len(d.data) {
		return fmt.Errorf("an image of %d×%d in %d bytes", d.width, d.height, len(d.data))
	}
	for _, c := range d.components {
		c.blocks = make([][64]int32, c.width*c.height)
	}
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// codes reads tables of codes.
func (d *decoder) codes(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 {
			return errEnd
		}
		kind, at, n := body[0]>>4, body[0]&15, 0
		for _, c := range body[1:17] {
			n += int(c)
		}
		if kind > 1 || at > 3 || n > 256 {
			return errors.New("a table of codes is broken")
		}
		if len(body) < 17+n {
			return errEnd
		}
		h := newHuffman(body[1:17], body[17:17+n])
		if kind == 0 {
			d.dc[at] = h
		} else {
			d.ac[at] = h
		}
		body = body[17+n:]
	}
	return nil
}

// quantisations reads tables of quantisation.
func (d *decoder) quantisations(body []byte) error {
	for len(body) > 0 {
		size, at := 1+int(body[0]>>4), body[0]&15
		if at > 3 || size > 2 {
			return errors.New("a table of quantisation is broken")
		}
		if len(body) < 1+64*size {
			return errEnd
		}
		table := new([64]int32)
		for i := range table {
			v := int32(body[1+i*size])
			if size == 2 {
				v = v<<8 | int32(body[2+i*size])
			}
			table[zigzag[i]] = v
		}
		d.quantisation[at] = table
		body = body[1+64*size:]
	}
	return nil
}

// zigzag is the order in which coefficients are stored.
var zigzag = func() (order [64]int) {
	x, y := 0, 0
	for i := range order {
		order[i] = 8*y + x
		switch {
		case (x+y)%2 == 0 && x == 7:
			y++
		case (x+y)%2 == 0 && y == 0:
			x++
		case (x+y)%2 == 0:
			x, y = x+1, y-1
		case y == 7:
			x++
		case x == 0:
			y++
		default:
			x, y = x-1, y+1
		}
	}
	return order
}()

package prep

import (
	"bytes"
	"encoding/binary"
)

// upright is the orientation of an image that is shown as it is stored.
const upright = 1

// Orientation returns how the image in a JPEG or PNG file has to be turned to be shown, as EXIF
// numbers it: 1 (not at all) to 8, and 1 where the file doesn't say. OpenCV's imread turns images,
// Pillow does with ImageOps.exif_transpose: Decode and [Image.Turn] do what they do.
func Orientation(data []byte) int {
	if bytes.HasPrefix(data, []byte{0xFF, 0xD8}) {
		return orientationIn(exifOfJPEG(data))
	}
	return orientationIn(exifOfPNG(data))
}

// Turn returns a copy of the image, turned and mirrored as an orientation says. One that is none of
// 1 to 8 stands for 1.
func (m *Image) Turn(orientation int) *Image {
	w, h := m.Width, m.Height
	out := NewImage(w, h, m.Channels)
	if orientation >= 5 && orientation <= 8 {
		out.Width, out.Height = h, w
	}
	for y := range out.Height {
		for x := range out.Width {
			u, v := x, y
			switch orientation {
			case 2:
				u = w - 1 - x
			case 3:
				u, v = w-1-x, h-1-y
			case 4:
				v = h - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = y, h-1-x
			case 7:
				u, v = w-1-y, h-1-x
			case 8:
				u, v = w-1-y, x
			}
			copy(out.At(x, y), m.At(u, v))
		}
	}
	return out
}

// exifOfJPEG returns the EXIF data in front of the image, nil if there is none.
func exifOfJPEG(data []byte) []byte {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF && data[at+1] != 0xDA; {
		n := int(data[at+2])<<8 | int(data[at+3])
		if n < 2 || at+2+n > len(data) {
			return nil
		}
		body, isExif := bytes.CutPrefix(data[at+4:at+2+n], []byte("Exif\x00\x00"))
		if data[at+1] == 0xE1 && isExif {
			return body
		}
		at += 2 + n
	}
	return nil
}

// exifOfPNG returns the EXIF data of a file, nil if there is none.
func exifOfPNG(data []byte) []byte {
	rest, isPNG := bytes.CutPrefix(data, []byte("\x89PNG\r\n\x1a\n"))
	for isPNG && len(rest) >= 12 {
		n := uint64(binary.BigEndian.Uint32(rest))
		if n > uint64(len(rest)-12) {
			return nil
		}
		if string(rest[4:8]) == "eXIf" {
			return rest[8:][:n]
		}
		rest = rest[12+n:]
	}
	return nil
}

// orientationIn reads the tag 274 of the first list of tags of TIFF's kind.
func orientationIn(exif []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(exif, []byte("MM")) {
		order = binary.BigEndian
	}
	if len(exif) < 8 || order.Uint16(exif[2:]) != 42 {
		return upright
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return upright
	}
	tags := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(tags) < 12 {
			break
		}
		const short = 3
		if order.Uint16(tags) == 274 && order.Uint16(tags[2:]) == short {
			if v := int(order.Uint16(tags[8:])); v >= 1 && v <= 8 {
				return v
			}
			break
		}
		tags = tags[12:]
	}
	return upright
}

package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"simdnn/tensor"
)

// Classes of types.
const (
	integerClass = 0
	floatClass   = 1
	stringClass  = 3
	opaqueClass  = 5
	enumClass    = 8
	vectorClass  = 9 // of any length
)

// classes names those whose elements are not read.
var classes = map[byte]string{2: "times", stringClass: "texts", 4: "bit fields",
	opaqueClass: "opaque", 6: "compounds", 7: "references", enumClass: "enumerations",
	vectorClass: "texts or vectors", 10: "arrays"}

// element is the type of an array's elements.
type element struct {
	dtype tensor.DType // InvalidDType if it can't be read
	name  string
	order binary.ByteOrder
}

// elementOf returns the type that a message describes.
func elementOf(data []byte) (element, error) {
	if len(data) < 8 {
		return element{}, fmt.Errorf("a type of %d bytes", len(data))
	}
	class, bits, size := data[0]&15, data[1], binary.LittleEndian.Uint32(data[4:])
	e := element{order: binary.LittleEndian}
	if bits&1 != 0 {
		e.order = binary.BigEndian
	}
	switch {
	case class == integerClass && len(data) >= 12 && uint32(data[10])+uint32(data[11])<<8 == 8*size:
		signed := bits&8 != 0
		e.name = fmt.Sprintf("int%d", 8*size)
		if !signed {
			e.name = "u" + e.name
		}
	case class == floatClass && len(data) >= 20 && bits&0x40 == 0:
		// place and bits of the exponent and of the fraction, and the exponent's bias
		switch layout := [4]byte(data[12:16]); [5]uint32{uint32(layout[0]), uint32(layout[1]),
			uint32(layout[2]), uint32(layout[3]), binary.LittleEndian.Uint32(data[16:])} {
		case [5]uint32{10, 5, 0, 10, 15}:
			e.name = "float16"
		case [5]uint32{7, 8, 0, 7, 127}:
			e.name = "bfloat16"
		case [5]uint32{23, 8, 0, 23, 127}:
			e.name = "float32"
		case [5]uint32{52, 11, 0, 52, 1023}:
			e.name = "float64"
		}
	case class == enumClass && size == 1 && strings.Contains(string(data), "FALSE\x00"):
		e.name = "bool"
	}
	if d, err := tensor.ParseDType(e.name); err == nil && uint32(d.Bytes()) == size {
		e.dtype = d
		return e, nil
	}
	e.name = classes[class]
	if e.name == "" {
		e.name = fmt.Sprintf("numbers of %d bytes of another form", size)
	}
	return e, nil
}

// shapeOf returns the shape that a message describes; null says that there are no elements at all.
func shapeOf(data []byte) (shape []int, null bool, err error) {
	if len(data) < 4 {
		return nil, false, fmt.Errorf("a shape of %d bytes", len(data))
	}
	version, rank, start := data[0], int(data[1]), 8
	if version == 2 {
		start, null = 4, data[3] == 2
	}
	switch {
	case version < 1 || version > 2:
		return nil, false, fmt.Errorf("a shape of version %d", version)
	case len(data) < start+8*rank:
		return nil, false, errors.New("a shape goes beyond its message")
	}
	shape = make([]int, rank)
	for d := range shape {
		length := binary.LittleEndian.Uint64(data[start+8*d:])
		if length > math.MaxInt {
			return nil, false, fmt.Errorf("a dimension of length %d", length)
		}
		shape[d] = int(length)
	}
	return shape, null, nil
}

// describe enters the array whose header has the messages.
func (r *Reader) describe(path string, messages []message) error {
	a := &array{at: undefined}
	a.Path = path
	null, parts := false, 0
	for _, m := range messages {
		var err error
		switch m.kind {
		case dataspaceMessage, datatypeMessage, layoutMessage:
			if parts++; m.flags&shared != 0 {
				err = errors.New("a type that has a name and stands elsewhere")
			}
		case filtersMessage:
			err = errors.New("its elements are compressed: create_dataset without compression")
		case externalMessage:
			err = errors.New("its elements are in other files")
		}
		switch {
		case err != nil:
		case m.kind == dataspaceMessage:
			a.Shape, null, err = shapeOf(m.data)
		case m.kind == datatypeMessage:
			a.elements, err = elementOf(m.data)
			a.DType = a.elements.name
		case m.kind == layoutMessage:
			err = r.layout(a, m.data)
		}
		if err != nil {
			return err
		}
	}
	if parts != 3 {
		return errors.New("it has not just one shape, one type and one layout")
	}
	if null {
		return nil // not even an empty array
	}
	if a.DType == classes[opaqueClass] && r.texts[path]["dtype"] == "bfloat16" { // Keras' mark
		a.elements.dtype, a.DType = tensor.BFloat16Type, "bfloat16"
	}
	if a.Path != path || r.layouts[path] != nil {
		return errors.New("there are two of this name")
	}
	r.arrays, r.layouts[path] = append(r.arrays, a.Info), a
	return nil
}

// layout enters where an array's elements are.
func (r *Reader) layout(a *array, data []byte) error {
	if len(data) < 4 || data[0] != 3 && data[0] != 4 {
		return errors.New("a layout of another version than 3 or 4")
	}
	const compact, contiguous, chunked = 0, 1, 2
	switch {
	case data[1] == compact:
		n := int(binary.LittleEndian.Uint16(data[2:]))
		if n > len(data)-4 {
			return errors.New("its elements go beyond the header")
		}
		a.inline = data[4:][:n]
	case data[1] == contiguous && len(data) >= 18:
		if a.at, a.size = address(data[2:]), address(data[10:]); a.at == undefined {
			a.size = 0
		}
		if a.at < undefined || a.size < 0 || a.at > r.size || a.size > r.size-max(a.at, 0) {
			return fmt.Errorf("its %d bytes at %d go beyond the file's %d", a.size, a.at, r.size)
		}
	case data[1] == chunked:
		return errors.New("its elements are in chunks: create_dataset without chunks and maxshape")
	default:
		return fmt.Errorf("a layout of class %d", data[1])
	}
	return nil
}

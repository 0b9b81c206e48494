package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"simdnn/tensor"
)

// DType is the type of a tensor's elements by the name that it has in files.
type DType string

// The types of real numbers of 16 to 64 bits.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"

	bytesType DType = "U8"
)

// bitSizes holds the number of bits of an element of each type that the format knows.
var bitSizes = map[DType]int{
	F64: 64, "I64": 64, "U64": 64, "C64": 64,
	F32: 32, "I32": 32, "U32": 32,
	F16: 16, BF16: 16, "I16": 16, "U16": 16,
	bytesType: 8, "I8": 8, "BOOL": 8,
	"F8_E4M3": 8, "F8_E5M2": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F8_E8M0": 8,
	"F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}

// arrayTypes are the types that package tensor has.
var arrayTypes = map[DType]tensor.DType{
	F64: tensor.Float64Type, F32: tensor.Float32Type, F16: tensor.Float16Type,
	BF16: tensor.BFloat16Type, "I64": tensor.Int64Type, "I32": tensor.Int32Type,
	"I16": tensor.Int16Type, "I8": tensor.Int8Type, "U64": tensor.Uint64Type,
	"U32": tensor.Uint32Type, "U16": tensor.Uint16Type, bytesType: tensor.Uint8Type,
	"BOOL": tensor.BoolType,
}

// Type returns the type of the arrays that [Reader.Array] returns for elements of this one, the
// invalid one if it returns none.
func (d DType) Type() tensor.DType {
	if _, isShort := short[d]; isShort {
		return tensor.Float32Type
	}
	return arrayTypes[d]
}

// Float is the type of the elements that are read as numbers and written.
type Float interface{ float32 | float64 }

// TypeOf returns the DType of T.
func TypeOf[T Float]() DType {
	if _, ok := any(T(0)).(float32); ok {
		return F32
	}
	return F64
}

// Info describes a tensor of a file.
type Info struct {
	Name  string
	DType DType
	Shape []int

	begin, end int64 // the place of its bytes in the data
}

// size returns the number of bytes that the type and the shape need.
func (i *Info) size() (int64, error) {
	width, known := bitSizes[i.DType]
	if !known {
		return 0, fmt.Errorf("tensor %q: unknown element type %q", i.Name, i.DType)
	}
	if len(i.Shape) > 0 && slices.Min(i.Shape) == 0 {
		return 0, nil // whatever the other sizes, and wherever the 0 stands
	}
	total := uint64(width)
	for _, n := range i.Shape {
		high, low := bits.Mul64(total, uint64(n))
		if n < 0 || high != 0 {
			return 0, fmt.Errorf("tensor %q: the shape %v is impossible", i.Name, i.Shape)
		}
		total = low
	}
	if total%8 != 0 {
		return 0, fmt.Errorf("tensor %q: the type %s and the shape %v don't fill whole bytes",
			i.Name, i.DType, i.Shape)
	}
	return int64(total / 8), nil
}

// header is what the header of a file says.
type header struct {
	metadata map[string]string
	tensors  []Info // as listed
}

// parseHeader reads the JSON of a header. It walks through the tokens because nothing else shows
// members that stand twice.
func parseHeader(text []byte) (*header, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) || !utf8.Valid(text) {
		return nil, errors.New("the header is not a JSON object in UTF-8")
	}
	h := &header{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := members(d, func(name string) (err error) {
		if name == metadataKey {
			h.metadata, err = parseMetadata(d)
			return err
		}
		info, err := parseInfo(d, name)
		h.tensors = append(h.tensors, info)
		return err
	})
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is something after the JSON object")
		}
	}
	if err == nil {
		err = checkSurrogates(text)
	}
	if err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	return h, nil
}

// members calls read for each member of the object that follows; read takes the member's value.
func members(d *json.Decoder, read func(name string) error) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("an object is expected, not %v", t)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // the decoder lets nothing else pass
		if seen[name] {
			return fmt.Errorf("%q stands twice", name)
		}
		seen[name] = true
		if err := read(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// checkSurrogates refuses an escaped half of a UTF-16 pair, for which the decoder puts U+FFFD, so
// that two names may become one. The text is valid JSON: a backslash begins an escape.
func checkSurrogates(text []byte) error {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return nil
		}
		text = text[i:]
		unit, length := codeUnit(text)
		if utf16.IsSurrogate(unit) {
			low, more := codeUnit(text[length:])
			if utf16.DecodeRune(unit, low) == unicode.ReplacementChar {
				return fmt.Errorf("%s in a text is half of a pair of surrogates", text[:length])
			}
			length += more
		}
		text = text[length:]
	}
}

// codeUnit returns the code unit of the escape \uXXXX that text begins with, 0 if it begins with
// something else, and the length of the escape.
func codeUnit(text []byte) (unit rune, length int) {
	if !bytes.HasPrefix(text, []byte(`\u`)) {
		return 0, 2
	}
	const size = len(`\uXXXX`)
	v, _ := strconv.ParseUint(string(text[2:size]), 16, 16)
	return rune(v), size
}

// parseMetadata reads an object of texts, or null, which counts as no metadata.
func parseMetadata(d *json.Decoder) (map[string]string, error) {
	var text json.RawMessage
	if err := d.Decode(&text); err != nil || string(text) == "null" {
		return nil, err
	}
	metadata := map[string]string{}
	inner := json.NewDecoder(bytes.NewReader(text))
	err := members(inner, func(name string) error {
		t, err := inner.Token()
		if err != nil {
			return err
		}
		text, ok := t.(string)
		if !ok {
			return fmt.Errorf("%s: %q is not a text", metadataKey, name)
		}
		metadata[name] = text
		return nil
	})
	return metadata, err
}

// parseInfo reads the description of a tensor. Members that the format does not know are skipped,
// as its own library does.
func parseInfo(d *json.Decoder, name string) (Info, error) {
	info := Info{Name: name}
	var offsets []int64
	known := 0
	err := members(d, func(key string) error {
		switch key {
		case "dtype":
			known++
			t, err := d.Token()
			text, _ := t.(string)
			info.DType = DType(text)
			return err
		case "shape":
			known++
			shape, err := numbers(d, strconv.IntSize)
			for _, n := range shape {
				info.Shape = append(info.Shape, int(n))
			}
			return err
		case "data_offsets":
			known++
			var err error
			offsets, err = numbers(d, 64)
			return err
		}
		return d.Decode(new(json.RawMessage))
	})
	if err != nil {
		return info, fmt.Errorf("tensor %q: %w", name, err)
	}
	if known != 3 || len(offsets) != 2 {
		return info, fmt.Errorf("tensor %q: dtype, shape and two data_offsets are needed", name)
	}
	info.begin, info.end = offsets[0], offsets[1]
	return info, nil
}

// numbers reads an array of whole numbers from 0 on that fit into signed numbers of so many bits.
func numbers(d *json.Decoder, size int) ([]int64, error) {
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('[') {
		return nil, fmt.Errorf("a list of whole numbers is expected, not %v", t)
	}
	var list []int64
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		n, ok := t.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%v is not a whole number", t)
		}
		v, err := strconv.ParseUint(n.String(), 10, size-1) // unlike ParseInt it takes no sign
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole number from 0 on that can be used here", n)
		}
		list = append(list, int64(v))
	}
	_, err := d.Token()
	return list, err
}

package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Info describes a tensor of a file.
type Info struct {
	Name  string
	DType DType
	Shape []int

	begin, end int64 // the place of its bytes in the data
}

// maxElements keeps the number of bytes of a tensor within an int64.
const maxElements = 1 << 59

// size returns the number of bytes that the type and the shape need.
func (i *Info) size() (int64, error) {
	width, known := sizes[i.DType]
	if !known {
		return 0, fmt.Errorf("tensor %q: unknown element type %q", i.Name, i.DType)
	}
	elements := uint64(1)
	for _, n := range i.Shape {
		high, low := bits.Mul64(elements, uint64(n))
		if n < 0 || high != 0 || low > maxElements {
			return 0, fmt.Errorf("tensor %q: the shape %v is impossible", i.Name, i.Shape)
		}
		elements = low
	}
	return int64(elements) * int64(width), nil
}

// header is what the header of a file says.
type header struct {
	metadata map[string]string
	tensors  []Info // as listed
}

// parseHeader reads the JSON of a header. It walks through the tokens because nothing else shows members that stand twice.
func parseHeader(text []byte) (*header, error) {
	if len(text) == 0 || text[0] != '{' || !utf8.Valid(text) {
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

// parseMetadata reads an object of texts.
func parseMetadata(d *json.Decoder) (map[string]string, error) {
	metadata := map[string]string{}
	err := members(d, func(name string) error {
		t, err := d.Token()
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

// parseInfo reads the description of a tensor. Members that the format does not know are skipped, as its own library does.
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
		v, err := strconv.ParseInt(n.String(), 10, size)
		if err != nil || v < 0 {
			return nil, fmt.Errorf("%s is not a whole number from 0 on that can be used here", n)
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

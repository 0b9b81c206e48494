package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"simdnn/tensor"
)

// Tensor is a tensor to be written.
type Tensor struct {
	info   Info
	bytes  int64 // that there are
	encode func(w io.Writer) error
}

// NewTensor returns a tensor of the given elements in row-major order. It refers to them and does
// not copy them.
func NewTensor[T Float](name string, values []T, shape ...int) Tensor {
	return Tensor{
		info:   Info{Name: name, DType: TypeOf[T](), Shape: slices.Clone(shape)},
		bytes:  int64(len(values)) * int64(bitSizes[TypeOf[T]()]/8),
		encode: func(w io.Writer) error { return encode(w, values) },
	}
}

// NewRaw returns a tensor of any type whose content is as files hold it: little-endian, in
// row-major order. It refers to the content and does not copy it.
func NewRaw(name string, t DType, content []byte, shape ...int) Tensor {
	return Tensor{
		info:  Info{Name: name, DType: t, Shape: slices.Clone(shape)},
		bytes: int64(len(content)),
		encode: func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		},
	}
}

// FromArray returns a tensor of a copy of an array's elements.
func FromArray(name string, a *tensor.Array) Tensor {
	var t DType
	for code, d := range arrayTypes {
		if d == a.DType() {
			t = code
		}
	}
	content := tensor.NewArray(a.DType(), a.Shape()...)
	copy(content.Bytes(), a.Bytes())
	_ = content.Decode(binary.LittleEndian) // from this processor's order to the file's
	return NewRaw(name, t, content.Bytes(), a.Shape()...)
}

// order holds the types as the format's own library writes them: wider ones first, so that every
// tensor stands at a multiple of its element size.
var order = []DType{"U64", "I64", F64, "C64", F32, "U32", "I32", BF16, F16, "U16", "I16",
	"F8_E5M2FNUZ", "F8_E4M3FNUZ", "F8_E8M0", "F8_E4M3", "F8_E5M2", "I8", bytesType, "F6_E3M2",
	"F6_E2M3", "F4", "BOOL"}

// Write writes a file of texts and tensors, in the order in which the format's own library does: by
// types, and by names.
func Write(w io.Writer, metadata map[string]string, tensors []Tensor) error {
	return writeOrdered(w, metadata, ordered(tensors))
}

// ordered returns tensors in the order of files.
func ordered(tensors []Tensor) []Tensor {
	tensors = slices.Clone(tensors)
	slices.SortStableFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(slices.Index(order, a.info.DType)-slices.Index(order, b.info.DType),
			cmp.Compare(a.info.Name, b.info.Name))
	})
	return tensors
}

// writeOrdered writes tensors in the order that they have.
func writeOrdered(w io.Writer, metadata map[string]string, tensors []Tensor) error {
	if err := layOut(tensors); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	header, err := formatHeader(metadata, tensors)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range tensors {
		if err := t.encode(w); err != nil {
			return err
		}
	}
	return nil
}

// layOut gives every tensor its place in the data.
func layOut(tensors []Tensor) error {
	seen := map[string]bool{metadataKey: true}
	place := int64(0)
	for i := range tensors {
		t := &tensors[i].info
		size, err := t.size()
		switch {
		case err != nil:
			return err
		case seen[t.Name] || !utf8.ValidString(t.Name):
			return fmt.Errorf("tensor %q: the name is taken, or not in UTF-8", t.Name)
		case size != tensors[i].bytes:
			return fmt.Errorf("tensor %q: %d bytes do not fill the shape %v of %s",
				t.Name, tensors[i].bytes, t.Shape, t.DType)
		}
		seen[t.Name] = true
		t.begin, t.end = place, place+size
		place = t.end
	}
	return nil
}

// formatHeader returns the length and the header, padded so that the data begin at a multiple of 8
// bytes.
func formatHeader(metadata map[string]string, tensors []Tensor) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, lengthSize))
	b.WriteByte('{')
	if len(metadata) > 0 {
		for key, text := range metadata {
			if !utf8.ValidString(key) || !utf8.ValidString(text) {
				return nil, fmt.Errorf("metadata %q: not in UTF-8", key)
			}
		}
		appendMember(b, metadataKey, metadata)
	}
	for _, t := range tensors {
		appendMember(b, t.info.Name, struct {
			DType   DType    `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{t.info.DType, append([]int{}, t.info.Shape...), [2]int64{t.info.begin, t.info.end}})
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	n := b.Len() - lengthSize
	if n > MaxHeader {
		return nil, fmt.Errorf("a header of %d bytes; at most %d are allowed", n, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(n))
	return b.Bytes(), nil
}

// appendMember appends a member to the JSON object in b. Names and values are texts and numbers,
// which can always be encoded.
func appendMember(b *bytes.Buffer, name string, value any) {
	if b.Len() > lengthSize+1 {
		b.WriteByte(',')
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(name)
	b.Truncate(b.Len() - 1) // the line break that the encoder ends with
	b.WriteByte(':')
	_ = e.Encode(value)
	b.Truncate(b.Len() - 1)
}

// encode writes the elements, little-endian.
func encode[T Float](w io.Writer, values []T) error {
	buffer := make([]byte, 0, chunk)
	for len(values) > 0 {
		n := min(len(values), chunk/8)
		for _, v := range values[:n] {
			if f, ok := any(v).(float32); ok {
				buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(f))
			} else {
				buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(float64(v)))
			}
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
		buffer, values = buffer[:0], values[n:]
	}
	return nil
}

package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"simdnn/onnx/internal/proto"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// maxBytes bounds what one tensor of a file may take in memory.
const maxBytes = min(1<<36, math.MaxInt)

// shapeOf returns a tensor's dimensions, or says which is none.
func shapeOf(dims []int64, e value.ElementType) ([]int, error) {
	shape := make([]int, len(dims))
	n := max(e.Storage().Bytes(), 1)
	for i, d := range dims {
		if d < 0 {
			return nil, fmt.Errorf("the shape %v has a dimension of %d", dims, d)
		}
		if d > maxBytes || n > 0 && int64(n) > maxBytes/max(d, 1) {
			return nil, fmt.Errorf("the shape %v takes more than %d bytes", dims, int64(maxBytes))
		}
		shape[i], n = int(d), n*int(d)
	}
	return shape, nil
}

// valueOf returns the tensor that a message holds. Elements that stand in the file as they do in
// memory are not copied if they are aligned there.
func (m *Model) valueOf(t *proto.Tensor) (*value.Value, error) {
	v, err := m.readTensor(t)
	if err != nil {
		return nil, fmt.Errorf("the tensor %q: %w", t.Name, err)
	}
	return v, nil
}

func (m *Model) readTensor(t *proto.Tensor) (*value.Value, error) {
	e := value.ElementType(t.DataType)
	if !e.Known() {
		return nil, fmt.Errorf("its element type %d is unknown", t.DataType)
	}
	shape, err := shapeOf(t.Dims, e)
	if err != nil {
		return nil, err
	}
	n := tensors.Size(shape)
	switch {
	case t.Segment:
		return nil, errors.New("it is a segment of a larger tensor, which is not supported")
	case e == value.String:
		if len(t.Strings) != n {
			return nil, fmt.Errorf("%d strings for the shape %v", len(t.Strings), shape)
		}
		texts := make([]string, n)
		for i, s := range t.Strings {
			texts[i] = string(s)
		}
		return value.NewStrings(texts, shape...), nil
	case e.Storage() == tensor.InvalidDType:
		return nil, fmt.Errorf("elements of type %v are not supported", e)
	case t.IsAway:
		raw, err := m.externalData(t)
		if err != nil {
			return nil, err
		}
		return rawTensor(e, shape, raw)
	case t.HasRaw:
		return rawTensor(e, shape, t.Raw)
	}
	return typedTensor(t, e, shape)
}

// rawTensor returns a tensor of little-endian elements.
func rawTensor(e value.ElementType, shape []int, raw []byte) (*value.Value, error) {
	n := tensors.Size(shape)
	if want := (n*e.Bits() + 7) / 8; len(raw) != want {
		return nil, fmt.Errorf("%d bytes for %v%v, which takes %d", len(raw), e, shape, want)
	}
	d := e.Storage()
	switch {
	case e.Bits() < 8:
		return unpackNibbles(e, shape, raw), nil
	case e == value.Bool:
		a := tensor.NewArray(d, shape...)
		for i, b := range raw {
			tensor.Elements[bool](a)[i] = b != 0
		}
		return value.Of(e, a), nil
	case isBigEndian:
		a := tensor.NewArray(d, shape...)
		fillLittleEndian(a, raw)
		return value.Of(e, a), nil
	}
	if n > 0 && uintptr(unsafe.Pointer(unsafe.SliceData(raw)))%uintptr(d.Bytes()) != 0 {
		aligned := tensor.AlignedBytes(len(raw))
		copy(aligned, raw)
		raw = aligned
	}
	return value.Of(e, tensor.ArrayOver(d, raw, shape...)), nil
}

// isBigEndian says whether the most significant byte of a number is the first one in memory.
var isBigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// fillLittleEndian sets the elements of an array.
func fillLittleEndian(a *tensor.Array, raw []byte) {
	switch a.DType().Bytes() {
	case 1:
		copy(tensor.Words[uint8](a), raw)
	case 2:
		for i := range tensor.Words[uint16](a) {
			tensor.Words[uint16](a)[i] = binary.LittleEndian.Uint16(raw[2*i:])
		}
	case 4:
		for i := range tensor.Words[uint32](a) {
			tensor.Words[uint32](a)[i] = binary.LittleEndian.Uint32(raw[4*i:])
		}
	default:
		for i := range tensor.Words[uint64](a) {
			tensor.Words[uint64](a)[i] = binary.LittleEndian.Uint64(raw[8*i:])
		}
	}
}

// unpackNibbles returns a tensor of elements of 4 or 2 bits, of which the first stands in the
// lowest bits of a byte.
func unpackNibbles(e value.ElementType, shape []int, raw []byte) *value.Value {
	a := tensor.NewArray(e.Storage(), shape...)
	bits := e.Bits()
	per := 8 / bits
	words := tensor.Words[uint8](a)
	for i := range words {
		b := raw[i/per] << (8 - bits - bits*(i%per)) // the element in the highest bits
		if e.IsSigned() {
			words[i] = uint8(int8(b) >> (8 - bits))
		} else {
			words[i] = b >> (8 - bits)
		}
	}
	return value.Of(e, a)
}

// typedTensor returns a tensor of elements in one of the typed fields. Halves, bytes and smaller
// types stand in that of int32.
func typedTensor(t *proto.Tensor, e value.ElementType, shape []int) (*value.Value, error) {
	n := tensors.Size(shape)
	var have int
	switch e {
	case value.Float:
		if have = len(t.Floats); have == n {
			return value.NewTensor(tensor.ArrayOf(t.Floats, shape...)), nil
		}
	case value.Double:
		if have = len(t.Doubles); have == n {
			return value.NewTensor(tensor.ArrayOf(t.Doubles, shape...)), nil
		}
	case value.Int64:
		if have = len(t.Int64s); have == n {
			return value.NewTensor(tensor.ArrayOf(t.Int64s, shape...)), nil
		}
	case value.Uint32, value.Uint64:
		if have = len(t.Uint64s); have == n {
			return tensors.Wholes(e, shape, t.Uint64s)
		}
	default:
		if have = len(t.Int32s); e.Bits() < 8 && have == (n*e.Bits()+7)/8 {
			raw := make([]byte, have)
			for i, v := range t.Int32s {
				raw[i] = byte(v)
			}
			return unpackNibbles(e, shape, raw), nil
		} else if have == n {
			return tensors.Wholes(e, shape, t.Int32s)
		}
	}
	if have == 0 && n > 0 && tensors.Size(shape) == n {
		return nil, fmt.Errorf("it has no elements for %v%v", e, shape)
	}
	return nil, fmt.Errorf("%d elements for %v%v", have, e, shape)
}

// maxSparsity bounds the bytes of a sparse tensor's dense form by those that are stored, beyond the
// first 2²⁰.
const maxSparsity = 1 << 10

// sparseValue returns the dense form of a sparse tensor.
func (m *Model) sparseValue(s *proto.SparseTensor) (*value.Value, error) {
	if s.Values == nil || s.Indices == nil {
		return nil, errors.New("a sparse tensor lacks its values or its indices")
	}
	values, err := m.valueOf(s.Values)
	if err != nil {
		return nil, err
	}
	indices, err := m.valueOf(s.Indices)
	if err != nil {
		return nil, err
	}
	shape, err := shapeOf(s.Dims, values.Element())
	if err != nil {
		return nil, err
	}
	n := values.Len()
	linear := len(indices.Dims()) == 1
	if indices.Element() != value.Int64 || values.Array() == nil || len(values.Dims()) != 1 ||
		!linear && !slices.Equal(indices.Dims(), []int{n, len(shape)}) || linear &&
		indices.Dims()[0] != n {
		return nil, fmt.Errorf("the sparse tensor %q has %v values and %v indices for the shape %v",
			s.Values.Name, values, indices, shape)
	}
	stored := len(indices.Array().Bytes()) + len(values.Array().Bytes())
	if dense := tensors.Size(shape) * values.Array().DType().Bytes(); dense > 1<<20+maxSparsity*stored {
		return nil,
			fmt.Errorf("the sparse tensor %q of shape %v would take %d bytes for the %d that "+
				"are stored", s.Values.Name, shape, dense, stored)
	}
	a := tensor.NewArray(values.Array().DType(), shape...)
	at := tensor.Elements[int64](indices.Array())
	for i := range n {
		place := at[i*len(at)/max(n, 1)]
		if !linear {
			place = 0
			for d, length := range shape {
				index := at[i*len(shape)+d]
				if index < 0 || index >= int64(length) {
					return nil, fmt.Errorf("the sparse tensor %q has index %d along axis %d of %v",
						s.Values.Name, index, d, shape)
				}
				place = place*int64(length) + index
			}
		}
		if place < 0 || place >= int64(a.Len()) {
			return nil, fmt.Errorf("the sparse tensor %q has index %d of %d", s.Values.Name, place,
				a.Len())
		}
		tensors.CopyElement(a, int(place), values.Array(), i)
	}
	return value.Of(values.Element(), a), nil
}

// ReadTensor reads a TensorProto, as files ending in .pb have it.
func ReadTensor(data []byte) (*value.Value, error) {
	t, err := proto.ReadTensor(data)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return wrap((&Model{}).valueOf(t))
}

// ReadValue reads a TensorProto, SequenceProto, MapProto or OptionalProto, as the model declares
// the input or output of that name.
func (m *Model) ReadValue(name string, data []byte) (*value.Value, error) {
	for _, v := range append(append([]*proto.ValueInfo{}, m.Proto.Graph.Inputs...),
		m.Proto.Graph.Outputs...) {
		if v.Name != name || v.Type == nil {
			continue
		}
		switch v.Type.Kind {
		case proto.SequenceKind:
			s, err := proto.ReadSequence(data)
			if err != nil {
				return nil, fmt.Errorf("onnx: %w", err)
			}
			return wrap(m.sequenceOf(s))
		case proto.MapKind:
			p, err := proto.ReadMap(data)
			if err != nil {
				return nil, fmt.Errorf("onnx: %w", err)
			}
			return wrap(m.mapOf(p))
		case proto.OptionalKind:
			o, err := proto.ReadOptional(data)
			if err != nil {
				return nil, fmt.Errorf("onnx: %w", err)
			}
			return wrap(m.optionalOf(o))
		}
	}
	return ReadTensor(data)
}

// wrap says whose error it is.
func wrap(v *value.Value, err error) (*value.Value, error) {
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return v, nil
}

func (m *Model) sequenceOf(s *proto.Sequence) (*value.Value, error) {
	var items []*value.Value
	for _, t := range s.Tensors {
		v, err := m.valueOf(t)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	for _, inner := range s.Sequences {
		v, err := m.sequenceOf(inner)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	for _, inner := range s.Optionals {
		v, err := m.optionalOf(inner)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	for _, inner := range s.Maps {
		v, err := m.mapOf(inner)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return value.NewSequence(items...), nil
}

// mapOf returns a map, whose values stand in a tensor each.
func (m *Model) mapOf(p *proto.Map) (*value.Value, error) {
	keys := value.NewTensor(tensor.ArrayOf(p.Ints, len(p.Ints)))
	if len(p.Texts) > 0 {
		texts := make([]string, len(p.Texts))
		for i, s := range p.Texts {
			texts[i] = string(s)
		}
		keys = value.NewStrings(texts, len(texts))
	}
	if p.Values == nil || len(p.Values.Tensors) != keys.Len() || keys.Len() == 0 {
		return nil, fmt.Errorf("the map %q has %d keys, and not as many values", p.Name, keys.Len())
	}
	list := make([]*value.Value, keys.Len())
	for i, t := range p.Values.Tensors {
		v, err := m.valueOf(t)
		if err != nil {
			return nil, err
		}
		if v.Len() != 1 {
			return nil, fmt.Errorf("the map %q has a value of %v", p.Name, v)
		}
		list[i] = v.Reshape(1)
	}
	values, err := tensors.Join(list, 0)
	if err != nil {
		return nil, err
	}
	return value.NewMap(keys, values)
}

func (m *Model) optionalOf(o *proto.Optional) (*value.Value, error) {
	var v *value.Value
	var err error
	switch {
	case o.Tensor != nil:
		v, err = m.valueOf(o.Tensor)
	case o.Sequence != nil:
		v, err = m.sequenceOf(o.Sequence)
	case o.Optional != nil:
		v, err = m.optionalOf(o.Optional)
	}
	if err != nil {
		return nil, err
	}
	return value.NewOptional(v), nil
}

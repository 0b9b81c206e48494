package proto

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"simdnn/tensor"
)

// maxDepth bounds how deep messages may stand in each other.
const maxDepth = 64

// field is one field of a message: number and bytes, one of which its wire type gives.
type field struct {
	id     protowire.Number
	typ    protowire.Type
	number uint64
	bytes  []byte
}

// decoder reads messages. It stops at the first mistake.
type decoder struct {
	depth int
	done  func(data []byte)
	left  int    // bytes of the file, less those of elements that were read
	room  []byte // for elements to come
}

// largeField is the size from which on a field is worth being told of.
const largeField = 1 << 18

// ReadModel reads a ModelProto. If done is not nil it is told of data that is not needed any more,
// field by field.
func ReadModel(data []byte, done func(data []byte)) (*Model, error) {
	m := &Model{}
	err := (&decoder{done: done, left: len(data)}).message(data,
		func(d *decoder, f field) error { return d.model(m, f) })
	if err != nil {
		return nil, err
	}
	return m, nil
}

// ReadTensor reads a TensorProto.
func ReadTensor(data []byte) (*Tensor, error) { return one(data, (*decoder).tensor) }

// ReadSequence reads a SequenceProto.
func ReadSequence(data []byte) (*Sequence, error) { return one(data, (*decoder).sequence) }

// ReadMap reads a MapProto.
func ReadMap(data []byte) (*Map, error) { return one(data, (*decoder).mapping) }

// ReadOptional reads an OptionalProto.
func ReadOptional(data []byte) (*Optional, error) { return one(data, (*decoder).optional) }

func one[M any](data []byte, read func(*decoder, *M, field) error) (*M, error) {
	d := &decoder{}
	var m *M
	return m, child(d, field{typ: protowire.BytesType, bytes: data}, &m, read)
}

// message calls read for each field of a message.
func (d *decoder) message(data []byte, read func(*decoder, field) error) error {
	if d.depth++; d.depth > maxDepth {
		return fmt.Errorf("messages stand more than %d deep in each other", maxDepth)
	}
	defer func() { d.depth-- }()
	for len(data) > 0 {
		f := field{}
		var n int
		if f.id, f.typ, n = protowire.ConsumeTag(data); n < 0 {
			return fmt.Errorf("a tag is broken: %w", protowire.ParseError(n))
		}
		data = data[n:]
		switch f.typ {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(data)
			f.number = uint64(v)
		case protowire.Fixed64Type:
			f.number, n = protowire.ConsumeFixed64(data)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(f.id, f.typ, data)
		}
		if n < 0 {
			return fmt.Errorf("field %d is broken: %w", f.id, protowire.ParseError(n))
		}
		data = data[n:]
		if err := read(d, f); err != nil {
			return err
		}
		if d.done != nil && len(f.bytes) >= largeField {
			d.done(f.bytes)
		}
	}
	return nil
}

// child reads a message that stands in a field; fields of a repeated message are merged.
func child[M any](d *decoder, f field, to **M, read func(*decoder, *M, field) error) error {
	if err := f.is(protowire.BytesType); err != nil {
		return err
	}
	if *to == nil {
		*to = new(M)
	}
	return d.message(f.bytes, func(d *decoder, f field) error { return read(d, *to, f) })
}

// children reads one message of a list of them.
func children[M any](d *decoder, f field, to *[]*M, read func(*decoder, *M, field) error) error {
	var m *M
	if err := child(d, f, &m, read); err != nil {
		return err
	}
	*to = append(*to, m)
	return nil
}

func (f field) is(typ protowire.Type) error {
	if f.typ != typ {
		return fmt.Errorf("field %d has the wire type %d, not %d", f.id, f.typ, typ)
	}
	return nil
}

//go:noinline
func (f field) text(to *string) error {
	*to = string(f.bytes)
	return f.is(protowire.BytesType)
}

func (f field) texts(to *[]string) error {
	*to = append(*to, string(f.bytes))
	return f.is(protowire.BytesType)
}

func (f field) raws(to *[][]byte) error {
	*to = append(*to, bytes.Clone(f.bytes))
	return f.is(protowire.BytesType)
}

// Elements of up to leastAlone bytes share memory of about roomBytes: of pages that are huge where
// the system has such, which are ready sooner than many small ones.
const leastAlone, roomBytes = 1 << 21, 1 << 23

// elements returns a copy of a tensor's elements at a multiple of 64 bytes.
func (d *decoder) elements(data []byte) []byte {
	n, left := (len(data)+63)&^63, d.left
	d.left -= n
	if n == 0 || n >= leastAlone || len(d.room) < n && left < leastAlone {
		to := tensor.AlignedBytes(len(data))
		copy(to, data)
		return to
	}
	if len(d.room) < n {
		d.room = tensor.AlignedBytes(max(min(left, roomBytes), n))
	}
	to := d.room[:len(data):len(data)]
	d.room = d.room[n:]
	copy(to, data)
	return to
}

func (f field) int(to *int64) error {
	*to = int64(f.number)
	return f.is(protowire.VarintType)
}

func (f field) int32(to *int32) error {
	*to = int32(f.number)
	return f.is(protowire.VarintType)
}

var errCut = errors.New("a list of numbers ends within one")

// varints appends the numbers of a list, which may be packed into one field.
func varints[N int32 | int64 | uint64](f field, to *[]N) error {
	if f.typ == protowire.VarintType {
		*to = append(*to, N(f.number))
		return nil
	}
	if err := f.is(protowire.BytesType); err != nil {
		return err
	}
	count := 0
	for _, b := range f.bytes {
		if b < 0x80 {
			count++
		}
	}
	if *to == nil {
		*to = make([]N, 0, count)
	}
	for data := f.bytes; len(data) > 0; {
		v, n := protowire.ConsumeVarint(data)
		if n < 0 {
			return errCut
		}
		*to = append(*to, N(v))
		data = data[n:]
	}
	return nil
}

// floats appends the numbers of a list, which may be packed into one field.
func (f field) floats(to *[]float32) error {
	if f.typ == protowire.Fixed32Type {
		*to = append(*to, math.Float32frombits(uint32(f.number)))
		return nil
	}
	if len(f.bytes)%4 != 0 {
		return errCut
	}
	for data := f.bytes; len(data) > 0; data = data[4:] {
		v, _ := protowire.ConsumeFixed32(data)
		*to = append(*to, math.Float32frombits(v))
	}
	return f.is(protowire.BytesType)
}

// doubles appends the numbers of a list, which may be packed into one field.
func (f field) doubles(to *[]float64) error {
	if f.typ == protowire.Fixed64Type {
		*to = append(*to, math.Float64frombits(f.number))
		return nil
	}
	if len(f.bytes)%8 != 0 {
		return errCut
	}
	for data := f.bytes; len(data) > 0; data = data[8:] {
		v, _ := protowire.ConsumeFixed64(data)
		*to = append(*to, math.Float64frombits(v))
	}
	return f.is(protowire.BytesType)
}

package proto

import (
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is the bytes of a message, in parts, so that large tensors aren't copied.
type message struct {
	parts [][]byte
	size  int
}

// referred is the size from which on bytes are referred to, not copied.
const referred = 4096

// last returns the part that small fields are appended to.
func (m *message) last() *[]byte {
	if len(m.parts) == 0 || len(m.parts[len(m.parts)-1]) >= referred {
		m.parts = append(m.parts, nil)
	}
	return &m.parts[len(m.parts)-1]
}

func (m *message) add(write func(b []byte) []byte) {
	p := m.last()
	before := len(*p)
	*p = write(*p)
	m.size += len(*p) - before
}

func (m *message) int(id protowire.Number, v int64) {
	m.add(func(b []byte) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, id, protowire.VarintType), uint64(v))
	})
}

func (m *message) float(id protowire.Number, v float32) {
	m.add(func(b []byte) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(b, id, protowire.Fixed32Type),
			math.Float32bits(v))
	})
}

func (m *message) bytes(id protowire.Number, v []byte) {
	m.add(func(b []byte) []byte {
		b = protowire.AppendVarint(protowire.AppendTag(b, id, protowire.BytesType), uint64(len(v)))
		if len(v) < referred {
			b = append(b, v...)
		}
		return b
	})
	if len(v) >= referred {
		m.parts, m.size = append(m.parts, v), m.size+len(v)
	}
}

// text writes a string, unless it is empty.
//
//go:noinline
func (m *message) text(id protowire.Number, v string) {
	if v != "" {
		m.bytes(id, []byte(v))
	}
}

// child writes a message within the message.
func (m *message) child(id protowire.Number, c *message) {
	m.add(func(b []byte) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, id, protowire.BytesType), uint64(c.size))
	})
	for _, p := range c.parts {
		if len(p) < referred {
			m.add(func(b []byte) []byte { return append(b, p...) })
			continue
		}
		m.parts, m.size = append(m.parts, p), m.size+len(p)
	}
}

// packed writes a list of integers.
func (m *message) packed(id protowire.Number, values []int64) {
	var list []byte
	for _, v := range values {
		list = protowire.AppendVarint(list, uint64(v))
	}
	if len(list) > 0 {
		m.bytes(id, list)
	}
}

// each writes a list of messages.
func each[M any](m *message, id protowire.Number, list []M, write func(*message, M)) {
	for _, v := range list {
		c := &message{}
		write(c, v)
		m.child(id, c)
	}
}

// WriteTo writes the model, but for functions, sparse tensors and what holds other graphs. It
// refers to the elements of tensors, which must not change meanwhile.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	out := &message{}
	out.int(1, m.IRVersion)
	out.text(2, m.ProducerName)
	out.text(3, m.ProducerVersion)
	out.text(4, m.Domain)
	if m.ModelVersion != 0 {
		out.int(5, m.ModelVersion)
	}
	out.text(6, m.Doc)
	each(out, 7, []*Graph{m.Graph}, (*message).graph)
	each(out, 8, m.Opsets, (*message).opset)
	each(out, 14, m.Metadata, (*message).entry)
	var written int64
	for _, p := range out.parts {
		n, err := w.Write(p)
		if written += int64(n); err != nil {
			return written, err
		}
	}
	return written, nil
}

func (m *message) opset(o Opset) {
	m.bytes(1, []byte(o.Domain)) // also the empty name of the default domain
	m.int(2, o.Version)
}

func (m *message) entry(e Entry) {
	m.bytes(1, []byte(e.Key))
	m.bytes(2, []byte(e.Value))
}

func (m *message) graph(g *Graph) {
	each(m, 1, g.Nodes, (*message).node)
	m.text(2, g.Name)
	each(m, 5, g.Initializer, (*message).tensor)
	m.text(10, g.Doc)
	each(m, 11, g.Inputs, (*message).valueInfo)
	each(m, 12, g.Outputs, (*message).valueInfo)
	each(m, 13, g.Values, (*message).valueInfo)
}

func (m *message) node(n *Node) {
	for _, in := range n.Inputs {
		m.bytes(1, []byte(in)) // an input that is missing has an empty name
	}
	for _, out := range n.Outputs {
		m.bytes(2, []byte(out))
	}
	m.text(3, n.Name)
	m.text(4, n.Operator)
	each(m, 5, n.Attributes, (*message).attribute)
	m.text(7, n.Domain)
	m.text(8, n.Overload)
}

func (m *message) attribute(a *Attribute) {
	m.text(1, a.Name)
	switch a.Type {
	case FloatAttribute:
		m.float(2, a.Float)
	case IntAttribute:
		m.int(3, a.Int)
	case StringAttribute:
		m.bytes(4, a.String)
	case TensorAttribute:
		each(m, 5, []*Tensor{a.Tensor}, (*message).tensor)
	case FloatsAttribute:
		for _, v := range a.Floats {
			m.float(7, v)
		}
	case IntsAttribute:
		for _, v := range a.Ints { // in proto2 lists are not packed
			m.int(8, v)
		}
	case StringsAttribute:
		for _, v := range a.Strings {
			m.bytes(9, v)
		}
	}
	m.int(20, int64(a.Type))
}

func (m *message) tensor(t *Tensor) {
	m.packed(1, t.Dims)
	m.int(2, int64(t.DataType))
	for _, v := range t.Floats {
		m.float(4, v)
	}
	m.packed(5, widened(t.Int32s))
	for _, s := range t.Strings {
		m.bytes(6, s)
	}
	m.packed(7, t.Int64s)
	m.text(8, t.Name)
	if t.HasRaw {
		m.bytes(9, t.Raw)
	}
	for _, v := range t.Doubles {
		m.add(func(b []byte) []byte {
			return protowire.AppendFixed64(protowire.AppendTag(b, 10, protowire.Fixed64Type),
				math.Float64bits(v))
		})
	}
	m.packed(11, widened(t.Uint64s))
	each(m, 13, t.External, (*message).entry)
	if t.IsAway {
		m.int(14, 1)
	}
}

// widened returns integers as those that varints hold.
func widened[T int32 | uint64](values []T) []int64 {
	list := make([]int64, len(values))
	for i, v := range values {
		list[i] = int64(v)
	}
	return list
}

func (m *message) valueInfo(v *ValueInfo) {
	m.text(1, v.Name)
	if v.Type != nil {
		each(m, 2, []*Type{v.Type}, (*message).tensorType)
	}
	m.text(3, v.Doc)
}

// tensorType writes the type of a tensor.
func (m *message) tensorType(t *Type) {
	inner := &message{}
	inner.int(1, int64(t.Element))
	if t.Ranked {
		shape := &message{}
		each(shape, 1, t.Shape, (*message).dim)
		inner.child(2, shape)
	}
	m.child(1, inner)
}

func (m *message) dim(d Dim) {
	if d.HasValue {
		m.int(1, d.Value)
		return
	}
	m.text(2, d.Symbol)
}

package proto

import (
	"bytes"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers below are those of onnx.proto. Fields that are not named here, such as documentation,
// are skipped.

func (d *decoder) model(m *Model, f field) error {
	switch f.id {
	case 1:
		return f.int(&m.IRVersion)
	case 2:
		return f.text(&m.ProducerName)
	case 3:
		return f.text(&m.ProducerVersion)
	case 4:
		return f.text(&m.Domain)
	case 5:
		return f.int(&m.ModelVersion)
	case 6:
		return f.text(&m.Doc)
	case 7:
		return child(d, f, &m.Graph, (*decoder).graph)
	case 8:
		return list(d, f, &m.Opsets, (*decoder).opset)
	case 14:
		return list(d, f, &m.Metadata, (*decoder).entry)
	case 20:
		m.Training++
	case 25:
		return children(d, f, &m.Functions, (*decoder).function)
	}
	return nil
}

// list reads one message of a list of small ones.
func list[M any](d *decoder, f field, to *[]M, read func(*decoder, *M, field) error) error {
	var m *M
	if err := child(d, f, &m, read); err != nil {
		return err
	}
	*to = append(*to, *m)
	return nil
}

func (d *decoder) opset(o *Opset, f field) error {
	switch f.id {
	case 1:
		return f.text(&o.Domain)
	case 2:
		return f.int(&o.Version)
	}
	return nil
}

func (d *decoder) entry(e *Entry, f field) error {
	switch f.id {
	case 1:
		return f.text(&e.Key)
	case 2:
		return f.text(&e.Value)
	}
	return nil
}

func (d *decoder) graph(g *Graph, f field) error {
	switch f.id {
	case 1:
		return children(d, f, &g.Nodes, (*decoder).node)
	case 2:
		return f.text(&g.Name)
	case 5:
		return children(d, f, &g.Initializer, (*decoder).tensor)
	case 11:
		return children(d, f, &g.Inputs, (*decoder).valueInfo)
	case 12:
		return children(d, f, &g.Outputs, (*decoder).valueInfo)
	case 15:
		return children(d, f, &g.Sparse, (*decoder).sparse)
	}
	return nil
}

func (d *decoder) node(n *Node, f field) error {
	switch f.id {
	case 1:
		return f.texts(&n.Inputs)
	case 2:
		return f.texts(&n.Outputs)
	case 3:
		return f.text(&n.Name)
	case 4:
		return f.text(&n.Operator)
	case 5:
		return children(d, f, &n.Attributes, (*decoder).attribute)
	case 7:
		return f.text(&n.Domain)
	case 8:
		return f.text(&n.Overload)
	}
	return nil
}

func (d *decoder) attribute(a *Attribute, f field) error {
	switch f.id {
	case 1:
		return f.text(&a.Name)
	case 2:
		a.Float = math.Float32frombits(uint32(f.number))
		return f.is(protowire.Fixed32Type)
	case 3:
		return f.int(&a.Int)
	case 4:
		a.String = bytes.Clone(f.bytes)
		return f.is(protowire.BytesType)
	case 5:
		return child(d, f, &a.Tensor, (*decoder).tensor)
	case 6:
		return child(d, f, &a.Graph, (*decoder).graph)
	case 7:
		return f.floats(&a.Floats)
	case 8:
		return varints(f, &a.Ints)
	case 9:
		return f.raws(&a.Strings)
	case 10:
		return children(d, f, &a.Tensors, (*decoder).tensor)
	case 11:
		return children(d, f, &a.Graphs, (*decoder).graph)
	case 14:
		return child(d, f, &a.ValueType, (*decoder).valueType)
	case 20:
		return f.int32((*int32)(&a.Type))
	case 21:
		return f.text(&a.Reference)
	case 22:
		return child(d, f, &a.Sparse, (*decoder).sparse)
	}
	return nil
}

func (d *decoder) tensor(t *Tensor, f field) error {
	switch f.id {
	case 1:
		return varints(f, &t.Dims)
	case 2:
		return f.int32(&t.DataType)
	case 3:
		t.Segment = true
	case 4:
		return f.floats(&t.Floats)
	case 5:
		return varints(f, &t.Int32s)
	case 6:
		return f.raws(&t.Strings)
	case 7:
		return varints(f, &t.Int64s)
	case 8:
		return f.text(&t.Name)
	case 9:
		t.Raw, t.HasRaw = d.elements(f.bytes), true
		return f.is(protowire.BytesType)
	case 10:
		return f.doubles(&t.Doubles)
	case 11:
		return varints(f, &t.Uint64s)
	case 13:
		return list(d, f, &t.External, (*decoder).entry)
	case 14:
		t.IsAway = f.number == 1
		return f.is(protowire.VarintType)
	}
	return nil
}

func (d *decoder) sparse(s *SparseTensor, f field) error {
	switch f.id {
	case 1:
		return child(d, f, &s.Values, (*decoder).tensor)
	case 2:
		return child(d, f, &s.Indices, (*decoder).tensor)
	case 3:
		return varints(f, &s.Dims)
	}
	return nil
}

func (d *decoder) valueInfo(v *ValueInfo, f field) error {
	switch f.id {
	case 1:
		return f.text(&v.Name)
	case 2:
		return child(d, f, &v.Type, (*decoder).valueType)
	}
	return nil
}

// kinds are those of types, by the fields of a TypeProto.
var kinds = map[protowire.Number]Kind{1: TensorKind, 4: SequenceKind, 5: MapKind, 8: SparseKind,
	9: OptionalKind}

func (d *decoder) valueType(t *Type, f field) error {
	kind, ok := kinds[f.id]
	if !ok {
		return nil
	}
	t.Kind = kind
	return child(d, f, &t, (*decoder).typeOfKind)
}

// typeOfKind reads the message within a TypeProto that its kind says.
func (d *decoder) typeOfKind(t *Type, f field) error {
	switch {
	case f.id == 1 && (t.Kind == SequenceKind || t.Kind == OptionalKind), f.id == 2 &&
		t.Kind == MapKind:
		return child(d, f, &t.Of, (*decoder).valueType)
	case f.id == 1:
		return f.int32(&t.Element)
	case f.id == 2:
		t.Ranked = true
		return child(d, f, &t, (*decoder).shape)
	}
	return nil
}

func (d *decoder) shape(t *Type, f field) error {
	if f.id != 1 {
		return nil
	}
	return list(d, f, &t.Shape, (*decoder).dim)
}

func (d *decoder) dim(m *Dim, f field) error {
	switch f.id {
	case 1:
		m.HasValue = true
		return f.int(&m.Value)
	case 2:
		return f.text(&m.Symbol)
	}
	return nil
}

func (d *decoder) function(n *Function, f field) error {
	switch f.id {
	case 1:
		return f.text(&n.Name)
	case 4:
		return f.texts(&n.Inputs)
	case 5:
		return f.texts(&n.Outputs)
	case 6:
		return f.texts(&n.Attributes)
	case 7:
		return children(d, f, &n.Nodes, (*decoder).node)
	case 9:
		return list(d, f, &n.Opsets, (*decoder).opset)
	case 10:
		return f.text(&n.Domain)
	case 11:
		return children(d, f, &n.Defaults, (*decoder).attribute)
	case 13:
		return f.text(&n.Overload)
	}
	return nil
}

func (d *decoder) sequence(s *Sequence, f field) error {
	switch f.id {
	case 1:
		return f.text(&s.Name)
	case 3:
		return children(d, f, &s.Tensors, (*decoder).tensor)
	case 5:
		return children(d, f, &s.Sequences, (*decoder).sequence)
	case 6:
		return children(d, f, &s.Maps, (*decoder).mapping)
	case 7:
		return children(d, f, &s.Optionals, (*decoder).optional)
	}
	return nil
}

func (d *decoder) mapping(m *Map, f field) error {
	switch f.id {
	case 1:
		return f.text(&m.Name)
	case 3:
		return varints(f, &m.Ints)
	case 4:
		return f.raws(&m.Texts)
	case 5:
		return child(d, f, &m.Values, (*decoder).sequence)
	}
	return nil
}

func (d *decoder) optional(o *Optional, f field) error {
	switch f.id {
	case 1:
		return f.text(&o.Name)
	case 3:
		return child(d, f, &o.Tensor, (*decoder).tensor)
	case 5:
		return child(d, f, &o.Sequence, (*decoder).sequence)
	case 7:
		return child(d, f, &o.Optional, (*decoder).optional)
	}
	return nil
}

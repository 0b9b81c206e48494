package export

import (
	"encoding/binary"
	"fmt"
	"slices"

	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// Attribute is one of a node of ONNX. The zero value is none.
type Attribute struct{ proto *proto.Attribute }

// Int returns an attribute of a whole number.
func Int(name string, v int) Attribute {
	return Attribute{&proto.Attribute{Name: name, Type: proto.IntAttribute, Int: int64(v)}}
}

// Bool returns an attribute of 1 or 0.
func Bool(name string, v bool) Attribute {
	if v {
		return Int(name, 1)
	}
	return Int(name, 0)
}

// Ints returns an attribute of whole numbers.
func Ints(name string, values ...int) Attribute {
	return Attribute{&proto.Attribute{Name: name, Type: proto.IntsAttribute, Ints: int64s(values)}}
}

// Float returns an attribute of a number, which files hold as float32.
func Float(name string, v float64) Attribute {
	return Attribute{&proto.Attribute{Name: name, Type: proto.FloatAttribute, Float: float32(v)}}
}

// Floats returns an attribute of numbers, which files hold as float32.
func Floats(name string, values ...float64) Attribute {
	a := &proto.Attribute{Name: name, Type: proto.FloatsAttribute}
	for _, v := range values {
		a.Floats = append(a.Floats, float32(v))
	}
	return Attribute{a}
}

// Tensor returns an attribute of an array.
func Tensor(name string, a *tensor.Array) Attribute {
	return Attribute{&proto.Attribute{Name: name, Type: proto.TensorAttribute,
		Tensor: messageOf("", a)}}
}

// Text returns an attribute of a string.
func Text(name, v string) Attribute {
	return Attribute{&proto.Attribute{Name: name, Type: proto.StringAttribute, String: []byte(v)}}
}

// Texts returns an attribute of strings.
func Texts(name string, values ...string) Attribute {
	a := &proto.Attribute{Name: name, Type: proto.StringsAttribute}
	for _, v := range values {
		a.Strings = append(a.Strings, []byte(v))
	}
	return Attribute{a}
}

func int64s(values []int) []int64 {
	list := make([]int64, len(values))
	for i, v := range values {
		list[i] = int64(v)
	}
	return list
}

// maxShared is the size in bytes of constants up to which equal ones have one name.
const maxShared = 1024

// Constant returns the name of a constant. Small ones that are equal have one name.
func (t *Translation) Constant(a *tensor.Array) string {
	key := ""
	if len(a.Bytes()) <= maxShared {
		key = fmt.Sprint(a.DType(), a.Shape(), string(a.Bytes()))
		if name, ok := t.shared[key]; ok {
			return name
		}
	}
	name := t.unique("constant")
	if key != "" {
		t.shared[key] = name
	}
	t.initializer(name, a)
	return name
}

// Integers returns the name of a list of int64.
func (t *Translation) Integers(values ...int) string {
	a := tensor.NewArray(tensor.Int64Type, len(values))
	copy(tensor.Elements[int64](a), int64s(values))
	return t.Constant(a)
}

// floats returns the name of a list of float32.
func (t *Translation) floats(values ...float64) string {
	a := tensor.NewArray(tensor.Float32Type, len(values))
	for i, v := range values {
		tensor.Elements[float32](a)[i] = float32(v)
	}
	return t.Constant(a)
}

// Number returns the name of one number of a type, without dimensions.
func (t *Translation) Number(d tensor.DType, v float64) string {
	a := tensor.NewArray(d)
	switch d {
	case tensor.Float32Type:
		tensor.Elements[float32](a)[0] = float32(v)
	case tensor.Float64Type:
		tensor.Elements[float64](a)[0] = v
	case tensor.BoolType:
		tensor.Elements[bool](a)[0] = v != 0
	case tensor.Int64Type:
		tensor.Elements[int64](a)[0] = int64(v)
	case tensor.Int32Type:
		tensor.Elements[int32](a)[0] = int32(v)
	default:
		return t.Cast(t.Number(tensor.Float64Type, v), d)
	}
	return t.Constant(a)
}

// Cast returns a value's elements as those of another type.
func (t *Translation) Cast(x string, to tensor.DType) string {
	return t.Node("Cast", []string{x}, Int("to", int(elements[to])))
}

// initializer adds an array that the graph begins with.
func (t *Translation) initializer(name string, a *tensor.Array) {
	t.graph.Initializer = append(t.graph.Initializer, messageOf(name, a))
}

// messageOf returns an array as files hold it.
func messageOf(name string, a *tensor.Array) *proto.Tensor {
	raw := a.Bytes()
	if isBigEndian {
		raw = slices.Clone(raw)
		for part := range slices.Chunk(raw, a.DType().Bytes()) {
			slices.Reverse(part)
		}
	}
	return &proto.Tensor{Name: name, Dims: int64s(a.Shape()), DataType: elements[a.DType()],
		Raw: raw, HasRaw: true}
}

// isBigEndian says whether the most significant byte of a number is the first one in memory.
var isBigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

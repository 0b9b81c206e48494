package standard

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/onnx/internal/formats"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// casts are the operators that change the type of elements.
var casts = []plan.Operator{
	{Name: "Cast", Since: 1, Min: 1, Max: 1, Attributes: "to saturate round_mode",
		Translate: func(c *plan.Call) { cast(c, value.ElementType(c.AttrInt("to", 0))) },
		Host:      castStrings,
		OnHost:    func(c *plan.Call) bool { return c.AttrInt("to", 0) == int(value.String) }},
	{Name: "CastLike", Since: 15, Min: 2, Max: 2, Attributes: "saturate round_mode",
		Translate: func(c *plan.Call) { cast(c, c.Element(1)) }, Host: castStrings},
}

func cast(c *plan.Call, to value.ElementType) {
	if to.Storage() == tensor.InvalidDType {
		c.Fail("a cast to %v is not supported", to)
	}
	if to == c.Element(0) {
		c.Pass(0, c.Val(0))
		return
	}
	x := c.Value(0)
	if float := c.Exact[x]; float != nil && to == value.Float {
		c.Set(0, float)
		return
	}
	c.SetAs(0, Convert(c, x, c.Element(0), to, c.AttrInt("saturate", 1) != 0), to)
}

// Convert returns a value with elements of another type.
func Convert(c *plan.Call, x *graph.Value, from, to value.ElementType, saturate bool) *graph.Value {
	b := c.B()
	if from.IsHalf() || from.IsTiny() {
		x = b.Apply(formats.Widen{From: formats.Of(from)}, x)
	}
	switch {
	case to.IsHalf():
		x = op.Cast(b, x, tensor.Float32Type)
		return b.Apply(formats.Narrow{To: formats.Of(to)}, x)
	case to.IsTiny():
		x = op.Cast(b, x, tensor.Float32Type)
		return b.Apply(formats.Narrow{To: formats.Of(to), Saturate: saturate}, x)
	case to.IsNibble():
		return toNibble(c, x, to)
	case x.DType().IsFloat() && to.Storage().IsInteger() && !c.Translating():
		if to == value.Uint8 {
			if rows := quantisedRows(c, x); rows != nil {
				return rows
			}
		}
		return toInteger(c, x, to.Storage())
	}
	return op.Cast(b, x, to.Storage())
}

// toInteger converts floats by cutting off the fraction. What is out of range wraps around as in
// int64, so that −3.9 becomes the uint8 253; NaN and what is beyond int64 becomes its lowest
// number.
func toInteger(c *plan.Call, x *graph.Value, to tensor.DType) *graph.Value {
	return c.Native("to_integer", to, native.Dims(x), func(in []*tensor.Array,
		out *tensor.Array) func() {
		read := FloatReader(in[0])
		return storeInts(out, func(i int) int64 {
			v := math.Trunc(read(i))
			switch {
			case v >= -1<<63 && v < 1<<63:
				if to == tensor.Int32Type && (v < -1<<31 || v >= 1<<31) {
					return math.MinInt32
				}
				return int64(v)
			case v >= 1<<63 && v < 1<<64 && to == tensor.Uint64Type:
				return int64(uint64(v))
			case to == tensor.Int32Type:
				return math.MinInt32
			}
			return math.MinInt64
		})
	}, x)
}

// FloatReader returns what reads an element of an array of floats.
func FloatReader(a *tensor.Array) func(i int) float64 {
	if a.DType() == tensor.Float32Type {
		x := tensor.Slot[float32](a)
		return func(i int) float64 { return float64((*x)[i]) }
	}
	x := tensor.Slot[float64](a)
	return func(i int) float64 { return (*x)[i] }
}

// storeInts returns a step that sets the elements of an array of integers.
func storeInts(a *tensor.Array, f func(i int) int64) func() {
	switch a.DType().Bytes() {
	case 1:
		return func() {
			for i := range tensor.Words[uint8](a) {
				tensor.Words[uint8](a)[i] = uint8(f(i))
			}
		}
	case 2:
		return func() {
			for i := range tensor.Words[uint16](a) {
				tensor.Words[uint16](a)[i] = uint16(f(i))
			}
		}
	case 4:
		return func() {
			for i := range tensor.Words[uint32](a) {
				tensor.Words[uint32](a)[i] = uint32(f(i))
			}
		}
	}
	return func() {
		for i := range tensor.Words[uint64](a) {
			tensor.Words[uint64](a)[i] = uint64(f(i))
		}
	}
}

// toNibble converts to integers of 4 or 2 bits by their lowest bits.
func toNibble(c *plan.Call, x *graph.Value, to value.ElementType) *graph.Value {
	wide := x
	if x.DType().IsFloat() {
		wide = toInteger(c, x, tensor.Int64Type)
	} else {
		wide = op.Cast(c.B(), x, tensor.Int64Type)
	}
	bits := to.Bits()
	return c.Native("to_nibble", to.Storage(), native.Dims(x), func(in []*tensor.Array,
		out *tensor.Array) func() {
		v := tensor.Slot[int64](in[0])
		return storeInts(out, func(i int) int64 {
			n := (*v)[i] << (64 - bits)
			if to.IsSigned() {
				return n >> (64 - bits)
			}
			return int64(uint64(n) >> (64 - bits))
		})
	}, wide)
}

// castStrings casts to strings, and from them.
func castStrings(h *plan.HostCall) ([]*value.Value, error) {
	x := h.Input(0)
	to := value.ElementType(h.Call.AttrInt("to", 0))
	if h.Call.Node.Proto.Operator == "CastLike" {
		to = h.Input(1).Element()
	}
	switch {
	case to == x.Element():
		return []*value.Value{x}, nil
	case to == value.String && x.Array() != nil:
		return []*value.Value{value.NewStrings(texts(x), x.Dims()...)}, nil
	case x.Element() != value.String || to.Storage() == tensor.InvalidDType:
		return nil, fmt.Errorf("a cast to %v is not supported", to)
	}
	v, err := parse(h.Strings(0), x.Dims(), to)
	return []*value.Value{v}, err
}

// texts returns numbers as texts: floats with as many digits as tell them apart.
func texts(x *value.Value) []string {
	out := make([]string, x.Len())
	bits := 64
	if x.Element() == value.Float {
		bits = 32
	}
	var floats []float64
	if x.Element().IsHalf() {
		bits = 32
		for _, w := range tensor.Words[uint16](x.Array()) {
			floats = append(floats, float64(formats.Of(x.Element()).Decode(uint32(w))))
		}
	} else if x.Element().IsFloat() {
		floats = tensors.Numbers[float64](x.Array())
	}
	for i := range out {
		switch {
		case floats == nil && x.Element() == value.Uint64:
			out[i] = strconv.FormatUint(tensor.Elements[uint64](x.Array())[i], 10)
		case floats == nil && x.Element() == value.Bool:
			out[i] = map[bool]string{true: "True",
				false: "False"}[tensor.Elements[bool](x.Array())[i]]
		case floats == nil:
			out[i] = strconv.FormatInt(tensors.Numbers[int64](x.Array())[i], 10)
		case math.IsInf(floats[i], 1):
			out[i] = "INF"
		case math.IsInf(floats[i], -1):
			out[i] = "-INF"
		case floats[i] != floats[i]:
			out[i] = "NaN"
		default:
			out[i] = strconv.FormatFloat(floats[i], 'g', -1, bits)
		}
	}
	return out
}

// parse reads numbers of a type from texts.
func parse(texts []string, shape []int, to value.ElementType) (*value.Value, error) {
	wide := tensor.NewArray(tensor.Float64Type, shape...)
	whole := tensor.NewArray(tensor.Int64Type, shape...)
	for i, s := range texts {
		s = strings.TrimSpace(s)
		f, err := strconv.ParseFloat(s, 64)
		n, intErr := strconv.ParseInt(s, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			err = nil
		}
		if err != nil || strings.ContainsAny(s, "xX_pP") {
			return nil, fmt.Errorf("%q is no number", texts[i])
		}
		if intErr != nil {
			n = int64(f)
		}
		tensor.Elements[float64](wide)[i], tensor.Elements[int64](whole)[i] = f, n
	}
	if to.IsFloat() {
		return convertValue(value.Of(value.Double, wide), to)
	}
	return convertValue(value.Of(value.Int64, whole), to)
}

// convertValue returns a tensor of numbers with elements of another type.
func convertValue(v *value.Value, to value.ElementType) (*value.Value, error) {
	c := plan.NewLoneCall()
	b := c.B()
	b.Output("y", Convert(c, b.Constant(v.Array()), v.Element(), to, true))
	g, err := b.Graph()
	if err != nil {
		return nil, err
	}
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	if err == nil {
		err = p.Run()
	}
	if err != nil {
		return nil, err
	}
	a, err := p.Output("y")
	return value.Of(to, a), err
}

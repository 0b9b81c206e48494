package onnx

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// casts are the operators that change the type of elements.
var casts = []operator{
	{name: "Cast", since: 1, min: 1, max: 1, attributes: "to saturate round_mode",
		translate: func(c *call) { c.cast(ElementType(c.attrInt("to", 0))) }, host: castStrings,
		onHost: func(c *call) bool { return c.attrInt("to", 0) == int(String) }},
	{name: "CastLike", since: 15, min: 2, max: 2, attributes: "saturate round_mode",
		translate: func(c *call) { c.cast(c.element(1)) }, host: castStrings},
}

func (c *call) cast(to ElementType) {
	if to.storage() == tensor.InvalidDType {
		c.fail("a cast to %v is not supported", to)
	}
	if to == c.element(0) {
		c.pass(0, c.val(0))
		return
	}
	x := c.value(0)
	if float := c.exact[x]; float != nil && to == Float {
		c.set(0, float)
		return
	}
	c.setAs(0, c.convert(x, c.element(0), to, c.attrInt("saturate", 1) != 0), to)
}

// convert returns a value with elements of another type.
func (c *call) convert(x *graph.Value, from, to ElementType, saturate bool) *graph.Value {
	b := c.b()
	if from.isHalf() || from.isTiny() {
		x = b.Apply(widen{From: formatOf(from)}, x)
	}
	switch {
	case to.isHalf():
		x = op.Cast(b, x, tensor.Float32Type)
		return b.Apply(narrow{To: formatOf(to)}, x)
	case to.isTiny():
		x = op.Cast(b, x, tensor.Float32Type)
		return b.Apply(narrow{To: formatOf(to), Saturate: saturate}, x)
	case to.isNibble():
		return c.toNibble(x, to)
	case x.DType().IsFloat() && to.storage().IsInteger():
		return c.toInteger(x, to.storage())
	}
	return op.Cast(b, x, to.storage())
}

// toInteger converts floats by cutting off the fraction. What is out of range wraps around as in
// int64, so that −3.9 becomes the uint8 253; NaN and what is beyond int64 becomes its lowest
// number.
func (c *call) toInteger(x *graph.Value, to tensor.DType) *graph.Value {
	return c.native("to_integer", to, dims(x), func(in []*tensor.Array, out *tensor.Array) func() {
		read := floatReader(in[0])
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

// floatReader returns what reads an element of an array of floats.
func floatReader(a *tensor.Array) func(i int) float64 {
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
func (c *call) toNibble(x *graph.Value, to ElementType) *graph.Value {
	wide := x
	if x.DType().IsFloat() {
		wide = c.toInteger(x, tensor.Int64Type)
	} else {
		wide = op.Cast(c.b(), x, tensor.Int64Type)
	}
	bits := to.bits()
	return c.native("to_nibble", to.storage(), dims(x), func(in []*tensor.Array,
		out *tensor.Array) func() {
		v := tensor.Slot[int64](in[0])
		return storeInts(out, func(i int) int64 {
			n := (*v)[i] << (64 - bits)
			if to.isSigned() {
				return n >> (64 - bits)
			}
			return int64(uint64(n) >> (64 - bits))
		})
	}, wide)
}

// castStrings casts to strings, and from them.
func castStrings(h *hostCall) ([]*Value, error) {
	x := h.input(0)
	to := ElementType(h.call.attrInt("to", 0))
	if h.call.node.proto.Operator == "CastLike" {
		to = h.input(1).element
	}
	switch {
	case to == x.element:
		return []*Value{x}, nil
	case to == String && x.array != nil:
		return []*Value{NewStrings(texts(x), x.shape...)}, nil
	case x.element != String || to.storage() == tensor.InvalidDType:
		return nil, fmt.Errorf("a cast to %v is not supported", to)
	}
	v, err := parse(h.strings(0), x.shape, to)
	return []*Value{v}, err
}

// texts returns numbers as texts: floats with as many digits as tell them apart.
func texts(x *Value) []string {
	out := make([]string, x.len())
	bits := 64
	if x.element == Float {
		bits = 32
	}
	var floats []float64
	if x.element.isHalf() {
		bits = 32
		for _, w := range tensor.Words[uint16](x.array) {
			floats = append(floats, float64(formatOf(x.element).Decode(uint32(w))))
		}
	} else if x.element.isFloat() {
		floats = numbersOf[float64](x.array)
	}
	for i := range out {
		switch {
		case floats == nil && x.element == Uint64:
			out[i] = strconv.FormatUint(tensor.Elements[uint64](x.array)[i], 10)
		case floats == nil && x.element == Bool:
			out[i] = map[bool]string{true: "True", false: "False"}[tensor.Elements[bool](x.array)[i]]
		case floats == nil:
			out[i] = strconv.FormatInt(numbersOf[int64](x.array)[i], 10)
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
func parse(texts []string, shape []int, to ElementType) (*Value, error) {
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
	if to.isFloat() {
		return convertValue(newTensor(Double, wide), to)
	}
	return convertValue(newTensor(Int64, whole), to)
}

// convertValue returns a tensor of numbers with elements of another type.
func convertValue(v *Value, to ElementType) (*Value, error) {
	t := &tracer{segment: newSegment()}
	c := &call{tracer: t}
	b := t.builder
	b.Output("y", c.convert(b.Constant(v.array), v.element, to, true))
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
	return newTensor(to, a), err
}

package onnx

import (
	"fmt"
	"slices"
	"strconv"

	"simdnn/tensor"
)

// mappings are the operators of ai.onnx.ml from maps and to them.
var mappings = []operator{
	{name: "CastMap", since: 1, min: 1, max: 1, attributes: "cast_to=TO_FLOAT,TO_STRING,TO_INT64 " +
		"map_form=DENSE,SPARSE max_map", host: castMap},
	{name: "DictVectorizer", since: 1, min: 1, max: 1,
		attributes: "int64_vocabulary string_vocabulary", host: vectorizeMap},
	{name: "ZipMap", since: 1, min: 1, max: 1, attributes: "classlabels_int64s classlabels_strings",
		host: zipMap},
}

// pairs returns the keys and the values of an input that is a map.
func (h *hostCall) pairs(i int) (keys, values *Value) {
	v := h.input(i)
	if v.kind != MapKind {
		h.fail("its input %d is %v, not a map", i, v)
	}
	return v.items[0], v.items[1]
}

// castMap returns the values of a map in the order of their keys, or each at the place that its key
// says, where what is missing is 0.
func castMap(h *hostCall) ([]*Value, error) {
	keys, values := h.pairs(0)
	if keys.element != Int64 || values.element != String && values.element != Float {
		return nil, fmt.Errorf("its input is %v", h.input(0))
	}
	n := keys.len()
	sparse := h.call.attrString("map_form", "DENSE") == "SPARSE"
	if sparse {
		n = h.call.attrInt("max_map", 1)
		if n < 0 {
			return nil, fmt.Errorf("max_map is %d", n)
		}
		h.session.checkBytes(16*float64(n), "a row for max_map = %d", n)
	}
	to := map[string]ElementType{"TO_FLOAT": Float, "TO_STRING": String,
		"TO_INT64": Int64}[h.call.attrString("cast_to", "TO_FLOAT")]
	out := &Value{element: to, shape: []int{1, n}}
	if to == String {
		out.strings = slices.Repeat([]string{"0.f"}, n) // as ONNX Runtime has it
	} else {
		out.array = tensor.NewArray(to.storage(), 1, n)
	}
	for i, key := range tensor.Elements[int64](keys.array) {
		at := int64(i)
		if sparse {
			at = key
		}
		if at < 0 {
			return nil, fmt.Errorf("the key %d has no place", at)
		}
		if at < int64(n) {
			if err := castEntry(out, int(at), values, i); err != nil {
				return nil, err
			}
		}
	}
	return []*Value{out}, nil
}

// castEntry sets an element to one of a map's values, in its type. Texts of numbers have six digits
// after the point.
func castEntry(out *Value, at int, values *Value, i int) error {
	switch {
	case values.element == String && out.element == String:
		out.strings[at] = values.strings[i]
	case values.element == String && out.element == Int64:
		v, err := strconv.ParseInt(values.strings[i], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no whole number", values.strings[i])
		}
		tensor.Elements[int64](out.array)[at] = v
	case values.element == String:
		v, err := strconv.ParseFloat(values.strings[i], 32)
		if err != nil {
			return fmt.Errorf("%q is no number of float32", values.strings[i])
		}
		tensor.Elements[float32](out.array)[at] = float32(v)
	default:
		v := tensor.Elements[float32](values.array)[i]
		switch out.element {
		case String:
			out.strings[at] = strconv.FormatFloat(float64(v), 'f', 6, 64)
		case Float:
			tensor.Elements[float32](out.array)[at] = v
		default:
			if !(v >= -1<<63 && v < 1<<63) {
				return fmt.Errorf("%v is no whole number of 64 bits", v)
			}
			tensor.Elements[int64](out.array)[at] = int64(v)
		}
	}
	return nil
}

// vectorizeMap returns a map's values of the keys in a vocabulary; of those that it doesn't have, 0 or
// the empty text.
func vectorizeMap(h *hostCall) ([]*Value, error) {
	keys, values := h.pairs(0)
	ints, texts := h.call.attrInt64s("int64_vocabulary"), h.call.attrStrings("string_vocabulary")
	vocabulary := NewStrings(texts, len(texts))
	if texts == nil {
		vocabulary = NewTensor(tensor.ArrayOf(ints, len(ints)))
	}
	if keys.element != vocabulary.element {
		return nil, fmt.Errorf("its input is %v, and its vocabulary of %v", h.input(0),
			vocabulary.element)
	}
	out := values.like([]int{1, vocabulary.len()})
	for i := range vocabulary.len() {
		var at int
		var found bool
		if texts != nil {
			at, found = slices.BinarySearch(keys.strings, texts[i])
		} else {
			at, found = slices.BinarySearch(tensor.Elements[int64](keys.array), ints[i])
		}
		if found {
			copyBlock(out, i, values, at, 1)
		}
	}
	return []*Value{out}, nil
}

// zipMap returns a map for each row: of classes to their numbers.
func zipMap(h *hostCall) ([]*Value, error) {
	x := h.input(0)
	texts, ints := h.call.attrStrings("classlabels_strings"), h.call.attrInt64s("classlabels_int64s")
	keys := NewStrings(texts, len(texts))
	if texts == nil {
		keys = NewTensor(tensor.ArrayOf(ints, len(ints)))
	}
	n := keys.len()
	if (texts == nil) == (ints == nil) || x.array == nil || len(x.shape) < 1 || len(x.shape) > 2 ||
		x.shape[len(x.shape)-1] != n {
		return nil, fmt.Errorf("its input is %v, for %d classes", x, n)
	}
	rows := 1
	if len(x.shape) == 2 {
		rows = x.shape[0]
	}
	flat := x.reshaped(x.len())
	maps := make([]*Value, rows)
	for i := range maps {
		var err error
		if maps[i], err = NewMap(keys, flat.part(0, i*n, (i+1)*n)); err != nil {
			return nil, err
		}
	}
	return []*Value{NewSequence(maps...)}, nil
}

package ml

import (
	"fmt"
	"slices"
	"strconv"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// mappings are the operators of ai.onnx.ml from maps and to them.
var mappings = []plan.Operator{
	{Name: "CastMap", Since: 1, Min: 1, Max: 1, Attributes: "cast_to=TO_FLOAT,TO_STRING,TO_INT64 " +
		"map_form=DENSE,SPARSE max_map", Host: castMap},
	{Name: "DictVectorizer", Since: 1, Min: 1, Max: 1,
		Attributes: "int64_vocabulary string_vocabulary", Host: vectorizeMap},
	{Name: "ZipMap", Since: 1, Min: 1, Max: 1, Attributes: "classlabels_int64s classlabels_strings",
		Host: zipMap},
}

// pairsOf returns the keys and the values of an input that is a map.
func pairsOf(h *plan.HostCall, i int) (keys, values *value.Value) {
	v := h.Input(i)
	if v.Kind() != value.MapKind {
		h.Fail("its input %d is %v, not a map", i, v)
	}
	return v.Items()[0], v.Items()[1]
}

// castMap returns the values of a map in the order of their keys, or each at the place that its key
// says, where what is missing is 0.
func castMap(h *plan.HostCall) ([]*value.Value, error) {
	keys, values := pairsOf(h, 0)
	if keys.Element() != value.Int64 || values.Element() != value.String &&
		values.Element() != value.Float {
		return nil, fmt.Errorf("its input is %v", h.Input(0))
	}
	n := keys.Len()
	sparse := h.Call.AttrString("map_form", "DENSE") == "SPARSE"
	if sparse {
		n = h.Call.AttrInt("max_map", 1)
		if n < 0 {
			return nil, fmt.Errorf("max_map is %d", n)
		}
		h.Session.CheckBytes(16*float64(n), "a row for max_map = %d", n)
	}
	to := map[string]value.ElementType{"TO_FLOAT": value.Float, "TO_STRING": value.String,
		"TO_INT64": value.Int64}[h.Call.AttrString("cast_to", "TO_FLOAT")]
	out := value.Zeros(to, 1, n)
	if to == value.String {
		for i := range out.Strings() {
			out.Strings()[i] = "0.f" // as ONNX Runtime has it
		}
	}
	for i, key := range tensor.Elements[int64](keys.Array()) {
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
	return []*value.Value{out}, nil
}

// castEntry sets an element to one of a map's values, in its type. Texts of numbers have six digits
// after the point.
func castEntry(out *value.Value, at int, values *value.Value, i int) error {
	switch {
	case values.Element() == value.String && out.Element() == value.String:
		out.Strings()[at] = values.Strings()[i]
	case values.Element() == value.String && out.Element() == value.Int64:
		v, err := strconv.ParseInt(values.Strings()[i], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no whole number", values.Strings()[i])
		}
		tensor.Elements[int64](out.Array())[at] = v
	case values.Element() == value.String:
		v, err := strconv.ParseFloat(values.Strings()[i], 32)
		if err != nil {
			return fmt.Errorf("%q is no number of float32", values.Strings()[i])
		}
		tensor.Elements[float32](out.Array())[at] = float32(v)
	default:
		v := tensor.Elements[float32](values.Array())[i]
		switch out.Element() {
		case value.String:
			out.Strings()[at] = strconv.FormatFloat(float64(v), 'f', 6, 64)
		case value.Float:
			tensor.Elements[float32](out.Array())[at] = v
		default:
			if !(v >= -1<<63 && v < 1<<63) {
				return fmt.Errorf("%v is no whole number of 64 bits", v)
			}
			tensor.Elements[int64](out.Array())[at] = int64(v)
		}
	}
	return nil
}

// vectorizeMap returns a map's values of the keys in a vocabulary; of those that it doesn't have, 0
// or the empty text.
func vectorizeMap(h *plan.HostCall) ([]*value.Value, error) {
	keys, values := pairsOf(h, 0)
	ints, texts := h.Call.AttrInt64s("int64_vocabulary"), h.Call.AttrStrings("string_vocabulary")
	vocabulary := value.NewStrings(texts, len(texts))
	if texts == nil {
		vocabulary = value.NewTensor(tensor.ArrayOf(ints, len(ints)))
	}
	if keys.Element() != vocabulary.Element() {
		return nil, fmt.Errorf("its input is %v, and its vocabulary of %v", h.Input(0),
			vocabulary.Element())
	}
	out := value.Zeros(values.Element(), 1, vocabulary.Len())
	for i := range vocabulary.Len() {
		var at int
		var found bool
		if texts != nil {
			at, found = slices.BinarySearch(keys.Strings(), texts[i])
		} else {
			at, found = slices.BinarySearch(tensor.Elements[int64](keys.Array()), ints[i])
		}
		if found {
			tensors.CopyBlock(out, i, values, at, 1)
		}
	}
	return []*value.Value{out}, nil
}

// zipMap returns a map for each row: of classes to their numbers.
func zipMap(h *plan.HostCall) ([]*value.Value, error) {
	x := h.Input(0)
	texts, ints := h.Call.AttrStrings("classlabels_strings"),
		h.Call.AttrInt64s("classlabels_int64s")
	keys := value.NewStrings(texts, len(texts))
	if texts == nil {
		keys = value.NewTensor(tensor.ArrayOf(ints, len(ints)))
	}
	n := keys.Len()
	if (texts == nil) == (ints == nil) || x.Array() == nil || len(x.Dims()) < 1 ||
		len(x.Dims()) > 2 ||
		x.Dims()[len(x.Dims())-1] != n {
		return nil, fmt.Errorf("its input is %v, for %d classes", x, n)
	}
	rows := 1
	if len(x.Dims()) == 2 {
		rows = x.Dims()[0]
	}
	flat := x.Reshape(x.Len())
	maps := make([]*value.Value, rows)
	for i := range maps {
		var err error
		if maps[i], err = value.NewMap(keys, tensors.Part(flat, 0, i*n, (i+1)*n)); err != nil {
			return nil, err
		}
	}
	return []*value.Value{value.NewSequence(maps...)}, nil
}

package ml

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// labelings are the operators of ai.onnx.ml that look up labels and categories.
var labelings = []plan.Operator{
	{Name: "CategoryMapper", Since: 1, Min: 1, Max: 1, Attributes: "cats_int64s cats_strings " +
		"default_int64 default_string", Translate: translateLabels(categories),
		Host: hostLabels(categories)},
	{Name: "LabelEncoder", Since: 1, Min: 1, Max: 1,
		Attributes: "classes_strings default_int64 default_string",
		Translate:  translateLabels(classes), Host: hostLabels(classes)},
	{Name: "LabelEncoder", Since: 2, Min: 1, Max: 1, Attributes: "default_float default_int64 " +
		"default_string default_tensor keys_floats keys_int64s keys_strings keys_tensor " +
		"values_floats values_int64s values_strings values_tensor",
		Translate: translateLabels(pairs), Host: hostLabels(pairs)},
	{Name: "OneHotEncoder", Since: 1, Min: 1, Max: 1, Attributes: "cats_int64s cats_strings zeros",
		Translate: oneHotNumbers, Host: oneHotStrings},
}

// lookup finds places of keys: numbers by what is the same of equal ones, or strings. The place of
// what is not there is −1.
type lookup struct {
	numbers map[uint64]int
	strings map[string]int
}

// newLookup returns the lookup of a list of keys, none of which may be there twice.
func newLookup(keys *value.Value) (*lookup, error) {
	if keys.Array() == nil {
		l := &lookup{strings: make(map[string]int, keys.Len())}
		for i, s := range keys.Strings() {
			if _, ok := l.strings[s]; ok {
				return nil, fmt.Errorf("the key %q is there twice", s)
			}
			l.strings[s] = i
		}
		return l, nil
	}
	a := keys.Array()
	if !a.DType().IsFloat() {
		a = tensor.ArrayOf(tensors.Numbers[int64](a), keys.Len())
	}
	l := &lookup{numbers: make(map[uint64]int, keys.Len())}
	for i, bits := range wordsOf(a)() {
		if _, ok := l.numbers[bits]; ok {
			return nil, fmt.Errorf("the key number %d is there twice", i)
		}
		l.numbers[bits] = i
	}
	return l, nil
}

func (l *lookup) number(bits uint64) int {
	if i, ok := l.numbers[bits]; ok {
		return i
	}
	return -1
}

func (l *lookup) string(s string) int {
	if i, ok := l.strings[s]; ok {
		return i
	}
	return -1
}

// wordsOf returns a function that gives what is the same of equal elements, floats or int64: −0 is
// 0, and one NaN another. It gives the same memory each time.
func wordsOf(a *tensor.Array) func() []uint64 {
	words := make([]uint64, a.Len())
	if a.DType() == tensor.Int64Type {
		x := tensor.Slot[int64](a)
		return func() []uint64 {
			for i, v := range *x {
				words[i] = uint64(v)
			}
			return words
		}
	}
	read := standard.FloatReader(a)
	return func() []uint64 {
		for i := range words {
			v := read(i) + 0
			if v != v {
				v = math.NaN()
			}
			words[i] = math.Float64bits(v)
		}
		return words
	}
}

// labels are keys and what they stand for; unknown, of one element, is for what is no key.
type labels struct {
	*lookup               // of the keys, once they are checked
	keys, values, unknown *value.Value
}

// dictionary returns the labels of a node for an input of some type.
type dictionary func(c *plan.Call, from value.ElementType) (labels, error)

// check returns the lookup of the labels' keys.
func (l labels) check(from value.ElementType) (*lookup, error) {
	if l.keys.Len() != l.values.Len() || l.keys.Element() != from || l.unknown.Len() != 1 ||
		l.unknown.Element() != l.values.Element() {
		return nil, fmt.Errorf("keys %v, values %v, a default %v", l.keys, l.values, l.unknown)
	}
	return newLookup(l.keys)
}

// translateLabels looks numbers up.
//
//go:noinline
func translateLabels(of dictionary) func(*plan.Call) {
	return func(c *plan.Call) {
		l, err := of(c, c.Element(0))
		var keys *lookup
		if err == nil {
			keys, err = l.check(c.Element(0))
		}
		if err != nil {
			c.Fail("%w", err)
		}
		n := l.values.Len()
		places := placesOf(c, c.Value(0), keys, n)
		if l.values.Array() == nil {
			c.SetTexts(0, places, append(append([]string{}, l.values.Strings()...),
				l.unknown.Strings()...))
			return
		}
		all := value.Zeros(l.values.Element(), n+1)
		tensors.CopyBlock(all, 0, l.values, 0, n)
		tensors.CopyBlock(all, n, l.unknown, 0, 1)
		y := c.Native("take", all.Array().DType(), c.Shape(0), func(in []*tensor.Array,
			out *tensor.Array) func() {
			at := tensor.Slot[int64](in[0])
			return func() {
				for i, p := range *at {
					tensors.CopyElement(out, i, all.Array(), int(p))
				}
			}
		}, places)
		c.SetAs(0, y, l.values.Element())
	}
}

// placesOf looks numbers up in a graph; what is no key has the place that is given.
func placesOf(c *plan.Call, x *graph.Value, keys *lookup, unknown int) *graph.Value {
	if !x.DType().IsFloat() {
		x = op.Cast(c.B(), x, tensor.Int64Type)
	}
	return c.Native("lookup", tensor.Int64Type, native.Dims(x), func(in []*tensor.Array,
		out *tensor.Array) func() {
		words, to := wordsOf(in[0]), tensor.Slot[int64](out)
		return func() {
			for i, bits := range words() {
				p := keys.number(bits)
				if p < 0 {
					p = unknown
				}
				(*to)[i] = int64(p)
			}
		}
	}, x)
}

// hostLabels looks strings up.
//
//go:noinline
func hostLabels(of dictionary) func(*plan.HostCall) ([]*value.Value, error) {
	return func(h *plan.HostCall) ([]*value.Value, error) {
		if h.Prepared == nil {
			l, err := of(h.Call, value.String)
			if err == nil {
				l.lookup, err = l.check(value.String)
			}
			if err != nil {
				return nil, err
			}
			h.Prepared = l
		}
		l, x := h.Prepared.(labels), h.Input(0)
		out := value.Zeros(l.values.Element(), x.Shape()...)
		for i, s := range h.Strings(0) {
			if at := l.string(s); at >= 0 {
				tensors.CopyBlock(out, i, l.values, at, 1)
			} else {
				tensors.CopyBlock(out, i, l.unknown, 0, 1)
			}
		}
		return []*value.Value{out}, nil
	}
}

// twoWay returns labels that are texts of numbers, or numbers of texts.
func twoWay(c *plan.Call, texts []string, numbers []int64, from value.ElementType) (labels, error) {
	l := labels{keys: value.NewStrings(texts, len(texts)),
		values: value.NewTensor(tensor.ArrayOf(numbers, len(numbers)))}
	if from != value.String {
		l.keys, l.values = l.values, l.keys
	}
	var err error
	l.unknown, err = unknownLabel(c, l.values.Element())
	return l, err
}

func categories(c *plan.Call, from value.ElementType) (labels, error) {
	return twoWay(c, c.AttrStrings("cats_strings"), c.AttrInt64s("cats_int64s"), from)
}

// classes are texts, and their places, as LabelEncoder has them below version 2.
func classes(c *plan.Call, from value.ElementType) (labels, error) {
	texts := c.AttrStrings("classes_strings")
	numbers := make([]int64, len(texts))
	for i := range numbers {
		numbers[i] = int64(i)
	}
	return twoWay(c, texts, numbers, from)
}

// pairs are keys and values, a list of an attribute each.
func pairs(c *plan.Call, _ value.ElementType) (l labels, err error) {
	if l.keys, err = labelList(c, "keys"); err == nil {
		l.values, err = labelList(c, "values")
	}
	if err == nil {
		l.unknown, err = unknownLabel(c, l.values.Element())
	}
	return l, err
}

// labelList returns the values of one of the attributes that a list of labels may stand in.
func labelList(c *plan.Call, kind string) (*value.Value, error) {
	if a := c.Attribute(kind + "_tensor"); a != nil && a.Tensor != nil {
		v, err := standard.TensorOf(c, a.Tensor)
		if err != nil {
			return nil, err
		}
		return v.Reshape(v.Len()), nil
	}
	if a := c.Attribute(kind + "_strings"); a != nil {
		return value.NewStrings(c.AttrStrings(kind+"_strings"), len(a.Strings)), nil
	}
	if a := c.Attribute(kind + "_int64s"); a != nil {
		return value.NewTensor(tensor.ArrayOf(a.Ints, len(a.Ints))), nil
	}
	if a := c.Attribute(kind + "_floats"); a != nil {
		return value.NewTensor(tensor.ArrayOf(a.Floats, len(a.Floats))), nil
	}
	return nil, fmt.Errorf("it has no %s", kind)
}

// unknownLabel returns what stands for unknown labels, of the type of the values.
func unknownLabel(c *plan.Call, e value.ElementType) (*value.Value, error) {
	if a := c.Attribute("default_tensor"); a != nil && a.Tensor != nil {
		return standard.TensorOf(c, a.Tensor)
	}
	switch e {
	case value.String:
		return value.NewStrings([]string{c.AttrString("default_string", "_Unused")}, 1), nil
	case value.Int64:
		return tensors.Int64s(c.AttrInt("default_int64", -1)), nil
	case value.Float:
		zero := math.Copysign(0, -1)
		return value.NewTensor(tensor.ArrayOf([]float32{float32(c.AttrFloat("default_float",
			zero))}, 1)), nil
	}
	return value.Of(e, tensor.NewArray(e.Storage(), 1)), nil
}

// categoriesOf returns the lookup of a one-hot encoder's categories.
func categoriesOf(c *plan.Call, strings bool) (*lookup, int, error) {
	keys := value.NewStrings(c.AttrStrings("cats_strings"), len(c.AttrStrings("cats_strings")))
	if !strings {
		ints := c.AttrInt64s("cats_int64s")
		keys = value.NewTensor(tensor.ArrayOf(ints, len(ints)))
	}
	if keys.Len() == 0 {
		return nil, 0, fmt.Errorf("it has no categories for its input")
	}
	l, err := newLookup(keys)
	return l, keys.Len(), err
}

// errCategory is the error of a value that is none of the categories.
var errCategory = fmt.Errorf("an element is none of the categories, which zeros = 0 demands")

// oneHotNumbers gives each number, less its fraction, a row of zeros with a one at its category.
func oneHotNumbers(c *plan.Call) {
	keys, n, err := categoriesOf(c, false)
	if err != nil {
		c.Fail("%w", err)
	}
	zeros := c.AttrInt("zeros", 1) != 0
	shape := append(c.Shape(0), n)
	places := placesOf(c, standard.Convert(c, c.Value(0), c.Element(0), value.Int64, true), keys,
		-1)
	y := c.Natives("one_hot_category", []graph.Type{{DType: tensor.Float32Type,
		Shape: graph.ShapeOf(shape...)}}, func(b *graph.Binding) graph.Step {
		at, to := tensor.Slot[int64](b.Inputs[0]), tensor.Slot[float32](b.Outputs[0])
		return func() {
			clear(*to)
			for i, p := range *at {
				if p >= 0 {
					(*to)[i*n+int(p)] = 1
				} else if !zeros {
					b.Fail(errCategory)
				}
			}
		}
	}, places)
	c.Set(0, y[0])
}

func oneHotStrings(h *plan.HostCall) ([]*value.Value, error) {
	if h.Prepared == nil {
		keys, _, err := categoriesOf(h.Call, true)
		if err != nil {
			return nil, err
		}
		h.Prepared = keys
	}
	keys := h.Prepared.(*lookup)
	n := len(keys.strings)
	out := tensor.NewArray(tensor.Float32Type, append(h.Input(0).Shape(), n)...)
	for i, s := range h.Strings(0) {
		if at := keys.string(s); at >= 0 {
			tensor.Elements[float32](out)[i*n+at] = 1
		} else if h.Call.AttrInt("zeros", 1) == 0 {
			return nil, errCategory
		}
	}
	return []*value.Value{value.NewTensor(out)}, nil
}

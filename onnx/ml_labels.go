package onnx

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// labelings are the operators of ai.onnx.ml that look up labels and categories.
var labelings = []operator{
	{name: "CategoryMapper", since: 1, min: 1, max: 1, attributes: "cats_int64s cats_strings " +
		"default_int64 default_string", translate: translateLabels(categories),
		host: hostLabels(categories)},
	{name: "LabelEncoder", since: 1, min: 1, max: 1,
		attributes: "classes_strings default_int64 default_string",
		translate:  translateLabels(classes), host: hostLabels(classes)},
	{name: "LabelEncoder", since: 2, min: 1, max: 1, attributes: "default_float default_int64 " +
		"default_string default_tensor keys_floats keys_int64s keys_strings keys_tensor " +
		"values_floats values_int64s values_strings values_tensor",
		translate: translateLabels(pairs), host: hostLabels(pairs)},
	{name: "OneHotEncoder", since: 1, min: 1, max: 1, attributes: "cats_int64s cats_strings zeros",
		translate: oneHotNumbers, host: oneHotStrings},
}

// lookup finds places of keys: numbers by what is the same of equal ones, or strings. The place of
// what is not there is −1.
type lookup struct {
	numbers map[uint64]int
	strings map[string]int
}

// newLookup returns the lookup of a list of keys, none of which may be there twice.
func newLookup(keys *Value) (*lookup, error) {
	if keys.array == nil {
		l := &lookup{strings: make(map[string]int, keys.len())}
		for i, s := range keys.strings {
			if _, ok := l.strings[s]; ok {
				return nil, fmt.Errorf("the key %q is there twice", s)
			}
			l.strings[s] = i
		}
		return l, nil
	}
	a := keys.array
	if !a.DType().IsFloat() {
		a = tensor.ArrayOf(numbersOf[int64](a), keys.len())
	}
	l := &lookup{numbers: make(map[uint64]int, keys.len())}
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

// wordsOf returns a function that gives what is the same of equal elements, floats or int64: −0 is 0,
// and one NaN another. It gives the same memory each time.
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
	read := floatReader(a)
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
	keys, values, unknown *Value
}

// dictionary returns the labels of a node for an input of some type.
type dictionary func(c *call, from ElementType) (labels, error)

// check returns the lookup of the labels' keys.
func (l labels) check(from ElementType) (*lookup, error) {
	if l.keys.len() != l.values.len() || l.keys.element != from || l.unknown.len() != 1 ||
		l.unknown.element != l.values.element {
		return nil, fmt.Errorf("keys %v, values %v, a default %v", l.keys, l.values, l.unknown)
	}
	return newLookup(l.keys)
}

// translateLabels looks numbers up.
func translateLabels(of dictionary) func(*call) {
	return func(c *call) {
		l, err := of(c, c.element(0))
		var keys *lookup
		if err == nil {
			keys, err = l.check(c.element(0))
		}
		if err != nil {
			panic(failure{err})
		}
		n := l.values.len()
		places := c.places(c.value(0), keys, n)
		if l.values.array == nil {
			c.setTexts(0, places, append(append([]string{}, l.values.strings...), l.unknown.strings...))
			return
		}
		all := l.values.like([]int{n + 1})
		copyBlock(all, 0, l.values, 0, n)
		copyBlock(all, n, l.unknown, 0, 1)
		y := c.native("take", all.array.DType(), c.shape(0), func(in []*tensor.Array,
			out *tensor.Array) func() {
			at := tensor.Slot[int64](in[0])
			return func() {
				for i, p := range *at {
					copyElement(out, i, all.array, int(p))
				}
			}
		}, places)
		c.setAs(0, y, l.values.element)
	}
}

// places looks numbers up in a graph; what is no key has the place that is given.
func (c *call) places(x *graph.Value, keys *lookup, unknown int) *graph.Value {
	if !x.DType().IsFloat() {
		x = op.Cast(c.b(), x, tensor.Int64Type)
	}
	return c.native("lookup", tensor.Int64Type, dims(x), func(in []*tensor.Array,
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
func hostLabels(of dictionary) func(*hostCall) ([]*Value, error) {
	return func(h *hostCall) ([]*Value, error) {
		if h.prepared == nil {
			l, err := of(h.call, String)
			if err == nil {
				l.lookup, err = l.check(String)
			}
			if err != nil {
				return nil, err
			}
			h.prepared = l
		}
		l, x := h.prepared.(labels), h.input(0)
		out := l.values.like(x.Shape())
		for i, s := range h.strings(0) {
			if at := l.string(s); at >= 0 {
				copyBlock(out, i, l.values, at, 1)
			} else {
				copyBlock(out, i, l.unknown, 0, 1)
			}
		}
		return []*Value{out}, nil
	}
}

// twoWay returns labels that are texts of numbers, or numbers of texts.
func twoWay(c *call, texts []string, numbers []int64, from ElementType) (labels, error) {
	l := labels{keys: NewStrings(texts, len(texts)),
		values: NewTensor(tensor.ArrayOf(numbers, len(numbers)))}
	if from != String {
		l.keys, l.values = l.values, l.keys
	}
	var err error
	l.unknown, err = c.unknownLabel(l.values.element)
	return l, err
}

func categories(c *call, from ElementType) (labels, error) {
	return twoWay(c, c.attrStrings("cats_strings"), c.attrInt64s("cats_int64s"), from)
}

// classes are texts, and their places, as LabelEncoder has them below version 2.
func classes(c *call, from ElementType) (labels, error) {
	texts := c.attrStrings("classes_strings")
	numbers := make([]int64, len(texts))
	for i := range numbers {
		numbers[i] = int64(i)
	}
	return twoWay(c, texts, numbers, from)
}

// pairs are keys and values, a list of an attribute each.
func pairs(c *call, _ ElementType) (l labels, err error) {
	if l.keys, err = c.labelList("keys"); err == nil {
		l.values, err = c.labelList("values")
	}
	if err == nil {
		l.unknown, err = c.unknownLabel(l.values.element)
	}
	return l, err
}

// labelList returns the values of one of the attributes that a list of labels may stand in.
func (c *call) labelList(kind string) (*Value, error) {
	if a := c.attribute(kind + "_tensor"); a != nil && a.Tensor != nil {
		v, err := c.tensorOf(a.Tensor)
		if err != nil {
			return nil, err
		}
		return v.reshaped(v.len()), nil
	}
	if a := c.attribute(kind + "_strings"); a != nil {
		return NewStrings(c.attrStrings(kind+"_strings"), len(a.Strings)), nil
	}
	if a := c.attribute(kind + "_int64s"); a != nil {
		return NewTensor(tensor.ArrayOf(a.Ints, len(a.Ints))), nil
	}
	if a := c.attribute(kind + "_floats"); a != nil {
		return NewTensor(tensor.ArrayOf(a.Floats, len(a.Floats))), nil
	}
	return nil, fmt.Errorf("it has no %s", kind)
}

// unknownLabel returns what stands for unknown labels, of the type of the values.
func (c *call) unknownLabel(e ElementType) (*Value, error) {
	if a := c.attribute("default_tensor"); a != nil && a.Tensor != nil {
		return c.tensorOf(a.Tensor)
	}
	switch e {
	case String:
		return NewStrings([]string{c.attrString("default_string", "_Unused")}, 1), nil
	case Int64:
		return int64s(c.attrInt("default_int64", -1)), nil
	case Float:
		zero := math.Copysign(0, -1)
		return NewTensor(tensor.ArrayOf([]float32{float32(c.attrFloat("default_float", zero))}, 1)), nil
	}
	return newTensor(e, tensor.NewArray(e.storage(), 1)), nil
}

// categoriesOf returns the lookup of a one-hot encoder's categories.
func (c *call) categoriesOf(strings bool) (*lookup, int, error) {
	keys := NewStrings(c.attrStrings("cats_strings"), len(c.attrStrings("cats_strings")))
	if !strings {
		ints := c.attrInt64s("cats_int64s")
		keys = NewTensor(tensor.ArrayOf(ints, len(ints)))
	}
	if keys.len() == 0 {
		return nil, 0, fmt.Errorf("it has no categories for its input")
	}
	l, err := newLookup(keys)
	return l, keys.len(), err
}

// errCategory is the error of a value that is none of the categories.
var errCategory = fmt.Errorf("an element is none of the categories, which zeros = 0 demands")

// oneHotNumbers gives each number, less its fraction, a row of zeros with a one at its category.
func oneHotNumbers(c *call) {
	keys, n, err := c.categoriesOf(false)
	if err != nil {
		panic(failure{err})
	}
	zeros := c.attrInt("zeros", 1) != 0
	shape := append(c.shape(0), n)
	places := c.places(c.convert(c.value(0), c.element(0), Int64, true), keys, -1)
	y := c.natives("one_hot_category", []graph.Type{{DType: tensor.Float32Type,
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
	c.set(0, y[0])
}

func oneHotStrings(h *hostCall) ([]*Value, error) {
	if h.prepared == nil {
		keys, _, err := h.call.categoriesOf(true)
		if err != nil {
			return nil, err
		}
		h.prepared = keys
	}
	keys := h.prepared.(*lookup)
	n := len(keys.strings)
	out := tensor.NewArray(tensor.Float32Type, append(h.input(0).Shape(), n)...)
	for i, s := range h.strings(0) {
		if at := keys.string(s); at >= 0 {
			tensor.Elements[float32](out)[i*n+at] = 1
		} else if h.call.attrInt("zeros", 1) == 0 {
			return nil, errCategory
		}
	}
	return []*Value{NewTensor(out)}, nil
}

package torch

import (
	"fmt"
	"slices"

	"simdnn/internal/minifloat"
)

// The values of a pickle: nil, bool, int64, float64, string, and these.
type (
	octets []byte                // bytes
	tuple  []any                 // a tuple or a frozen set
	list   struct{ items []any } // a list or a set
	opaque struct{}              // a plain value that nothing depends on
	callee string                // a function or class by its full name
	dtype  string                // the type of elements, as PyTorch has it: "float32"

	// storage is what a tensor's elements stand in.
	storage struct {
		dtype dtype // "" in those without a type
		key   string
		size  int64 // in elements, or in bytes if there is no type
		begin int64 // the element that views count from
	}

	// view is a tensor: elements of a storage by an offset and strides, in elements.
	view struct {
		storage
		offset         int64
		shape, strides []int
	}
)

// dict is a dictionary in the order in which its keys came.
type dict struct {
	keys, values []any
	places       map[any]int
}

// set sets a key's value: the last one counts.
func (d *dict) set(key, value any) {
	switch key.(type) {
	case string, int64, float64, bool:
		if i, there := d.places[key]; there {
			d.values[i] = value
			return
		}
		if d.places == nil {
			d.places = map[any]int{}
		}
		d.places[key] = len(d.keys)
	}
	d.keys, d.values = append(d.keys, key), append(d.values, value)
}

// storages are the types of the elements of PyTorch's classes of storages.
var storages = map[string]dtype{
	"torch.FloatStorage": "float32", "torch.DoubleStorage": "float64",
	"torch.HalfStorage": "float16", "torch.BFloat16Storage": "bfloat16",
	"torch.CharStorage": "int8", "torch.ShortStorage": "int16", "torch.IntStorage": "int32",
	"torch.LongStorage": "int64", "torch.ByteStorage": "uint8", "torch.BoolStorage": "bool",
	"torch.ComplexFloatStorage": "complex64", "torch.ComplexDoubleStorage": "complex128",
	"torch.storage.UntypedStorage": "",
}

// widths are the bytes of an element of each type that tensors may have. Only those of package
// tensor and floats of 8 bits can be read.
var widths = map[dtype]int64{
	"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "int16": 2, "int32": 4,
	"int64": 8, "uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8, "bool": 1,
	"complex32": 4, "complex64": 8, "complex128": 16, "float8_e4m3fn": 1, "float8_e5m2": 1,
	"float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1, "float4_e2m1fn_x2": 1,
}

// short are the formats of floats of 8 bits.
var short = map[dtype]minifloat.Format{
	"float8_e4m3fn": minifloat.E4M3FN, "float8_e5m2": minifloat.E5M2,
	"float8_e4m3fnuz": minifloat.E4M3FNUZ, "float8_e5m2fnuz": minifloat.E5M2FNUZ,
	"float8_e8m0fnu": minifloat.E8M0,
}

// Functions and classes that a pickle may name.
const (
	orderedDict   = callee("collections.OrderedDict")
	rebuildOld    = callee("torch._utils._rebuild_tensor")
	rebuildTensor = callee("torch._utils._rebuild_tensor_v2")
	rebuildTyped  = callee("torch._utils._rebuild_tensor_v3")
	rebuildParam  = callee("torch._utils._rebuild_parameter")
	rebuildState  = callee("torch._utils._rebuild_parameter_with_state")
	rebuildType   = callee("torch._tensor._rebuild_from_type_v2") // of what has attributes in Python
	tensorType    = callee("torch.Tensor")
	torchSize     = callee("torch.Size")
)

// plain are the callees that make values nothing here depends on.
var plain = []callee{"torch.device", "_codecs.encode", "builtins.set", "__builtin__.set",
	"builtins.frozenset", "__builtin__.frozenset", "builtins.bytearray", "__builtin__.bytearray",
	"builtins.complex", "__builtin__.complex", "collections.Counter"}

// global pushes what a module has by a name, if it is one of the few that are allowed.
func (m *machine) global(module, name string) {
	full := module + "." + name
	if t, ok := storages[full]; ok {
		m.push(storage{dtype: t})
		return
	}
	if _, ok := widths[dtype(name)]; ok && module == "torch" {
		m.push(dtype(name))
		return
	}
	switch c := callee(full); c {
	case orderedDict, rebuildOld, rebuildTensor, rebuildTyped, rebuildParam, rebuildState, rebuildType,
		tensorType, torchSize:
		m.push(c)
		return
	default:
		if slices.Contains(plain, c) {
			m.push(c)
			return
		}
	}
	m.fail("%q is no tensor, container or plain value and is not built here: save the weights "+
		"alone, torch.save(model.state_dict(), path)", shorten(full))
}

// shorten cuts a text that only a broken file has.
func shorten(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// call returns what a callee makes of a tuple of arguments.
func (m *machine) call(f, arguments any) any {
	args, ok := arguments.(tuple)
	c, known := f.(callee)
	if !ok || !known {
		m.fail("a call of what is no function")
		return nil
	}
	switch {
	case c == orderedDict && len(args) == 0:
		return &dict{}
	case c == orderedDict && len(args) == 1: // as Python 2 pickled them
		if items, ok := args[0].(*list); ok {
			return m.pairs(items.items)
		}
	case (c == rebuildParam || c == rebuildState) && len(args) >= 3:
		if v, ok := args[0].(*view); ok {
			return v
		}
	case c == rebuildOld && len(args) == 4:
		return m.view(args, "", nil)
	case c == rebuildTensor && len(args) >= 6:
		return m.view(args, "", args[6:])
	case c == rebuildTyped && len(args) >= 7:
		if t, ok := args[6].(dtype); ok {
			return m.view(args, t, args[7:])
		}
	case c == rebuildType && len(args) >= 3 && args[1] == any(tensorType) &&
		args[0] != any(rebuildType):
		return m.call(args[0], args[2])
	case c == torchSize && len(args) == 1:
		return args[0]
	case slices.Contains(plain, c):
		return opaque{}
	}
	m.fail("%s with other arguments than PyTorch gives it", c)
	return nil
}

// pairs returns the dictionary of a list of keys and values.
func (m *machine) pairs(items []any) any {
	d := &dict{}
	for _, item := range items {
		pair, _ := item.(tuple)
		if l, isList := item.(*list); isList {
			pair = l.items
		}
		if len(pair) != 2 {
			m.fail("%s where a key and its value are expected", describe(item))
			return nil
		}
		d.set(pair[0], pair[1])
	}
	return d
}

// view returns the tensor of a storage, an offset, a shape and strides. t is the type of the
// elements if the storage has none; metadata may follow.
func (m *machine) view(args tuple, t dtype, metadata []any) any {
	s, isStorage := args[0].(storage)
	offset, isInt := args[1].(int64)
	shape, strides := m.integers(args[2]), m.integers(args[3])
	offset += s.begin
	if !isStorage || s.key == "" || !isInt || offset < s.begin || int64(int(offset)) != offset ||
		len(shape) != len(strides) {
		m.fail("a tensor without storage, offset, shape or strides")
		return nil
	}
	if len(metadata) > 0 {
		if d, ok := metadata[0].(*dict); ok && len(d.keys) > 0 {
			m.fail("a conjugate or negated view: save what its resolve_conj and resolve_neg return")
		}
	}
	if s.dtype == "" {
		if s.dtype = t; t != "" {
			s.size /= widths[t]
		}
	}
	if s.dtype == "" || t != "" && t != s.dtype {
		m.fail("a tensor whose elements have no type, or two")
	}
	return &view{s, offset, shape, strides}
}

// integers returns the numbers of a tuple, none of which may be negative.
func (m *machine) integers(v any) []int {
	t, ok := v.(tuple)
	if !ok {
		m.fail("%s where a tuple of numbers is expected", describe(v))
	}
	numbers := make([]int, len(t))
	for i, x := range t {
		n, ok := x.(int64)
		if numbers[i] = int(n); !ok || n < 0 || int64(numbers[i]) != n {
			m.fail("a shape or strides that are no numbers from 0 on")
			return nil
		}
	}
	return numbers
}

// storage returns the storage that a persistent id names: ("storage", class, key, place, size), and
// before PyTorch 1.6 the part of it that counts, as (key, offset, size), or None.
func (m *machine) storage(id any) any {
	t, _ := id.(tuple)
	if (len(t) == 5 || len(t) == 6) && text(t[0]) == "storage" {
		s, isClass := t[1].(storage)
		key, isText := t[2].(string)
		size, isInt := t[4].(int64)
		begin, isPart := beginning(t[5:])
		if isClass && isText && isInt && isPart && size >= 0 && key != "" {
			if other, again := m.classes[key]; again && other != s.dtype {
				m.fail("the storage %s has two types", shorten(key))
			}
			m.classes[key] = s.dtype
			s.key, s.size, s.begin = key, size, begin
			return s
		}
	}
	m.fail("a persistent id that names no storage")
	return nil
}

// beginning returns the offset in what may follow a storage's persistent id, and whether it is one.
func beginning(part []any) (int64, bool) {
	if len(part) == 0 || part[0] == nil {
		return 0, true
	}
	t, _ := part[0].(tuple)
	if len(t) != 3 {
		return 0, false
	}
	offset, isInt := t[1].(int64)
	return offset, isInt && offset >= 0
}

// build takes the state of an object on the stack. A dictionary's, which state_dict() has, holds
// versions of layers: nothing depends on it.
func (m *machine) build(any) {
	if _, ok := m.top().(*dict); !ok {
		m.fail("a state for what has none")
	}
}

// text returns v if it is a text, else "".
func text(v any) string {
	s, _ := v.(string)
	return s
}

// describe names the kind of a value.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case string:
		return "a text"
	case *view:
		return "a tensor"
	case *dict:
		return "a dictionary"
	case *list, tuple:
		return "a list"
	}
	return fmt.Sprintf("%T", v)
}

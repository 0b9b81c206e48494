package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Dim is the length of a dimension: a number, or a multiple of a symbol such as the batch. Two
// dimensions are equal if and only if they compare equal.
type Dim struct {
	factor int
	symbol string // "" for a number
}

// Fixed returns a dimension of n.
func Fixed(n int) Dim { return Dim{factor: n} }

// Symbol returns a dimension whose length is known when a graph is compiled. Dimensions of one name
// have one length.
func Symbol(name string) Dim { return Dim{1, name} }

// Value returns the length, or false if it is symbolic.
func (d Dim) Value() (n int, ok bool) { return d.factor, d.symbol == "" }

// Is reports whether the length is known to be n.
func (d Dim) Is(n int) bool { return d == Fixed(n) }

// isNegative reports whether no array has such a dimension.
func (d Dim) isNegative() bool { return d.factor < 0 }

// String returns the number, or the symbol with its factor: "batch", "4·batch".
func (d Dim) String() string {
	switch {
	case d.symbol == "":
		return strconv.Itoa(d.factor)
	case d.factor == 1:
		return d.symbol
	}
	return fmt.Sprintf("%d·%s", d.factor, d.symbol)
}

// MarshalJSON returns a number, or a symbol as String has it.
func (d Dim) MarshalJSON() ([]byte, error) {
	if d.symbol == "" {
		return json.Marshal(d.factor)
	}
	return json.Marshal(d.String())
}

// UnmarshalJSON reads what MarshalJSON returns.
func (d *Dim) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &d.factor) == nil {
		d.symbol = ""
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil || text == "" {
		return fmt.Errorf("%s is not a dimension", data)
	}
	*d = Symbol(text)
	if before, after, ok := strings.Cut(text, "·"); ok {
		if n, err := strconv.Atoi(before); err == nil {
			*d = Dim{n, after}
		}
	}
	return nil
}

// Times returns the product of two dimensions.
func (d Dim) Times(e Dim) Dim {
	switch {
	case d.factor == 0 || e.factor == 0:
		return Fixed(0)
	case d.symbol == "" || e.symbol == "":
		return Dim{d.factor * e.factor, d.symbol + e.symbol}
	}
	symbols := append(strings.Split(d.symbol, "·"), strings.Split(e.symbol, "·")...)
	slices.Sort(symbols) // so that products that are equal compare equal
	return Dim{d.factor * e.factor, strings.Join(symbols, "·")}
}

// Plus returns the sum of two dimensions.
func (d Dim) Plus(e Dim) Dim {
	switch {
	case d.symbol == e.symbol:
		return Dim{d.factor + e.factor, d.symbol}
	case d == Fixed(0):
		return e
	case e == Fixed(0):
		return d
	}
	terms := []string{d.String(), e.String()}
	slices.Sort(terms)
	return Dim{1, "(" + terms[0] + "+" + terms[1] + ")"}
}

// Over returns the quotient of two dimensions, or false if it is not known to be whole.
func (d Dim) Over(e Dim) (Dim, bool) {
	if e.factor == 0 || d.factor%e.factor != 0 {
		return Dim{}, false
	}
	q := d.factor / e.factor
	switch {
	case d.factor == 0:
		return Fixed(0), true
	case e.symbol == "":
		return Dim{q, d.symbol}, true
	case d.symbol == e.symbol:
		return Fixed(q), true
	}
	symbols := strings.Split(d.symbol, "·")
	for _, s := range strings.Split(e.symbol, "·") {
		at := slices.Index(symbols, s)
		if at < 0 {
			return Dim{}, false
		}
		symbols = slices.Delete(symbols, at, at+1)
	}
	return Dim{q, strings.Join(symbols, "·")}, true
}

// Shape is the dimensions of a value. It is not changed once it belongs to one.
type Shape []Dim

// ShapeOf returns a shape of fixed dimensions.
//
//go:noinline
func ShapeOf(dims ...int) Shape {
	s := make(Shape, len(dims))
	for i, n := range dims {
		s[i] = Fixed(n)
	}
	return s
}

// String returns the dimensions in brackets: "[batch 64]".
func (s Shape) String() string {
	dims := make([]string, len(s))
	for i, d := range s {
		dims[i] = d.String()
	}
	return "[" + strings.Join(dims, " ") + "]"
}

// Equal reports whether two shapes have the same dimensions.
//
//go:noinline
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// Size returns the number of elements.
func (s Shape) Size() Dim {
	n := Fixed(1)
	for _, d := range s {
		n = n.Times(d)
	}
	return n
}

// Ints returns the dimensions as numbers, or false if one of them is symbolic.
//
//go:noinline
func (s Shape) Ints() (dims []int, ok bool) {
	dims = make([]int, len(s))
	for i, d := range s {
		if dims[i], ok = d.Value(); !ok {
			return nil, false
		}
	}
	return dims, true
}

// Axis returns the index of a dimension that may be counted from the end: −1 is the last.
func (s Shape) Axis(axis int) (int, error) {
	if axis < -len(s) || axis >= len(s) {
		return 0, fmt.Errorf("axis %d of the shape %v, which has %d dimensions", axis, s, len(s))
	}
	if axis < 0 {
		axis += len(s)
	}
	return axis, nil
}

// Broadcast returns the shape of an element-wise operation on operands of two shapes, by NumPy's
// rule: dimensions are matched from the last one, and a dimension that is missing or 1 is repeated.
func Broadcast(s, t Shape) (Shape, error) {
	if len(s) < len(t) {
		s, t = t, s
	}
	out := slices.Clone(s)
	skip := len(s) - len(t)
	for i, d := range t {
		switch e := s[skip+i]; {
		case d == e || d.Is(1):
		case e.Is(1):
			out[skip+i] = d
		default:
			return nil, fmt.Errorf("the shapes %v and %v can't be broadcast: %v against %v", s, t, e, d)
		}
	}
	return out, nil
}

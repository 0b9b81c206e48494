package rewrite

import (
	"reflect"

	"simdnn/graph"
	"simdnn/graph/op"
)

// line is the numbers x = a + step/length·(b − a), for any a and b.
type line struct{ step, length int }

// lineOf returns the line through two graphs that a third is on if it is on any, by the first length
// of a dimension that differs. If none does, there is just one graph to be on.
func lineOf(a, b, g placed) *line {
	for i, n := range g.Nodes() {
		for j, v := range n.Outputs {
			from, to := a.Nodes()[i].Outputs[j].Shape(), b.Nodes()[i].Outputs[j].Shape()
			for d := 0; d < len(v.Shape()) && len(from) == len(to) && len(to) == len(v.Shape()); d++ {
				p, _ := from[d].Value()
				q, _ := to[d].Value()
				if x, _ := v.Shape()[d].Value(); p != q {
					return &line{x - p, q - p}
				}
			}
		}
	}
	return &line{0, 1}
}

// at returns the number on the line between a and b, or false if it is not whole.
func (l *line) at(a, b int) (int, bool) {
	along := (b - a) * l.step
	return a + along/l.length, along%l.length == 0
}

// has reports whether all numbers of a graph are on the line between those of two others of its
// structure.
func (l *line) has(a, b, g placed) bool {
	for i, v := range g.Sources() {
		if v.Kind() == graph.Input && !l.hasType(a.Sources()[i], b.Sources()[i], v) {
			return false
		}
	}
	for i, n := range g.Nodes() {
		o, ok := l.operator(a.Nodes()[i].Operator, b.Nodes()[i].Operator)
		if !ok || !isSameOperator(o, n.Operator) {
			return false
		}
		for j, v := range n.Outputs {
			if !l.hasType(a.Nodes()[i].Outputs[j], b.Nodes()[i].Outputs[j], v) {
				return false
			}
		}
	}
	return true
}

// hasType reports whether the lengths of a value's dimensions are on the line.
func (l *line) hasType(a, b, v *graph.Value) bool {
	if a.DType() != b.DType() || b.DType() != v.DType() || len(a.Shape()) != len(b.Shape()) ||
		len(b.Shape()) != len(v.Shape()) {
		return false
	}
	for d, n := range v.Shape() {
		p, fixed := a.Shape()[d].Value()
		q, known := b.Shape()[d].Value()
		x, ok := l.at(p, q)
		if !ok || !fixed || !known || !n.Is(x) {
			return false
		}
	}
	return true
}

// extend returns the graph on the line through two of one structure, with the types of inputs that
// g has, and with constants in place of some of the second's; nil if there is none.
func (l *line) extend(first, second, g placed,
	constants map[*graph.Value]*graph.Value) *graph.Graph {
	b := graph.NewBuilder()
	of := make(map[*graph.Value]*graph.Value, len(second.at))
	types := map[string]graph.Type{}
	for _, v := range g.Inputs() {
		types[v.Name()] = v.Type()
	}
	for _, v := range second.Sources() {
		switch {
		case v.Kind() == graph.Input:
			of[v] = b.Input(v.Name(), types[v.Name()])
		case v.Kind() == graph.VariableValue:
			of[v] = b.Variable(v.Variable())
		case v.Lazy() != nil:
			of[v] = b.Lazy(v.Lazy())
		case constants[v] != nil:
			of[v] = b.Constant(constants[v].Constant())
		default:
			of[v] = b.Constant(v.Constant())
		}
	}
	for i, n := range second.Nodes() {
		before := first.Nodes()[i]
		o, ok := l.operator(before.Operator, n.Operator)
		if !ok {
			return nil
		}
		inputs := make([]*graph.Value, len(n.Inputs))
		for j, v := range n.Inputs {
			inputs[j] = of[v]
		}
		var outputs []*graph.Value
		b.In(n.Scope, func() { outputs = b.ApplyAll(o, inputs...) })
		if b.Err() != nil || len(outputs) != len(n.Outputs) {
			return nil
		}
		for j, v := range n.Outputs {
			if !l.hasType(before.Outputs[j], v, outputs[j]) {
				return nil
			}
			of[v] = outputs[j]
		}
	}
	for _, o := range second.Outputs() {
		b.Output(o.Name, of[o.Value])
	}
	for _, u := range second.Updates() {
		b.Update(of[u.Variable], of[u.Value])
	}
	made, err := b.Graph()
	if err != nil {
		return nil
	}
	return made
}

// operator returns the operator whose numbers are on the line between those of two others.
func (l *line) operator(a, b graph.Operator) (graph.Operator, bool) {
	if a == b {
		return b, true
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if x.Type() != y.Type() {
		return nil, false
	}
	made := reflect.New(y.Type()).Elem()
	if !l.set(made, x, y) {
		return nil, false
	}
	return made.Interface().(graph.Operator), true
}

// set gives a part of an operator what is on the line between those of two others: whole numbers,
// and lists of them. All else has to be the same in both.
func (l *line) set(made, a, b reflect.Value) bool {
	made.Set(b)
	switch {
	case b.Type() == reflect.TypeFor[op.Ints]():
		return l.setInts(made, a, b)
	case b.Type() == reflect.TypeFor[int](): // but for those that name a kind
		n, ok := l.at(int(a.Int()), int(b.Int()))
		made.SetInt(int64(n))
		return ok
	case b.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() && a.Pointer() != b.Pointer():
		made.Set(reflect.New(b.Type().Elem()))
		return l.set(made.Elem(), a.Elem(), b.Elem())
	case b.Kind() == reflect.Slice && a.Len() == b.Len() && b.Len() > 0:
		made.Set(reflect.MakeSlice(b.Type(), b.Len(), b.Len()))
		for i := range b.Len() {
			if !l.set(made.Index(i), a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case b.Kind() == reflect.Struct:
		return l.setFields(made, a, b)
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// setFields sets the fields of a struct. One with fields that are not exported has to be the same.
func (l *line) setFields(made, a, b reflect.Value) bool {
	for i := range b.NumField() {
		if !b.Type().Field(i).IsExported() {
			return reflect.DeepEqual(a.Interface(), b.Interface())
		}
		if !l.set(made.Field(i), a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

func (l *line) setInts(made, a, b reflect.Value) bool {
	from, to := op.Ints(a.String()).Values(), op.Ints(b.String()).Values()
	if len(from) != len(to) {
		return false
	}
	for i, n := range to {
		var ok bool
		if to[i], ok = l.at(from[i], n); !ok {
			return false
		}
	}
	made.SetString(string(op.IntsOf(to...)))
	return true
}

// isSameOperator reports whether two operators are equal, or what they point to is.
func isSameOperator(a, b graph.Operator) bool { return a == b || reflect.DeepEqual(a, b) }

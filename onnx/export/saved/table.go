package saved

import (
	"cmp"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// equalOfTexts is the first version of ONNX's operators whose Equal compares texts.
const equalOfTexts = 19

// Table returns a model of tables. If all its columns are numbers its input is "features", of shape
// (batch, columns); else each column is an input of its name, of shape (batch, 1): numbers, or texts,
// which takes operators of version 19 at least, the default then. A missing value is NaN or the empty
// text, and becomes what the training made of it; a text that is no category is none of them.
//
// The outputs of a classification are "label" (batch), the name of the most probable class, and
// "probabilities" (batch, classes); that of a regression is "value" (batch, 1), float64, in the
// target's unit. Features are scaled in float64, as package tabular does.
func Table[T tensor.Float](m *tabular.Model[T], o export.Options) (*export.Translation, error) {
	t := &table[T]{Model: m, b: graph.NewBuilder()}
	if at := slices.IndexFunc(m.Columns, isOfTexts); at >= 0 {
		if o.Opset = cmp.Or(o.Opset, equalOfTexts); o.Opset < equalOfTexts {
			return nil, fmt.Errorf("saved: the column %q holds texts, which are compared from opset %d on, "+
				"not in %d", m.Columns[at].Name, equalOfTexts, o.Opset)
		}
	}
	x, err := predict(t.b, m.Network, op.Cast(t.b, t.scaled(t.features()), tensor.DTypeOf[T]()))
	if err != nil {
		return nil, err
	}
	if m.Classes == nil {
		t.b.Output("value", t.unscaled(x))
	} else {
		outputClasses(t.b, x)
	}
	made, err := translate(t.b, t.describe(o))
	if err != nil {
		return nil, err
	}
	for _, c := range m.Columns {
		if isOfTexts(c) {
			encode(made, c)
		}
	}
	if m.Classes != nil {
		label(made, m.Classes)
	}
	return made, nil
}

func isOfTexts(c data.Column) bool { return c.Categories != nil }

// table is a model that becomes a graph.
type table[T tensor.Float] struct {
	*tabular.Model[T]
	b *graph.Builder
}

// describe says what the model is for.
func (t *table[T]) describe(o export.Options) export.Options {
	o = describe(t.Network, o)
	o.Metadata["task"], o.Metadata["target"] = string(t.Task), t.Target
	o.Docs = map[string]string{"value": "the predicted " + t.Target,
		"label":         "the most probable " + t.Target,
		"probabilities": fmt.Sprintf("of %s being %q", t.Target, t.Classes)}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
		if isOfTexts(c) {
			o.Docs[c.Name] = fmt.Sprintf("one of %q", c.Categories)
		}
	}
	o.Docs["features"] = fmt.Sprintf("the columns %q", names)
	return o
}

// input adds an input of numbers, float64 from here on.
func (t *table[T]) input(name string, columns int) *graph.Value {
	x := t.b.Input(name, graph.TypeOf[T](graph.Symbol(batch), graph.Fixed(columns)))
	return op.Cast(t.b, x, tensor.Float64Type)
}

// features returns the features of all columns, (batch, features), float64.
func (t *table[T]) features() *graph.Value {
	var parts []*graph.Value
	if !slices.ContainsFunc(t.Columns, isOfTexts) {
		x := t.input("features", len(t.Columns))
		if !slices.ContainsFunc(t.Columns, func(c data.Column) bool { return c.Fill != nil }) {
			return x
		}
		for i, c := range t.Columns {
			parts = append(parts, t.filled(c, op.Slice(t.b, x, 1, i, i+1, 1))...)
		}
		return op.Concat(t.b, 1, parts...)
	}
	for _, c := range t.Columns {
		if isOfTexts(c) {
			parts = append(parts, t.b.Input(encoded(c), graph.TypeOf[float64](graph.Symbol(batch),
				graph.Fixed(len(c.Categories)))))
			continue
		}
		parts = append(parts, t.filled(c, t.input(c.Name, 1))...)
	}
	return op.Concat(t.b, 1, parts...)
}

// filled returns the features of a column of numbers, of which NaN is missing.
func (t *table[T]) filled(c data.Column, x *graph.Value) []*graph.Value {
	if c.Fill == nil {
		return []*graph.Value{x}
	}
	isMissing := t.b.Apply(op.Tested{For: op.IsNaN}, x)
	number := func(v float64) *graph.Value { return op.Scalar(t.b, tensor.Float64Type, v) }
	parts := []*graph.Value{op.Where(t.b, isMissing, number(c.Fill[0]), x)}
	if c.Indicator {
		parts = append(parts, op.Cast(t.b, isMissing, tensor.Float64Type))
	}
	return parts
}

// scaled returns (x − mean)/deviation.
func (t *table[T]) scaled(x *graph.Value) *graph.Value {
	if t.Inputs == nil {
		return x
	}
	row := func(v []float64) *graph.Value { return t.b.Constant(tensor.ArrayOf(v, len(v))) }
	return op.Div(t.b, op.Sub(t.b, x, row(t.Inputs.Mean)), row(t.Inputs.Deviation))
}

// unscaled returns y·deviation + mean, float64.
func (t *table[T]) unscaled(y *graph.Value) *graph.Value {
	y = op.Cast(t.b, y, tensor.Float64Type)
	if t.Outputs == nil {
		return y
	}
	number := func(v float64) *graph.Value { return op.Scalar(t.b, tensor.Float64Type, v) }
	return op.Add(t.b, op.Mul(t.b, y, number(t.Outputs.Deviation[0])), number(t.Outputs.Mean[0]))
}

// encoded is the name of the input of a column's features that stands for its texts in the graph.
func encoded(c data.Column) string { return c.Name + ".encoded" }

// encode makes a column's features of its texts: 1 for the category that a text is, else 0, and of a
// missing one what the training put in its place.
func encode(t *export.Translation, c data.Column) {
	t.TextInput(encoded(c), c.Name, batch, func(texts string) string {
		is := func(names ...string) string {
			return t.Cast(t.Node("Equal", []string{texts, t.Texts(names...)}), tensor.Float64Type)
		}
		features := is(c.Categories...)
		if c.Fill == nil || slices.Contains(c.Categories, "") {
			return features
		}
		fill := t.Constant(tensor.ArrayOf(c.Fill, len(c.Fill)))
		missing := t.Node("ReduceMax", []string{is(append([]string{""}, c.MissingTexts...)...),
			t.Integers(1)})
		return t.Node("Add", []string{features, t.Node("Mul", []string{missing, fill})})
	})
}

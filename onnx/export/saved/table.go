package saved

import (
	"encoding/json"
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
// (batch, columns); else each column is an input of its name, of shape (batch, 1): numbers, or
// texts, which takes operators of version 19 at least, the default then. A column that is called as
// an output or a parameter is has "column." before its name; the metadata's feature_names are the
// columns in order. A missing value is NaN or the empty
// text, and becomes what the training made of it; a text that is no category is none of them. Texts
// have no spaces around them: the caller cuts these off, as package data does.
//
// The outputs of a classification are "label" (batch), the name of the most probable class, and
// "probabilities" (batch, classes); that of a regression is "value" (batch, 1), float64, in the
// target's unit. Features are scaled in float64, as package tabular does.
func Table[T tensor.Float](m *tabular.Model[T], o export.Options) (*export.Translation, error) {
	return newTable(m).translate(o)
}

// translate makes the file's model.
func (t *table[T]) translate(o export.Options) (*export.Translation, error) {
	at := slices.IndexFunc(t.Columns, isOfTexts)
	if o.Opset == 0 && at >= 0 && !t.ml {
		o.Opset = equalOfTexts
	}
	if o.Opset != 0 && o.Opset < equalOfTexts && at >= 0 && !t.ml {
		return nil, fmt.Errorf("saved: the column %q holds texts, which are compared from opset %d on, "+
			"not in %d", t.Columns[at].Name, equalOfTexts, o.Opset)
	}
	x, err := predict(t.b, t.Network, op.Cast(t.b, t.scaled(t.features()), tensor.DTypeOf[T]()))
	if err != nil {
		return nil, err
	}
	if t.Classes == nil {
		t.b.Output("value", t.unscaled(x))
	} else {
		outputClasses(t.b, x)
	}
	made, err := translate(t.b, t.describe(o))
	if err != nil {
		return nil, err
	}
	for i, c := range t.Columns {
		if isOfTexts(c) {
			if err := t.encode(made, i); err != nil {
				return nil, err
			}
		}
	}
	if t.Classes != nil {
		err = t.label(made)
	}
	return made, err
}

func isOfTexts(c data.Column) bool { return c.Categories != nil }

// table is a model that becomes a graph.
type table[T tensor.Float] struct {
	*tabular.Model[T]
	b     *graph.Builder
	ml    bool         // operators of classical models stand around the network
	width tensor.DType // of features until they are scaled
	// inputs are the names of the columns' inputs, and encoded those of the features of texts in the
	// graph, which nobody sees.
	inputs, encoded []string
}

// newTable names the inputs: as the columns, but for a column that is called as an output or a
// parameter is.
func newTable[T tensor.Float](m *tabular.Model[T]) *table[T] {
	t := &table[T]{Model: m, b: graph.NewBuilder(), width: tensor.Float64Type}
	taken := map[string]bool{"label": true, "probabilities": true, "value": true, class: true}
	for _, p := range m.Network.Parameters() {
		taken[p.Name] = true
	}
	free := func(name string) string {
		for taken[name] {
			name = "column." + name
		}
		taken[name] = true
		return name
	}
	for _, c := range m.Columns {
		t.inputs = append(t.inputs, free(c.Name))
	}
	for i := range m.Columns {
		t.encoded = append(t.encoded, free(t.inputs[i]+".encoded"))
	}
	return t
}

// describe says what the model is for.
func (t *table[T]) describe(o export.Options) export.Options {
	o = describe(t.Network, o)
	o.Metadata["task"], o.Metadata["target"] = string(t.Task), t.Target
	o.Docs = map[string]string{"value": "the predicted " + t.Target,
		"label":         "the most probable " + t.Target,
		"probabilities": fmt.Sprintf("of %s being %q", t.Target, t.Classes)}
	var names []string
	for i, c := range t.Columns {
		names = append(names, c.Name)
		if isOfTexts(c) {
			o.Reserved = append(o.Reserved, t.inputs[i])
			o.Docs[t.inputs[i]] = fmt.Sprintf("%s: one of %q", c.Name, c.Categories)
		}
	}
	o.Reserved = append(o.Reserved, "label")
	o.Docs["features"] = fmt.Sprintf("the columns %q", names)
	list, _ := json.Marshal(names) // texts have no error
	o.Metadata["feature_names"] = string(list)
	return o
}

// input adds an input of numbers, which have the features' type from here on.
func (t *table[T]) input(name string, columns int) *graph.Value {
	x := t.b.Input(name, graph.TypeOf[T](graph.Symbol(batch), graph.Fixed(columns)))
	return op.Cast(t.b, x, t.width)
}

// features returns the features of all columns, (batch, features).
func (t *table[T]) features() *graph.Value {
	var parts []*graph.Value
	if !slices.ContainsFunc(t.Columns, isOfTexts) {
		x := t.input("features", len(t.Columns))
		if !slices.ContainsFunc(t.Columns, func(c data.Column) bool { return c.Fill != nil }) {
			return x
		}
		if fill, together := t.fills(); t.ml && together {
			return t.imputed(x, fill...)
		}
		for i, c := range t.Columns {
			parts = append(parts, t.filled(c, op.Slice(t.b, x, 1, i, i+1, 1))...)
		}
		return op.Concat(t.b, 1, parts...)
	}
	for i, c := range t.Columns {
		if isOfTexts(c) {
			parts = append(parts, t.b.Input(t.encoded[i], graph.Type{DType: t.width,
				Shape: graph.Shape{graph.Symbol(batch), graph.Fixed(len(c.Categories))}}))
			continue
		}
		parts = append(parts, t.filled(c, t.input(t.inputs[i], 1))...)
	}
	return op.Concat(t.b, 1, parts...)
}

// filled returns the features of a column of numbers, of which NaN is missing.
func (t *table[T]) filled(c data.Column, x *graph.Value) []*graph.Value {
	if c.Fill == nil {
		return []*graph.Value{x}
	}
	parts := []*graph.Value{t.imputed(x, c.Fill[0])}
	if c.Indicator {
		parts = append(parts, op.Cast(t.b, t.b.Apply(op.Tested{For: op.IsNaN}, x), t.width))
	}
	return parts
}

// scaled returns (x − mean)/deviation.
func (t *table[T]) scaled(x *graph.Value) *graph.Value {
	if t.Inputs == nil {
		return x
	}
	if t.ml {
		return t.b.Apply(scalerOf(t.Inputs), x)
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

// encode makes a column's features of its texts: 1 for the category that a text is, else 0, and of
// a missing one what the training put in its place.
func (t *table[T]) encode(made *export.Translation, column int) error {
	c := t.Columns[column]
	compute := func(texts string) string {
		features := t.is(made, texts, c.Categories)
		if c.Fill == nil || slices.Contains(c.Categories, "") {
			return features
		}
		fill := made.Cast(made.Constant(tensor.ArrayOf(c.Fill, len(c.Fill))), t.width)
		none := slices.Compact(slices.Sorted(slices.Values(append([]string{""}, c.MissingTexts...))))
		missing := made.Node("ReduceSum", []string{t.is(made, texts, none), made.Integers(1)})
		return made.Node("Add", []string{features, made.Node("Mul", []string{missing, fill})})
	}
	return made.TextInput(t.encoded[column], t.inputs[column], batch, compute)
}

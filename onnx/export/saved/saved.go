// Package saved makes ONNX files of trained models, with what stands before and after their
// networks: scalers, categories, the names of classes.
package saved

import (
	"maps"
	"strconv"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// batch is the name of the number of rows.
const batch = "batch"

// Network returns a network alone: its inputs are x, x.1, …, its outputs prediction, prediction.1,
// …
func Network[T tensor.Float](m *nn.Model[T], o export.Options) (*export.Translation, error) {
	g, err := m.PredictionGraph()
	if err != nil {
		return nil, err
	}
	return export.Translate(g, describe(m, o))
}

// describe adds to the metadata what identifies the model.
func describe[T tensor.Float](m *nn.Model[T], o export.Options) export.Options {
	o.Metadata = maps.Clone(o.Metadata)
	if o.Metadata == nil {
		o.Metadata = map[string]string{}
	}
	o.Metadata["params_sha256"] = m.ParamsSHA256()
	if m.Manifest != nil {
		o.Metadata["simdnn_version"] = m.Manifest.Version
		o.Metadata["arguments"] = strings.Join(m.Manifest.Arguments, " ")
		if m.Manifest.Seed != nil {
			o.Metadata["seed"] = strconv.FormatUint(*m.Manifest.Seed, 10)
		}
	}
	return o
}

// predict adds what a network with one input and one output makes of x.
func predict[T tensor.Float](b *graph.Builder, m *nn.Model[T],
	x *graph.Value) (*graph.Value, error) {
	g, err := m.PredictionGraph()
	if err != nil {
		return nil, err
	}
	variables := map[*graph.Value]*graph.Value{}
	for _, v := range g.Sources() {
		if v.Kind() == graph.VariableValue {
			variables[v] = b.Variable(v.Variable())
		}
	}
	y := b.Inline(g, func(source *graph.Value) *graph.Value {
		if source.Kind() == graph.Input {
			return x
		}
		return variables[source]
	})
	return y[0], b.Err()
}

// translate builds the graph and translates it.
func translate(b *graph.Builder, o export.Options) (*export.Translation, error) {
	g, err := b.Graph()
	if err != nil {
		return nil, err
	}
	return export.Translate(g, o)
}

// class is the graph's output of the numbers of the most probable classes, (batch), until they have
// names.
const class = "label.number"

// label makes texts of the numbers of classes.
func label(t *export.Translation, classes []string) error {
	return t.TextOutput(class, "label", batch, func(numbers string) string {
		return t.Node("Gather", []string{t.Texts(classes...), numbers})
	})
}

// outputClasses adds the number of the first of the most probable classes, and the probabilities of
// all.
func outputClasses(b *graph.Builder, probabilities *graph.Value) {
	b.Output(class, op.ArgMax(b, probabilities, 1))
	b.Output("probabilities", probabilities)
}

package saved

import (
	"encoding/json"
	"fmt"
	"maps"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/export"
	"simdnn/tensor"
	"simdnn/tree"
)

// Trees returns a model of LightGBM or XGBoost. Its input is "features", float32 of shape (batch,
// features), NaN where a value is missing. The outputs of a model of classes are "label" (batch),
// int64, the number of the first of the most probable classes, and "probabilities" (batch,
// classes); that of others is "value" (batch, outputs), what the program predicts. All but labels
// are float32.
//
// A row goes to the leaves that it goes to in the program, which for LightGBM is: to those of the
// same numbers rounded to float32. A number of more digits may be rounded across a threshold.
// LightGBM's sums are of float64 and rounded once, XGBoost's are its own of float32, and links are
// computed of these. So a label can differ where two classes are equally probable to the last digit
// of float32.
//
// What ONNX's trees don't test is computed before them, as columns behind the features: numbers of
// which zeros are missing, or none, and for each set of categories whether a row's is in it. The
// models of linear trees are sums that the ensemble makes of the leaves' coefficients, each rounded
// to float32; what they give for an infinity is another thing.
func Trees(m *tree.Model, o export.Options) (*export.Translation, error) {
	b := graph.NewBuilder()
	x := b.Input("features", graph.TypeOf[float32](graph.Symbol(batch), graph.Fixed(m.Features())))
	var y *graph.Value
	if weights, start := m.Linear(); weights != nil {
		y = linearSums(b, x, weights, start)
	} else {
		var err error
		if y, err = treeSums(b, m, x); err != nil {
			return nil, err
		}
	}
	y = linked(b, m.Link(), y)
	if m.Classes() == 0 {
		b.Output("value", y)
		return translate(b, describeTrees(m, o))
	}
	if m.Targets() < m.Classes() {
		y = op.Concat(b, 1, op.Sub(b, op.Scalar(b, tensor.Float32Type, 1), y), y)
	}
	b.Output("label", op.ArgMax(b, y, 1))
	b.Output("probabilities", y)
	return translate(b, describeTrees(m, o))
}

// describeTrees says what the model is for.
func describeTrees(m *tree.Model, o export.Options) export.Options {
	o.Metadata = maps.Clone(o.Metadata)
	if o.Metadata == nil {
		o.Metadata = map[string]string{}
	}
	o.Metadata["format"], o.Metadata["objective"] = m.Format, m.Objective
	o.Docs = map[string]string{
		"features":      fmt.Sprintf("%d numbers, NaN where one is missing", m.Features()),
		"value":         fmt.Sprintf("what %s predicts for %s", m.Format, m.Objective),
		"label":         "the number of the most probable class",
		"probabilities": "of the classes",
	}
	if m.Names != nil {
		names, _ := json.Marshal(m.Names) // texts have no errors
		o.Metadata["feature_names"] = string(names)
		o.Docs["features"] = fmt.Sprintf("the columns %q, NaN where a value is missing", m.Names)
	}
	return o
}

// linearSums returns the sums of a linear model, (batch, targets), in which nothing is added for
// what is missing.
func linearSums(b *graph.Builder, x *graph.Value, weights, start []float32) *graph.Value {
	isMissing := b.Apply(op.Tested{For: op.IsNaN}, x)
	x = op.Where(b, isMissing, op.Scalar(b, tensor.Float32Type, 0), x)
	w := b.Constant(tensor.ArrayOf(weights, len(weights)/len(start), len(start)))
	return op.Add(b, op.MatMul(b, x, w), b.Constant(tensor.ArrayOf(start, len(start))))
}

// linked returns what a link makes of sums. A link to a class gives the probabilities of all.
func linked(b *graph.Builder, l tree.Link, y *graph.Value) *graph.Value {
	if l.Parts != 0 {
		y = op.Div(b, y, op.Scalar(b, tensor.Float32Type, l.Parts))
	}
	switch l.Kind {
	case tree.SigmoidLink:
		if l.Scale != 0 && l.Scale != 1 {
			y = op.Scale(b, y, l.Scale)
		}
		return op.Apply(b, tensor.Sigmoid, y)
	case tree.SoftmaxLink, tree.ClassLink:
		return op.Softmax(b, y)
	case tree.ExpLink, tree.WideExpLink:
		return op.Apply(b, tensor.Exp, y)
	case tree.SoftplusLink:
		return op.Apply(b, tensor.Softplus, y)
	case tree.SquareLink:
		return op.Mul(b, y, op.Map(b, op.Abs, y))
	case tree.HingeLink:
		return op.Cast(b, op.Less(b, op.Scalar(b, tensor.Float32Type, 0), y), tensor.Float32Type)
	}
	return y
}

// treeSums returns the sums of trees, (batch, targets).
func treeSums(b *graph.Builder, m *tree.Model, x *graph.Value) (*graph.Value, error) {
	e := *m.Ensemble()
	c, err := newColumns(&e)
	if err != nil {
		return nil, err
	}
	from := c.values(b, x)
	if m.Format == "LightGBM" {
		from = op.Cast(b, from, tensor.Float64Type)
	}
	e.Features, e.Nodes, e.Sets = c.width, c.nodes(), nil
	isLinear := expandLinear(&e, m.Features())
	addBase(&e)
	y := b.Apply(&ensemble{e}, from)
	if isLinear {
		y = products(b, x, y, m.Targets())
	}
	return y, nil
}

// addBase puts what sums start at into trees of one leaf before the others, since ONNX adds base
// values to sums, not trees to base values, which rounds otherwise.
func addBase(e *tree.Ensemble) {
	var roots []tree.Child
	for target, v := range e.Base {
		if v != 0 {
			roots = append(roots, ^tree.Child(len(e.Leaves)))
			weight := tree.Weight{Target: int32(target), Value: v}
			e.Leaves = append(e.Leaves, tree.Leaf{Weights: []tree.Weight{weight}})
		}
	}
	e.Roots, e.Base = append(roots, e.Roots...), nil
}

package saved

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// classical is the domain of ONNX's operators of classical models, and its version that is written:
// the first one whose trees have float64.
const (
	classical        = "ai.onnx.ml"
	classicalVersion = 3
)

// TableML returns a model of tables as [Table] does, of which what stands around the network are
// operators for that: Imputer, Scaler, OneHotEncoder and LabelEncoder, as converters of
// scikit-learn write them, which programs that look for columns, categories and classes in files
// understand. Columns of texts need no version of the other operators. Imputer and Scaler compute
// in float32, where Table's form has float64: x·(1/deviation) for inputs near the mean differs in
// the last places, and columns whose values differ in places beyond float32's lose them.
func TableML[T tensor.Float](m *tabular.Model[T], o export.Options) (*export.Translation, error) {
	t := newTable(m)
	t.ml, t.width = true, tensor.Float32Type
	return t.translate(o)
}

// scaler is ONNX's Scaler: (x − offset)·scale of each column, float32.
type scaler struct{ offset, scale []float64 }

// imputer is ONNX's Imputer: numbers of the columns in the place of NaN.
type imputer struct{ fill []float64 }

// Name returns "scaler".
func (*scaler) Name() string { return "scaler" }

// Name returns "imputer".
func (*imputer) Name() string { return "imputer" }

// Infer returns the type of the rows.
func (*scaler) Infer(in []graph.Type) ([]graph.Type, error) { return in, nil }

// Infer returns the type of the rows.
func (*imputer) Infer(in []graph.Type) ([]graph.Type, error) { return in, nil }

// Bind returns an error: it is written, not run.
func (s *scaler) Bind(*graph.Binding) (graph.Step, error) { return onlyWritten(s) }

// Bind returns an error: it is written, not run.
func (i *imputer) Bind(*graph.Binding) (graph.Step, error) { return onlyWritten(i) }

func onlyWritten(o graph.Operator) (graph.Step, error) {
	return nil, fmt.Errorf("the %s of ONNX runs in a file's model", o.Name())
}

// ONNX writes the node.
func (s *scaler) ONNX(t *export.Translation, _ *graph.Node, in []string) []string {
	return t.NodeIn(classical, classicalVersion, "Scaler", 1, in,
		export.Floats("offset", s.offset...), export.Floats("scale", s.scale...))
}

// ONNX writes the node.
func (i *imputer) ONNX(t *export.Translation, _ *graph.Node, in []string) []string {
	return t.NodeIn(classical, classicalVersion, "Imputer", 1, in,
		export.Floats("imputed_value_floats", i.fill...),
		export.Float("replaced_value_float", math.NaN()))
}

// scalerOf returns the operator for (x − mean)/deviation.
func scalerOf(s *data.Scaler[float64]) *scaler {
	made := &scaler{offset: s.Mean}
	for _, d := range s.Deviation {
		made.scale = append(made.scale, 1/d)
	}
	return made
}

// fills returns what is put in the place of NaN in all columns, NaN where nothing is, and whether
// one operator can do it: where no column gets another feature that says whether it was missing.
func (t *table[T]) fills() (fill []float64, together bool) {
	for _, c := range t.Columns {
		switch {
		case c.Indicator:
			return nil, false
		case c.Fill == nil:
			fill = append(fill, math.NaN())
		default:
			fill = append(fill, c.Fill[0])
		}
	}
	return fill, true
}

// is makes of texts, (batch, 1), 1 for the one among names that each is, else 0: (batch, names).
func (t *table[T]) is(made *export.Translation, texts string, names []string) string {
	if !t.ml {
		return made.Cast(made.Node("Equal", []string{texts, made.Texts(names...)}), t.width)
	}
	hot := made.NodeIn(classical, classicalVersion, "OneHotEncoder", 1, []string{texts},
		export.Texts("cats_strings", names...), export.Int("zeros", 1))[0]
	return made.Node("Squeeze", []string{hot, made.Integers(1)}) // of (batch, 1, names)
}

// label makes texts of the numbers of classes.
func (t *table[T]) label(made *export.Translation) error {
	if !t.ml {
		return label(made, t.Classes)
	}
	numbers := make([]int, len(t.Classes))
	for i := range numbers {
		numbers[i] = i
	}
	return made.TextOutput(class, "label", batch, func(value string) string {
		return made.NodeIn(classical, classicalVersion, "LabelEncoder", 1, []string{value},
			export.Ints("keys_int64s", numbers...), export.Texts("values_strings", t.Classes...))[0]
	})
}

// imputed returns a column's numbers, or those of all columns, with fills in the place of NaN.
func (t *table[T]) imputed(x *graph.Value, fill ...float64) *graph.Value {
	if t.ml {
		return t.b.Apply(&imputer{fill}, x)
	}
	isMissing := t.b.Apply(op.Tested{For: op.IsNaN}, x)
	return op.Where(t.b, isMissing, op.Scalar(t.b, t.width, fill[0]), x)
}

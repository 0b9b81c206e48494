package file

import (
	"fmt"
	"strings"

	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Describe returns a type as text: "float32[batch 3 ?]".
func Describe(t *proto.Type) string {
	if t == nil {
		return "anything"
	}
	switch t.Kind {
	case proto.TensorKind, proto.SparseKind:
		shape := "of any shape"
		if t.Ranked {
			dims := make([]string, len(t.Shape))
			for i, d := range t.Shape {
				dims[i] = proto.Printable(DimText(d))
			}
			shape = "[" + strings.Join(dims, " ") + "]"
			return value.ElementType(t.Element).String() + shape
		}
		return value.ElementType(t.Element).String() + " " + shape
	case proto.SequenceKind:
		return "a sequence of " + Describe(t.Of)
	case proto.OptionalKind:
		return "an optional " + Describe(t.Of)
	case proto.MapKind:
		return fmt.Sprintf("a map of %v to %s", value.ElementType(t.Element), Describe(t.Of))
	}
	return "anything"
}

// DimText returns a dimension as text: "3", "batch", or "?".
func DimText(d proto.Dim) string {
	switch {
	case d.HasValue && d.Value >= 0:
		return fmt.Sprint(d.Value)
	case d.Symbol != "":
		return d.Symbol
	}
	return "?"
}

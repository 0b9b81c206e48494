// Package standard has the operators of ONNX's default domain, and those for training: a family a
// file. What operators of other domains share with them is exported.
package standard

import (
	"slices"

	"simdnn/onnx/internal/plan"
)

// Operators returns the operators of the default domain: a list of each file.
func Operators() []plan.Operator {
	return slices.Concat(elementwise, binaries, constants, shapes, pieces, gathers, products,
		reductions,
		casts, control, sequences, dataDependent, images, norms, losses, attentions, quantised,
		resizes,
		samplings, signals, recurrents, arrangements, textOperators, randoms, decoders)
}

package onnx

import (
	"fmt"

	"simdnn/graph"
	"simdnn/onnx/internal/lengths"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
)

// GraphOptions say what graph [Model.Graph] returns. The zero value is right for models whose
// inputs have no open dimensions but the first, which is taken for the batch, and those with a
// name.
type GraphOptions struct {
	// Shapes gives inputs, by name, their dimensions, of which −1 is the batch, and −2 one that
	// stays open by the name that the file gives it; they may differ from what the file declares.
	// An input that is not here has the dimensions that the file declares: the first one is the
	// batch if it is open there, and no other dimension has its name.
	Shapes map[string][]int
	// Values gives inputs that are always the same, such as a rate of samples. They are not inputs
	// of the graph.
	Values map[string]*value.Value
	// Outputs names the values that the graph computes, any of the model's: with the one before the
	// last layer, that layer is cut off. Nil stands for the model's outputs.
	Outputs []string
}

// Batch is the name that the first open dimension has in graphs.
const Batch = lengths.Batch

// Graph returns the model as a graph that can be changed and trained, see package nn. Inputs and
// outputs have the names that the file gives them. Its weights become variables of their names:
// tensors of float32 or float64, with at least one dimension, that no shape depends on; those that
// the file has as a constant's attribute, too, if they have several elements. They are parameters,
// but for the moments of batch normalisations, which are buffers. They are copies: training changes
// neither the model nor what runs it. What package export wrote as constants stays one, and so do
// tensors of float64 beside those of float32.
//
// What becomes an operator in memory alone, such as a product of integers that were packed, stands
// in the graph as the node that it was: package export writes it as that, and training passes no
// gradient through it. Weights that it reads are constants.
//
// Where operators of graphs with gradients compute what a node does, they stand for it: recurrent
// layers, images resized, and casts of floats to integers, where the nearest integer stands for
// what is out of range. Results then may differ from those of sessions by the rounding of sums.
//
// The graph is for batches of any size, and for any length of other open dimensions. To find out
// what depends on them, the model is translated for two lengths of each; where the two differ in
// what can't be said for any, the error names the node. So it does where a shape depends on data.
// Of an If that does the graph has both branches, which must give the same types, and a choice. What
// depends on constants alone is computed beforehand.
func (m *Model) Graph(o GraphOptions) (*graph.Graph, error) {
	g, err := plan.Translate(m.file, plan.GraphOptions(o))
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", m.file.Name, err)
	}
	return g, nil
}

package nn

import (
	"fmt"

	"simdnn/tensor"
)

// predictRows is the size of the batches in which Predict works: large enough for the products' full speed, small enough for the
// activations to stay in the second-level cache.
const predictRows = 256

// Predict returns the predictions (rows, outputs) for x of shape (rows, inputs), of any number of rows. Many goroutines may call
// it at once. Where nothing is to be allocated call [Model.Forward] with a workspace instead.
func (m *Model[T]) Predict(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	if x.Rank() != 2 {
		return nil, fmt.Errorf("nn: an input of shape %v; the model takes (rows, inputs)", x.Shape())
	}
	w, err := m.predictor()
	if err != nil {
		return nil, err
	}
	defer m.predictors.Put(w)
	rows := x.Dim(0)
	predictions := tensor.New[T](rows, m.layers[len(m.layers)-1].Out())
	for lo := 0; lo < rows; lo += predictRows {
		hi := min(lo+predictRows, rows)
		y, err := m.Forward(w, x.Slice(lo, hi))
		if err != nil {
			return nil, err
		}
		predictions.Slice(lo, hi).CopyFrom(y)
	}
	return predictions, nil
}

// predictor returns a workspace that no one uses.
func (m *Model[T]) predictor() (*Workspace[T], error) {
	if w, ok := m.predictors.Get().(*Workspace[T]); ok {
		return w, nil
	}
	return m.NewWorkspace(predictRows)
}

package nn

import "simdnn/tensor"

// Frozen is a copy of a model for predictions, which later changes of the model don't reach: so the
// weights of large layers stay packed in it, in the order that products read fastest. Its
// predictions have the bits of the model's. Any number of goroutines may use it at once.
type Frozen[T tensor.Float] struct{ model *Model[T] }

// freezer is a layer that can copy itself for predictions.
type freezer[T tensor.Float] interface {
	// freeze returns a copy that won't change, for passes by e.
	freeze(e *tensor.Engine[T]) Layer[T]
}

// Freeze returns a copy of the model for predictions, or an error if the model can't be run (see
// [Model.Check]). Layers of other packages are not copied but shared.
func (m *Model[T]) Freeze() (*Frozen[T], error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	copied := &Model[T]{loss: m.loss, settings: m.settings, engine: m.engine}
	for _, l := range m.layers {
		if f, ok := l.(freezer[T]); ok {
			l = f.freeze(m.engine)
		}
		copied.layers = append(copied.layers, l)
	}
	return &Frozen[T]{copied}, nil
}

// NewPredictor returns a predictor, as [Model.NewPredictor] does. It shares the copy with all
// others.
func (f *Frozen[T]) NewPredictor() (*Predictor[T], error) { return f.model.NewPredictor() }

// Predict returns the predictions for x, as [Model.Predict] does.
func (f *Frozen[T]) Predict(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	return f.model.Predict(x)
}

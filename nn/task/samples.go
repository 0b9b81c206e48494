package task

import (
	"errors"
	"fmt"

	"simdnn/nn/data"
	"simdnn/tensor"
)

// ImageSamples returns images as the network takes them, at most so many, which are spread evenly
// over all: (samples, …), as [nn.Quantize] takes them.
func (m *Model[T]) ImageSamples(images *data.Images, most int) (*tensor.Tensor[T], error) {
	if m.Images == nil {
		return nil, errors.New("the network takes no images")
	}
	s, err := m.imageSamples(images)
	if err != nil {
		return nil, err
	}
	return spread(s, most), nil
}

// TextSamples returns passages of a text as [Model.ImageSamples] does images.
func (m *Model[T]) TextSamples(text []byte, most int) (*tensor.Tensor[T], error) {
	if m.Text == nil {
		return nil, errors.New("the network takes no texts")
	}
	symbols, err := m.Text.Vocabulary.Encode(text)
	if err != nil {
		return nil, err
	}
	s, err := data.NewTextSamples[T](symbols, m.Text.Length, false)
	if err != nil {
		return nil, err
	}
	return spread[T](s, most), nil
}

// SeriesSamples returns windows of a series (steps, features) as [Model.ImageSamples] does images.
func (m *Model[T]) SeriesSamples(series *tensor.Tensor[float64], most int) (
	*tensor.Tensor[T], error) {
	f := m.Series
	if f == nil {
		return nil, errors.New("the network takes no series")
	}
	if series.Rank() != 2 || series.Dim(1) != f.width() {
		return nil, fmt.Errorf("a series of shape %v, but the network sees %d features", series.Shape(),
			f.width())
	}
	scaled, err := f.Scaling.Transform(series)
	if err != nil {
		return nil, err
	}
	s, err := data.NewSeriesSamples(data.Convert[T](scaled), data.SeriesOptions{Window: f.Window,
		Horizon: f.Horizon, Target: f.width() - 1, Shape: m.Network.InputShape()})
	if err != nil {
		return nil, err
	}
	return spread[T](s, most), nil
}

// spread returns the inputs of samples, at most so many.
func spread[T tensor.Float](s data.Samples[T], most int) *tensor.Tensor[T] {
	n, shapes := min(s.Len(), most), s.Shapes()
	x := tensor.New[T](append([]int{n}, shapes[0]...)...)
	size, target := elements(shapes[0]), make([]T, elements(shapes[1]))
	for i := range n {
		s.Fill([][]T{x.Data()[i*size:][:size], target}, i*s.Len()/n, tensor.Random{})
	}
	return x
}

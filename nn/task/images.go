package task

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"simdnn/nn/data"
	"simdnn/tensor"
)

// ImageFormat is what a network takes images as.
type ImageFormat struct {
	Height       int      `json:"height"`
	Width        int      `json:"width"`
	Channels     int      `json:"channels"`
	ChannelsLast bool     `json:"channels_last,omitempty"`
	Classes      []string `json:"classes,omitempty"`
	Reconstruct  bool     `json:"reconstruct,omitempty"` // it gives images back
}

// elements returns the number of elements of an image.
func (f *ImageFormat) elements() int { return f.Height * f.Width * f.Channels }

// Size returns the size to which images are brought.
func (f *ImageFormat) Size() data.ImageSize {
	return data.ImageSize{Height: f.Height, Width: f.Width, Channels: f.Channels}
}

// PrepareImages makes a training run on images ready. Those to validate on may be nil: then a share
// of the others is held out as the settings say, of each class the same. Images are changed at
// random while training as the augmentation says.
func PrepareImages[T tensor.Float](train, validation *data.Images, a data.Augmentation, s Settings,
) (*Job[T], error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	n, err := s.network(problem{Kind: Images, channels: train.Channels, height: train.Height,
		width: train.Width, outputs: len(train.Classes)})
	if err != nil {
		return nil, err
	}
	rows, held, err := heldOut(train, validation, &s)
	if err != nil {
		return nil, err
	}
	o := data.ImageOptions{Rows: rows, ChannelsLast: n.channelsLast, Shape: n.Input,
		Reconstruct: n.reconstructs, Augmentation: a}
	training, err := data.NewImageSamples[T](train, o)
	if err != nil {
		return nil, err
	}
	o.Augmentation, o.Rows = data.Augmentation{}, held
	var validating data.Samples[T]
	if validation != nil || held != nil {
		if validating, err = data.NewImageSamples[T](cmp.Or(validation, train), o); err != nil {
			return nil, err
		}
	}
	j, err := prepare(n, s, training, validating)
	if err != nil {
		return nil, err
	}
	j.Kind, j.About = Images, aboutImages(train, training.Len())
	j.description.Images = &ImageFormat{Height: train.Height, Width: train.Width,
		Channels: train.Channels, ChannelsLast: n.channelsLast, Classes: train.Classes,
		Reconstruct: n.reconstructs}
	return j, nil
}

// heldOut divides the training images where no others are given: rows is nil for all of them, held
// is nil if nothing is held out of them.
func heldOut(train, validation *data.Images, s *Settings) (rows, held []int, err error) {
	if validation != nil {
		s.Validation = 0
		return nil, nil, nil
	}
	if s.Validation == 0 {
		return nil, nil, nil
	}
	rows, held, err = data.SplitRows(train.Len(), train.Labels,
		data.SplitOptions{Test: s.Validation, Stratify: true, Seed: s.Seed})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", train.Name, err)
	}
	return rows, held, nil
}

// aboutImages describes images to train on.
func aboutImages(m *data.Images, n int) string {
	colours := ""
	if m.Channels > 1 {
		colours = " in colour"
	}
	return fmt.Sprintf("%s, %d images of %d×%d%s in %d classes", m.Name, n, m.Width, m.Height,
		colours, len(m.Classes))
}

// ClassifyImages hands the probabilities of the classes of each image on, in their order. The slice
// is valid until the next call.
func (m *Model[T]) ClassifyImages(images *data.Images,
	take func(image int, probabilities []float64) error) error {
	if m.Images == nil || m.Images.Reconstruct {
		return errors.New("the network gives no classes of images")
	}
	s, err := m.imageSamples(images)
	if err != nil {
		return err
	}
	row, image := make([]float64, len(m.Images.Classes)), 0
	return m.each(s, func(_, y *tensor.Tensor[T]) error {
		for i := range y.Dim(0) {
			for k, v := range sampleOf(y, i) {
				row[k] = float64(v)
			}
			if m.logits() {
				softmax(row)
			}
			if err := take(image, row); err != nil {
				return err
			}
			image++
		}
		return nil
	})
}

// ReconstructImages hands each image on as the network takes it and as it gives it back, as numbers
// from 0 to 1 for each channel of each pixel.
func (m *Model[T]) ReconstructImages(images *data.Images,
	take func(image int, x, y []T) error) error {
	if m.Images == nil || !m.Images.Reconstruct {
		return errors.New("the network gives no images")
	}
	s, err := m.imageSamples(images)
	if err != nil {
		return err
	}
	image := 0
	return m.each(s, func(x, y *tensor.Tensor[T]) error {
		for i := range y.Dim(0) {
			given, back := sampleOf(x, i), sampleOf(y, i)
			for k, v := range back {
				back[k] = T(1 / (1 + math.Exp(-float64(v))))
			}
			if err := take(image, given, back); err != nil {
				return err
			}
			image++
		}
		return nil
	})
}

// imageSamples returns images as the network takes them.
func (m *Model[T]) imageSamples(images *data.Images) (data.Samples[T], error) {
	if f := m.Images; images.Height != f.Height || images.Width != f.Width ||
		images.Channels != f.Channels {
		return nil, fmt.Errorf("%s: images of %d×%d with %d channels, but the network takes %d×%d with %d",
			images.Name, images.Width, images.Height, images.Channels, f.Width, f.Height, f.Channels)
	}
	return data.NewImageSamples[T](images, data.ImageOptions{ChannelsLast: m.Images.ChannelsLast,
		Shape: m.Network.InputShape()})
}

// softmax makes probabilities of logits.
func softmax(row []float64) {
	largest, sum := math.Inf(-1), 0.0
	for _, v := range row {
		largest = max(largest, v)
	}
	for i, v := range row {
		row[i] = math.Exp(v - largest)
		sum += row[i]
	}
	for i := range row {
		row[i] /= sum
	}
}

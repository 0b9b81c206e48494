package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"simdnn/internal/atomicfile"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Members of the metadata of a model's file.
const (
	taskKey        = "task"
	descriptionKey = "samples"
)

// Description is what a model's file says of the data that it is for. One of its parts is there.
type Description struct {
	Images *ImageFormat  `json:"images,omitempty"`
	Text   *TextFormat   `json:"text,omitempty"`
	Series *SeriesFormat `json:"series,omitempty"`
}

// kind returns what samples are.
func (d *Description) kind() Kind {
	switch {
	case d.Images != nil:
		return Images
	case d.Text != nil:
		return Texts
	case d.Series != nil:
		return Series
	}
	return ""
}

// Model is a trained network with what is needed to understand further data.
type Model[T tensor.Float] struct {
	Network *nn.Model[T]
	Description
}

// KindOf returns the kind of data that the model with such metadata is for, empty for one that was
// not trained by this package.
func KindOf(metadata map[string]string) Kind {
	if k := Kind(metadata[taskKey]); slices.Contains([]Kind{Images, Texts, Series}, k) {
		return k
	}
	return ""
}

// Save writes a file that is enough to predict: that of [nn.Model.Save] with the rest in the
// metadata.
func (m *Model[T]) Save(path string) error { return atomicfile.Write(path, m.Encode) }

// Encode writes what [Model.Save] does to w.
func (m *Model[T]) Encode(w io.Writer) error {
	text, err := json.Marshal(m.Description)
	if err != nil {
		return err
	}
	m.Network.Metadata = map[string]string{taskKey: string(m.kind()), descriptionKey: string(text)}
	return m.Network.Encode(w)
}

// Load reads the file that [Model.Save] wrote. The options are those of [nn.NewModel].
func Load[T tensor.Float](path string, options ...nn.Option) (*Model[T], error) {
	network, err := nn.Load[T](path, options...)
	if err != nil {
		return nil, err
	}
	m := &Model[T]{Network: network}
	if err := m.describe(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// describe reads what the metadata say, and checks that it fits the network.
func (m *Model[T]) describe() error {
	text := m.Network.Metadata[descriptionKey]
	if text == "" {
		return errors.New("the metadata don't say what images, text or series the network is for")
	}
	if err := json.Unmarshal([]byte(text), &m.Description); err != nil {
		return fmt.Errorf("the metadata %s: %w", descriptionKey, err)
	}
	in, out := elements(m.Network.InputShape()), elements(m.Network.OutputShape())
	var wantIn, wantOut int
	switch m.kind() {
	case Images:
		wantIn, wantOut = m.Images.elements(), len(m.Images.Classes)
		if m.Images.Reconstruct {
			wantOut = wantIn
		}
	case Texts:
		wantIn = m.Text.Length
		wantOut = wantIn * m.Text.Vocabulary.Len()
	case Series:
		wantIn, wantOut = m.Series.Window*m.Series.width(), m.Series.Horizon
	default:
		return fmt.Errorf("the metadata %s: neither images nor a text nor a series", descriptionKey)
	}
	if in != wantIn || out != wantOut {
		return fmt.Errorf("the metadata %s: %d inputs and %d outputs, but the network has %d and %d",
			descriptionKey, wantIn, wantOut, in, out)
	}
	return nil
}

// elements returns the number of elements of a shape.
func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// logits reports whether the network gives logits of classes.
func (m *Model[T]) logits() bool {
	return m.Network.Loss().String() == nn.CrossEntropyLogits.String()
}

// each predicts samples in their order and hands the outputs on, batch by batch: sample i has
// those from i·outputs on.
func (m *Model[T]) each(s data.Samples[T], take func(x, y *tensor.Tensor[T]) error) error {
	l, err := data.NewSampleLoader(s, data.LoaderOptions{BatchSize: min(evaluationRows, s.Len()),
		Prefetch: prefetch})
	if err != nil {
		return err
	}
	p, err := m.Network.NewPredictor()
	if err != nil {
		return err
	}
	for x := range l.Epoch() {
		y, err := p.Predict(x)
		if err != nil {
			return err
		}
		if err := take(x, y); err != nil {
			return err
		}
	}
	return nil
}

// sampleOf returns the elements of a sample of a batch.
func sampleOf[T tensor.Float](batch *tensor.Tensor[T], i int) []T {
	n := batch.Len() / batch.Dim(0)
	return batch.Data()[i*n:][:n]
}

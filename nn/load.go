package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// Load returns the model that [Model.Save] wrote to the file at path. Parameters of another element
// type are converted to T: exactly where T can hold them, otherwise rounded to the nearest. The
// options are those of [NewModel]: the optimizer is one of them, since the file doesn't hold it.
func Load[T tensor.Float](path string, options ...Option) (*Model[T], error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m, err := decode[T](r, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Decode reads the model from a source of the given size, such as a bytes.Reader over an embedded
// file; see [Load].
func Decode[T tensor.Float](source io.ReaderAt, size int64, options ...Option) (*Model[T], error) {
	r, err := safetensors.NewReader(source, size)
	if err != nil {
		return nil, err
	}
	return decode[T](r, options)
}

// decode builds the model that a file describes and reads its parameters.
func decode[T tensor.Float](r *safetensors.Reader, options []Option) (*Model[T], error) {
	metadata := r.Metadata()
	if metadata[stateKey] != "" {
		return nil, errors.New("nn: this is a checkpoint, the state of a training run, " +
			"not a model: resume the run and save the model")
	}
	if metadata[layersKey] == "" {
		return nil, fmt.Errorf("nn: the metadata have no %s that describe the network: "+
			"build it and use LoadWeights", layersKey)
	}
	var records []layerRecord
	if err := json.Unmarshal([]byte(metadata[layersKey]), &records); err != nil {
		return nil, fmt.Errorf("nn: the metadata %s: %w", layersKey, err)
	}
	loss, err := decodeLoss(metadata)
	if err != nil {
		return nil, err
	}
	m := NewModel[T](loss, options...)
	module := 0
	for i, record := range records {
		if err := m.addRecord(r, record, module); err != nil {
			return nil, fmt.Errorf("nn: the metadata %s: layer %d: %w", layersKey, i+1, err)
		}
		module += modulesOf(m.layers[i])
	}
	if err := loadInto(r, m.modules()); err != nil {
		return nil, err
	}
	for key, text := range metadata {
		if key != formatKey && !strings.HasPrefix(key, reservedPrefix) {
			if m.Metadata == nil {
				m.Metadata = map[string]string{}
			}
			m.Metadata[key] = text
		}
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// decodeLoss returns the loss that a file names.
func decodeLoss(metadata map[string]string) (Loss, error) {
	loss, err := ParseLoss(metadata[lossKey])
	if err != nil {
		return loss, fmt.Errorf("nn: the metadata %s: %w", lossKey, err)
	}
	if text := metadata[classWeightsKey]; text != "" {
		var weights []float64
		if err := json.Unmarshal([]byte(text), &weights); err != nil {
			return loss, fmt.Errorf("nn: the metadata %s: %w", classWeightsKey, err)
		}
		loss = loss.WithClassWeights(weights...)
	}
	return loss, nil
}

// addRecord adds a layer if the file has its weights, those of the given module: what a damaged
// file claims must not be allocated.
func (m *Model[T]) addRecord(r *safetensors.Reader, record layerRecord, module int) error {
	if record.Type != denseType {
		return fmt.Errorf("unknown type %q; known: %s", record.Type, denseType)
	}
	if record.In < 1 || record.Out < 1 {
		return fmt.Errorf("a layer needs at least 1 input and 1 output, not %d and %d", record.In,
			record.Out)
	}
	activation, err := ParseActivation(record.Activation)
	if err != nil {
		return err
	}
	weights, err := r.Lookup(moduleName(module, "weight"))
	if err != nil {
		return err
	}
	if shape := []int{record.Out, record.In}; !slices.Equal(weights.Shape, shape) {
		return fmt.Errorf("tensor %q: the shape is %v, but %v is expected", weights.Name,
			weights.Shape, shape)
	}
	return m.Add(NewDense[T](record.In, record.Out, activation, WithInit(zeros)))
}

// zeros draws nothing, for parameters that are about to be read.
var zeros = Init{name: "zeros", weight: func(*rand.Rand, int, int) float64 { return 0 }}

package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	if errors.As(err, new(*fs.PathError)) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w; models are read from files that Save wrote, weights of PyTorch, "+
			"NumPy and others by LoadWeights", err)
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
	records, err := decodeRecords(metadata[layersKey])
	if err != nil {
		return nil, fmt.Errorf("nn: the metadata %s: %w", layersKey, err)
	}
	loss, err := decodeLoss(metadata)
	if err != nil {
		return nil, err
	}
	m := NewModel[T](loss, options...)
	if text := metadata[inputKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &m.settings.input); err != nil {
			return nil, fmt.Errorf("nn: the metadata %s: %w", inputKey, err)
		}
	}
	if text := metadata[sharedKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &m.variables.sameAs); err != nil {
			return nil, fmt.Errorf("nn: the metadata %s: %w", sharedKey, err)
		}
	}
	m.variables.expect = func(name string, shape []int) error { return expect(r, name, shape) }
	if err := m.Add(layersOf(records)...); err != nil {
		return nil, fmt.Errorf("nn: the metadata %s: %w", layersKey, err)
	}
	m.variables.expect = nil
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	if err := loadInto(r, m.saved()); err != nil {
		return nil, err
	}
	if m.Manifest, err = decodeManifest(metadata[manifestKey]); err != nil {
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
	if loss.name == "" {
		return m, nil
	}
	return m, m.Check()
}

// decodeRecords reads the layers that a file describes. Its error names the one that is wrong.
func decodeRecords(text string) ([]layerRecord, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	records := make([]layerRecord, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal(r, &records[i]); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return records, nil
}

// decodeLoss returns the loss that a file names, the zero Loss if it names none.
func decodeLoss(metadata map[string]string) (Loss, error) {
	if _, there := metadata[lossKey]; !there {
		return Loss{}, nil
	}
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

// expect returns an error unless the file has a tensor of that name and shape: what a damaged file
// claims must not be allocated.
func expect(r *safetensors.Reader, name string, shape []int) error {
	info, err := r.Lookup(name)
	if err == nil && !slices.Equal(info.Shape, shape) {
		err = fmt.Errorf("tensor %q: the shape is %v, but %v is expected", name, info.Shape, shape)
	}
	return err
}

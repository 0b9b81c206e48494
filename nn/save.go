package nn

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"simdnn/internal/atomicfile"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// Members of a file's metadata. Those that begin with the prefix describe the model; frameworks
// look for the format.
const (
	reservedPrefix  = "simdnn."
	layersKey       = reservedPrefix + "layers"
	lossKey         = reservedPrefix + "loss"
	inputKey        = reservedPrefix + "input"
	sharedKey       = reservedPrefix + "shared"
	checksumKey     = reservedPrefix + "tensors_sha256"
	classWeightsKey = reservedPrefix + "class_weights"
	manifestKey     = reservedPrefix + "manifest"
	formatKey       = "format"
	torchFormat     = "pt"
)

// Save writes the model to a file at path: its layers, loss, parameters and Metadata. [Load] reads
// it again. The file replaces the one that was there in one step when all of it is on the disk.
//
// It is a safetensors file whose tensors are named and shaped as those of PyTorch's nn.Sequential
// with a Linear for each Dense layer and a module for each activation but the linear one, see
// [Model.Parameters]: "0.weight" of shape (out, in), "0.bias", "2.weight" and so on. The metadata
// describe the layers, whose types are registered (see [RegisterLayer]), and hold a checksum of
// the tensors, so that Load notices a bit that has changed. State that belongs to training is left
// out; see [Checkpoint].
func (m *Model[T]) Save(path string) error {
	return atomicfile.Write(path, m.Encode)
}

// Encode writes what [Model.Save] does to w.
func (m *Model[T]) Encode(w io.Writer) error {
	metadata, err := m.describe()
	if err != nil {
		return err
	}
	var tensors []safetensors.Tensor
	for _, p := range m.saved() {
		tensors = append(tensors, safetensors.NewTensor(p.Name, p.Value.Clone().Data(),
			p.Value.Shape()...))
	}
	if metadata[checksumKey], err = safetensors.Checksum(tensors); err != nil {
		return err
	}
	return safetensors.Write(w, metadata, tensors)
}

// describe returns the metadata of the model's file.
func (m *Model[T]) describe() (map[string]string, error) {
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	metadata := map[string]string{formatKey: torchFormat}
	if m.Loss().name != "" {
		if err := m.Check(); err != nil {
			return nil, err
		}
		metadata[lossKey] = m.Loss().String()
	}
	if m.settings.input != nil {
		if err := addJSON(metadata, inputKey, m.settings.input); err != nil {
			return nil, err
		}
	}
	for i, l := range m.layers {
		if _, err := json.Marshal(layerRecord{l}); err != nil {
			return nil, fmt.Errorf("nn: layer %d (%s) can't be saved: %w", i+1, describe(l), err)
		}
	}
	if err := addJSON(metadata, layersKey, recordsOf(m.layers)); err != nil {
		return nil, err
	}
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	if _, _, err := m.apply(b); err != nil {
		return nil, err
	}
	if len(b.repeated) > 0 {
		if err := addJSON(metadata, sharedKey, b.repeated); err != nil {
			return nil, err
		}
	}
	if m.Manifest != nil {
		if err := addJSON(metadata, manifestKey, m.Manifest); err != nil {
			return nil, err
		}
	}
	if weights := m.Loss().classWeights; weights != nil {
		if err := addJSON(metadata, classWeightsKey, weights); err != nil {
			return nil, err
		}
	}
	for key, text := range m.Metadata {
		if key == formatKey || strings.HasPrefix(key, reservedPrefix) {
			return nil, fmt.Errorf("nn: the metadata %q can't be saved: "+
				"%q and names that begin with %q are taken", key, formatKey, reservedPrefix)
		}
		metadata[key] = text
	}
	return metadata, nil
}

// addJSON adds a member that holds v as JSON.
func addJSON(metadata map[string]string, key string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("nn: %s can't be saved: %w", key, err)
	}
	metadata[key] = string(text)
	return nil
}

// checkTensors returns an error if the file holds a checksum of its tensors, as those do that
// [Model.Save] wrote, and it is not theirs.
func checkTensors(r *safetensors.Reader) error {
	want, there := r.Metadata()[checksumKey]
	if !there {
		return nil
	}
	got, err := r.Checksum()
	if err == nil && got != want {
		err = fmt.Errorf("nn: the tensors don't have the checksum %s of the metadata: "+
			"the file is damaged", checksumKey)
	}
	return err
}

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
	checksumKey     = reservedPrefix + "tensors_sha256"
	classWeightsKey = reservedPrefix + "class_weights"
	formatKey       = "format"
	torchFormat     = "pt"
)

// layerRecord describes a layer in a file.
type layerRecord struct {
	Type       string `json:"type"`
	In         int    `json:"in"`
	Out        int    `json:"out"`
	Activation string `json:"activation"`
}

// denseType is the type of a [Dense] layer in a file.
const denseType = "dense"

// Save writes the model to a file at path: its layers, loss, parameters and Metadata. [Load] reads
// it again. The file replaces the one that was there in one step when all of it is on the disk.
//
// It is a safetensors file whose tensors are named and shaped as those of PyTorch's nn.Sequential
// with a Linear for each Dense layer and a module for each activation but the linear one:
// "0.weight" of shape (out, in), "0.bias", "2.weight" and so on. The metadata hold a checksum of
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
	for _, p := range m.modules() {
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
	if err := m.Check(); err != nil {
		return nil, err
	}
	var layers []layerRecord
	for i, l := range m.layers {
		d, ok := l.(*Dense[T])
		if !ok {
			return nil, fmt.Errorf("nn: layer %d (%s) can't be saved: "+
				"only Dense layers can be built again from a file", i+1, l)
		}
		layers = append(layers, layerRecord{denseType, d.in, d.out, d.activation.String()})
	}
	metadata := map[string]string{formatKey: torchFormat, lossKey: m.loss.String()}
	if err := addJSON(metadata, layersKey, layers); err != nil {
		return nil, err
	}
	if m.loss.classWeights != nil {
		if err := addJSON(metadata, classWeightsKey, m.loss.classWeights); err != nil {
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

// modules returns the parameters named after the modules of PyTorch's nn.Sequential.
func (m *Model[T]) modules() []Parameter[T] {
	var named []Parameter[T]
	module := 0
	for _, l := range m.layers {
		for _, p := range l.Parameters() {
			p.Name = moduleName(module, p.Name)
			named = append(named, p)
		}
		module += modulesOf(l)
	}
	return named
}

// moduleName returns the name of a parameter of a module.
func moduleName(module int, parameter string) string {
	return fmt.Sprintf("%d.%s", module, parameter)
}

// modulesOf returns how many modules stand for a layer: an activation is a module of its own.
func modulesOf[T tensor.Float](l Layer[T]) int {
	if a, ok := l.(Activated[T]); ok && a.Activation().String() != Linear.String() {
		return 2
	}
	return 1
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

// loadInto reads one tensor a parameter. Nothing changes unless all can be read.
func loadInto[T tensor.Float](r *safetensors.Reader, parameters []Parameter[T]) error {
	if err := checkTensors(r); err != nil {
		return err
	}
	values := make([][]T, len(parameters))
	for i, p := range parameters {
		var err error
		if values[i], err = safetensors.Values[T](r, p.Name, p.Value.Shape()...); err != nil {
			return err
		}
	}
	for i, p := range parameters {
		p.Value.CopyFrom(tensor.FromSlice(values[i], p.Value.Shape()...))
	}
	return nil
}

package nn

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// Manifest says what a training run was made of and what became of the parameters, so that anybody
// can train again, on whatever processor and number of threads, and see that every bit agrees. It
// goes with a model into its file, see [Model].
type Manifest struct {
	Version string `json:"version"` // of the program that trained
	// Rounding is that of the ISA: "fused", but for generic.
	Rounding string `json:"rounding"`
	// Arguments are what the run was asked for, as the program understands it.
	Arguments []string `json:"arguments"`
	// Seed is that of the model, nil in files of versions that didn't tell it.
	Seed *uint64 `json:"seed,omitempty"`
	// Source is the file or folder that it read, "-" for standard input, and Data are the sums of what
	// it held.
	Source string    `json:"source,omitempty"`
	Data   []FileSum `json:"data,omitempty"`
	// Others are the files that the arguments name beside it, such as the description of a network.
	Others []FileSum `json:"others,omitempty"`
	// Parameters are the names of parameters and buffers, in the order of the sums of an epoch.
	Parameters []string `json:"parameters"`
	// Epochs hold for each epoch the first 16 hexadecimal digits of the SHA-256 of each parameter, or
	// nothing for epochs before a checkpoint that the run went on from.
	Epochs [][]string `json:"epochs"`
	// Params is the SHA-256 of all parameters that the run left, see [Model.ParamsSHA256].
	Params string `json:"params_sha256"`
	// Buffers is that of the buffers, see [Model.BuffersSHA256].
	Buffers string `json:"buffers_sha256,omitempty"`
}

// FileSum is a file's size and the SHA-256 of its bytes.
type FileSum struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// SumFile returns the sum of a file.
func SumFile(path string) (FileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return FileSum{}, err
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	return FileSum{path, n, hex.EncodeToString(hash.Sum(nil))}, err
}

// AddEpoch adds what the parameters of a model are after an epoch, counted from 0.
func AddEpoch[T tensor.Float](m *Manifest, model *Model[T], epoch int) {
	for len(m.Epochs) < epoch {
		m.Epochs = append(m.Epochs, nil)
	}
	m.Parameters = m.Parameters[:0]
	for _, p := range model.saved() {
		m.Parameters = append(m.Parameters, p.Name)
	}
	m.Epochs = append(m.Epochs, parameterSums(model))
}

// parameterSums returns the beginning of the SHA-256 of each parameter and buffer.
func parameterSums[T tensor.Float](model *Model[T]) []string {
	var sums []string
	for _, p := range model.saved() {
		sums = append(sums, sha256Of([]Parameter[T]{p})[:16])
	}
	return sums
}

// AddEnd adds what a run has left of a model, whose file then holds the manifest.
func AddEnd[T tensor.Float](m *Manifest, model *Model[T]) {
	m.Rounding, m.Params = rounding(model.Engine()), model.ParamsSHA256()
	m.Buffers, m.Seed = model.BuffersSHA256(), &model.settings.seed
	model.Manifest = m
}

// ReadManifest returns the manifest of the model in the file at path, or an error if it has none.
func ReadManifest(path string) (*Manifest, error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m, err := decodeManifest(r.Metadata()[manifestKey])
	if err == nil && m == nil {
		err = errors.New("nn: the model has no manifest of a training run")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// decodeManifest reads what a file holds of a manifest.
func decodeManifest(text string) (*Manifest, error) {
	if text == "" {
		return nil, nil
	}
	m := &Manifest{}
	if err := json.Unmarshal([]byte(text), m); err != nil {
		return nil, fmt.Errorf("nn: the metadata %s: %w", manifestKey, err)
	}
	for i, sums := range m.Epochs {
		if len(sums) != 0 && len(sums) != len(m.Parameters) {
			return nil, fmt.Errorf("nn: the metadata %s: epoch %d has %d sums of %d parameters", manifestKey,
				i, len(sums), len(m.Parameters))
		}
	}
	return m, nil
}

// DifferenceError says where a run first differs from the one of a manifest.
type DifferenceError struct {
	Epoch     int    // counted from 0; −1 if it is the end that differs
	Parameter string // the first that does; empty if their names or number do
}

// Error says where.
func (e *DifferenceError) Error() string {
	switch {
	case e.Epoch < 0:
		return "the parameters that the run leaves differ"
	case e.Parameter == "":
		return fmt.Sprintf("epoch %d has other parameters", e.Epoch)
	}
	return fmt.Sprintf("epoch %d, parameter %s is the first that differs", e.Epoch, e.Parameter)
}

// CheckEpoch returns a [DifferenceError] unless the parameters of a model are those of the manifest
// after an epoch, counted from 0.
func CheckEpoch[T tensor.Float](m *Manifest, model *Model[T], epoch int) error {
	switch {
	case epoch >= len(m.Epochs):
		return &DifferenceError{Epoch: epoch}
	case len(m.Epochs[epoch]) == 0:
		return nil
	}
	var names []string
	for _, p := range model.saved() {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, m.Parameters) {
		return &DifferenceError{Epoch: epoch}
	}
	for i, sum := range parameterSums(model) {
		if sum != m.Epochs[epoch][i] {
			return &DifferenceError{epoch, names[i]}
		}
	}
	return nil
}

// CheckEnd returns a [DifferenceError] unless a run has left a model with the parameters and the
// buffers of the manifest.
func CheckEnd[T tensor.Float](m *Manifest, model *Model[T]) error {
	if model.ParamsSHA256() != m.Params || model.BuffersSHA256() != m.Buffers {
		return &DifferenceError{Epoch: -1}
	}
	return nil
}

// CheckRounding returns an error if a model's ISA rounds otherwise than that of the manifest's run:
// generic does.
func CheckRounding[T tensor.Float](m *Manifest, model *Model[T]) error {
	if is := rounding(model.Engine()); is != m.Rounding {
		return fmt.Errorf("nn: the ISA %s rounds %s, that of the manifest's run %s: choose another by "+
			"SIMDNN_ISA", model.Engine().ISA(), is, m.Rounding)
	}
	return nil
}

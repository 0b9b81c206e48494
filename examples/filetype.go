// Package examples holds programs that use models of others from end to end: what stands before a
// model, the model, and what its numbers mean. The models are published as Python packages;
// internal/tools/onnxmodels/models.py fetches them.
package examples

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"simdnn/onnx"
	"simdnn/tensor"
)

// FileTypes names the types of files by their bytes: the model standard_v3_3 of Magika 1.0.
type FileTypes struct {
	session *onnx.Session
	config  fileTypeConfig
}

// fileTypeConfig is the file config.min.json beside the model.
type fileTypeConfig struct {
	Labels     []string           `json:"target_labels_space"`
	Begin      int                `json:"beg_size"`
	End        int                `json:"end_size"`
	Block      int                `json:"block_size"`
	Padding    int32              `json:"padding_token"`
	Least      int                `json:"min_file_size_for_dl"`
	Confidence float32            `json:"medium_confidence_threshold"`
	Thresholds map[string]float32 `json:"thresholds"`
	Overwrite  map[string]string  `json:"overwrite_map"`
}

// NewFileTypes reads the model and its configuration.
func NewFileTypes(model, config string) (*FileTypes, error) {
	m, err := onnx.Open(model, onnx.Options{})
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	f := &FileTypes{session: m.Session(onnx.SessionOptions{Threads: 1})}
	if err := json.Unmarshal(text, &f.config); err != nil {
		return nil, fmt.Errorf("%s: %w", config, err)
	}
	return f, nil
}

// Of returns the type of a file with this content, and how sure the model is of it. Where it is not
// sure enough the type is "txt" or "unknown".
func (f *FileTypes) Of(content []byte) (label string, score float32, err error) {
	if len(content) < f.config.Least {
		return plain(content), 1, nil
	}
	x := tensor.ArrayOf(f.config.features(content), 1, f.config.Begin+f.config.End)
	outputs, err := f.session.Run(map[string]*onnx.Value{"bytes": onnx.NewTensor(x)})
	if err != nil {
		return "", 0, err
	}
	best := 0
	scores := tensor.Elements[float32](outputs["target_label"].Array())
	for i, s := range scores {
		if s > scores[best] {
			best = i
		}
	}
	label, score = f.config.Labels[best], scores[best]
	threshold, ok := f.config.Thresholds[label]
	if !ok {
		threshold = f.config.Confidence
	}
	if other, ok := f.config.Overwrite[label]; ok {
		label = other
	}
	if score < threshold {
		label = plain(content)
	}
	return label, score, nil
}

// features returns the first and the last bytes of what a file begins and ends with, without white
// space there.
func (c fileTypeConfig) features(content []byte) []int32 {
	const space = " \t\n\r\v\f"
	first := strings.TrimLeft(string(content[:min(len(content), c.Block)]), space)
	last := strings.TrimRight(string(content[max(len(content)-c.Block, 0):]), space)
	x := make([]int32, c.Begin+c.End)
	for i := range x {
		x[i] = c.Padding
	}
	for i, b := range []byte(first[:min(len(first), c.Begin)]) {
		x[i] = int32(b)
	}
	last = last[max(len(last)-c.End, 0):]
	for i, b := range []byte(last) {
		x[len(x)-len(last)+i] = int32(b)
	}
	return x
}

// plain returns the type of what is too short to tell.
func plain(content []byte) string {
	if utf8.Valid(content) && !strings.Contains(string(content), "\x00") {
		return "txt"
	}
	return "unknown"
}

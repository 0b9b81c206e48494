// Package onnx reads models in the ONNX format and runs them.
//
// A model is opened with [Open], which checks it as a whole: what is not supported is named then,
// not when the model runs. A [Session] runs it: for the shapes of its inputs, and for values that
// shapes depend on, the nodes become operators of graphs, which are compiled once and run many
// times. Shape arithmetic is computed while that is done and vanishes. Where a shape depends on
// data, the run pauses, and what follows is compiled for what was found.
package onnx

import (
	"io/fs"

	"simdnn/graph"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
)

// Options say how a model is read. The zero value is right for files.
type Options struct {
	// Files has the files with external data of a model that was not opened by its path.
	Files fs.FS
	// DecodeImage decodes the file of an image for the operator ImageDecoder to pixels of the shape
	// (height, width, channels): pixel formats are "RGB", "BGR" and "Grayscale". Without it, models
	// with that operator are not supported. Package prep has one.
	DecodeImage func(file []byte, pixelFormat string) (pixels []uint8, shape []int, err error)
	// Gradients derives gradients for the operator Gradient of ai.onnx.preview.training. Without it,
	// models with that operator are not supported, and programs don't carry the gradients of all
	// operators. Gradients of package graph/op is one.
	Gradients func(b *graph.Builder, y *graph.Value, xs ...*graph.Value) []*graph.Value
	// AllValues makes outputs of what all nodes of the main graph compute, in the nodes' order,
	// before outputs that no node computes. No operators are then fused where another needs their
	// values, which changes no bit.
	AllValues bool
}

// Model is an ONNX model that was read and checked. It may be used by many goroutines.
type Model struct{ file *file.Model }

// operators are all that are supported.
var operators = plan.NewRegistry(families())

// Open reads and checks the model in a file. External data has to be in the file's folder. Its
// errors name the file and what is wrong with it; operators that are not supported are all named.
//
// Whatever the file says, Open allocates at most 256 times its size (a model's weights take about
// once their size), 1,024 times the bytes of sparse tensors and 16 times those of external
// data; a function that calls itself, or that stands for more than 2²⁰ nodes, is an error. What
// runs may take is up to [SessionOptions].
func Open(path string, o Options) (*Model, error) {
	f, err := file.Open(path, file.Options(o), operators.Find)
	if err != nil {
		return nil, err
	}
	return &Model{f}, nil
}

// Read checks the model that data holds. Errors call it by the name. External data is found in
// o.Files.
func Read(data []byte, name string, o Options) (*Model, error) {
	f, err := file.Read(data, name, file.Options(o), operators.Find)
	if err != nil {
		return nil, err
	}
	return &Model{f}, nil
}

// Close gives back the memory of external data. The model, its sessions and its graphs must not be
// used any more. A model without external data need not be closed.
func (m *Model) Close() error { return m.file.Close() }

// ErrUnsupported is the error of a model that is right, but has operators or attributes that are
// not supported. The whole error names them all.
var ErrUnsupported = file.ErrUnsupported

// ReadTensor reads a TensorProto, as files ending in .pb have it.
func ReadTensor(data []byte) (*value.Value, error) { return file.ReadTensor(data) }

// ReadValue reads a TensorProto, SequenceProto or OptionalProto, as the model declares the input or
// output of that name.
func (m *Model) ReadValue(name string, data []byte) (*value.Value, error) {
	return m.file.ReadValue(name, data)
}

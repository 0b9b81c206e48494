package nn

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/atomicfile"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// graphKey is the member of a file's metadata that holds a graph.
const graphKey = reservedPrefix + "graph"

// SaveGraph writes a graph, such as [Model.PredictionGraph] returns, to a file at path, which
// [LoadGraph] reads in programs that don't know its layers. The file replaces the one that was there in
// one step. The operators must be those of package op.
//
// It is a safetensors file. Its tensors are the graph's variables, by their names, and its constants,
// "constant.0" and so on. In the metadata "simdnn.graph" is the JSON that [graph.Graph.MarshalJSON]
// documents, and "simdnn.tensors_sha256" a checksum of the tensors.
func SaveGraph(path string, g *graph.Graph) error {
	return atomicfile.Write(path, func(w io.Writer) error { return writeGraph(w, g) })
}

func writeGraph(w io.Writer, g *graph.Graph) error {
	text, err := json.Marshal(g)
	arrays := g.Arrays()
	if err == nil { // what nobody can read is not written
		_, err = graph.Read(text, op.List(), arrays)
	}
	if err != nil {
		return fmt.Errorf("nn: a graph that can't be saved: %w", err)
	}
	var names []string
	for name := range arrays {
		names = append(names, name)
	}
	slices.Sort(names)
	var tensors []safetensors.Tensor
	for _, name := range names {
		a := arrays[name]
		content := slices.Clone(a.Bytes())
		swap(content, a.DType().Bytes())
		tensors = append(tensors, safetensors.NewRaw(name, fileTypes[a.DType()], content, a.Shape()...))
	}
	metadata := map[string]string{graphKey: string(text), formatKey: torchFormat}
	if metadata[checksumKey], err = safetensors.Checksum(tensors); err != nil {
		return err
	}
	return safetensors.Write(w, metadata, tensors)
}

// LoadGraph reads a graph that [SaveGraph] wrote, with variables and constants of its own. An error
// says what is damaged, missing or unknown.
func LoadGraph(path string) (*graph.Graph, error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	g, err := readGraph(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func readGraph(r *safetensors.Reader) (*graph.Graph, error) {
	text, there := r.Metadata()[graphKey]
	if !there {
		return nil, fmt.Errorf("nn: the file holds no graph: its metadata have no %q", graphKey)
	}
	if err := checkTensors(r); err != nil {
		return nil, err
	}
	arrays := map[string]*tensor.Array{}
	for _, t := range r.Tensors() {
		d := slices.Index(fileTypes[:], t.DType)
		if d < 0 {
			return nil, fmt.Errorf("nn: the tensor %q is of the type %s, which no graph has", t.Name, t.DType)
		}
		content, err := r.Bytes(t.Name)
		if err != nil {
			return nil, err
		}
		a := tensor.NewArray(tensor.DType(d), t.Shape...)
		swap(content, a.DType().Bytes())
		copy(a.Bytes(), content)
		if a.DType() == tensor.BoolType {
			for i, b := range content { // of which only the lowest bit may be set
				a.Bytes()[i] = min(b, 1)
			}
		}
		arrays[t.Name] = a
	}
	return graph.Read([]byte(text), op.List(), arrays)
}

// fileTypes are the names that element types have in files.
var fileTypes = [tensor.DTypes]safetensors.DType{tensor.Float32Type: safetensors.F32,
	tensor.Float64Type: safetensors.F64, tensor.Float16Type: safetensors.F16,
	tensor.BFloat16Type: safetensors.BF16, tensor.Int8Type: "I8", tensor.Int16Type: "I16",
	tensor.Int32Type: "I32", tensor.Int64Type: "I64", tensor.Uint8Type: "U8", tensor.Uint16Type: "U16",
	tensor.Uint32Type: "U32", tensor.Uint64Type: "U64", tensor.BoolType: "BOOL"}

// swap exchanges the order of this processor's bytes in elements and that of files.
func swap(content []byte, width int) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return
	}
	for ; len(content) >= width; content = content[width:] {
		slices.Reverse(content[:width])
	}
}

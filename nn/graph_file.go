package nn

import (
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
// [LoadGraph] reads in programs that don't know its layers. The file replaces the one that was
// there in one step. The operators must be those of package op.
//
// It is a safetensors file. Its tensors are the graph's variables, by their names, and its
// constants, "constant.0" and so on. In the metadata "simdnn.graph" is the JSON that
// [graph.Graph.MarshalJSON] documents, and "simdnn.tensors_sha256" a checksum of the tensors.
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
		tensors = append(tensors, safetensors.FromArray(name, arrays[name]))
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
		a, err := r.Array(t.Name)
		if err != nil {
			return nil, err
		}
		arrays[t.Name] = a
	}
	return graph.Read([]byte(text), op.List(), arrays)
}

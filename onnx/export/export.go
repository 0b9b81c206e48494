// Package export writes graphs as files in the ONNX format: those of models of package nn, and
// those that were imported, trained further and changed.
//
// An operator of package graph/op becomes a node of ONNX, or a few where ONNX has none like it, or
// none yet in the version of its operators that is asked for. An operator of another package is
// written if it is a [Form].
package export

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"simdnn/graph"
	"simdnn/graph/rewrite"
	"simdnn/internal/atomicfile"
	"simdnn/onnx/internal/proto"
)

// The versions of ONNX's operators that files can be written in.
const (
	MinOpset     = 13
	DefaultOpset = 17 // the first one with LayerNormalization, which every current program reads
	MaxOpset     = 24
)

// Options say how a file is written. The zero value is right for most.
type Options struct {
	// Opset is the version of ONNX's operators, [DefaultOpset] if it is 0.
	Opset int
	// Name and Doc describe the graph. Metadata are the model's properties.
	Name, Doc string
	Metadata  map[string]string
	// Docs describe inputs and outputs, by their names.
	Docs map[string]string
	// Reserved are names that nothing but [Translation.TextInput] and [Translation.TextOutput] gives.
	Reserved []string
	// ExternalAbove is the size in bytes of all weights from which on they stand in a file of their
	// own beside the model, called as the model with ".data" behind it. 0 stands for 1 GiB: a file of
	// more than 2 GiB can't be read. It is for [Write] alone.
	ExternalAbove int64
}

// Write writes a graph to a file at path, as [Translation.Write] does.
func Write(path string, g *graph.Graph, o Options) error {
	t, err := Translate(g, o)
	if err != nil {
		return err
	}
	return t.Write(path)
}

// Encode writes a graph to w, as [Translation.Encode] does.
func Encode(w io.Writer, g *graph.Graph, o Options) error {
	t, err := Translate(g, o)
	if err != nil {
		return err
	}
	return t.Encode(w)
}

// Write writes the file at path, which replaces the one that was there in one step; external data
// come first.
func (t *Translation) Write(path string) error {
	limit := t.options.ExternalAbove
	if limit == 0 {
		limit = 1 << 30
	}
	g := *t.graph
	if sizeOf(g.Initializer) > limit {
		var err error
		if g.Initializer, err = writeExternal(path+".data", g.Initializer); err != nil {
			return err
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return t.encode(w, &g) })
}

// Encode writes the file to w. Weights that stand in it must take less than 2 GiB.
func (t *Translation) Encode(w io.Writer) error {
	if n := sizeOf(t.graph.Initializer); n >= 1<<31-1<<20 {
		return fmt.Errorf("export: %d bytes of weights are too many for one message of 2 GiB", n)
	}
	return t.encode(w, t.graph)
}

func (t *Translation) encode(w io.Writer, g *proto.Graph) error {
	_, err := t.model(g).WriteTo(w)
	return err
}

func sizeOf(tensors []*proto.Tensor) int64 {
	var n int64
	for _, t := range tensors {
		n += int64(len(t.Raw))
	}
	return n
}

// Elements of tensors stand at multiples of a page in a file of their own, so that it can be
// mapped.
const page = 4096

// minExternal is the size from which on a tensor stands there.
const minExternal = 1024

// writeExternal writes the elements of large tensors to a file, and returns tensors that say where.
func writeExternal(path string, tensors []*proto.Tensor) ([]*proto.Tensor, error) {
	list := slices.Clone(tensors)
	return list, atomicfile.Write(path, func(w io.Writer) error {
		at := 0
		for i, t := range tensors {
			if len(t.Raw) < minExternal {
				continue
			}
			start := (at + page - 1) / page * page
			if _, err := w.Write(make([]byte, start-at)); err != nil {
				return err
			}
			if _, err := w.Write(t.Raw); err != nil {
				return err
			}
			at = start + len(t.Raw)
			list[i] = &proto.Tensor{Name: t.Name, Dims: t.Dims, DataType: t.DataType, IsAway: true,
				External: []proto.Entry{{Key: "location", Value: filepath.Base(path)},
					{Key: "offset", Value: fmt.Sprint(start)},
					{Key: "length", Value: fmt.Sprint(len(t.Raw))}}}
		}
		return nil
	})
}

// Translate returns what a graph becomes in ONNX, to be written, or to be given more nodes before.
// Inputs, outputs and variables keep their names; a dimension that is not known has the name of its
// symbol. An error says which node has no form in ONNX: a graph that updates variables has none.
func Translate(g *graph.Graph, o Options) (*Translation, error) {
	if o.Opset == 0 {
		o.Opset = DefaultOpset
	}
	if o.Opset < MinOpset || o.Opset > MaxOpset {
		return nil, fmt.Errorf("export: opset %d, which is not between %d and %d", o.Opset, MinOpset,
			MaxOpset)
	}
	if len(g.Updates()) > 0 {
		return nil, fmt.Errorf("export: the graph updates %q when it runs, for which ONNX has no form: "+
			"export one that predicts", g.Updates()[0].Variable.Name())
	}
	if len(g.Outputs()) == 0 {
		return nil, fmt.Errorf("export: the graph has no outputs")
	}
	g, err := rewrite.Dead(g)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	t := newTranslation(o)
	return t, t.translate(g)
}

// Package file reads ONNX models and checks them: bytes to messages, tensors with those of other
// files, and graphs whose nodes are in an order in which they can run. What operators are, it asks.
package file

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"simdnn/graph"
	"simdnn/internal/filekind"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Options are the options of package onnx.
type Options struct {
	Files       fs.FS
	DecodeImage func(file []byte, pixelFormat string) (pixels []uint8, shape []int, err error)
	Gradients   func(b *graph.Builder, y *graph.Value, xs ...*graph.Value) []*graph.Value
	AllValues   bool
}

// Model is a model that was read and checked. It may be used by many goroutines.
type Model struct {
	Name    string // of the file, for errors
	folder  string
	Options Options
	Proto   *proto.Model
	Opsets  map[string]int
	files   map[string][]byte
	free    []func() error
	Graph   *Graph
	// functions are the model's own, by domain, name and overload.
	functions map[string]*Function
	// tensors are those of attributes that were read.
	tensors map[*proto.Tensor]*value.Value
	Notes   []string
	// external counts the bytes of files, copied those of tensors that are not used where they
	// stand.
	external, copied int
}

// Open reads and checks the model in a file, of operators that find finds.
func Open(path string, o Options, find Finder) (*Model, error) {
	p, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return newModel(p, &Model{Name: path, folder: filepath.Dir(path), Options: o}, find)
}

// readFile reads the model in a file, and checks nothing.
func readFile(path string) (*proto.Model, error) {
	data, free, err := mapRegular(path, os.Stat, os.Open)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	empty := len(data) == 0 // which is a message, too, but one without fields
	p, err := proto.ReadModel(data, forget)
	if freeErr := free(); err == nil {
		err = freeErr
	}
	if err == nil && empty {
		return nil, fmt.Errorf("onnx: %s is empty", path)
	}
	if err != nil {
		err = fmt.Errorf("onnx: %s is not an ONNX model: %w", path, err)
		return nil, filekind.ExplainFile(err, filekind.ONNX, path)
	}
	return p, nil
}

// Read checks the model that data holds, of operators that find finds. Errors call it by the
// name.
func Read(data []byte, name string, o Options, find Finder) (*Model, error) {
	p, err := proto.ReadModel(data, nil)
	if err != nil {
		err = fmt.Errorf("onnx: %s is not an ONNX model: %w", name, err)
		return nil, filekind.Explain(err, filekind.ONNX, bytes.NewReader(data), int64(len(data)))
	}
	return newModel(p, &Model{Name: name, Options: o}, find)
}

// Close gives back the memory of external data.
func (m *Model) Close() error {
	var first error
	for _, free := range m.free {
		if err := free(); err != nil && first == nil {
			first = fmt.Errorf("onnx: %s: %w", m.Name, err)
		}
	}
	m.free, m.files = nil, nil
	return first
}

// The versions that are read: those that onnx 1.19 to 1.23 know.
const (
	minIR, maxIR = 1, 14
	maxOpset     = 28
)

// Inspect returns the model in a file, unchecked, the versions of its operator sets and its notes,
// and what of it is not supported. It returns an error only if the file can't be understood.
func Inspect(path string, find Finder) (p *proto.Model, opsets map[string]int, notes,
	unsupported []string, err error) {
	if p, err = readFile(path); err != nil {
		return nil, nil, nil, nil, err
	}
	if opsets, err = opsetsOf(p.Opsets); err != nil {
		return nil, nil, nil, nil, fmt.Errorf("onnx: %s: %w", path, err)
	}
	m := &Model{Name: path, folder: filepath.Dir(path)}
	defer m.Close()
	unsupported = []string{}
	c, err := checkModel(p, m, find)
	if err != nil {
		err = fmt.Errorf("onnx: %s: %w", path, err)
	} else if c.err() != nil {
		for _, missing := range c.sortedMissing() {
			unsupported = append(unsupported, missing.what)
		}
		if !errors.Is(c.err(), ErrUnsupported) {
			err = fmt.Errorf("onnx: %s: %w", path, c.err())
		}
	}
	return p, opsets, m.Notes, unsupported, err
}

// newModel checks a model.
func newModel(p *proto.Model, m *Model, find Finder) (*Model, error) {
	if m.Options.AllValues && p.Graph != nil {
		p.Graph.Outputs = allValues(p.Graph)
	}
	c, err := checkModel(p, m, find)
	if err == nil {
		err = c.err()
	}
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", m.Name, err)
	}
	return m, nil
}

// allValues returns what the nodes of a graph compute, in their order, and then those outputs that
// no node computes.
func allValues(g *proto.Graph) []*proto.ValueInfo {
	declared := map[string]*proto.ValueInfo{}
	for _, v := range g.Outputs {
		declared[v.Name] = v
	}
	var all []*proto.ValueInfo
	for _, n := range g.Nodes {
		for _, name := range n.Outputs {
			v := declared[name]
			if v == nil {
				v = &proto.ValueInfo{Name: name}
			}
			if name != "" {
				all = append(all, v)
			}
			delete(declared, name)
		}
	}
	for _, v := range g.Outputs {
		if declared[v.Name] != nil {
			all = append(all, v)
		}
	}
	return all
}

// checkModel fills in a model. What is wrong with its graphs is in the checker.
func checkModel(p *proto.Model, m *Model, find Finder) (*checker, error) {
	m.Proto, m.files = p, map[string][]byte{}
	m.tensors, m.functions = map[*proto.Tensor]*value.Value{}, map[string]*Function{}
	switch {
	case p.Graph == nil:
		return nil, errors.New("it has no graph")
	case p.IRVersion < minIR || p.IRVersion > maxIR:
		return nil, fmt.Errorf("its IR version is %d, not one of %d to %d", p.IRVersion, minIR,
			maxIR)
	}
	var err error
	if m.Opsets, err = opsetsOf(p.Opsets); err != nil {
		return nil, err
	}
	if len(p.Opsets) == 0 {
		m.Opsets[""] = 1 // as files of IR version 1 and 2, which have no list
	}
	if p.Training > 0 {
		m.Notes = append(m.Notes, "its training information is not used")
	}
	c := &checker{model: m, find: find}
	m.Graph = c.checkModel(p)
	return c, nil
}

// opsetsOf returns the versions of operator sets by domain. The default domain has two names.
func opsetsOf(list []proto.Opset) (map[string]int, error) {
	opsets := map[string]int{}
	for _, o := range list {
		domain := DomainOf(o.Domain)
		if v, ok := opsets[domain]; ok && v != int(o.Version) {
			return nil, fmt.Errorf("it has two versions of the operators of domain %q", o.Domain)
		}
		if domain == "" && (o.Version < 1 || o.Version > maxOpset) {
			return nil, fmt.Errorf("it has version %d of the default operators, not one of 1 to %d",
				o.Version, maxOpset)
		}
		opsets[domain] = int(o.Version)
	}
	return opsets, nil
}

// DomainOf returns the name of a domain: "" for the default one.
func DomainOf(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

// InputNames returns the names of the inputs, for errors.
func (m *Model) InputNames() string {
	var names []string
	for _, in := range m.Graph.Inputs {
		if !m.Graph.Given[in.Name] {
			names = append(names, proto.Printable(in.Name))
		}
	}
	return strings.Join(names, ", ")
}

// AttributeTensor returns a tensor in an attribute.
func (m *Model) AttributeTensor(t *proto.Tensor) (*value.Value, error) {
	if v := m.tensors[t]; v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("the tensor %q was not read", t.Name)
}

// Package onnx reads models in the ONNX format and runs them.
//
// A model is opened with [Open], which checks it as a whole: what is not supported is named then,
// not when the model runs. A [Session] runs it: for the shapes of its inputs, and for values that
// shapes depend on, the nodes become operators of graphs, which are compiled once and run many
// times. Shape arithmetic is computed while that is done and vanishes. Where a shape depends on
// data, the run pauses, and what follows is compiled for what was found.
package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"simdnn/internal/filekind"
	"simdnn/onnx/internal/proto"
)

// Options say how a model is read. The zero value is right for files.
type Options struct {
	// Files has the files with external data of a model that was not opened by its path.
	Files fs.FS
	// DecodeImage decodes the file of an image for the operator ImageDecoder to pixels of the shape
	// (height, width, channels): pixel formats are "RGB", "BGR" and "Grayscale". Without it, models
	// with that operator are not supported. Package prep has one.
	DecodeImage func(file []byte, pixelFormat string) (pixels []uint8, shape []int, err error)
}

// Model is an ONNX model that was read and checked. It may be used by many goroutines.
type Model struct {
	name    string // of the file, for errors
	folder  string
	options Options
	proto   *proto.Model
	opsets  map[string]int
	files   map[string][]byte
	free    []func() error
	graph   *graphInfo
	// functions are the model's own, by domain, name and overload.
	functions map[string]*function
	// tensors are those of attributes that were read.
	tensors map[*proto.Tensor]*Value
	notes   []string
	// external counts the bytes of files, copied those of tensors that are not used where they stand.
	external, copied int
}

// Open reads and checks the model in a file. External data has to be in the file's folder. Its
// errors name the file and what is wrong with it; operators that are not supported are all named.
//
// Whatever the file says, Open allocates at most 256 times its size (a model's weights take about
// once their size), 1,024 times the bytes of sparse tensors and 16 times those of external
// data; a function that calls itself, or that stands for more than 2²⁰ nodes, is an error. What
// runs may take is up to [SessionOptions].
func Open(path string, o Options) (*Model, error) {
	p, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return newModel(p, &Model{name: path, folder: filepath.Dir(path), options: o})
}

// readFile reads the model in a file, and checks nothing.
func readFile(path string) (*proto.Model, error) {
	data, free, err := mapRegular(path, os.Stat, os.Open)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	p, err := proto.ReadModel(data, forget)
	if freeErr := free(); err == nil {
		err = freeErr
	}
	if err != nil {
		err = fmt.Errorf("onnx: %s is not an ONNX model: %w", path, err)
		return nil, filekind.ExplainFile(err, filekind.ONNX, path)
	}
	return p, nil
}

// Read checks the model that data holds. Errors call it by the name. External data is found in
// o.Files.
func Read(data []byte, name string, o Options) (*Model, error) {
	p, err := proto.ReadModel(data, nil)
	if err != nil {
		err = fmt.Errorf("onnx: %s is not an ONNX model: %w", name, err)
		return nil, filekind.Explain(err, filekind.ONNX, bytes.NewReader(data), int64(len(data)))
	}
	return newModel(p, &Model{name: name, options: o})
}

// Close gives back the memory of external data. The model, its sessions and its graphs must not be
// used any more. A model without external data need not be closed.
func (m *Model) Close() error {
	var first error
	for _, free := range m.free {
		if err := free(); err != nil && first == nil {
			first = fmt.Errorf("onnx: %s: %w", m.name, err)
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

// newModel checks a model.
func newModel(p *proto.Model, m *Model) (*Model, error) {
	c, err := checkModel(p, m)
	if err == nil {
		err = c.err()
	}
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", m.name, err)
	}
	return m, nil
}

// checkModel fills in a model. What is wrong with its graphs is in the checker.
func checkModel(p *proto.Model, m *Model) (*checker, error) {
	m.proto, m.files = p, map[string][]byte{}
	m.tensors, m.functions = map[*proto.Tensor]*Value{}, map[string]*function{}
	switch {
	case p.Graph == nil:
		return nil, errors.New("it has no graph")
	case p.IRVersion < minIR || p.IRVersion > maxIR:
		return nil, fmt.Errorf("its IR version is %d, not one of %d to %d", p.IRVersion, minIR, maxIR)
	}
	var err error
	if m.opsets, err = opsetsOf(p.Opsets); err != nil {
		return nil, err
	}
	if len(p.Opsets) == 0 {
		m.opsets[""] = 1 // as files of IR version 1 and 2, which have no list
	}
	if p.Training > 0 {
		m.notes = append(m.notes, "its training information is not used")
	}
	c := &checker{model: m}
	m.graph = c.checkModel(p)
	return c, nil
}

// opsetsOf returns the versions of operator sets by domain. The default domain has two names.
func opsetsOf(list []proto.Opset) (map[string]int, error) {
	opsets := map[string]int{}
	for _, o := range list {
		domain := domainOf(o.Domain)
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

// domainOf returns the name of a domain: "" for the default one.
func domainOf(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

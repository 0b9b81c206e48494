package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// sources are the packages to change, as the go command lists them for this platform.
type sources struct {
	root     string // the module's folder
	fset     *token.FileSet
	packages []*source

	mu       sync.Mutex // guards the importer
	importer types.Importer
}

// source is one package to change.
type source struct {
	Dir        string
	ImportPath string
	Export     string // the compiler's export data
	GoFiles    []string
	DepOnly    bool
	Module     *struct{ Dir string }

	files []*ast.File
	texts [][]byte
	info  *types.Info
}

// load lists, parses and checks the packages.
func load(patterns []string) (*sources, error) {
	output, err := goCommand(append([]string{"list", "-export", "-deps",
		"-json=Dir,ImportPath,Export,GoFiles,DepOnly,Module"}, patterns...)...)
	if err != nil {
		return nil, err
	}
	s := &sources{fset: token.NewFileSet()}
	exports := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p source
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			s.packages = append(s.packages, &p)
		}
	}
	s.importer = importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	for _, p := range s.packages {
		if p.Module == nil {
			return nil, fmt.Errorf("%s: expected a package of a module", p.ImportPath)
		}
		s.root = p.Module.Dir
		if err := s.parse(p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// parse reads the package's files and finds the types in them.
func (s *sources) parse(p *source) error {
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(s.fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.files = append(p.files, file)
		p.texts = append(p.texts, text)
	}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}}
	return s.check(p, p.files, p.info)
}

// check returns the first error of the types in files, which stand for the package's.
func (s *sources) check(p *source, files []*ast.File, info *types.Info) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	config := types.Config{Importer: s.importer}
	_, err := config.Check(p.ImportPath, s.fset, files, info)
	return err
}

// compiles reports whether the package is sound with the mutant in it, as far as types tell.
func (s *sources) compiles(m *mutant) bool {
	p := m.source
	s.mu.Lock()
	path := filepath.Join(s.root, m.file)
	changed, err := parser.ParseFile(s.fset, path, m.changed(), parser.SkipObjectResolution)
	s.mu.Unlock()
	if err != nil {
		return false
	}
	files := append([]*ast.File(nil), p.files...)
	files[m.index] = changed
	return s.check(p, files, nil) == nil
}

// goCommand runs the go command and returns its output, or an error with what it complained of.
func goCommand(arguments ...string) ([]byte, error) {
	command := exec.Command("go", arguments...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", strings.Join(arguments, " "), err, complaint.String())
	}
	return output, nil
}

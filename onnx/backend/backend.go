// Package backend runs tests in the layout of ONNX's own backend tests: a folder with model.onnx
// and folders test_data_set_*, each with input_*.pb and output_*.pb. It is also how a user proves
// that a model gives here what it gave elsewhere.
package backend

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"simdnn/onnx"
)

// Result is what became of a test.
type Result struct {
	Test string `json:"test"` // the folder's name
	Pass bool   `json:"pass"`
	// Reason says what was wrong.
	Reason string `json:"reason,omitempty"`
	// Unsupported says that the model has operators that are not supported.
	Unsupported bool `json:"-"`
}

// Tolerance is what outputs may differ by: |x − y| ≤ Absolute + Relative·|y|, y being what is
// expected.
type Tolerance struct{ Absolute, Relative float64 }

// Default is the tolerance of ONNX's tests.
var Default = Tolerance{Absolute: 1e-7, Relative: 1e-3}

// Find returns the folders below a folder, itself included, that hold a test, in order.
func Find(folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == "model.onnx" {
			found = append(found, filepath.Dir(path))
		}
		return err
	})
	slices.Sort(found)
	return found, err
}

// Run runs the test in a folder.
func Run(folder string, options onnx.Options, o onnx.SessionOptions, t Tolerance) Result {
	r := Result{Test: filepath.Base(folder)}
	err := run(folder, options, o, t)
	r.Pass, r.Unsupported = err == nil, errors.Is(err, onnx.ErrUnsupported)
	if err != nil {
		r.Reason = strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return r
}

func run(folder string, options onnx.Options, o onnx.SessionOptions, t Tolerance) error {
	m, err := onnx.Open(filepath.Join(folder, "model.onnx"), options)
	if err != nil {
		return err
	}
	defer m.Close()
	sets, err := filepath.Glob(filepath.Join(folder, "test_data_set_*"))
	if err != nil {
		return err
	}
	if len(sets) == 0 {
		return fmt.Errorf("%s has no test_data_set_0", folder)
	}
	s := m.Session(o)
	info := m.Info()
	for _, set := range sets {
		inputs, err := read(m, set, "input", info.Inputs)
		if err != nil {
			return err
		}
		expected, err := read(m, set, "output", info.Outputs)
		if err != nil {
			return err
		}
		got, err := s.Run(inputs)
		if err != nil {
			return err
		}
		for _, out := range info.Outputs {
			want, ok := expected[out.Name]
			if !ok {
				continue
			}
			if err := Compare(got[out.Name], want, t); err != nil {
				return fmt.Errorf("%s: the output %q: %w", filepath.Base(set), out.Name, err)
			}
		}
	}
	return nil
}

// read returns the values in a folder: input_0.pb is that of the first input.
func read(m *onnx.Model, set, kind string,
	list []onnx.Declaration) (map[string]*onnx.Value, error) {
	values := map[string]*onnx.Value{}
	for i, d := range list {
		path := filepath.Join(set, fmt.Sprintf("%s_%d.pb", kind, i))
		data, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // of an input that may be left out
		}
		if err != nil {
			return nil, err
		}
		v, err := m.ReadValue(d.Name, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		values[d.Name] = v
	}
	return values, nil
}

// Compare says where a value differs from what is expected.
func Compare(got, want *onnx.Value, t Tolerance) error {
	switch {
	case want.Kind() == onnx.OptionalKind && got.Kind() == onnx.TensorKind && len(want.Items()) == 1:
		want = want.Items()[0] // the files of tests have either
	case got.Kind() != want.Kind(),
		got.Kind() != onnx.TensorKind && len(got.Items()) != len(want.Items()):
		return fmt.Errorf("it is %v, not %v", got, want)
	}
	if got.Kind() != onnx.TensorKind {
		for i, v := range got.Items() {
			if err := Compare(v, want.Items()[i], t); err != nil {
				return fmt.Errorf("item %d: %w", i, err)
			}
		}
		return nil
	}
	if got.Element() != want.Element() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("it is %v, not %v", got, want)
	}
	if got.Array() == nil {
		for i, s := range got.Strings() {
			if s != want.Strings()[i] {
				return fmt.Errorf("element %d is %q, not %q", i, s, want.Strings()[i])
			}
		}
		return nil
	}
	x, y := onnx.Floats(got), onnx.Floats(want)
	wrong, first := 0, -1
	for i := range x {
		if !close(x[i], y[i], t) {
			if wrong++; first < 0 {
				first = i
			}
		}
	}
	if wrong > 0 {
		return fmt.Errorf("element %d is %v, not %v; %d of %d differ", first, x[first], y[first], wrong,
			len(x))
	}
	return nil
}

func close(x, y float64, t Tolerance) bool {
	if math.IsNaN(y) || math.IsInf(y, 0) || math.IsInf(x, 0) {
		return x == y || math.IsNaN(x) && math.IsNaN(y)
	}
	return math.Abs(x-y) <= t.Absolute+float64(t.Relative*math.Abs(y))
}

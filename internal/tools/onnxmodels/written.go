package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"simdnn/onnx"
	"simdnn/onnx/export"
)

// writing is a line about a model that was read as a graph and written again.
type writing struct {
	Model string `json:"model"`
	// Shapes says for which the graph is: any, or those of the first case where a shape of the model
	// depends on what graphs can't tell.
	Shapes     string  `json:"shapes"`
	Cases      int     `json:"cases"` // that were compared
	Output     string  `json:"output,omitempty"`
	Difference float64 `json:"difference"`
	Error      string  `json:"error,omitempty"`
}

// writtenAgain prints a line for each model: whether what is written of its graph gives what it
// gives.
func writtenAgain(paths []string) error {
	out := json.NewEncoder(os.Stdout)
	for _, path := range paths {
		m, err := read(path)
		if err != nil {
			return err
		}
		w := writing{Model: m.Model}
		if err := w.compare(m); err != nil {
			w.Error = err.Error()
		}
		if err := out.Encode(w); err != nil {
			return err
		}
	}
	return nil
}

// compare reads the model, writes it for any shapes, else for those of the first case, and
// compares.
func (w *writing) compare(m *manifest) error {
	model, err := onnx.Open(m.Model, onnx.Options{})
	if err != nil {
		return err
	}
	defer model.Close()
	cases := make([]map[string]*onnx.Value, len(m.Cases))
	for i, c := range m.Cases {
		if cases[i], err = values(c.Steps[0].Inputs); err != nil {
			return err
		}
	}
	w.Shapes = "any"
	again, err := rewritten(model, onnx.GraphOptions{Values: scalars(cases[0])})
	if err != nil {
		w.Shapes = "fixed"
		fixed := onnx.GraphOptions{Shapes: map[string][]int{}, Values: scalars(cases[0])}
		for name, v := range cases[0] {
			fixed.Shapes[name] = v.Array().Shape()
		}
		var fault error
		if again, fault = rewritten(model, fixed); fault != nil {
			return fmt.Errorf("%w; of fixed shapes: %w", err, fault)
		}
		cases = cases[:1]
	}
	defer again.Close()
	w.Cases = len(cases)
	for i, inputs := range cases {
		if err := w.run(model, again, inputs); err != nil {
			return fmt.Errorf("case %q: %w", m.Cases[i].Name, err)
		}
	}
	return nil
}

// scalars are the inputs without dimensions, such as rates of samples, on which operators depend.
func scalars(inputs map[string]*onnx.Value) map[string]*onnx.Value {
	given := map[string]*onnx.Value{}
	for name, v := range inputs {
		if len(v.Array().Shape()) == 0 {
			given[name] = v
		}
	}
	return given
}

// rewritten reads a model as a graph, writes that in the first version of ONNX's operators that has
// all of its operators, and reads it again.
func rewritten(model *onnx.Model, o onnx.GraphOptions) (*onnx.Model, error) {
	g, err := model.Graph(o)
	if err != nil {
		return nil, err
	}
	for opset := export.DefaultOpset; opset <= export.MaxOpset; opset++ {
		var file bytes.Buffer
		if err = export.Encode(&file, g, export.Options{Opset: opset}); err == nil {
			return onnx.Read(file.Bytes(), "again.onnx", onnx.Options{})
		}
	}
	return nil, err
}

// run compares two models on the same inputs; the second lacks those that were given beforehand.
func (w *writing) run(model, again *onnx.Model, inputs map[string]*onnx.Value) error {
	want, err := model.Session(onnx.SessionOptions{Threads: 1}).Run(inputs)
	if err != nil {
		return err
	}
	taken := map[string]*onnx.Value{}
	for _, in := range again.Info().Inputs {
		taken[in.Name] = inputs[in.Name]
	}
	got, err := again.Session(onnx.SessionOptions{Threads: 1}).Run(taken)
	if err != nil {
		return err
	}
	for name, v := range want {
		most, largest, err := difference(got[name], v)
		if err != nil {
			return fmt.Errorf("the output %q: %w", name, err)
		}
		if most > 0 && most/largest > w.Difference {
			w.Difference, w.Output = most/largest, name
		}
	}
	return nil
}

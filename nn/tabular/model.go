package tabular

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"simdnn/internal/atomicfile"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Members of the metadata of a model's file.
const (
	taskKey    = "task"
	columnsKey = "columns"
	targetKey  = "target"
	classesKey = "classes"
	inputsKey  = "input_scaling"
	outputsKey = "target_scaling"
)

// Model is a trained network with all that is needed to predict from rows of a table: what its
// inputs and outputs stand for, and how they are scaled.
type Model[T tensor.Float] struct {
	Network *nn.Model[T]
	Task    Task
	Columns []data.Column         // that the inputs are made of
	Target  string                // name of what is predicted
	Classes []string              // names of a classification's outputs, nil for a regression
	Inputs  *data.Scaler[float64] // of the features, nil if they are taken as they are
	Outputs *data.Scaler[float64] // of a regression's target, likewise
}

// Trained returns the job's model with what belongs to it. Columns without a name are called x0,
// x1, … and a target without one y.
func (j *Job[T]) Trained() *Model[T] {
	d := j.Dataset
	return &Model[T]{
		Network: j.Model,
		Task:    d.Task(),
		Columns: d.columns(),
		Target:  cmp.Or(d.Target, "y"),
		Classes: d.Classes,
		Inputs:  j.Inputs,
		Outputs: j.Target,
	}
}

// columns describes the columns of the table that the features come from.
func (d *Dataset) columns() []data.Column {
	if d.Columns != nil {
		return d.Columns
	}
	columns := make([]data.Column, d.X.Dim(1))
	for i := range columns {
		columns[i].Name = fmt.Sprintf("x%d", i)
		if d.Features != nil {
			columns[i].Name = d.Features[i]
		}
	}
	return columns
}

// Save writes a file that is enough to predict: that of [nn.Model.Save] with the rest in the
// metadata.
func (m *Model[T]) Save(path string) error { return atomicfile.Write(path, m.Encode) }

// Encode writes what [Model.Save] does to w.
func (m *Model[T]) Encode(w io.Writer) error {
	if err := m.checkTexts(); err != nil {
		return fmt.Errorf("can't be saved: %w", err)
	}
	metadata := map[string]string{taskKey: string(m.Task), targetKey: m.Target}
	for key, part := range m.parts() {
		text, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("%s: can't be saved: %w", key, err)
		}
		metadata[key] = string(text)
	}
	m.Network.Metadata = metadata
	return m.Network.Encode(w)
}

// parts returns pointers to what the metadata hold as JSON.
func (m *Model[T]) parts() map[string]any {
	return map[string]any{
		columnsKey: &m.Columns, classesKey: &m.Classes,
		inputsKey: &m.Inputs, outputsKey: &m.Outputs,
	}
}

// Load reads the file that [Model.Save] wrote. The options are those of [nn.NewModel].
func Load[T tensor.Float](path string, options ...nn.Option) (*Model[T], error) {
	network, err := nn.Load[T](path, options...)
	if err != nil {
		return nil, err
	}
	m, err := describe(network)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Decode reads the model from a source of the given size, such as a bytes.Reader over an embedded
// file; see [Load].
func Decode[T tensor.Float](
	source io.ReaderAt, size int64, options ...nn.Option,
) (*Model[T], error) {
	network, err := nn.Decode[T](source, size, options...)
	if err != nil {
		return nil, err
	}
	return describe(network)
}

// describe reads what the metadata say of a network and checks that it fits.
func describe[T tensor.Float](network *nn.Model[T]) (*Model[T], error) {
	metadata := network.Metadata
	m := &Model[T]{Network: network, Target: metadata[targetKey]}
	if metadata[taskKey] == "" && metadata[columnsKey] == "" {
		return nil, errors.New("this is a network alone, as nn.Model.Save writes it, without the " +
			"columns of a table: save the model by tabular.Model.Save, or load it by nn.Load")
	}
	var err error
	if m.Task, err = ParseTask(metadata[taskKey]); err != nil {
		return nil, fmt.Errorf("the metadata don't say what the model was trained for: %w", err)
	}
	for key, part := range m.parts() {
		if err := decodeText(metadata[key], part); err != nil {
			return nil, fmt.Errorf("the metadata %s: %w", key, err)
		}
	}
	if err := m.checkTexts(); err != nil {
		return nil, fmt.Errorf("the metadata: %w", err)
	}
	return m, m.check()
}

// decodeText reads JSON. A half of a surrogate pair, which JSON can spell and UTF-8 can't, is an
// error: it would become U+FFFD.
func decodeText(text string, part any) error {
	if err := json.Unmarshal([]byte(text), part); err != nil {
		return err
	}
	again, err := json.Marshal(part)
	if err == nil && strings.Contains(string(again), "\ufffd") &&
		!strings.Contains(text, "\ufffd") &&
		!strings.Contains(strings.ToLower(text), `\ufffd`) {
		return fmt.Errorf("a text is not in UTF-8")
	}
	return err
}

// checkTexts returns an error if a name is not in UTF-8 or is that of another column, text or class
// as well: a file would not tell them apart.
func (m *Model[T]) checkTexts() error {
	columns := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		columns[i] = c.Name
		kind := fmt.Sprintf("category of column %q", c.Name)
		if err := checkNames(kind, c.Categories); err != nil {
			return err
		}
	}
	if err := checkNames("column", columns); err != nil {
		return err
	}
	if err := checkNames("class", m.Classes); err != nil {
		return err
	}
	return checkNames("target", []string{m.Target})
}

// checkNames returns an error if one of the names is not in UTF-8, or another's as well.
func checkNames(kind string, names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if !utf8.ValidString(name) {
			return fmt.Errorf("the %s %q is not in UTF-8: convert the data before the training",
				kind, name)
		}
		if seen[name] {
			return fmt.Errorf(
				"two are the %s %q: were the data not in UTF-8? Convert them and train again", kind,
				name)
		}
		seen[name] = true
	}
	return nil
}

// check returns an error if the parts don't fit one another.
func (m *Model[T]) check() error {
	in, out, features := m.Network.InputShape()[0], m.Network.OutputShape()[0], 0
	for _, c := range m.Columns {
		features += c.Features()
	}
	switch {
	case features != in:
		return fmt.Errorf("the metadata %s: %d features, but the model takes %d", columnsKey,
			features, in)
	case m.Task == Classification && len(m.Classes) != out:
		return fmt.Errorf("the metadata %s: %d names, but the model has %d outputs", classesKey,
			len(m.Classes), out)
	case m.Task == Regression && (out != 1 || m.Classes != nil):
		return fmt.Errorf(
			"the metadata %s: a regression has one output and no classes, the model has %d and %d",
			taskKey, out, len(m.Classes))
	}
	if err := checkScaling(inputsKey, m.Inputs, in); err != nil {
		return err
	}
	return checkScaling(outputsKey, m.Outputs, out)
}

// checkScaling returns an error if a scaler, where there is one, is not for so many columns.
func checkScaling(key string, s *data.Scaler[float64], columns int) error {
	if s == nil || len(s.Mean) == columns && len(s.Deviation) == columns {
		return nil
	}
	return fmt.Errorf("the metadata %s: %d means and %d deviations, but %d are needed", key,
		len(s.Mean), len(s.Deviation), columns)
}

// featureColumns returns the name of each feature's column.
func (m *Model[T]) featureColumns() []string {
	var names []string
	for _, c := range m.Columns {
		names = append(names, slices.Repeat([]string{c.Name}, c.Features())...)
	}
	return names
}

// Predict returns the model's predictions for rows of features as the table has them: probabilities
// of shape (rows, classes), or values of shape (rows, 1) in the target's unit. A row that takes the
// network beyond the range of its element type is a [data.Error] that names the row and the column.
func (m *Model[T]) Predict(x *tensor.Tensor[float64]) (*tensor.Tensor[float64], error) {
	if x == nil {
		return nil, errors.New("the rows are nil")
	}
	if x.Rank() != 2 || x.Dim(1) != m.Network.InputShape()[0] {
		return nil, fmt.Errorf("rows of shape %v, but the model takes (rows, %d)", x.Shape(),
			m.Network.InputShape()[0])
	}
	p, err := m.Network.NewPredictor()
	if err != nil {
		return nil, err
	}
	if !x.IsContiguous() {
		x = x.Clone()
	}
	b := newBatch(m, newForm(m), p, min(batchRows, x.Dim(0)))
	y := tensor.New[float64](x.Dim(0), m.Network.OutputShape()[0])
	for lo := 0; lo < x.Dim(0); lo += batchRows {
		n := min(batchRows, x.Dim(0)-lo)
		for i := range n {
			copy(b.Features(i), x.Row(lo+i))
		}
		if done, err := b.Predict(n); err != nil {
			if e := new(data.Error); errors.As(err, &e) {
				e.Row = lo + done + 1
			}
			return nil, err
		}
		for i := range n {
			b.outputs(y.Row(lo+i), i)
		}
	}
	return y, nil
}

package experiment

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"simdnn/internal/atomicfile"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Members of the metadata of a trained model's file.
const (
	taskKey    = "task"
	columnsKey = "columns"
	targetKey  = "target"
	classesKey = "classes"
	inputsKey  = "input_scaling"
	outputsKey = "target_scaling"
)

// Trained is a model with all that is needed to predict from rows of a table: what its inputs and outputs stand for, and how they are scaled.
type Trained[T tensor.Float] struct {
	Model   *nn.Model[T]
	Task    Task
	Columns []data.Column         // that the inputs are made of
	Target  string                // name of what is predicted
	Classes []string              // names of a classification's outputs, nil for a regression
	Inputs  *data.Scaler[float64] // of the features, nil if they are taken as they are
	Outputs *data.Scaler[float64] // of a regression's target, likewise
}

// Trained returns the job's model with what belongs to it. Columns without a name are called x0, x1, … and a target without one y.
func (j *Job[T]) Trained() *Trained[T] {
	d := j.Dataset
	return &Trained[T]{Model: j.Model, Task: d.Task(), Columns: d.columns(), Target: cmp.Or(d.Target, "y"), Classes: d.Classes,
		Inputs: j.Inputs, Outputs: j.Target}
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

// Save writes a file that is enough to predict: that of [nn.Model.Save] with the rest in the metadata.
func (t *Trained[T]) Save(path string) error { return atomicfile.Write(path, t.Encode) }

// Encode writes what [Trained.Save] does to w.
func (t *Trained[T]) Encode(w io.Writer) error {
	metadata := map[string]string{taskKey: string(t.Task), targetKey: t.Target}
	for key, part := range map[string]any{columnsKey: t.Columns, classesKey: t.Classes, inputsKey: t.Inputs, outputsKey: t.Outputs} {
		text, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("%s: can't be saved: %w", key, err)
		}
		metadata[key] = string(text)
	}
	t.Model.Metadata = metadata
	return t.Model.Encode(w)
}

// LoadTrained reads the file that [Trained.Save] wrote. The options are those of [nn.NewModel].
func LoadTrained[T tensor.Float](path string, options ...nn.Option) (*Trained[T], error) {
	m, err := nn.Load[T](path, options...)
	if err != nil {
		return nil, err
	}
	t := &Trained[T]{Model: m, Target: m.Metadata[targetKey]}
	if err := t.decode(m.Metadata); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// decode reads what the metadata say of the model and checks that it fits.
func (t *Trained[T]) decode(metadata map[string]string) error {
	task, err := ParseTask(metadata[taskKey])
	if err != nil {
		return fmt.Errorf("the metadata don't say what the model was trained for: %w", err)
	}
	t.Task = task
	for key, part := range map[string]any{columnsKey: &t.Columns, classesKey: &t.Classes, inputsKey: &t.Inputs, outputsKey: &t.Outputs} {
		if err := json.Unmarshal([]byte(metadata[key]), part); err != nil {
			return fmt.Errorf("the metadata %s: %w", key, err)
		}
	}
	layers := t.Model.Layers()
	in, out, features := layers[0].In(), layers[len(layers)-1].Out(), 0
	for _, c := range t.Columns {
		features += c.Features()
	}
	switch {
	case features != in:
		return fmt.Errorf("the metadata %s: %d features, but the model takes %d", columnsKey, features, in)
	case task == Classification && len(t.Classes) != out:
		return fmt.Errorf("the metadata %s: %d names, but the model has %d outputs", classesKey, len(t.Classes), out)
	case task == Regression && (out != 1 || t.Classes != nil):
		return fmt.Errorf("the metadata %s: a regression has one output and no classes, the model has %d and %d", taskKey, out, len(t.Classes))
	}
	if err := checkScaling(inputsKey, t.Inputs, in); err != nil {
		return err
	}
	return checkScaling(outputsKey, t.Outputs, out)
}

// checkScaling returns an error if a scaler, where there is one, is not for so many columns.
func checkScaling(key string, s *data.Scaler[float64], columns int) error {
	if s == nil || len(s.Mean) == columns && len(s.Deviation) == columns {
		return nil
	}
	return fmt.Errorf("the metadata %s: %d means and %d deviations, but %d are needed", key, len(s.Mean), len(s.Deviation), columns)
}

// Predict returns the model's predictions for rows of features as the table has them: probabilities of shape (rows, classes), or values of
// shape (rows, 1) in the target's unit.
func (t *Trained[T]) Predict(x *tensor.Tensor[float64]) (*tensor.Tensor[T], error) {
	var err error
	if t.Inputs != nil {
		if x, err = t.Inputs.Transform(x); err != nil {
			return nil, err
		}
	}
	y, err := t.Model.Predict(data.Convert[T](x))
	if err != nil || t.Outputs == nil {
		return y, err
	}
	back := data.Scaler[T](*t.Outputs)
	return back.Inverse(y)
}

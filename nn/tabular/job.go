package tabular

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"simdnn/internal/memory"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Job is a training run made ready.
type Job[T tensor.Float] struct {
	Dataset    *Dataset
	Settings   Settings
	Model      *nn.Model[T]
	Trainer    nn.Trainer[T]
	Train      *data.Loader[T]
	Validation *data.Loader[T] // nil if nothing is held out
	// Inputs and Target are how the features and a regression's target were scaled, nil if they
	// were not.
	Inputs, Target *data.Scaler[float64]
}

// Prepare splits and scales a data set and builds the model and its trainer. It returns an error if
// the settings or the data can't work. Options for the model add to what the settings say.
func Prepare[T tensor.Float](d *Dataset, s Settings, options ...nn.Option) (*Job[T], error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := d.check(&s); err != nil {
		return nil, err
	}
	if err := checkMemory[T](d, &s); err != nil {
		return nil, err
	}
	model, err := buildModel[T](d, &s, options)
	if err != nil {
		return nil, err
	}
	train, held, err := d.split(&s)
	if err != nil {
		return nil, err
	}
	if d, err = d.impute(train); err != nil {
		return nil, err
	}
	if err := d.checkFinite(&s); err != nil {
		return nil, err
	}
	j := &Job[T]{Dataset: d, Settings: s, Model: model}
	j.Trainer = nn.Trainer[T]{Model: model, Epochs: s.Epochs, Patience: s.Patience}
	if err := j.scale(train); err != nil {
		return nil, err
	}
	// A batch of all rows is the same in any order.
	o := data.LoaderOptions{BatchSize: s.Batch, Shuffle: s.Batch != 0, Seed: uint64(s.Seed)}
	if s.Batch == 0 {
		o.BatchSize = len(train)
	}
	if j.Train, err = j.loader(train, o); err != nil {
		return nil, err
	}
	if held != nil {
		j.Validation, err = j.loader(held, data.LoaderOptions{BatchSize: evaluationRows})
	}
	return j, err
}

// Fit trains the model, see [nn.Trainer.Fit].
func (j *Job[T]) Fit(ctx context.Context) (*nn.History, error) {
	if j.Validation == nil {
		return j.Trainer.Fit(ctx, j.Train, nil)
	}
	return j.Trainer.Fit(ctx, j.Train, j.Validation)
}

// Keep makes Fit keep checkpoints in a folder, one every so many epochs, and go on from the one
// that is there if it is to resume; see [nn.Checkpoint]. Threads may differ from one part of the
// training to the next, and so may the number of epochs.
func (j *Job[T]) Keep(folder string, every int, resume bool) {
	s := &j.Settings
	j.Trainer.Checkpoint = &nn.Checkpoint{
		Folder: folder,
		Every:  every,
		Resume: resume,
		Settings: map[string]string{
			"seed":           fmt.Sprint(s.Seed),
			"initialisation": s.Init.String(),
			"held out":       fmt.Sprintf("%g, stratified %t", s.Validation, s.Stratify),
			"scaled":         fmt.Sprintf("inputs %t, target %t", s.ScaleInputs, s.ScaleTarget),
		},
	}
}

// evaluationRows is the size of the batches of validation data.
const evaluationRows = 256

// checkMemory returns an error if the hidden layers need more memory than there is.
func checkMemory[T tensor.Float](d *Dataset, s *Settings) error {
	widths := append(append([]int{d.X.Dim(1)}, s.Hidden...), d.Outputs())
	rows := s.Batch
	if rows == 0 || rows > d.Rows() {
		rows = d.Rows()
	}
	err := memory.Check("training such a network",
		memory.Network(widths, memory.TrainingCopies, rows, float64(unsafe.Sizeof(T(0)))))
	if err != nil {
		return fmt.Errorf("the setting Hidden, %v: %w", s.Hidden, err)
	}
	return nil
}

// buildModel returns the network that the settings describe, for the data set's features and
// outputs.
func buildModel[T tensor.Float](
	d *Dataset, s *Settings, further []nn.Option,
) (*nn.Model[T], error) {
	optimizer, err := s.optimizer()
	if err != nil {
		return nil, err
	}
	loss, last := nn.MSE, nn.Linear
	if d.Task() == Classification {
		loss, last = nn.CrossEntropy, nn.Softmax
	}
	modelOptions := append(
		[]nn.Option{
			nn.WithOptimizer(optimizer), nn.WithSeed(uint64(s.Seed)), nn.WithThreads(s.Threads),
		},
		further...)
	m := nn.NewModel[T](loss, modelOptions...)
	var options []nn.LayerOption
	if s.Init.String() != "" {
		options = append(options, nn.WithInit(s.Init))
	}
	in := d.X.Dim(1)
	for _, out := range s.Hidden {
		if err := m.Add(nn.NewDense(in, out, s.Activation, options...)); err != nil {
			return nil, err
		}
		in = out
	}
	if err := m.Add(nn.NewDense(in, d.Outputs(), last, options...)); err != nil {
		return nil, err
	}
	return m, m.Check()
}

// split divides the rows. None is held out if no share is.
func (d *Dataset) split(s *Settings) (train, held []int, err error) {
	if s.Validation == 0 {
		for i := range d.Rows() {
			train = append(train, i)
		}
		return train, nil, nil
	}
	var groups []int
	if s.Stratify {
		if groups, err = d.groups(s.Validation); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	train, held, err = data.SplitRows(d.Rows(), groups,
		data.SplitOptions{Test: s.Validation, Stratify: s.Stratify, Seed: s.Seed})
	if err != nil {
		return nil, nil, &data.Error{File: d.Name, Problem: err.Error(), Err: err,
			Fixes: []data.Fix{{Field: "Validation", Value: "0", Effect: "holds nothing out"}}}
	}
	return train, held, nil
}

// impute returns the data set with missing values filled in by what the training rows say.
func (d *Dataset) impute(train []int) (*Dataset, error) {
	filled, err := d.Dataset.Impute(train)
	if err != nil {
		return nil, d.locate(err, nil)
	}
	if filled == &d.Dataset {
		return d, nil
	}
	return &Dataset{d.Name, *filled}, nil
}

// scale finds how the settings want the columns scaled, from the training rows alone, those of them
// that are finite.
func (j *Job[T]) scale(train []int) (err error) {
	d, s := j.Dataset, &j.Settings
	if s.ScaleInputs {
		if j.Inputs, err = d.scaler(s, d.X, d.Features, train); err != nil {
			return err
		}
	}
	if s.ScaleTarget && d.Task() == Regression {
		j.Target, err = d.scaler(s, d.Y, []string{d.Target}, train)
	}
	return err
}

// scaler fits the columns of x, of the given names, to some rows.
func (d *Dataset) scaler(s *Settings, x *tensor.Tensor[float64], names []string,
	rows []int) (*data.Scaler[float64], error) {
	if s.AllowNonfinite {
		rows = pick(rows, data.FiniteRows(data.Rows(x, rows)))
	}
	scaler, err := data.FitScalerRows(x, rows, names...)
	return scaler, d.locate(err, nil)
}

// pick returns the rows at some places.
func pick(rows, places []int) []int {
	picked := make([]int, len(places))
	for i, at := range places {
		picked[i] = rows[at]
	}
	return picked
}

// loader returns the loader of some rows, scaled and rounded to the model's type.
func (j *Job[T]) loader(rows []int, o data.LoaderOptions) (*data.Loader[T], error) {
	d := j.Dataset
	x, err := rounded[T](d, d.X, d.Features, "feature", rows, j.Inputs, &j.Settings)
	if err != nil {
		return nil, err
	}
	y, err := rounded[T](d, d.Y, []string{d.Target}, "target", rows, j.Target, &j.Settings)
	if err != nil {
		return nil, err
	}
	o.AllowNonfinite = j.Settings.AllowNonfinite
	return data.NewLoader(x, y, o)
}

// rounded returns some rows of a tensor, scaled if there is a scaler, in the model's type. A value
// beyond its range is an error.
func rounded[T tensor.Float](d *Dataset, x *tensor.Tensor[float64], names []string, what string,
	rows []int, scaler *data.Scaler[float64], s *Settings) (*tensor.Tensor[T], error) {
	if !x.IsContiguous() {
		x = x.Clone()
	}
	z := tensor.New[T](len(rows), x.Dim(1))
	scaled := make([]float64, x.Dim(1)) // one row at a time: a copy of all would be twice z
	for i, r := range rows {
		values := x.Row(r)
		if scaler != nil {
			scaler.Scale(scaled, values)
			values = scaled
		}
		for column, v := range values {
			narrow := T(v)
			z.Row(i)[column] = narrow
			if s.AllowNonfinite || !math.IsInf(float64(narrow), 0) && narrow == narrow {
				continue
			}
			name := fmt.Sprintf("%s %d", what, column+1)
			if column < len(names) && names[column] != "" {
				name = names[column]
			}
			return nil, d.locate(&data.Error{Row: r + 1, Column: name,
				Problem: fmt.Sprintf("the value, %g as the network would see it, "+
					"is beyond the range of %T", v, narrow),
				Fixes: []data.Fix{{Field: "Dtype", Value: "f64", Effect: "computes with 64 bits"}},
			}, nil)
		}
	}
	return z, nil
}

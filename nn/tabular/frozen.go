package tabular

import (
	"fmt"
	"sync"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Frozen is a copy of a model for predictions, which later changes of the model don't reach; see
// [nn.Frozen]. Any number of goroutines may use it at once. Nothing is allocated for a row that can
// be predicted once each goroutine has had its first.
type Frozen[T tensor.Float] struct {
	model   *Model[T] // without the network
	network *nn.Frozen[T]
	form    *form          // of its predictions
	places  map[string]int // of the columns by name
	first   []int          // feature of each column
	passes  sync.Pool      // of *pass[T]
	layouts sync.Map       // of *layout by the reflect.Type of structs
}

// pass is what predicting one row takes.
type pass[T tensor.Float] struct {
	batch *Batch[T]
	set   []bool // which columns have their features
	text  []byte // of a JSON string with escapes
}

// Freeze returns a copy of the model for predictions, or an error if it can't be run.
func (m *Model[T]) Freeze() (*Frozen[T], error) {
	network, err := m.Network.Freeze()
	if err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	copied := *m
	copied.Network = nil
	f := &Frozen[T]{model: &copied, network: network, form: newForm(m), places: make(map[string]int,
		len(m.Columns))}
	feature := 0
	for i, c := range m.Columns {
		f.places[c.Name] = i
		f.first = append(f.first, feature)
		feature += c.Features()
	}
	p, err := f.pass() // so that one can't fail later
	if err == nil {
		f.passes.Put(p)
	}
	return f, err
}

// Columns returns the columns that a row must have. The slice must not be changed.
func (f *Frozen[T]) Columns() []data.Column { return f.model.Columns }

// Target returns the name of what is predicted.
func (f *Frozen[T]) Target() string { return f.model.Target }

// Classes returns the names of the classes, nil for a regression. The slice must not be changed.
func (f *Frozen[T]) Classes() []string { return f.model.Classes }

// NewBatch returns a batch of up to so many rows, for one goroutine.
func (f *Frozen[T]) NewBatch(rows int) (*Batch[T], error) {
	p, err := f.network.NewPredictor()
	if err != nil {
		return nil, err
	}
	return newBatch(f.model, f.form, p, rows), nil
}

// pass returns what predicting one row takes, new or used.
func (f *Frozen[T]) pass() (*pass[T], error) {
	if p, ok := f.passes.Get().(*pass[T]); ok {
		return p, nil
	}
	b, err := f.NewBatch(1)
	return &pass[T]{batch: b, set: make([]bool, len(f.model.Columns))}, err
}

// features returns the place of a column's features in the row of a pass.
func (f *Frozen[T]) features(p *pass[T], column int) []float64 {
	first := f.first[column]
	return p.batch.Features(0)[first : first+f.model.Columns[column].Features()]
}

// finish predicts the row of a pass and lets another use the pass.
func (f *Frozen[T]) finish(p *pass[T], to *Prediction) error {
	_, err := p.batch.Predict(1)
	if err == nil {
		p.batch.Prediction(0, to)
	}
	f.passes.Put(p)
	return err
}

// Records predicts from records of a CSV file with a certain header. Any number of goroutines may
// use it at once.
type Records[T tensor.Float] struct {
	frozen *Frozen[T]
	fields int   // of a record
	places []int // of the model's columns in a record
}

// Records returns what predicts from records under a header, which must name all of the model's
// columns, in any order, and may name others. Without a header the fields are the model's columns
// in their order.
func (f *Frozen[T]) Records(header []string) (*Records[T], error) {
	r := &Records[T]{frozen: f, fields: len(header)}
	if header == nil {
		r.fields = len(f.model.Columns)
		for i := range f.model.Columns {
			r.places = append(r.places, i)
		}
		return r, nil
	}
	places := make(map[string]int, len(header))
	for i, name := range header {
		if first, taken := places[name]; taken {
			return nil, fmt.Errorf("header: columns %d and %d are both named %q", first+1, i+1,
				name)
		}
		places[name] = i
	}
	for _, c := range f.model.Columns {
		place, there := places[c.Name]
		if !there {
			return nil, fmt.Errorf("there is no column %q, which the model needs", c.Name)
		}
		r.places = append(r.places, place)
	}
	return r, nil
}

// Predict sets to to the prediction from the fields of a record, which are understood as in a CSV
// file. Errors name the column.
func (r *Records[T]) Predict(fields []string, to *Prediction) error {
	if len(fields) != r.fields {
		return fmt.Errorf("a record of %d fields, but %d are needed", len(fields), r.fields)
	}
	p, err := r.frozen.pass()
	if err != nil {
		return err
	}
	for i, place := range r.places {
		c, features := &r.frozen.model.Columns[i], r.frozen.features(p, i)
		if err := c.EncodeText(features, fields[place]); err != nil {
			r.frozen.passes.Put(p)
			return err
		}
	}
	return r.frozen.finish(p, to)
}

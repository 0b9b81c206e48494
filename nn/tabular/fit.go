package tabular

import (
	"context"
	"errors"
	"io"
	"reflect"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Options say how a table is understood and what is trained on it.
type Options struct {
	// Table names the target and the task, and says what becomes of missing values and unknown
	// texts.
	Table data.CSVOptions
	// Settings are those of the network and its training. No settings at all stand for
	// [DefaultSettings]; to change some, begin with what that returns.
	Settings Settings
}

// FitCSV trains a model on a CSV file, which is read as [data.ReadCSV] does. If the training ends
// early, the model is that of its last epoch and is returned with the error; it is nil if the
// training could not begin.
func FitCSV[T tensor.Float](
	ctx context.Context, table io.Reader, o Options,
) (*Model[T], *nn.History, error) {
	d, err := data.ReadCSV(table, o.Table)
	if err != nil {
		return nil, nil, err
	}
	s := o.Settings
	if reflect.ValueOf(s).IsZero() {
		s = DefaultSettings()
	}
	s.AllowNonfinite = s.AllowNonfinite || o.Table.AllowNonfinite
	j, err := Prepare[T](&Dataset{Name: "table", Dataset: *d}, s)
	if err != nil {
		return nil, nil, err
	}
	h, err := j.Fit(ctx)
	return j.Trained(), h, err
}

// FitStructs trains a model on structs, each a row: their exported fields are the columns, which
// hold numbers, texts or truth values, or point to them, nil being a missing value as NaN is. A
// field is named by its tag, as in `table:"name"`; `table:"name,target"` makes it the target,
// unless the options name another, and `table:"-"` leaves it out.
func FitStructs[T tensor.Float, S any](
	ctx context.Context, rows []S, o Options,
) (*Model[T], *nn.History, error) {
	table, target, err := tableOf(rows, &o.Table.Format)
	if err != nil {
		return nil, nil, err
	}
	if o.Table.Target == "" {
		o.Table.Target = target
	}
	if o.Table.Target == "" {
		return nil, nil, errors.New(
			"no field is the target: name it by the tag `table:\"name,target\"` or in the options")
	}
	o.Table.Format.Separator = ','
	return FitCSV[T](ctx, table, o)
}

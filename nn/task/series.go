package task

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/nn/data"
	"simdnn/tensor"
)

// SeriesFormat is what a network takes series as.
type SeriesFormat struct {
	Columns []data.Column         `json:"columns"` // the target is the last
	Window  int                   `json:"window"`
	Horizon int                   `json:"horizon"` // steps that it predicts at once
	Scaling *data.Scaler[float64] `json:"scaling"` // of the columns' features
}

// width returns the number of features of a step.
func (f *SeriesFormat) width() int {
	n := 0
	for i := range f.Columns {
		n += f.Columns[i].Features()
	}
	return n
}

// Target returns the name of what is predicted.
func (f *SeriesFormat) Target() string { return f.Columns[len(f.Columns)-1].Name }

// SeriesSettings say how a series is cut into samples.
type SeriesSettings struct {
	Window  int // steps that the network sees
	Horizon int // steps after them whose values it predicts
}

// PrepareSeries makes a training run on windows over a table ready, whose rows are steps of time,
// the earliest first: from all columns of a window the network predicts the next values of the
// target. Columns are standardised by what the training rows are like. Held out is the end of the
// series.
func PrepareSeries[T tensor.Float](d *data.Dataset, o SeriesSettings, s Settings) (*Job[T], error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if d.Classes != nil {
		return nil, fmt.Errorf("the target %q names classes; a series predicts numbers", d.Target)
	}
	if err := d.CheckFinite(); err != nil {
		return nil, err
	}
	steps, width := d.X.Dim(0), d.X.Dim(1)+1
	values := tensor.Concat(1, d.X, d.Y)
	n, err := s.network(problem{Kind: Series, window: o.Window, features: width, outputs: o.Horizon})
	if err != nil {
		return nil, err
	}
	kept := steps - int(s.Validation*float64(steps))
	names := append(slices.Clone(d.Features), d.Target)
	scaler, err := data.FitScaler(values.Slice(0, kept), names...)
	if err != nil {
		return nil, err
	}
	scaled, err := scaler.Transform(values)
	if err != nil {
		return nil, err
	}
	windows := func(from, to int) (data.Samples[T], error) {
		return data.NewSeriesSamples(data.Convert[T](scaled.Slice(max(from, 0), to)),
			data.SeriesOptions{Window: o.Window, Horizon: o.Horizon, Target: width - 1, Shape: n.Input})
	}
	train, err := windows(0, kept)
	if err != nil {
		return nil, fmt.Errorf("to train on: %w", err)
	}
	var held data.Samples[T]
	if s.Validation > 0 {
		// Its first window is the last one to train on: what it predicts is held out.
		if held, err = windows(kept-o.Window, steps); err != nil {
			return nil, fmt.Errorf("to validate on: %w", err)
		}
	}
	j, err := prepare(n, s, train, held)
	if err != nil {
		return nil, err
	}
	j.Kind = Series
	j.About = fmt.Sprintf("%d steps of %d features, %d windows of %d", steps, width, train.Len(),
		o.Window)
	j.TargetDeviation = scaler.Deviation[width-1]
	j.description.Series = &SeriesFormat{Columns: append(slices.Clone(d.Columns),
		data.Column{Name: d.Target}), Window: o.Window, Horizon: o.Horizon, Scaling: scaler}
	return j, nil
}

// Forecast returns the next values of the target, Horizon of them, after the last steps of a series
// (steps, features), of which there must be a window at least. With more steps than the horizon the
// values that were predicted are taken for true, which works where the target is the only column.
func (m *Model[T]) Forecast(series *tensor.Tensor[float64], steps int) ([]float64, error) {
	f := m.Series
	switch {
	case f == nil:
		return nil, errors.New("the network is for no series")
	case series.Rank() != 2 || series.Dim(1) != f.width() || series.Dim(0) < f.Window:
		return nil, fmt.Errorf("a series of shape %v, but the network sees %d steps of %d features",
			series.Shape(), f.Window, f.width())
	case steps > f.Horizon && f.width() > 1:
		return nil, fmt.Errorf("the network predicts %d steps; for %d it would have to know what the "+
			"columns beside %q become", f.Horizon, steps, f.Target())
	}
	scaled, err := f.Scaling.Transform(series.Slice(series.Dim(0)-f.Window, series.Dim(0)))
	if err != nil {
		return nil, err
	}
	target := f.width() - 1
	window := data.Convert[T](scaled)
	x := tensor.FromSlice(window.Data(), append([]int{1}, m.Network.InputShape()...)...)
	var values []float64
	for len(values) < steps {
		y, err := m.Network.Predict(x)
		if err != nil {
			return nil, err
		}
		predicted := y.Data()
		for _, v := range predicted {
			values = append(values, float64(float64(v)*f.Scaling.Deviation[target])+f.Scaling.Mean[target])
		}
		if len(values) < steps { // the target is the only column
			all := append(slices.Clone(window.Data()), predicted...)
			copy(window.Data(), all[len(predicted):])
		}
	}
	return values[:steps], nil
}

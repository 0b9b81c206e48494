package data

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"simdnn/tensor"
)

// SeriesOptions say how a series becomes samples.
type SeriesOptions struct {
	Window  int   // steps that a sample shows
	Horizon int   // steps after them whose values are its target
	Target  int   // the column of these values
	Shape   []int // of a sample with as many elements, nil for (Window, columns)
}

// seriesSamples are windows over a series.
type seriesSamples[T tensor.Float] struct {
	SeriesOptions
	values []T
	steps  int
	width  int // columns
}

// NewSeriesSamples returns the windows over a series, of shape (steps, columns), at each step that
// leaves room: x is the window and its target what a column's next values are, (Horizon).
func NewSeriesSamples[T tensor.Float](series *tensor.Tensor[T],
	o SeriesOptions) (Samples[T], error) {
	if series.Rank() != 2 || o.Target < 0 || o.Target >= series.Dim(1) {
		return nil, fmt.Errorf("a series of shape %v without a column %d", series.Shape(), o.Target)
	}
	s := &seriesSamples[T]{o, series.Clone().Data(), series.Dim(0), series.Dim(1)}
	if o.Window < 1 || o.Horizon < 1 || s.Len() < 1 {
		return nil, fmt.Errorf("a series of %s has no window of %d and %d after it",
			plural(s.steps, "step"), o.Window, o.Horizon)
	}
	if o.Shape == nil {
		s.Shape = []int{o.Window, s.width}
	}
	return s, nil
}

// Len returns the number of windows.
func (s *seriesSamples[T]) Len() int { return s.steps - s.Window - s.Horizon + 1 }

// Shapes returns those of a window and its target.
func (s *seriesSamples[T]) Shapes() [][]int { return [][]int{s.Shape, {s.Horizon}} }

// Fingerprint tells the series from others.
func (s *seriesSamples[T]) Fingerprint() string {
	hash := sha256.New()
	_ = binary.Write(hash, binary.LittleEndian, s.values) // of fixed size, and a hash takes all
	return fmt.Sprintf("windows of %d, the next %d of column %d of %d, %x", s.Window, s.Horizon,
		s.Target, s.width, hash.Sum(nil))
}

// Fill writes a window and the values after it.
func (s *seriesSamples[T]) Fill(parts [][]T, sample int, _ tensor.Random) {
	n := copy(parts[0], s.values[sample*s.width:(sample+s.Window)*s.width])
	for i := range parts[1] {
		parts[1][i] = s.values[sample*s.width+n+i*s.width+s.Target]
	}
}

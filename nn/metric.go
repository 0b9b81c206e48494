package nn

import (
	"fmt"

	"simdnn/tensor"
)

// Metric is a figure of merit over the rows of a data set: how good predictions are, as opposed to
// the loss that training minimises.
type Metric interface {
	// String returns the name of the metric: "accuracy", "r2".
	String() string
	// New returns an accumulator that has seen no rows.
	New() Accumulator
}

// Accumulator gathers a metric row by row.
type Accumulator interface {
	// Add takes one row of predictions and its row of targets.
	Add(prediction, target []float64)
	// Value returns the metric over the rows so far, NaN if there are none.
	Value() float64
}

// IgnoringClass returns a metric of classes over the rows of all other classes, as the losses of
// [Loss.WithIgnored] have it: IgnoringClass(F1(MacroAverage), −100). [Evaluate] refuses that of
// metrics of numbers, such as R2.
func IgnoringClass(m Metric, class int) Metric { return ignoring{m, class} }

// ignoring is a metric without the rows of a class.
type ignoring struct {
	Metric
	class int
}

func (m ignoring) New() Accumulator { return ignoringRows{m.Metric.New(), float64(m.class)} }

// ofNumbers is a metric of numbers, whose targets are no classes.
type ofNumbers interface{ ofNumbers() }

func (distance) ofNumbers() {}
func (r2) ofNumbers()       {}

// checkMetrics returns an error for metrics of numbers that are to ignore a class.
func checkMetrics(metrics []Metric) error {
	for _, m := range metrics {
		for {
			without, ok := m.(ignoring)
			if !ok {
				break
			}
			m = without.Metric
			if _, numbers := m.(ofNumbers); numbers {
				return fmt.Errorf("nn: %v is a metric of numbers: there is no class %d to ignore", m,
					without.class)
			}
		}
	}
	return nil
}

type ignoringRows struct {
	Accumulator
	class float64
}

func (a ignoringRows) Add(prediction, target []float64) {
	if exactClassOf(target) != a.class {
		a.Accumulator.Add(prediction, target)
	}
}

// meter feeds batches to the accumulators of some metrics.
type meter[T tensor.Float] struct {
	accumulators       []Accumulator
	prediction, target []float64
}

func newMeter[T tensor.Float](metrics []Metric) *meter[T] {
	m := &meter[T]{}
	for _, metric := range metrics {
		m.accumulators = append(m.accumulators, metric.New())
	}
	return m
}

// add takes a batch of predictions of shape (…, outputs), a row for each last dimension, and its
// target, whose shapes the loss has checked.
func (m *meter[T]) add(prediction, target *tensor.Tensor[T]) {
	rows := prediction.Len() / prediction.Dim(prediction.Rank()-1)
	m.prediction, m.target = widen(m.prediction, prediction.Data()), widen(m.target, target.Data())
	np, ny := len(m.prediction)/rows, len(m.target)/rows
	for _, a := range m.accumulators {
		for i := range rows {
			a.Add(m.prediction[i*np:(i+1)*np], m.target[i*ny:(i+1)*ny])
		}
	}
}

// values returns the metrics over the rows so far.
func (m *meter[T]) values() []float64 {
	values := make([]float64, len(m.accumulators))
	for i, a := range m.accumulators {
		values[i] = a.Value()
	}
	return values
}

// widen returns the elements of src as float64, in buf if they fit.
func widen[T tensor.Float](buf []float64, src []T) []float64 {
	if cap(buf) < len(src) {
		buf = make([]float64, len(src))
	}
	buf = buf[:len(src)]
	for i, v := range src {
		buf[i] = float64(v)
	}
	return buf
}

// running holds the loss and metrics of the batches so far.
type running[T tensor.Float] struct {
	sum, weight float64
	batches     int
	meter       *meter[T]
}

func newRunning[T tensor.Float](metrics []Metric) *running[T] {
	return &running[T]{meter: newMeter[T](metrics)}
}

// add takes one batch: the weighted sum of its loss, the weight to divide that by, its predictions
// and its target.
func (t *running[T]) add(sum, weight float64, prediction, target *tensor.Tensor[T]) {
	t.sum += sum
	t.weight += weight
	t.batches++
	t.meter.add(prediction, target)
}

// evaluation returns what was gathered.
func (t *running[T]) evaluation() Evaluation {
	return Evaluation{Loss: t.sum / t.weight, Metrics: t.meter.values()}
}

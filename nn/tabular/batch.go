package tabular

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// batchRows is how many rows are predicted at a time: enough for the network's full speed.
const batchRows = 256

// Batch predicts some rows at a time, all with the same buffers. It belongs to one goroutine at a
// time; those of one [Frozen] share its weights.
type Batch[T tensor.Float] struct {
	names                 []string // of the features' columns
	inputs, outputScaling *data.Scaler[float64]
	form                  *form
	predictor             *nn.Predictor[T]
	features              *tensor.Tensor[float64] // (rows, features)
	x, view               *tensor.Tensor[T]       // the same scaled, and those at hand
	y                     *tensor.Tensor[T]       // what the network gave
	values                []float64               // a row of outputs
}

// newBatch returns a batch for up to so many rows.
func newBatch[T tensor.Float](m *Model[T], f *form, p *nn.Predictor[T], rows int) *Batch[T] {
	names, outputs := m.featureColumns(), max(1, len(m.Classes))
	return &Batch[T]{
		names: names, inputs: m.Inputs, outputScaling: m.Outputs, form: f, predictor: p,
		features: tensor.New[float64](rows, len(names)), x: tensor.New[T](rows, len(names)),
		view: tensor.New[T](0, len(names)), values: make([]float64, outputs),
	}
}

// Rows returns the number of rows that the batch has room for.
func (b *Batch[T]) Rows() int { return b.features.Dim(0) }

// Features returns the features of row i as the table has them, before scaling, to be set before
// [Batch.Predict].
func (b *Batch[T]) Features(i int) []float64 { return b.features.Row(i) }

// Predict predicts the first n rows. A row that takes the network beyond the range of its element
// type ends the batch: done rows before it are predicted, and the error is a [data.Error] that
// names the column.
func (b *Batch[T]) Predict(n int) (done int, err error) {
	for done < n && err == nil {
		if err = b.scale(done); err == nil {
			done++
		}
	}
	if done == 0 {
		return 0, err
	}
	b.view.SetSlice(b.x, 0, done)
	var failed error
	if b.y, failed = b.predictor.Predict(b.view); failed != nil {
		return 0, failed
	}
	for i := range done {
		if b.outputs(b.values, i); !finite(b.values) {
			return i, b.beyond(i)
		}
	}
	return done, err
}

// scale sets row i of x.
func (b *Batch[T]) scale(i int) error {
	from, to := b.features.Row(i), b.x.Row(i)
	to = to[:len(from)]
	if b.inputs == nil {
		for j, v := range from {
			to[j] = T(v)
		}
	} else {
		mean, deviation := b.inputs.Mean[:len(from)], b.inputs.Deviation[:len(from)]
		for j, v := range from {
			to[j] = T((v - mean[j]) / deviation[j])
		}
	}
	if finite(to) {
		return nil
	}
	j := slices.IndexFunc(to, func(v T) bool { return v-v != 0 })
	return columnError(b.names[j], "the value %v is beyond the range of the model's numbers (%s)",
		from[j], typeName[T]())
}

// beyond returns the error of a row for which the network gives no number: it names the column that
// is farthest from what is usual.
func (b *Batch[T]) beyond(i int) error {
	row, farthest := b.x.Row(i), 0
	for j, v := range row {
		if math.Abs(float64(v)) > math.Abs(float64(row[farthest])) {
			farthest = j
		}
	}
	return columnError(b.names[farthest],
		"with the value %v the network's result is beyond the range of its numbers (%s)",
		b.features.Row(i)[farthest], typeName[T]())
}

// columnError returns an error about a column.
func columnError(column, format string, args ...any) *data.Error {
	return &data.Error{Column: column, Problem: fmt.Sprintf(format, args...)}
}

// typeName returns the name of the element type.
func typeName[T tensor.Float]() string { return fmt.Sprintf("float%d", 8*unsafe.Sizeof(T(0))) }

// finite reports whether none of the values is NaN or infinite.
func finite[T tensor.Float](values []T) bool {
	zero := T(0)
	for _, v := range values {
		zero += v - v // NaN for what is not finite
	}
	return zero == 0
}

// outputs sets y to what is predicted for row i: probabilities, or the value in the target's unit.
func (b *Batch[T]) outputs(y []float64, i int) {
	for j, v := range b.y.Row(i) {
		y[j] = float64(v)
		if s := b.outputScaling; s != nil {
			y[j] = float64(y[j]*s.Deviation[j]) + s.Mean[j]
		}
	}
}

// Prediction sets p to that of row i.
func (b *Batch[T]) Prediction(i int, p *Prediction) {
	y := b.y.Row(i)
	p.form = b.form
	p.Value, p.Class, p.Probabilities, p.step = 0, "", p.Probabilities[:0], 0
	if b.form.classes == nil {
		b.outputs(b.values, i)
		p.Value = b.values[0]
		if b.outputScaling != nil && unsafe.Sizeof(T(0)) == 4 {
			p.step = spacing(float32(y[0])) * b.outputScaling.Deviation[0]
		}
		return
	}
	best := 0
	for c, v := range y {
		p.Probabilities = append(p.Probabilities, float64(v))
		if v > y[best] {
			best = c
		}
	}
	p.class = best
	p.Class = b.form.classes[best]
}

// spacing returns the distance from v to the next float32 towards 0, or from 0 to the next.
func spacing(v float32) float64 {
	if v == 0 {
		return math.SmallestNonzeroFloat32
	}
	return math.Abs(float64(v) - float64(math.Nextafter32(v, 0)))
}

package main

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"simdnn/internal/cli"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

const (
	// predictRows is how many rows are read, predicted and printed at a time, unless rows are so
	// wide that they would take more than predictValues numbers.
	predictRows   = 256
	predictValues = 1 << 19

	// predictBatches is how many batches there are: one that is read, one that is predicted, one
	// that is printed, and one on its way.
	predictBatches = 4
)

// predictBatch is some rows on their way through the pipeline.
type predictBatch[T tensor.Float] struct {
	*tabular.Batch[T]
	lines []int // of the file
	rows  int
	ended error // why no more rows follow, nil if they do
}

// pipeline reads rows and predicts them side by side with what the caller does with the
// predictions. Its memory is a few batches, whatever the length of the file.
type pipeline[T tensor.Float] struct {
	free, read, predicted chan *predictBatch[T]
	stop                  chan struct{} // to be closed by the caller
}

// startPipeline starts reading and predicting.
func startPipeline[T tensor.Float](
	model *tabular.Frozen[T], rows *data.RowReader,
) (*pipeline[T], error) {
	p := &pipeline[T]{stop: make(chan struct{})}
	for _, c := range []*chan *predictBatch[T]{&p.free, &p.read, &p.predicted} {
		*c = make(chan *predictBatch[T], predictBatches) // room for all: sending never waits
	}
	n := max(1, min(predictRows, predictValues/max(1, rows.Features())))
	for range predictBatches {
		b, err := model.NewBatch(n)
		if err != nil {
			return nil, err
		}
		p.free <- &predictBatch[T]{Batch: b, lines: make([]int, n)}
	}
	go p.stage(p.free, p.read, func(b *predictBatch[T]) { b.fill(rows) })
	go p.stage(p.read, p.predicted, (*predictBatch[T]).predict)
	return p, nil
}

// stage works on batches until one is the last, or the caller has had enough.
func (p *pipeline[T]) stage(from, to chan *predictBatch[T], work func(*predictBatch[T])) {
	for {
		select {
		case b := <-from:
			work(b)
			last := b.ended != nil // the batch is the next stage's once it is sent
			to <- b
			if last {
				return
			}
		case <-p.stop:
			return
		}
	}
}

// fill reads rows until the batch is full or reading ends.
func (b *predictBatch[T]) fill(rows *data.RowReader) {
	b.rows, b.ended = 0, nil
	for b.rows < b.Rows() {
		if err := rows.Read(b.Features(b.rows)); err != nil {
			b.ended = err
			if !errors.Is(err, io.EOF) {
				b.ended = &rowError{err}
			}
			return
		}
		b.lines[b.rows] = rows.Line()
		b.rows++
	}
}

// predict predicts the rows. One that can't be is the end.
func (b *predictBatch[T]) predict() {
	done, err := b.Predict(b.rows)
	if err != nil {
		if e := new(data.Error); errors.As(err, &e) {
			e.Line = b.lines[done]
		}
		b.ended = &rowError{err}
	}
	b.rows = done
}

// rowError is what is wrong with the file that is read.
type rowError struct{ error }

// Unwrap returns the error of the row.
func (e *rowError) Unwrap() error { return e.error }

// drain prints all predictions in the order of the rows.
func (p *pipeline[T]) drain(ctx context.Context, w *predictionWriter) error {
	for {
		select {
		case b := <-p.predicted:
			if err := writePredictions(w, b); err != nil {
				return err
			}
			switch {
			case errors.Is(b.ended, io.EOF):
				return nil
			case b.ended != nil:
				return b.ended
			case ctx.Err() != nil:
				return errors.New("interrupted")
			}
			p.free <- b
		case <-ctx.Done():
			return errors.New("interrupted")
		}
	}
}

// predictionWriter prints predictions, one per line.
type predictionWriter struct {
	w          io.Writer
	append     func(p *tabular.Prediction, b []byte) []byte
	prediction tabular.Prediction
	text       []byte
	bar        *cli.Progress
	read       func() int64 // how much of the file
}

// writePredictions prints those of a batch.
func writePredictions[T tensor.Float](w *predictionWriter, b *predictBatch[T]) error {
	w.text = w.text[:0]
	for i := range b.rows {
		b.Prediction(i, &w.prediction)
		w.text = append(w.append(&w.prediction, w.text), '\n')
	}
	w.bar.MakeRoom()
	if len(w.text) > 0 {
		if _, err := w.w.Write(w.text); err != nil {
			return err
		}
	}
	w.bar.Tick(int(w.read()), time.Now())
	return nil
}

// countingReader counts what is read, for whoever asks meanwhile.
type countingReader struct {
	reader io.Reader
	count  atomic.Int64
}

// Read reads and counts.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.count.Add(int64(n))
	return n, err
}

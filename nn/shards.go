package nn

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"simdnn/graph"
	"simdnn/tensor"
)

// sharding makes the steps of a training whose batches are cut into shards.
//
// A batch is cut by its rows and the number of shards alone, and each process computes the gradients
// of some shards, one after the other. They are added up by halves:
//
//	sum(0, S) = sum(0, S/2) + sum(S/2, S)
//
// down to those of single shards. So each process adds up its own as far as that goes, sends of
// each sum that is left the piece that another process adds up, and takes the whole from all. The
// order of the additions, and with it every bit, is that of one process that has all shards.
type sharding[T tensor.Float] struct {
	*council
	model  *Model[T]
	k      *tensor.Kernels[T]
	shards int
	sums   [][]span // of each process: the sums that it makes by itself

	gradient  []T            // of the whole batch
	gradients []Parameter[T] // the same, by parameter
	made      [][]T          // the sums that this process makes, in turn
	parts     [][]T          // by process: pieces of its sums
	spare     [][]T          // gradients that nothing needs any more
	numbers   []float64      // of each of its shards: the sum of the loss, and the weight
	outgoing  []byte         // what is sent of memory that is received into
	whole     *tensor.Tensor[T]
}

// span is a range of shards.
type span struct{ lo, hi int }

// halves returns the two spans that a span is the sum of.
func (s span) halves() (first, second span) {
	mid := (s.lo + s.hi) / 2
	return span{s.lo, mid}, span{mid, s.hi}
}

// within appends the largest spans of the tree below s that lie in a range.
func (s span) within(of span, spans []span) []span {
	switch {
	case s.hi <= of.lo || of.hi <= s.lo:
		return spans
	case of.lo <= s.lo && s.hi <= of.hi:
		return append(spans, s)
	}
	first, second := s.halves()
	return second.within(of, first.within(of, spans))
}

// newSharding returns what makes the steps of a trainer, nil if its batches are not cut.
func newSharding[T tensor.Float](t *Trainer[T]) (*sharding[T], error) {
	if t.Shards < 2 && t.Processes == nil {
		return nil, nil
	}
	p := t.Processes
	if p == nil {
		p = LocalProcesses(1, time.Minute)[0]
	}
	m := t.Model
	switch {
	case t.Shards < p.Size():
		return nil, fmt.Errorf("nn: %d shards for %d processes: each needs one", t.Shards, p.Size())
	case t.Accumulate > 1 || m.settings.optimizer.lbfgs != nil:
		return nil, errors.New("nn: batches that are accumulated, and those of lbfgs, can't be cut " +
			"into shards")
	case m.variablesOf(graph.Buffer) != nil:
		return nil, errors.New("nn: a model with running means can't be trained in shards: they are " +
			"those of whole batches")
	}
	s := &sharding[T]{model: m, k: m.Engine().Kernels(), shards: t.Shards}
	for q := range p.Size() {
		lo, hi := tensor.Share(t.Shards, 1, q, p.Size())
		s.sums = append(s.sums, span{0, t.Shards}.within(span{lo, hi}, nil))
	}
	s.council = newCouncil(p, 2*((t.Shards+p.Size()-1)/p.Size()))
	n := 0
	parameters := m.Parameters()
	for _, v := range parameters {
		n += len(v.Data)
	}
	s.gradient = make([]T, n)
	n = 0
	for _, v := range parameters {
		data := s.gradient[n : n+len(v.Data)]
		s.gradients = append(s.gradients, Parameter[T]{Name: v.Name, Value: v.Value.Over(data),
			Data: data})
		n += len(v.Data)
	}
	lo, hi := s.piece(p.Rank())
	for q := range p.Size() {
		s.parts = append(s.parts, make([]T, len(s.sums[q])*(hi-lo)))
	}
	return s, nil
}

// shardedTraining is the version of what processes send to one another.
const shardedTraining = "1"

// agreeToBegin returns an error on every process unless all of them can begin the same training.
func (t *Trainer[T]) agreeToBegin(r *run[T], err error) error {
	if t.Processes == nil {
		return err
	}
	c := newCouncil(t.Processes, 1)
	if _, err := c.agree(err, nil); err != nil {
		return err
	}
	s := r.settings(nil)
	s["version"] = shardedTraining + ", " + runtime.Version()
	s["epochs"] = fmt.Sprintf("%d, of which %d are done", r.Epochs, len(r.history.Epochs))
	s["seed"] = fmt.Sprint(r.Model.settings.seed)
	s["parameters"] = r.Model.ParamsSHA256()
	return c.compare(s)
}

// conclude tells the other processes how the training has ended here, unless they know, and returns
// an error if it has ended otherwise elsewhere.
func (s *sharding[T]) conclude(err error) error {
	if s.ended {
		return err
	}
	_, err = s.agree(err, nil)
	return err
}

// piece returns the range of the gradient that a process adds up.
func (s *sharding[T]) piece(rank int) (lo, hi int) {
	return tensor.Share(len(s.gradient), 16, rank, s.Size())
}

// step makes a step of training by a batch, as [Model.makeStep] does.
func (s *sharding[T]) step(w *Workspace[T], b batch[T]) (sum, weight float64, err error) {
	s.made, s.numbers = s.made[:0], s.numbers[:0]
	counters, err := s.counters(w, b)
	var base []uint64
	for _, c := range counters {
		base = append(base, tensor.Elements[uint64](c.Value)[0])
	}
	count := func(n int) {
		for i, c := range counters {
			tensor.Elements[uint64](c.Value)[0] = base[i]*uint64(s.shards) + uint64(n)
		}
	}
	for _, of := range s.sums[s.Rank()] {
		if err == nil {
			var made []T
			if made, err = s.sum(w, b, of, count); err == nil {
				s.made = append(s.made, made)
			}
		}
	}
	for i, c := range counters {
		tensor.Elements[uint64](c.Value)[0] = base[i] + 1
	}
	of, err := s.agree(err, s.numbers)
	if err != nil {
		return 0, 1, err
	}
	weight = 0
	for q := range s.Size() {
		lo, hi := tensor.Share(s.shards, 1, q, s.Size())
		for i := range hi - lo {
			sum, weight = sum+of(q, 2*i), weight+of(q, 2*i+1)
		}
	}
	if err := s.sharePredictions(b.x[0].Dim(0)); err != nil {
		return 0, 1, err
	}
	w.x, w.predictions = nil, tensors[T]{s.whole}
	if finite(sum / weight) {
		if err = s.addUp(); err == nil {
			s.k.Parametric[tensor.Scale](s.gradient, s.gradient, T(1/weight))
			w.gradients, w.ready = s.gradients, true
			err = s.model.Update(w)
		}
	}
	s.spare = append(s.spare, s.made...)
	return sum, weight, err
}

// counters returns the counters that randomness depends on, for each shard to have its own.
func (s *sharding[T]) counters(w *Workspace[T], b batch[T]) (counters []*graph.Variable, err error) {
	p, err := w.program(gradients, b.weights)
	if err != nil {
		return nil, err
	}
	for _, v := range p.graph.Variables() {
		if v.Role == graph.State && v.Value.DType() == tensor.Uint64Type && v.Value.Len() == 1 {
			counters = append(counters, v)
		}
	}
	return counters, nil
}

// sum returns the sum of the gradients of some shards, each times the weight of its loss.
func (s *sharding[T]) sum(w *Workspace[T], b batch[T], of span, count func(int)) ([]T, error) {
	if of.hi-of.lo == 1 {
		count(of.lo)
		return s.shard(w, b, of.lo)
	}
	first, second := of.halves()
	x, err := s.sum(w, b, first, count)
	if err != nil {
		return nil, err
	}
	y, err := s.sum(w, b, second, count)
	if err != nil {
		return nil, err
	}
	s.k.Binary[tensor.Add](x, x, y)
	s.spare = append(s.spare, y)
	return x, nil
}

// shard returns the gradients of one shard times the weight of its loss: zeros if it has no rows.
func (s *sharding[T]) shard(w *Workspace[T], b batch[T], shard int) ([]T, error) {
	all := s.take()
	rows := b.x[0].Dim(0)
	lo, hi := tensor.Share(rows, 1, shard, s.shards)
	if lo == hi {
		clear(all)
		s.numbers = append(s.numbers, 0, 0)
		return all, nil
	}
	p, err := w.begin(s.model, gradients, b.rows(lo, hi))
	if err != nil {
		return nil, err
	}
	if err := p.run(); err != nil {
		return nil, err
	}
	w.setGradients(p)
	sum, weight := p.lossOf()
	s.numbers = append(s.numbers, sum, weight)
	at := 0
	for _, g := range w.gradients {
		s.k.Parametric[tensor.Scale](all[at:at+len(g.Data)], g.Data, T(weight))
		at += len(g.Data)
	}
	y := p.predictions[0]
	shape := append([]int{rows}, y.Shape()[1:]...)
	if s.whole == nil || s.whole.Dim(0) != rows {
		s.whole = tensor.New[T](shape...)
	}
	s.whole.Slice(lo, hi).CopyFrom(y)
	return all, nil
}

// take returns memory for a gradient.
func (s *sharding[T]) take() []T {
	if n := len(s.spare); n > 0 {
		x := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return x
	}
	return make([]T, len(s.gradient))
}

// rows returns some rows of a batch.
func (b batch[T]) rows(lo, hi int) batch[T] {
	part := batch[T]{}
	for _, x := range b.x {
		part.x = append(part.x, x.Slice(lo, hi))
	}
	for _, y := range b.y {
		part.y = append(part.y, y.Slice(lo, hi))
	}
	if b.weights != nil {
		part.weights = b.weights[lo:hi]
	}
	return part
}

// sharePredictions gives all processes the predictions of all rows.
func (s *sharding[T]) sharePredictions(rows int) error {
	if s.whole == nil || s.whole.Dim(0) != rows { // of a process without rows
		shape := append([]int{rows}, s.model.shape.out[0]...)
		s.whole = tensor.New[T](shape...)
	}
	if s.Size() == 1 {
		return nil
	}
	data, each := s.whole.Data(), s.whole.Len()/rows
	of := func(q int) []byte {
		first, last := tensor.Share(s.shards, 1, q, s.Size())
		lo, _ := tensor.Share(rows, 1, first, s.shards)
		_, hi := tensor.Share(rows, 1, last-1, s.shards)
		return bytesOf(data[lo*each : hi*each])
	}
	for q := range s.recv {
		s.recv[q] = of(q)
	}
	return s.gatherInPlace()
}

// addUp sets the gradient to the sum over all shards.
func (s *sharding[T]) addUp() error {
	if s.Size() == 1 {
		copy(s.gradient, s.made[0])
		return nil
	}
	me := s.Rank()
	for q := range s.send {
		lo, hi := s.piece(q)
		pieces := s.take()[:0]
		for _, sum := range s.made {
			pieces = append(pieces, sum[lo:hi]...)
		}
		s.send[q] = bytesOf(pieces)
		s.recv[q] = bytesOf(s.parts[q])
		defer func() { s.spare = append(s.spare, pieces[:cap(pieces)][:len(s.gradient)]) }()
	}
	if err := s.exchange(s.send, s.recv); err != nil {
		return err
	}
	lo, hi := s.piece(me)
	copy(s.gradient[lo:hi], s.combine(span{0, s.shards}, hi-lo))
	for q := range s.recv {
		lo, hi := s.piece(q)
		s.recv[q] = bytesOf(s.gradient[lo:hi])
	}
	return s.gatherInPlace()
}

// gatherInPlace gives all processes each one's part of some memory, which is where it is received.
func (s *sharding[T]) gatherInPlace() error {
	s.outgoing = append(s.outgoing[:0], s.recv[s.Rank()]...)
	return s.gather(s.outgoing, s.recv)
}

// combine returns the sum of a span of n elements from what all processes have sent.
func (s *sharding[T]) combine(of span, n int) []T {
	for q, sums := range s.sums {
		for i, sum := range sums {
			if sum == of {
				return s.parts[q][i*n:][:n]
			}
		}
	}
	first, second := of.halves()
	x, y := s.combine(first, n), s.combine(second, n)
	s.k.Binary[tensor.Add](x, x, y)
	return x
}

// bytesOf returns the memory of elements.
func bytesOf[T tensor.Float](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(*new(T))))
}

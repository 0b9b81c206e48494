package nn

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"simdnn/graph"
	"simdnn/tensor"
)

// sharding makes the steps of a training whose batches are cut into shards.
//
// A batch is cut by its rows and the number of shards alone, and each process computes the
// gradients of some shards, one after the other. They are added up by halves:
//
//	sum(0, S) = sum(0, S/2) + sum(S/2, S)
//
// down to those of single shards. So each process adds up its own as far as that goes; the pieces
// of the sums that are left are added up by one process each, which updates the parameters of its
// piece (shards_pieces.go) and gives them to all. What goes by messages goes while the gradients of
// other parameters are computed (shards_buckets.go). The order of the additions, and with it every
// bit, is that of one process that has all shards. After the first batches of each size nothing is
// allocated.
//
// Batch norm normalises each shard by its own moments. Its running ones, and whatever else is a
// buffer, become the mean of what each shard makes of those before the step, weighted by its rows:
// they stand in front of the gradients in all sums.
type sharding[T tensor.Float] struct {
	*council
	model  *Model[T]
	k      *tensor.Kernels[T]
	shards int
	sums   [][]span // of each process: the sums that it makes by itself
	pieces pieces[T]

	own      []T           // memory that near processes read: the sums, and what pieces give
	near     [][]T         // that of the processes that are near, this one included
	allNear  bool          // to one another
	spare    [][]T         // gradients for sums under way
	awaiting []addition[T] // of sums that end with the last shard
	begun    int           // the buckets of which an exchange has begun
	numbers  []float64     // of each of its shards: the sum of the loss, and the weight
	counters counters
	before   []T               // the buffers, before the step
	part     batch[T]          // a shard
	all      *tensor.Tensor[T] // predictions, of the largest batch
	whole    tensor.Tensor[T]  // of the one at hand
	shown    tensors[T]
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
	}
	s := &sharding[T]{model: m, k: m.Engine().Kernels(), shards: t.Shards}
	for q := range p.Size() {
		lo, hi := tensor.Share(t.Shards, 1, q, p.Size())
		s.sums = append(s.sums, span{0, t.Shards}.within(span{lo, hi}, nil))
	}
	s.council = newCouncil(p, 2*((t.Shards+p.Size()-1)/p.Size()))
	s.pieces = newPieces(m, p)
	s.shown = tensors[T]{&s.whole}
	return s, nil
}

// endEpoch lets all processes know of an error in an epoch's steps, and of what the optimizer
// remembers.
func (s *sharding[T]) endEpoch(err error) error {
	if s.ended || s.gone {
		return err
	}
	if err := s.agree(err, nil); err != nil {
		return err
	}
	return s.gatherState()
}

// conclude tells the other processes how the training has ended here, unless they know, and returns
// an error if it has ended otherwise elsewhere. All of them then have the same state.
func (s *sharding[T]) conclude(err error) error {
	if !s.ended && !s.gone {
		err = s.agree(err, nil)
	}
	if s.gone {
		return err
	}
	return errors.Join(err, s.gatherState())
}

// step makes a step of training by a batch, as [Model.makeStep] does.
func (s *sharding[T]) step(w *Workspace[T], b batch[T]) (sum, weight float64, err error) {
	s.begun = 0
	err = s.compute(w, b)
	if !s.gone {
		err = cmp.Or(s.completeBuckets(), err)
	}
	if s.gone {
		return 0, 1, err
	}
	if err := s.agree(err, s.numbers); err != nil {
		return 0, 1, err
	}
	for q := range s.Size() {
		lo, hi := tensor.Share(s.shards, 1, q, s.Size())
		for i := range hi - lo {
			sum, weight = sum+s.number(q, 2*i), weight+s.number(q, 2*i+1)
		}
	}
	if err := s.sharePredictions(b.x[0].Dim(0)); err != nil {
		return 0, 1, err
	}
	w.x, w.predictions, w.ready = nil, s.shown, false
	if finite(sum / weight) {
		err = s.update(w, weight, b.x[0].Dim(0))
	}
	return sum, weight, err
}

// compute makes the sums of this process.
func (s *sharding[T]) compute(w *Workspace[T], b batch[T]) error {
	s.numbers = s.numbers[:0]
	rows := b.x[0].Dim(0)
	s.reserve(rows)
	p, err := w.program(gradients, b.weights)
	if err != nil {
		return err
	}
	s.counters.begin(p.graph)
	defer s.counters.end()
	s.before = s.before[:0]
	for _, x := range s.pieces.buffers() {
		s.before = append(s.before, x...)
	}
	defer s.restoreBuffers()
	s.awaiting = s.awaiting[:0]
	sums := s.sums[s.Rank()]
	for i, of := range sums {
		open := i == len(sums)-1 && !s.allNear
		if err := s.sum(w, b, of, s.sumAt(s.own, i), open); err != nil {
			return err
		}
	}
	return nil
}

// restoreBuffers makes the buffers those before the step.
func (s *sharding[T]) restoreBuffers() {
	at := 0
	for _, x := range s.pieces.buffers() {
		at += copy(x, s.before[at:])
	}
}

// counters are those that randomness depends on: each shard has its own.
type counters struct {
	of   *graph.Graph
	at   []*uint64
	base []uint64 // of each, before the step
}

// begin finds the counters of a graph.
func (c *counters) begin(of *graph.Graph) {
	if c.of != of {
		*c = counters{of: of}
		for _, v := range of.Variables() {
			if v.Role == graph.State && v.Value.DType() == tensor.Uint64Type && v.Value.Len() == 1 {
				c.at = append(c.at, &tensor.Elements[uint64](v.Value)[0])
			}
		}
		c.base = make([]uint64, len(c.at))
	}
	for i, at := range c.at {
		c.base[i] = *at
	}
}

// set makes the counters those of a shard.
func (c *counters) set(shard, shards int) {
	for i, at := range c.at {
		*at = c.base[i]*uint64(shards) + uint64(shard)
	}
}

// end makes the counters those of the next step.
func (c *counters) end() {
	for i, at := range c.at {
		*at = c.base[i] + 1
	}
}

// sum sets dst to the sum of the gradients of some shards, each times the weight of its loss. It is
// open if it ends with the last shard, whose gradients are sent as they come.
func (s *sharding[T]) sum(w *Workspace[T], b batch[T], of span, dst []T, open bool) error {
	if of.hi-of.lo == 1 {
		return s.shard(w, b, of.lo, dst, open)
	}
	first, second := of.halves()
	if err := s.sum(w, b, first, dst, false); err != nil {
		return err
	}
	y := s.room()
	defer func() { s.spare = append(s.spare, y) }()
	if open {
		s.awaiting = append(s.awaiting, addition[T]{dst, y})
	}
	if err := s.sum(w, b, second, y, open); err != nil {
		return err
	}
	if !open {
		s.k.Binary[tensor.Add](dst, dst, y)
	}
	return nil
}

// shard sets dst to the gradients of one shard times the weight of its loss, and its buffers times
// its rows: zeros if it has none.
func (s *sharding[T]) shard(w *Workspace[T], b batch[T], shard int, dst []T, open bool) error {
	rows := b.x[0].Dim(0)
	lo, hi := tensor.Share(rows, 1, shard, s.shards)
	if lo == hi {
		clear(dst)
		s.numbers = append(s.numbers, 0, 0)
		s.take(0, len(dst))
		return nil
	}
	s.counters.set(shard, s.shards)
	s.restoreBuffers()
	s.part.setRows(b, lo, hi)
	p, err := w.begin(s.model, gradients, s.part)
	if err != nil {
		return err
	}
	w.setGradients(p)
	if open {
		err = s.runOpen(w, p, dst, hi-lo)
	} else {
		err = s.runWhole(w, p, dst, hi-lo)
	}
	if err != nil {
		return err
	}
	sum, weight := p.lossOf()
	s.numbers = append(s.numbers, sum, weight)
	y, _ := p.predictions[0].Contiguous()
	each := len(y) / (hi - lo)
	copy(s.whole.Data()[lo*each:], y)
	return nil
}

// runWhole runs the program of a shard of so many rows.
func (s *sharding[T]) runWhole(w *Workspace[T], p *program[T], dst []T, rows int) error {
	if err := p.run(); err != nil {
		return err
	}
	_, weight := p.lossOf()
	for i, g := range w.gradients {
		s.setGradient(dst, i, g.Data, weight)
	}
	s.setBuffers(dst, rows)
	return nil
}

// setGradient sets the elements of a gradient, and returns where they are.
func (s *sharding[T]) setGradient(dst []T, i int, gradient []T, weight float64) (lo, hi int) {
	lo = s.pieces.starts[i]
	hi = lo + len(gradient)
	s.k.Parametric[tensor.Scale](dst[lo:hi], gradient, T(weight))
	return lo, hi
}

// setBuffers sets the elements of the buffers, and returns where they are.
func (s *sharding[T]) setBuffers(dst []T, rows int) (lo, hi int) {
	at := 0
	for _, x := range s.pieces.buffers() {
		s.k.Parametric[tensor.Scale](dst[at:at+len(x)], x, T(rows))
		at += len(x)
	}
	return 0, at
}

// room returns memory for all gradients.
func (s *sharding[T]) room() []T {
	if n := len(s.spare); n > 0 {
		x := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return x
	}
	return make([]T, s.pieces.n)
}

// setRows makes a batch some rows of another.
func (b *batch[T]) setRows(of batch[T], lo, hi int) {
	set := func(part, all tensors[T]) tensors[T] {
		for len(part) < len(all) {
			part = append(part, new(tensor.Tensor[T]))
		}
		for i, x := range all {
			part[i].SetSlice(x, lo, hi)
		}
		return part
	}
	b.x, b.y, b.weights = set(b.x, of.x), set(b.y, of.y), nil
	if of.weights != nil {
		b.weights = of.weights[lo:hi]
	}
}

// reserve makes room for the predictions of so many rows.
func (s *sharding[T]) reserve(rows int) {
	if s.all == nil || s.all.Dim(0) < rows {
		s.all = tensor.New[T](append([]int{rows}, s.model.shape.out[0]...)...)
	}
	s.whole.SetSlice(s.all, 0, rows)
}

// sharePredictions gives all processes the predictions of all rows.
func (s *sharding[T]) sharePredictions(rows int) error {
	data, each := s.whole.Data(), s.whole.Len()/rows
	for q := range s.recv {
		first, last := tensor.Share(s.shards, 1, q, s.Size())
		lo, _ := tensor.Share(rows, 1, first, s.shards)
		_, hi := tensor.Share(rows, 1, last-1, s.shards)
		s.recv[q] = bytesOf(data[lo*each : hi*each])
	}
	return s.gather(s.recv[s.Rank()], s.recv)
}

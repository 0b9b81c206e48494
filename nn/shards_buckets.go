package nn

import (
	"slices"
	"unsafe"

	"simdnn/graph/exec"
	"simdnn/tensor"
)

// Overlapper is what Processes are too if messages can travel while they compute: gradients are
// then sent while others are computed.
type Overlapper interface {
	Processes
	// BeginExchange begins what Exchange does. Until CompleteExchanges has returned, what is sent must
	// not be changed, and what is received means nothing. Several exchanges may be under way; all
	// processes begin them in one order.
	BeginExchange(send, recv [][]byte) error
	// AdvanceExchanges lets messages travel where they don't by themselves. It returns at once.
	AdvanceExchanges() error
	// CompleteExchanges returns when all exchanges that have begun are done, or an error as Exchange
	// does.
	CompleteExchanges() error
}

// bucket is a range of all elements that is exchanged as soon as a backward pass has computed its
// gradients: some parameters, the last ones in the first bucket, as their gradients come first. The
// buffers lie in front of the first parameter. A piece of each bucket belongs to each process.
type bucket struct {
	lo, hi int
	first  int   // of its parameters, which reach up to those of the bucket before
	at     []int // by process: where its piece lies among its pieces of all buckets
}

// A bucket has at least bucketBytes, and pieceBytes a process: less takes as long to send.
const (
	bucketBytes = 1 << 18
	pieceBytes  = 1 << 16
)

// of returns the range that belongs to a process.
func (b *bucket) of(rank, size int) (lo, hi int) {
	lo, hi = tensor.Share(b.hi-b.lo, 16, rank, size)
	return b.lo + lo, b.lo + hi
}

// cut cuts all elements into buckets.
func (s *pieces[T]) cut() {
	least := max(bucketBytes, pieceBytes*s.size) / int(unsafe.Sizeof(*new(T)))
	s.lengths, s.bucketOf = make([]int, s.size), make([]int, len(s.parameters))
	hi := s.n
	for i := max(s.trained, 1) - 1; i >= 0; i-- {
		lo := 0
		if i > 0 {
			if lo = s.starts[i]; hi-lo < least {
				continue
			}
		}
		b := bucket{lo: lo, hi: hi, first: i, at: slices.Clone(s.lengths)}
		for q := range s.lengths {
			from, to := b.of(q, s.size)
			s.lengths[q] += to - from
			s.longest = max(s.longest, s.lengths[q])
		}
		s.buckets, hi = append(s.buckets, b), lo
	}
	for i, at := range s.starts {
		s.bucketOf[i] = slices.IndexFunc(s.buckets, func(b bucket) bool { return b.lo <= at })
	}
}

// addition is one that awaits the gradients of the last shard: dst += y.
type addition[T tensor.Float] struct{ dst, y []T }

// take adds elements of a gradient, or of a buffer, of the last shard to the sums that await them.
func (s *sharding[T]) take(lo, hi int) {
	for i := len(s.awaiting) - 1; i >= 0; i-- { // the innermost first
		a := s.awaiting[i]
		s.k.Binary[tensor.Add](a.dst[lo:hi], a.dst[lo:hi], a.y[lo:hi])
	}
}

// runOpen runs the program of the last shard, and begins the exchange of each bucket when its
// gradients are there.
func (s *sharding[T]) runOpen(w *Workspace[T], p *program[T], dst []T, rows int) error {
	stops, err := p.gradientStops(len(w.gradients))
	if err != nil {
		return err
	}
	loss := stops[len(w.gradients)]
	p.Begin()
	if err := unwrapped(p.RunTo(loss)); err != nil {
		return err
	}
	_, weight := p.lossOf()
	end := len(w.gradients)
	for k := range s.pieces.buckets {
		b := &s.pieces.buckets[k]
		for i := end - 1; i >= b.first; i-- {
			if err := unwrapped(p.RunTo(stops[i])); err != nil {
				return err
			}
			s.take(s.setGradient(dst, i, w.gradients[i].Data, weight))
			if err := s.advance(); err != nil {
				return err
			}
		}
		if end = b.first; k == len(s.pieces.buckets)-1 {
			if err := unwrapped(p.Finish()); err != nil {
				return err
			}
			s.take(s.setBuffers(dst, rows))
		}
		if err := s.beginBucket(); err != nil {
			return err
		}
	}
	return nil
}

// gradientStops returns where the gradients of parameters have been computed, and behind them where
// the loss has.
func (b *boundProgram[T]) gradientStops(parameters int) (stops []exec.Stop, err error) {
	if b.stops != nil {
		return b.stops, nil
	}
	stops = make([]exec.Stop, parameters+1)
	for i := range parameters {
		if stops[i], err = b.Stop(gradientName(i)); err != nil {
			return nil, err
		}
	}
	if stops[parameters], err = b.Stop(sumName, weightName); err != nil {
		return nil, err
	}
	b.stops = stops
	return stops, nil
}

// beginBucket begins to exchange the next bucket of the sums with processes that are not near.
func (s *sharding[T]) beginBucket() error {
	p, made := &s.pieces, len(s.sums[s.Rank()])
	b := &p.buckets[s.begun]
	s.begun++
	lo, hi := b.of(p.rank, p.size)
	for q, memory := range s.near {
		s.send[q], s.recv[q] = nil, nil
		if memory != nil {
			continue
		}
		first, last := b.of(q, p.size)
		pieces := s.sumAt(s.own, 0)[first:last]
		if made > 1 {
			if p.outgoing[q] == nil {
				p.outgoing[q] = make([]T, made*p.lengths[q])
			}
			pieces = p.outgoing[q][made*b.at[q]:][:0]
			for i := range made {
				pieces = append(pieces, s.sumAt(s.own, i)[first:last]...)
			}
		}
		sums := len(s.sums[q])
		s.send[q] = bytesOf(pieces)
		s.recv[q] = bytesOf(p.from(q, sums*p.lengths[p.rank])[sums*b.at[p.rank]:][:sums*(hi-lo)])
	}
	return s.begin(s.send, s.recv)
}

// completeBuckets returns when all sums have been exchanged, those of an error in place of the
// gradients too: all then agree on it.
func (s *sharding[T]) completeBuckets() error {
	if s.allNear {
		return nil
	}
	for s.begun < len(s.pieces.buckets) {
		if err := s.beginBucket(); err != nil {
			return err
		}
	}
	return s.complete()
}

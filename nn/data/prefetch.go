package data

import (
	"errors"

	"simdnn/tensor"
)

// Samples are data whose samples are made when they are asked for: images kept as bytes, windows
// over a series, passages of a text. [NewSampleLoader] hands them out in batches.
type Samples[T tensor.Float] interface {
	// Len returns the number of samples.
	Len() int
	// Shapes returns the shapes of a sample's parts: those of x and of its target.
	Shapes() [][]int
	// Fill writes a sample, 0 up to Len()−1, into slices with room for its parts. What is random in
	// it is a function of r, which differs from sample to sample and from epoch to epoch. It may be
	// called from another goroutine, but not from two at a time.
	Fill(parts [][]T, sample int, r tensor.Random)
	// Fingerprint tells the samples from others.
	Fingerprint() string
}

// NewSampleLoader returns a loader of samples, of which there must be one at least.
func NewSampleLoader[T tensor.Float](s Samples[T], o LoaderOptions) (*Loader[T], error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if s.Len() < 1 {
		return nil, errors.New("loader: there are no samples")
	}
	l := &Loader[T]{options: o, samples: s, rows: s.Len()}
	l.makeSlots(s.Shapes())
	return l, nil
}

// prefetcher fills slots on another goroutine, which ends with the epoch, or when nobody wants more
// of it.
type prefetcher[T tensor.Float] struct {
	loader     *Loader[T]
	free, full chan *slot[T]
	done       chan struct{}
	work       func() // made once: to start a goroutine on it allocates nothing
}

func newPrefetcher[T tensor.Float](l *Loader[T]) *prefetcher[T] {
	p := &prefetcher[T]{
		loader: l,
		free:   make(chan *slot[T], len(l.slots)+1), // and the nil that ends the work
		full:   make(chan *slot[T], len(l.slots)),
		done:   make(chan struct{}, 1), // which ends its goroutine at once, for the next epoch's
	}
	p.work = p.fill
	return p
}

// fill loads batch after batch into slots that are free.
func (p *prefetcher[T]) fill() {
	for b := range p.loader.Len() {
		s := <-p.free
		if s == nil {
			break
		}
		p.loader.load(b, s)
		p.full <- s
	}
	p.done <- struct{}{}
}

// each hands out the batches of an epoch that has begun.
func (p *prefetcher[T]) each(yield func(columns []*tensor.Tensor[T]) bool) {
	for _, s := range p.loader.slots {
		p.free <- s
	}
	go p.work()
	defer p.stop()
	for range p.loader.Len() {
		s := <-p.full
		if !yield(s.loaded) {
			return
		}
		p.free <- s
	}
}

// stop ends the work, also in the middle of an epoch or of a panic, and empties the channels.
func (p *prefetcher[T]) stop() {
	drain(p.free) // so that the worker finds no other slot
	p.free <- nil
	<-p.done
	drain(p.free)
	drain(p.full)
}

// drain takes out of a channel what is in it.
func drain[V any](c chan V) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

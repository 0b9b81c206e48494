package data

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"math/rand/v2"

	"simdnn/tensor"
)

// LoaderOptions say how a [Loader] cuts a data set into batches.
type LoaderOptions struct {
	BatchSize int    // rows of a batch
	DropLast  bool   // leave out the last batch of an epoch if it is short
	Shuffle   bool   // go through the rows in a new random order in every epoch
	Seed      uint64 // decides the random orders
	// AllowNonfinite takes data that hold NaN or infinities, which as a rule end a training run.
	AllowNonfinite bool
	// Prefetch is how many batches another goroutine prepares while the caller works on one, 0 for
	// none. It lives as long as an epoch goes on, and changes no batch.
	Prefetch int
}

// Loader hands out the rows of a data set in mini-batches, epoch by epoch: of the epoch's order of
// rows, batch i takes the rows [b·i, b·(i+1)), b being the batch size. Without shuffling the order
// is that of the data and the batches of tensors are views of it. Otherwise rows are copied, or
// [Samples] made, into storage that the loader reuses.
//
// The order of epoch e (0 for the first) is a Fisher–Yates shuffle with the generator PCG(seed, e)
// of math/rand/v2, so it depends on nothing but the number of rows, the seed and the epoch.
//
// A batch is valid until the next one. Going through an epoch allocates nothing. A loader serves
// one epoch at a time and is not safe for use by several goroutines at once.
type Loader[T tensor.Float] struct {
	options LoaderOptions
	rows    int
	columns []*tensor.Tensor[T]   // nil if there are samples
	samples Samples[T]            // nil if there are columns
	views   [][]*tensor.Tensor[T] // the columns of each batch where nothing is copied, else nil
	slots   []*slot[T]            // storage of batches
	ahead   *prefetcher[T]        // nil if there is none

	epoch  uint64 // epochs begun
	order  []int  // of the rows in this epoch, if they are copied or made
	source rand.PCG
}

// slot is storage for a batch.
type slot[T tensor.Float] struct {
	whole, last []*tensor.Tensor[T] // tensors of full batches, and of a short last one
	loaded      []*tensor.Tensor[T] // those of the batch at hand
	parts       [][]T               // of a sample
}

// NewLoader returns a loader for x and its target y, whose first dimensions must be equal and not
// 0.
func NewLoader[T tensor.Float](x, y *tensor.Tensor[T], o LoaderOptions) (*Loader[T], error) {
	return NewColumnLoader(o, x, y)
}

// NewColumnLoader returns a loader for any number of tensors whose rows belong together, such as x,
// y and sample weights. Their first dimensions must be equal and not 0. NaN and infinities are
// errors unless the options allow them.
func NewColumnLoader[T tensor.Float](o LoaderOptions,
	columns ...*tensor.Tensor[T]) (*Loader[T], error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		return nil, errors.New("loader: there is no tensor to load")
	}
	l := &Loader[T]{options: o}
	for i, c := range columns {
		if c.Rank() == 0 || c.Dim(0) == 0 {
			return nil, fmt.Errorf("loader: tensor %d of shape %v has no rows", i, c.Shape())
		}
		if c.Dim(0) != columns[0].Dim(0) {
			return nil, fmt.Errorf(
				"loader: tensor %d of shape %v and tensor 0 of shape %v differ in rows", i,
				c.Shape(), columns[0].Shape())
		}
		if !c.IsContiguous() {
			c = c.Clone()
		}
		if !o.AllowNonfinite {
			if err := CheckFinite(c, nil); err != nil {
				return nil, fmt.Errorf("loader: tensor %d: %w; AllowNonfinite takes it", i, err)
			}
		}
		l.columns = append(l.columns, c)
	}
	l.rows = columns[0].Dim(0)
	if !o.Shuffle {
		l.makeViews()
		return l, nil
	}
	var shapes [][]int
	for _, c := range l.columns {
		shapes = append(shapes, c.Shape()[1:])
	}
	l.makeSlots(shapes)
	return l, nil
}

// check says what is wrong with the options.
func (o *LoaderOptions) check() error {
	switch {
	case o.BatchSize < 1:
		return fmt.Errorf("loader: the batch size is %d, but must be at least 1", o.BatchSize)
	case o.Prefetch < 0:
		return fmt.Errorf("loader: %d batches to prefetch, which must not be negative", o.Prefetch)
	}
	return nil
}

// makeViews makes the tensors of all batches once and for all, as views of the data.
func (l *Loader[T]) makeViews() {
	l.views = make([][]*tensor.Tensor[T], l.Len())
	for b := range l.views {
		lo, hi := l.span(b)
		for _, c := range l.columns {
			l.views[b] = append(l.views[b], c.Slice(lo, hi))
		}
	}
}

// makeSlots makes storage for the batches that there are at a time, of rows of these shapes.
func (l *Loader[T]) makeSlots(shapes [][]int) {
	l.order = make([]int, l.rows)
	size := min(l.options.BatchSize, l.rows)
	for range l.options.Prefetch + 1 {
		s := &slot[T]{parts: make([][]T, len(shapes))}
		for _, shape := range shapes {
			t := tensor.New[T](append([]int{size}, shape...)...)
			s.whole, s.last = append(s.whole, t), append(s.last, t.Slice(0, l.rows%size))
		}
		l.slots = append(l.slots, s)
	}
	if l.options.Prefetch > 0 {
		l.ahead = newPrefetcher(l)
	}
}

// span returns the places of a batch in the order of the rows: lo to hi−1.
func (l *Loader[T]) span(batch int) (lo, hi int) {
	lo = batch * l.options.BatchSize
	return lo, lo + min(l.options.BatchSize, l.rows-lo)
}

// Len returns the number of batches of an epoch: ⌊rows/size⌋ if the short last one is left out,
// else ⌈rows/size⌉.
func (l *Loader[T]) Len() int {
	whole := l.rows / l.options.BatchSize
	if !l.options.DropLast && l.rows%l.options.BatchSize != 0 {
		whole++
	}
	return whole
}

// Epoch returns the batches of the next epoch: x and y, the loader's first two tensors; y is nil if
// there is one only. An epoch begins, and its order is drawn, when the first batch is asked for.
func (l *Loader[T]) Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]] {
	return func(yield func(x, y *tensor.Tensor[T]) bool) {
		l.each(func(columns []*tensor.Tensor[T]) bool {
			var y *tensor.Tensor[T]
			if len(columns) > 1 {
				y = columns[1]
			}
			return yield(columns[0], y)
		})
	}
}

// Batches returns the batches of the next epoch as [Loader.Epoch] does, but with all of the
// loader's tensors.
func (l *Loader[T]) Batches() iter.Seq[[]*tensor.Tensor[T]] { return l.each }

// each hands out the batches of the next epoch.
func (l *Loader[T]) each(yield func(columns []*tensor.Tensor[T]) bool) {
	l.begin()
	if l.ahead != nil {
		l.ahead.each(yield)
		return
	}
	for b := range l.Len() {
		var columns []*tensor.Tensor[T]
		if l.views != nil {
			columns = l.views[b]
		} else {
			columns = l.load(b, l.slots[0])
		}
		if !yield(columns) {
			return
		}
	}
}

// begin draws the order of the next epoch.
func (l *Loader[T]) begin() {
	for i := range l.order {
		l.order[i] = i
	}
	if l.options.Shuffle {
		l.source.Seed(l.options.Seed, l.epoch)
		for i := len(l.order) - 1; i > 0; i-- {
			j := below(&l.source, uint64(i)+1)
			l.order[i], l.order[j] = l.order[j], l.order[i]
		}
	}
	l.epoch++
}

// below returns a number from the uniform distribution over 0 … n−1: the upper half of a 128-bit
// product, unless the lower half shows that the number is one of those that would come too often
// (Lemire, ACM TOMACS 29, 2019). The generator's own bounded numbers would do, but nothing promises
// that they stay the same from one version of Go to the next.
func below(source *rand.PCG, n uint64) uint64 {
	for {
		if hi, lo := bits.Mul64(source.Uint64(), n); lo >= n ||
			lo >= -n%n { // the first spares the division almost always
			return hi
		}
	}
}

// load fills a slot with the rows of a batch and returns its tensors.
func (l *Loader[T]) load(batch int, s *slot[T]) []*tensor.Tensor[T] {
	lo, hi := l.span(batch)
	s.loaded = s.whole
	if hi-lo < s.whole[0].Dim(0) {
		s.loaded = s.last
	}
	if l.samples == nil {
		for c, column := range l.columns {
			gather(s.loaded[c].Data(), column.Data(), l.order[lo:hi], column.Len()/l.rows)
		}
		return s.loaded
	}
	for i, sample := range l.order[lo:hi] {
		for c, t := range s.loaded {
			n := t.Len() / (hi - lo)
			s.parts[c] = t.Data()[i*n:][:n]
		}
		l.samples.Fill(s.parts, sample,
			tensor.Random{Seed: l.options.Seed, Stream: uint64(sample), Step: l.epoch})
	}
	return s.loaded
}

// Fingerprint describes the rows, the batches and their orders: two loaders with the same one hand
// out the same batches.
func (l *Loader[T]) Fingerprint() string {
	hash := sha256.New()
	if l.samples != nil {
		_, _ = io.WriteString(hash, l.samples.Fingerprint())
	}
	for _, c := range l.columns {
		// Writing to a hash never fails, and slices of floats and of int64 are of fixed-size
		// values.
		for _, n := range c.Shape() {
			_ = binary.Write(hash, binary.LittleEndian, int64(n))
		}
		_ = binary.Write(hash, binary.LittleEndian, c.Data())
	}
	order := "in order"
	if l.options.Shuffle {
		order = fmt.Sprintf("shuffled with the seed %d", l.options.Seed)
	}
	if l.options.DropLast {
		order += " without a short last one"
	}
	return fmt.Sprintf("%d rows in batches of %d, %s, sha256 %.16x", l.rows, l.options.BatchSize,
		order, hash.Sum(nil))
}

// MarshalBinary returns what the orders of the coming epochs depend on: the seed and the number of
// epochs begun.
func (l *Loader[T]) MarshalBinary() ([]byte, error) {
	b := binary.LittleEndian.AppendUint64(nil, l.options.Seed)
	return binary.LittleEndian.AppendUint64(b, l.epoch), nil
}

// UnmarshalBinary makes the loader of the same data go on where the loader that
// [Loader.MarshalBinary] was called on stood: with the epoch after the last one that had begun.
func (l *Loader[T]) UnmarshalBinary(state []byte) error {
	if len(state) != 16 {
		return fmt.Errorf("loader: a state of %d bytes, but 16 are needed", len(state))
	}
	l.options.Seed = binary.LittleEndian.Uint64(state)
	l.epoch = binary.LittleEndian.Uint64(state[8:])
	return nil
}

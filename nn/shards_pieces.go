package nn

import (
	"slices"
	"unsafe"

	"simdnn/graph"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// pieces are the parts of all parameters, and of the buffers in front of them, that belong to one
// process each: what it adds up, and what it updates if the optimizer's step is one of each element
// for itself. It then keeps what the optimizer remembers of its parts; the others' is as old as the
// last epoch. In memory the piece of a process is its parts of the buckets, one behind the other.
type pieces[T tensor.Float] struct {
	n          int // the elements of all
	rank, size int
	parameters [][]T // and buffers
	trained    int   // how many of these are parameters
	buffered   int   // the elements of buffers
	starts     []int // of each, the elements before it
	buckets    []bucket
	bucketOf   []int // of each
	lengths    []int // by process: the elements of its piece
	longest    int   // of these
	scratch    [][]T // sums under way, by depth
	far        [][]T // by process: what those that are not near have sent of their sums
	outgoing   [][]T // what is sent to them, if it is more than one sum

	// Of steps that need whole gradients:
	gradients []Parameter[T]
	whole     [][]T // their elements
	// Of the others:
	updates *program[T]
	made    int // the model's settings that updates was made for
}

// newPieces returns the pieces of a model's parameters.
func newPieces[T tensor.Float](m *Model[T], of Processes) pieces[T] {
	s := pieces[T]{rank: of.Rank(), size: of.Size(), far: make([][]T, of.Size()),
		outgoing: make([][]T, of.Size())}
	buffers := m.variablesOf(graph.Buffer)
	for _, v := range buffers {
		s.buffered += len(v.Data)
	}
	s.n = s.buffered
	for _, v := range m.Parameters() {
		s.parameters, s.starts = append(s.parameters, v.Data), append(s.starts, s.n)
		s.n += len(v.Data)
	}
	s.trained = len(s.parameters)
	at := 0
	for _, v := range buffers {
		s.parameters, s.starts = append(s.parameters, v.Data), append(s.starts, at)
		at += len(v.Data)
	}
	s.cut()
	return s
}

// buffers returns what is no parameter.
func (s *pieces[T]) buffers() [][]T { return s.parameters[s.trained:] }

// part returns the range of the i-th parameter that belongs to a process, and where it is in its
// piece.
func (s *pieces[T]) part(rank, i int) (first, last, at int) {
	b := &s.buckets[s.bucketOf[i]]
	lo, hi := b.of(rank, s.size)
	within := func(at int) int { return min(max(at-s.starts[i], 0), len(s.parameters[i])) }
	return within(lo), within(hi), b.at[rank] + max(s.starts[i]-lo, 0)
}

// copyTo sets the parts of arrays like the parameters that belong to a process to those of its
// piece.
func (s *pieces[T]) copyTo(arrays [][]T, rank int, piece []T) {
	for i, a := range arrays {
		if first, last, at := s.part(rank, i); first < last {
			copy(a[first:last], piece[at:])
		}
	}
}

// copyFrom does the opposite.
func (s *pieces[T]) copyFrom(arrays [][]T, rank int, piece []T) {
	for i, a := range arrays {
		if first, last, at := s.part(rank, i); first < last {
			copy(piece[at:], a[first:last])
		}
	}
}

// from returns memory for n elements that a process sends.
func (s *pieces[T]) from(rank, n int) []T {
	if cap(s.far[rank]) < n {
		s.far[rank] = make([]T, n)
	}
	return s.far[rank][:n]
}

// share finds the processes that are near, when all have agreed to begin.
func (s *sharding[T]) share() error {
	most := 0
	for _, sums := range s.sums {
		most = max(most, len(sums))
	}
	n := most*s.pieces.n + s.pieces.longest
	s.near, s.allNear = make([][]T, s.Size()), s.Size() == 1
	sharer, ok := s.Processes.(MemorySharer)
	if !ok {
		s.own = make([]T, n)
		s.near[s.Rank()] = s.own
		return nil
	}
	size := int(unsafe.Sizeof(*new(T)))
	own, of, err := sharer.ShareMemory(n * size)
	if err != nil {
		s.gone = true
		return err
	}
	for q, memory := range of {
		if memory != nil {
			s.near[q] = elementsOf[T](memory)
		}
	}
	s.own = elementsOf[T](own)
	s.near[s.Rank()] = s.own
	far := 0.0
	if slices.ContainsFunc(s.near, func(memory []T) bool { return memory == nil }) {
		far = 1
	}
	if err := s.agree(nil, []float64{far}); err != nil {
		return err
	}
	s.allNear = true
	for q := range s.near {
		s.allNear = s.allNear && s.number(q, 0) == 0
	}
	return nil
}

// sumAt returns the i-th sum in the memory of a process.
func (s *sharding[T]) sumAt(memory []T, i int) []T { return memory[i*s.pieces.n:][:s.pieces.n] }

// given returns what a process gives all others of its piece, in its memory.
func (s *sharding[T]) given(memory []T, rank int) []T {
	return memory[len(memory)-s.pieces.longest:][:s.pieces.lengths[rank]]
}

// update adds up the gradients of all processes, whose weights and rows are so much together, and
// makes a step of the optimizer by them.
func (s *sharding[T]) update(w *Workspace[T], weight float64, rows int) error {
	p, gradient := &s.pieces, s.given(s.own, s.Rank())
	for i := range p.buckets {
		b := &p.buckets[i]
		lo, hi := b.of(p.rank, p.size)
		sum, piece := s.combine(b, span{0, s.shards}, 0), gradient[b.at[p.rank]:][:hi-lo]
		at := min(max(p.buffered-lo, 0), hi-lo)
		s.k.Parametric[tensor.Scale](piece[:at], sum[:at], T(1/float64(rows)))
		s.k.Parametric[tensor.Scale](piece[at:], sum[at:], T(1/weight))
	}
	if !s.model.elementwise() {
		if p.gradients == nil {
			p.makeGradients(s.model.Parameters())
		}
		p.copyTo(p.whole, p.rank, gradient)
		if err := s.gatherPieces(p.whole); err != nil {
			return err
		}
		w.gradients, w.ready = p.gradients, true
		return s.model.Update(w)
	}
	if err := s.updatePiece(gradient); err != nil {
		return err
	}
	p.setBuffers(gradient)
	if p.size == 1 {
		return nil
	}
	p.copyFrom(p.parameters[:p.trained], p.rank, gradient)
	return s.gatherPieces(p.parameters)
}

// setBuffers sets the parts of the buffers in this process's piece.
func (s *pieces[T]) setBuffers(piece []T) {
	for i := s.trained; i < len(s.parameters); i++ {
		if first, last, at := s.part(s.rank, i); first < last {
			copy(s.parameters[i][first:last], piece[at:])
		}
	}
}

// combine returns this process's part of the sum of a span in a bucket, which is not to be written
// to.
func (s *sharding[T]) combine(b *bucket, of span, depth int) []T {
	p := &s.pieces
	lo, hi := b.of(p.rank, p.size)
	for q, sums := range s.sums {
		if i := slices.Index(sums, of); i >= 0 && s.near[q] != nil {
			return s.sumAt(s.near[q], i)[lo:hi]
		} else if i >= 0 {
			return p.far[q][len(sums)*b.at[p.rank]:][i*(hi-lo):][:hi-lo]
		}
	}
	if depth == len(p.scratch) {
		p.scratch = append(p.scratch, make([]T, p.lengths[p.rank]))
	}
	first, second := of.halves()
	x, y := s.combine(b, first, depth), s.combine(b, second, depth+1)
	sum := p.scratch[depth][:hi-lo]
	s.k.Binary[tensor.Add](sum, x, y)
	return sum
}

// gatherPieces sets the pieces of all other processes in arrays to what they have given.
func (s *sharding[T]) gatherPieces(arrays [][]T) error {
	p := &s.pieces
	if p.size == 1 {
		return nil
	}
	for q, memory := range s.near {
		if memory != nil { // a byte says that what it gives is there
			s.send[q], s.recv[q] = s.mine[:1], s.council.all[q*len(s.mine):][:1]
			continue
		}
		s.send[q] = bytesOf(s.given(s.own, p.rank))
		s.recv[q] = bytesOf(p.from(q, p.lengths[q]))
	}
	if err := s.exchange(s.send, s.recv); err != nil {
		return err
	}
	for q, memory := range s.near {
		if q == p.rank {
			continue
		}
		given := p.far[q]
		if memory != nil {
			given = s.given(memory, q)
		}
		p.copyTo(arrays, q, given)
	}
	return nil
}

// makeGradients makes room for whole gradients.
func (s *pieces[T]) makeGradients(parameters []Parameter[T]) {
	all := make([]T, s.n) // more than they need by the buffers
	for _, v := range parameters {
		data := all[:len(v.Data):len(v.Data)]
		all = all[len(data):]
		s.whole = append(s.whole, data)
		s.gradients = append(s.gradients, Parameter[T]{Name: v.Name, Value: v.Value.Over(data),
			Data: data})
	}
	s.whole = append(s.whole, s.buffers()...)
}

// elementwise reports whether a step of the optimizer is one of each element for itself.
func (m *Model[T]) elementwise() bool {
	if o := m.settings.optimizer; o.whole || o.clipNorm != 0 {
		return false
	}
	return !slices.ContainsFunc(m.groups, func(g Group) bool { return g.Optimizer.whole })
}

// updatePiece makes a step of the optimizer in this process's piece.
func (s *sharding[T]) updatePiece(gradient []T) error {
	p := &s.pieces
	if p.updates == nil || p.made != s.model.settled {
		g, err := s.model.updatesOf(p)
		if err != nil {
			return err
		}
		p.updates, p.made = newProgram[T](g, s.model.engines), s.model.settled
		if err := p.updates.choose(0, nil); err != nil {
			return err
		}
		parts := 0
		for i := range p.trained {
			first, last, at := p.part(p.rank, i)
			if first == last {
				continue
			}
			if slot := p.updates.slot(gradientName(parts)); slot != nil { // else it is fixed
				*slot = gradient[at:][:last-first]
			}
			parts++
		}
	}
	s.model.steps++
	return p.updates.run()
}

// updatesOf returns the graph of a step of the optimizer in this process's piece: that of a model
// whose parameters are the parts that lie in it, and whose state is that of these parts.
func (m *Model[T]) updatesOf(p *pieces[T]) (*graph.Graph, error) {
	states, _ := m.optimizerState()
	m.mu.Lock()
	defer m.mu.Unlock()
	parts := m.variables.clone()
	parts.ordered = nil
	i := 0
	for _, v := range m.variables.ordered {
		if v.Role != graph.Parameter {
			continue
		}
		first, last, _ := p.part(p.rank, i)
		if first < last {
			cut := func(v *graph.Variable) *graph.Variable {
				elements := tensor.Elements[T](v.Value)[first:last]
				part := &graph.Variable{Name: v.Name, Role: v.Role, Value: tensor.ArrayOf(elements, last-first)}
				parts.store[v.Name] = part
				return part
			}
			parts.ordered = append(parts.ordered, storedVariable{Variable: cut(v.Variable)})
			for _, state := range states[v.Name] {
				cut(state)
			}
		}
		i++
	}
	b := newBuilder(tensor.DTypeOf[T](), parts)
	m.buildUpdate(b)
	g, err := b.Graph()
	if err != nil {
		return nil, err
	}
	return rewrite.All(g)
}

// gatherState gives all processes what the optimizer remembers of each piece.
func (s *sharding[T]) gatherState() error {
	p := &s.pieces
	if p.size == 1 || p.updates == nil {
		return nil
	}
	states, _ := s.model.optimizerState()
	for i, v := range s.model.Parameters() {
		for _, state := range states[v.Name] {
			all := tensor.Elements[T](state.Value)
			for q := range s.recv {
				first, last, _ := p.part(q, i)
				s.recv[q] = bytesOf(all[first:last])
			}
			if err := s.gather(s.recv[p.rank], s.recv); err != nil {
				return err
			}
		}
	}
	return nil
}

// elementsOf returns memory as elements.
func elementsOf[T tensor.Float](x []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/int(unsafe.Sizeof(*new(T))))
}

// bytesOf returns the memory of elements.
func bytesOf[T tensor.Float](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))),
		len(x)*int(unsafe.Sizeof(*new(T))))
}

package nn

import (
	"slices"
	"unsafe"

	"simdnn/graph"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// pieces are the ranges of all parameters, and the buffers behind them, that belong to one process
// each: what it adds up, and what it updates if the optimizer's step is one of each element for itself.
// It then keeps what the optimizer remembers of its piece; the others' is as old as the last epoch.
type pieces[T tensor.Float] struct {
	n          int // the elements of all
	longest    int // those of the longest piece
	rank, size int
	parameters [][]T // and buffers
	trained    int   // how many of these are parameters
	starts     []int // of each, the elements before it
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
	s.trained = len(m.Parameters())
	for _, v := range append(m.Parameters(), m.variablesOf(graph.Buffer)...) {
		s.parameters, s.starts = append(s.parameters, v.Data), append(s.starts, s.n)
		s.n += len(v.Data)
	}
	for q := range s.size {
		lo, hi := s.of(q)
		s.longest = max(s.longest, hi-lo)
	}
	return s
}

// buffers returns what is no parameter.
func (s *pieces[T]) buffers() [][]T { return s.parameters[s.trained:] }

// buffersAt returns where the buffers begin in the piece of a process.
func (s *pieces[T]) buffersAt(rank int) int {
	lo, hi := s.of(rank)
	from := s.n
	if s.trained < len(s.parameters) {
		from = s.starts[s.trained]
	}
	return min(max(from, lo), hi) - lo
}

// of returns the range of a process.
func (s *pieces[T]) of(rank int) (lo, hi int) { return tensor.Share(s.n, 16, rank, s.size) }

// part returns the range of the i-th parameter that belongs to a process.
func (s *pieces[T]) part(rank, i int) (first, last int) {
	lo, hi := s.of(rank)
	within := func(at int) int { return min(max(at-s.starts[i], 0), len(s.parameters[i])) }
	return within(lo), within(hi)
}

// copyTo sets the parts of arrays like the parameters that belong to a process to those of its
// piece.
func (s *pieces[T]) copyTo(arrays [][]T, rank int, piece []T) {
	for i, a := range arrays {
		first, last := s.part(rank, i)
		if first < last {
			piece = piece[copy(a[first:last], piece):]
		}
	}
}

// copyFrom does the opposite.
func (s *pieces[T]) copyFrom(arrays [][]T, rank int, piece []T) {
	for i, a := range arrays {
		first, last := s.part(rank, i)
		if first < last {
			piece = piece[copy(piece, a[first:last]):]
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
	s.near, s.allNear = make([][]T, s.Size()), false
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
	lo, hi := s.pieces.of(rank)
	return memory[len(memory)-s.pieces.longest:][:hi-lo]
}

// update adds up the gradients of all processes, whose weights and rows are so much together, and
// makes a step of the optimizer by them.
func (s *sharding[T]) update(w *Workspace[T], weight float64, rows int) error {
	if err := s.sendSums(); err != nil {
		return err
	}
	p := &s.pieces
	sum, gradient := s.combine(span{0, s.shards}, 0), s.given(s.own, p.rank)
	at := p.buffersAt(p.rank)
	s.k.Parametric[tensor.Scale](gradient[:at], sum[:at], T(1/weight))
	s.k.Parametric[tensor.Scale](gradient[at:], sum[at:], T(1/float64(rows)))
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
	p.setBuffers(gradient[at:])
	if p.size == 1 {
		return nil
	}
	p.copyFrom(p.parameters[:p.trained], p.rank, gradient)
	return s.gatherPieces(p.parameters)
}

// setBuffers sets the parts of the buffers in this process's piece, of which values is the end.
func (s *pieces[T]) setBuffers(values []T) {
	for i := s.trained; i < len(s.parameters); i++ {
		first, last := s.part(s.rank, i)
		values = values[copy(s.parameters[i][first:last], values):]
	}
}

// sendSums sends their pieces of this process's sums to those that are not near.
func (s *sharding[T]) sendSums() error {
	if s.allNear {
		return nil
	}
	p, made := &s.pieces, len(s.sums[s.Rank()])
	for q, memory := range s.near {
		s.send[q], s.recv[q] = nil, nil
		if memory != nil {
			continue
		}
		lo, hi := p.of(q)
		pieces := s.sumAt(s.own, 0)[lo:hi]
		if made > 1 {
			pieces = p.outgoing[q][:0]
			for i := range made {
				pieces = append(pieces, s.sumAt(s.own, i)[lo:hi]...)
			}
			p.outgoing[q] = pieces
		}
		lo, hi = p.of(s.Rank())
		s.send[q] = bytesOf(pieces)
		s.recv[q] = bytesOf(p.from(q, len(s.sums[q])*(hi-lo)))
	}
	return s.exchange(s.send, s.recv)
}

// combine returns this process's piece of the sum of a span, which is not to be written to.
func (s *sharding[T]) combine(of span, depth int) []T {
	p := &s.pieces
	lo, hi := p.of(p.rank)
	for q, sums := range s.sums {
		if i := slices.Index(sums, of); i >= 0 && s.near[q] != nil {
			return s.sumAt(s.near[q], i)[lo:hi]
		} else if i >= 0 {
			return p.far[q][i*(hi-lo):][:hi-lo]
		}
	}
	if depth == len(p.scratch) {
		p.scratch = append(p.scratch, make([]T, hi-lo))
	}
	first, second := of.halves()
	x, y := s.combine(first, depth), s.combine(second, depth+1)
	sum := p.scratch[depth]
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
		lo, hi := p.of(q)
		s.send[q], s.recv[q] = bytesOf(s.given(s.own, p.rank)), bytesOf(p.from(q, hi-lo))
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
			first, last := p.part(p.rank, i)
			if first == last {
				continue
			}
			if slot := p.updates.slot(gradientName(parts)); slot != nil { // else it is fixed
				*slot = gradient[:last-first]
			}
			gradient = gradient[last-first:]
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
		first, last := p.part(p.rank, i)
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
				first, last := p.part(q, i)
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

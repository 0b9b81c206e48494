package exec

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"simdnn/graph"
)

// Session keeps the programs of one graph: one is compiled when its shapes are first met, and more
// of the same shapes when several goroutines run at once. It may be used by many goroutines; each
// borrows a program for its runs. Programs share the graph's variables, so only one of those that
// update variables may run at a time.
type Session struct {
	graph   *graph.Graph
	engines Engines
	inputs  []*graph.Value
	limit   int

	mu    sync.Mutex
	kept  map[string]*programs // by the shapes of the inputs
	clock uint64
}

// programs are those of one set of shapes that nobody has borrowed.
type programs struct {
	free []*Program
	used uint64 // when they were last asked for
}

// NewSession returns a session that keeps programs of at most limit sets of shapes, those that were
// asked for last.
func NewSession(g *graph.Graph, e Engines, limit int) *Session {
	return &Session{graph: g, engines: e, inputs: g.Inputs(), limit: max(limit, 1),
		kept: map[string]*programs{}}
}

// Borrow returns a program for inputs of these shapes, in the order of [graph.Graph.Inputs]. It is
// the caller's until [Session.Return]. In a steady state nothing is allocated.
func (s *Session) Borrow(shapes ...[]int) (*Program, error) {
	if len(shapes) != len(s.inputs) {
		return nil, fmt.Errorf("exec: %d shapes for the %d inputs of the graph", len(shapes),
			len(s.inputs))
	}
	var buf [128]byte
	key := buf[:0]
	for _, shape := range shapes {
		key = binary.AppendUvarint(key, uint64(len(shape)))
		for _, n := range shape {
			key = binary.AppendVarint(key, int64(n))
		}
	}
	if p := s.take(key); p != nil {
		return p, nil
	}
	named := map[string][]int{}
	for i, v := range s.inputs {
		named[v.Name()] = slices.Clone(shapes[i]) // which lets the caller keep them on the stack
	}
	p, err := Compile(s.graph, s.engines, named)
	if err != nil {
		return nil, err
	}
	p.key = string(key)
	return p, nil
}

// take returns a program that is kept, nil if there is none.
func (s *Session) take(key []byte) *Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock++
	k := s.kept[string(key)]
	if k == nil {
		return nil
	}
	k.used = s.clock
	if len(k.free) == 0 {
		return nil
	}
	p := k.free[len(k.free)-1]
	k.free = k.free[:len(k.free)-1]
	return p
}

// Return hands a program back. Its outputs are no longer the caller's.
func (s *Session) Return(p *Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kept[p.key]
	if k == nil {
		for len(s.kept) >= s.limit {
			s.drop()
		}
		s.clock++
		k = &programs{used: s.clock}
		s.kept[p.key] = k
	}
	k.free = append(k.free, p)
}

// drop forgets the programs that were asked for longest ago.
func (s *Session) drop() {
	oldest := ""
	for key, k := range s.kept {
		if oldest == "" || k.used < s.kept[oldest].used {
			oldest = key
		}
	}
	delete(s.kept, oldest)
}

package onnx

import (
	"cmp"
	"slices"
	"time"
)

// NodeTime is what the nodes of an operator took in a run.
type NodeTime struct {
	Operator string
	Count    int
	Time     time.Duration
}

// Profile runs the model as [Session.Run] does, and returns what the operators of the graphs took
// that it became, the slowest first. What comes between graphs is called "host".
func (s *Session) Profile(inputs map[string]*Value) ([]NodeTime, error) {
	m := s.borrow()
	operators := map[string]*NodeTime{}
	m.observe = func(p *plan, times []time.Duration) {
		for _, n := range p.program.Nodes() {
			if n.Step < 0 {
				continue
			}
			name := n.Operator.Name()
			if operators[name] == nil {
				operators[name] = &NodeTime{Operator: name}
			}
			operators[name].Count++
			operators[name].Time += times[n.Step]
		}
	}
	start := time.Now()
	_, err := s.run(m, inputs)
	total := time.Since(start)
	if err != nil {
		return nil, err
	}
	list := make([]NodeTime, 0, len(operators)+1)
	for _, t := range operators {
		total -= t.Time
		list = append(list, *t)
	}
	list = append(list, NodeTime{"host", 0, max(total, 0)})
	m.observe = nil
	s.giveBack(m)
	slices.SortFunc(list, func(a, b NodeTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Operator, b.Operator))
	})
	return list, nil
}

// timed runs a plan's program and tells the times of its steps.
func (m *machine) timed(p *plan) error {
	times := make([]time.Duration, p.program.Steps())
	err := p.program.RunTimed(times)
	if err == nil {
		m.observe(p, times)
	}
	return err
}

// ArenaBytes returns the memory in which the values of programs stand that the session keeps.
func (s *Session) ArenaBytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, m := range s.free {
		for _, p := range m.roots {
			total += p.arena()
		}
	}
	return total
}

// arena returns the memory of a plan's program, and of those that follow.
func (p *plan) arena() int {
	total := 0
	if p.program != nil {
		total = p.program.ArenaBytes()
	}
	for _, next := range p.next {
		total += next.arena()
	}
	return total
}

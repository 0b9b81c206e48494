package onnx

import (
	"cmp"
	"slices"
	"time"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
)

// NodeTime is what the nodes of an operator took in a run.
type NodeTime struct {
	Operator string
	Count    int
	Time     time.Duration
}

// Profile runs the model as [Session.Run] does, and returns what the operators of the graphs took
// that it became, the slowest first. The rest of the run is called "host": inputs checked and
// outputs copied, what is computed between graphs, and the clock that is read for each node.
func (s *Session) Profile(inputs map[string]*value.Value) ([]NodeTime, error) {
	m := s.plan.Borrow()
	operators := map[string]*NodeTime{}
	m.Observe = func(p *plan.Plan, times []time.Duration) {
		for _, n := range p.Program.Nodes() {
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
	_, err := s.plan.Run(m, inputs)
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
	m.Observe = nil
	s.plan.GiveBack(m)
	slices.SortFunc(list, func(a, b NodeTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Operator, b.Operator))
	})
	return list, nil
}

// ArenaBytes returns the memory in which the values of programs stand that the session keeps.
func (s *Session) ArenaBytes() int { return s.plan.ArenaBytes() }

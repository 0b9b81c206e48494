package nn

import (
	"fmt"

	"simdnn/tensor"
)

// lbfgsNumbers is the name of what L-BFGS remembers beside vectors.
const lbfgsNumbers = "lbfgs"

// tensors returns the vectors that the next step depends on, named: the last direction and the
// gradient before it, and the changes that are remembered. A nil state has none.
func (s *lbfgsState[T]) tensors() (all []Parameter[T]) {
	if s == nil {
		return nil
	}
	add := func(name string, v []T) {
		all = append(all, Parameter[T]{Name: "lbfgs." + name,
			Value: tensor.FromSlice(v, len(v)), Data: v})
	}
	add("direction", s.direction)
	add("gradient_before", s.before)
	for i, c := range s.changes {
		add(fmt.Sprintf("changes.%d.step", i), c.step)
		add(fmt.Sprintf("changes.%d.gradient", i), c.gradient)
	}
	return all
}

// numbers returns the numbers that it depends on, with one for each change that is remembered.
func (s *lbfgsState[T]) numbers() []float64 {
	n := []float64{float64(s.iteration), s.scale, s.length}
	for _, c := range s.changes {
		n = append(n, c.inverse)
	}
	return n
}

// setNumbers sets what numbers returns, and makes room for the vectors of the changes.
func (s *lbfgsState[T]) setNumbers(n []float64) error {
	if len(n) < 3 || len(n)-3 > s.history {
		return fmt.Errorf("%s: %d numbers of lbfgs, which has 3, and up to %d for its changes",
			stateKey,
			len(n), s.history)
	}
	s.iteration, s.scale, s.length = int(n[0]), n[1], n[2]
	for _, inverse := range n[3:] {
		s.changes = append(s.changes, lbfgsChange[T]{s.vector(), s.vector(), inverse})
	}
	return nil
}

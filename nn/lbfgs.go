package nn

import (
	"math"

	"simdnn/tensor"
)

// LBFGS is the limited-memory quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno
// (Nocedal 1980) with a line search for the strong Wolfe conditions, PyTorch's LBFGS with
// line_search_fn="strong_wolfe" and its defaults. It is made for whole data sets as one batch,
// which a step evaluates many times: up to 20 iterations from a memory of 100, and 25 evaluations.
// The rate is the first length that a line search tries, as a rule 1.
//
// It is what scikit-learn's MLPs take by default, by SciPy's code, whose line search and criteria
// differ. It takes no weight decay, makes no part of groups, and needs [Model.Step].
func LBFGS(rate float64) Optimizer {
	return Optimizer{name: "lbfgs", rate: rate, lbfgs: &lbfgsSettings{20, 25, 1e-7, 1e-9, 100, true}}
}

// WithIterations returns the optimizer with other numbers of iterations and evaluations of a step,
// and of directions that it remembers. Only LBFGS uses them.
func (o Optimizer) WithIterations(iterations, evaluations, history int) Optimizer {
	if o.lbfgs != nil {
		s := *o.lbfgs
		s.iterations, s.mostEvaluations, s.history = iterations, evaluations, history
		o.lbfgs = &s
	}
	return o
}

// WithoutLineSearch returns the optimizer that takes the rate for the length of each step. Only
// LBFGS uses it.
func (o Optimizer) WithoutLineSearch() Optimizer {
	if o.lbfgs != nil {
		s := *o.lbfgs
		s.search = false
		o.lbfgs = &s
	}
	return o
}

// lbfgsSettings are those of a step.
type lbfgsSettings struct {
	iterations, mostEvaluations int
	smallGradient, change       float64 // below which a step ends
	history                     int
	search                      bool
}

// lbfgsState is what L-BFGS remembers from step to step: vectors over all parameters that training
// changes.
type lbfgsState[T tensor.Float] struct {
	lbfgsSettings
	lbfgsBatch[T]
	kernels    *tensor.Kernels[T]
	parameters [][]T // the model's

	iteration        int
	direction, start []T
	gradient, before []T
	scale            float64 // of the first inverse Hessian
	changes          []lbfgsChange[T]
	length           float64
	spare, taken     [][]T // memory for vectors: free, and of the search at hand
	coefficients     []float64
}

// lbfgsBatch is the batch of a step, and what the model gave for it at first.
type lbfgsBatch[T tensor.Float] struct {
	model       *Model[T]
	workspace   *Workspace[T]
	batch       batch[T]
	evaluations int
	sum, weight float64
	predictions tensors[T]
}

// lbfgsChange is a step of the parameters, the change of the gradient with it, and 1 over their
// product.
type lbfgsChange[T tensor.Float] struct {
	step, gradient []T
	inverse        float64
}

// lbfgsStep makes a step over a batch. It returns the loss before it.
func (m *Model[T]) lbfgsStep(w *Workspace[T], b batch[T]) (sum, weight float64, err error) {
	if m.lbfgs == nil {
		m.lbfgs = m.newLBFGS()
	}
	s := m.lbfgs
	s.workspace, s.batch, s.evaluations = w, b, 0
	if err := s.step(m.settings.optimizer.rate); err != nil {
		return 0, 1, err
	}
	w.x, w.predictions, w.ready = nil, s.predictions, false
	m.steps++
	return s.sum, s.weight, nil
}

// evaluate returns the loss of the batch, and leaves the gradients in the workspace.
func (b *lbfgsBatch[T]) evaluate() (float64, error) {
	p, err := b.workspace.begin(b.model, gradients, b.batch)
	if err == nil {
		err = p.run()
	}
	if err != nil {
		return 0, err
	}
	b.workspace.setGradients(p)
	sum, weight := p.lossOf()
	if b.evaluations++; b.evaluations == 1 {
		b.sum, b.weight = sum, weight
		for i, y := range p.predictions { // which later evaluations overwrite
			switch {
			case i == len(b.predictions):
				b.predictions = append(b.predictions, y.Clone())
			case b.predictions[i].Len() != y.Len():
				b.predictions[i] = y.Clone()
			default:
				b.predictions[i].CopyFrom(y)
			}
		}
	}
	return sum / weight, nil
}

func (m *Model[T]) newLBFGS() *lbfgsState[T] {
	s := &lbfgsState[T]{lbfgsSettings: *m.settings.optimizer.lbfgs, kernels: m.Engine().Kernels(),
		lbfgsBatch: lbfgsBatch[T]{model: m}}
	n := 0
	for _, p := range m.Parameters() {
		if !m.fixed[p.Name] {
			s.parameters = append(s.parameters, p.Data)
			n += len(p.Data)
		}
	}
	for _, v := range []*[]T{&s.direction, &s.start, &s.gradient, &s.before} {
		*v = make([]T, n)
	}
	s.coefficients = make([]float64, s.history)
	return s
}

// step iterates until one of the criteria holds. A loss that isn't finite ends it before anything
// changes.
func (s *lbfgsState[T]) step(rate float64) error {
	loss, err := s.gradientAt(nil, 0, s.gradient)
	if err != nil || !finite(loss) || s.largest(s.gradient) <= s.smallGradient {
		return err
	}
	for n := 1; n <= s.iterations; n++ {
		s.iteration++
		s.turn()
		copy(s.before, s.gradient)
		s.length = rate
		if s.iteration == 1 {
			s.length = min(1, 1/s.absolute(s.gradient)) * rate
		}
		slope := s.dot(s.gradient, s.direction)
		if slope > -s.change {
			return nil
		}
		last := loss
		if s.search {
			loss, err = s.lineSearch(loss, slope)
		} else if s.move(s.length); n != s.iterations {
			loss, err = s.gradientAt(nil, 0, s.gradient)
		}
		if err != nil {
			return err
		}
		switch {
		case s.evaluations >= s.mostEvaluations,
			s.largest(s.gradient) <= s.smallGradient,
			s.largest(s.direction)*s.length <= s.change,
			math.Abs(loss-last) < s.change:
			return nil
		}
	}
	return nil
}

// turn sets the direction: that of steepest descent at first, then by the two-loop recursion over
// what the steps before have changed.
func (s *lbfgsState[T]) turn() {
	k, d := s.kernels, s.direction
	if s.iteration == 1 {
		k.Parametric[tensor.Scale](d, s.gradient, -1)
		s.scale = 1
		return
	}
	s.remember()
	k.Parametric[tensor.Scale](d, s.gradient, -1)
	for i := len(s.changes) - 1; i >= 0; i-- {
		c := &s.changes[i]
		s.coefficients[i] = float64(s.dot(c.step, d) * c.inverse)
		k.Parametric[tensor.Axpy](d, c.gradient, T(-s.coefficients[i]))
	}
	k.Parametric[tensor.Scale](d, d, T(s.scale))
	for i := range s.changes {
		c := &s.changes[i]
		back := float64(s.dot(c.gradient, d) * c.inverse)
		k.Parametric[tensor.Axpy](d, c.step, T(s.coefficients[i]-back))
	}
}

// remember adds what the last step has changed, unless it says nothing about the curvature.
func (s *lbfgsState[T]) remember() {
	k := s.kernels
	change := lbfgsChange[T]{step: s.vector(), gradient: s.vector()}
	k.Binary[tensor.Sub](change.gradient, s.gradient, s.before)
	k.Parametric[tensor.Scale](change.step, s.direction, T(s.length))
	product := s.dot(change.gradient, change.step)
	if product <= 1e-10 || s.history < 1 {
		s.spare = append(s.spare, change.step, change.gradient)
		return
	}
	if len(s.changes) == s.history {
		s.spare = append(s.spare, s.changes[0].step, s.changes[0].gradient)
		copy(s.changes, s.changes[1:])
		s.changes = s.changes[:len(s.changes)-1]
	}
	change.inverse = 1 / product
	s.changes = append(s.changes, change)
	s.scale = product / s.dot(change.gradient, change.gradient)
}

// vector returns memory for a vector over all parameters.
func (s *lbfgsState[T]) vector() []T {
	if n := len(s.spare); n > 0 {
		v := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return v
	}
	return make([]T, len(s.gradient))
}

// gradientAt evaluates the model at start + length·direction, or as it is if start is nil, and sets
// the gradient there.
func (s *lbfgsState[T]) gradientAt(start []T, length float64, gradient []T) (float64, error) {
	if start != nil {
		at := 0
		for _, p := range s.parameters {
			copy(p, start[at:])
			at += len(p)
		}
		s.move(length)
	}
	loss, err := s.evaluate()
	if err != nil {
		return 0, err
	}
	at := 0
	for _, g := range s.workspace.gradients {
		if !s.model.fixed[g.Name] {
			at += copy(gradient[at:], g.Data)
		}
	}
	return loss, nil
}

// move goes along the direction.
func (s *lbfgsState[T]) move(length float64) {
	at := 0
	for _, p := range s.parameters {
		s.kernels.Parametric[tensor.Axpy](p, s.direction[at:at+len(p)], T(length))
		at += len(p)
	}
}

func (s *lbfgsState[T]) dot(x, y []T) float64 { return float64(s.kernels.Reduce.Dot(x, y)) }

// largest returns the largest magnitude.
func (s *lbfgsState[T]) largest(x []T) float64 {
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}

// absolute returns the sum of magnitudes.
func (s *lbfgsState[T]) absolute(x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(float64(v))
	}
	return sum
}

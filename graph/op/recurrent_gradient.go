package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// RecurrenceGradient goes back through time. Its inputs are the gradient of the states, with
// OfCells that of an LSTM's c, wh, the outputs of the [Recurrence], initial states and lengths. Its
// outputs are the gradients of the products (time, gates as the recurrence keeps them, n), and
// those of the initial states, that of h being 0 if there are none.
type RecurrenceGradient struct {
	Recurrence
	OfCells bool `json:"ofCells,omitempty"`
}

// gradientOperands are the inputs of a [RecurrenceGradient] by name.
type gradientOperands[V any] struct {
	dstates, dcells, wh, states, gates, cells, h0, c0, lengths V
}

func (o RecurrenceGradient) hasGates() bool { return o.Cell == LSTMCell || o.Cell == GRUCell }

// backOperands names inputs. It reports whether their number is right.
func backOperands[V any](o RecurrenceGradient, in []V) (r gradientOperands[V], ok bool) {
	isLSTM := o.Cell == LSTMCell
	places := []*V{&r.dstates}
	for _, p := range []struct {
		has bool
		at  *V
	}{
		{o.OfCells, &r.dcells}, {true, &r.wh}, {true, &r.states}, {o.hasGates(), &r.gates},
		{isLSTM, &r.cells}, {o.Initial, &r.h0}, {o.Initial && isLSTM, &r.c0}, {o.Padded, &r.lengths},
	} {
		if p.has {
			places = append(places, p.at)
		}
	}
	if len(in) != len(places) {
		return r, false
	}
	for i, p := range places {
		*p = in[i]
	}
	return r, true
}

// Name returns "recurrence_gradient".
func (RecurrenceGradient) Name() string { return "recurrence_gradient" }

// Infer returns the shapes of the products' gradients and of the initial states.
func (o RecurrenceGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	r, ok := backOperands(o, in)
	if !ok || len(r.states.Shape) != 3 || !r.states.Equal(r.dstates) {
		return nil, fmt.Errorf("the gradient of %s needs those of its states, and its outputs", o.Cell)
	}
	s := r.states.Shape
	_, kept := o.Cell.gates()
	initial := r.states.With(s[1:])
	out := []graph.Type{r.states.With(graph.Shape{s[0], s[1].Times(graph.Fixed(kept)), s[2]}),
		initial}
	if o.Cell == LSTMCell {
		out = append(out, initial)
	}
	return out, nil
}

// Bind returns a step that goes back through time.
func (o RecurrenceGradient) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindRecurrenceGradient[float32](o, b)
	}
	return bindRecurrenceGradient[float64](o, b)
}

// recurrentBack goes back through a cell. dc is the gradient of c on its way, kept the part of that
// of a GRU's state that goes by its products.
type recurrentBack[T tensor.Float] struct {
	o                           RecurrenceGradient
	k                           *tensor.Kernels[T]
	time, h, n                  int
	dstates, dcells, wh         *[]T
	states, gates, cells        *[]T
	dz, dh0, dc0                *[]T
	ends                        ends
	first                       firstStates[T]
	byState                     [2]columnProduct[T]
	dh, dc, carry, carryC, kept []T
}

func bindRecurrenceGradient[T tensor.Float](o RecurrenceGradient, b *graph.Binding) (graph.Step,
	error) {
	in, _ := backOperands(o, b.Inputs)
	shape := in.states.Shape()
	r := &recurrentBack[T]{o: o, k: graph.Engine[T](b).Kernels(), time: shape[0], h: shape[1],
		n: shape[2]}
	size := r.h * r.n
	r.dz, r.dh0 = tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	if size == 0 || r.time == 0 {
		return func() {
			for _, a := range b.Outputs {
				clear(tensor.Elements[T](a))
			}
		}, nil
	}
	r.dstates, r.wh, r.states = tensor.Slot[T](in.dstates), tensor.Slot[T](in.wh),
		tensor.Slot[T](in.states)
	if o.OfCells {
		r.dcells = tensor.Slot[T](in.dcells)
	}
	if o.hasGates() {
		r.gates = tensor.Slot[T](in.gates)
	}
	if o.Cell == LSTMCell {
		r.cells, r.dc0 = tensor.Slot[T](in.cells), tensor.Slot[T](b.Outputs[2])
	}
	r.ends = newEnds(b, in.lengths, r.time)
	r.first = newFirst[T](o.Recurrence, in.h0, in.c0, size)
	for i, s := range o.Cell.segments(r.h, true) {
		r.byState[i] = newColumnProduct[T](b, r.h, r.n, s.rows, true, nil)
	}
	for _, buffer := range []*[]T{&r.dh, &r.dc, &r.carry, &r.carryC, &r.kept} {
		*buffer = make([]T, size)
	}
	return r.run, nil
}

func (r *recurrentBack[T]) run() {
	if !r.ends.read() {
		return
	}
	clear(r.carry)
	clear(r.carryC)
	size := r.h * r.n
	h0, c0 := r.first.states()
	at := func(s *[]T, t, n int) []T { return (*s)[t*n:][:n] }
	for i := r.time - 1; i >= 0; i-- {
		t := r.o.at(i, r.time)
		last, lastC := h0, c0
		if i > 0 {
			last = at(r.states, r.o.at(i-1, r.time), size)
		}
		r.k.Binary[tensor.Add](r.dh, r.carry, at(r.dstates, t, size))
		switch r.o.Cell {
		case LSTMCell:
			if i > 0 {
				lastC = at(r.cells, r.o.at(i-1, r.time), size)
			}
			if r.o.OfCells {
				r.k.Binary[tensor.Add](r.carryC, r.carryC, at(r.dcells, t, size))
			}
			r.lstm(t, at(r.dz, t, 4*size), at(r.gates, t, 4*size), at(r.cells, t, size), lastC)
		case GRUCell:
			r.k.Recurrent.GRUGradient(at(r.dz, t, 4*size), r.kept, r.dh, at(r.gates, t, 4*size), last)
		default:
			r.k.UnaryGradient[r.o.Cell.activation()](at(r.dz, t, size), r.dh, at(r.states, t, size))
		}
		dz := at(r.dz, t, len(*r.dz)/r.time)
		clearEnded(&r.ends, t, dz)
		if i > 0 || r.o.Initial {
			r.carryOver(dz)
			keepEnded(&r.ends, t, r.carry, r.dh)
		}
	}
	if r.o.Initial {
		copy(*r.dh0, r.carry)
	} else {
		clear(*r.dh0)
	}
	if r.dc0 != nil {
		copy(*r.dc0, r.carryC)
	}
}

func (r *recurrentBack[T]) lstm(t int, dz, z, c, lastC []T) {
	r.k.Recurrent.LSTMGradient(dz, r.dc, r.carryC, r.dh, z, c, lastC)
	keepEnded(&r.ends, t, r.dc, r.carryC)
	r.dc, r.carryC = r.carryC, r.dc
}

// carryOver sets carry to the gradient of the state before, by that of the products.
func (r *recurrentBack[T]) carryOver(dz []T) {
	if r.o.Cell != GRUCell {
		r.byState[0].set(r.carry, *r.wh, dz)
		return
	}
	n, w := r.h*r.n, 2*r.h*r.h
	r.byState[0].set(r.carry, (*r.wh)[:w], dz[:2*n])
	r.byState[1].add(r.carry, (*r.wh)[w:], dz[3*n:])
	r.k.Binary[tensor.Add](r.carry, r.carry, r.kept)
}

// RecurrentInputGradient computes the gradient of the inputs (time, in, n) of a recurrent layer
// from that of its products and the weights of inputs.
type RecurrentInputGradient struct {
	Cell Cell `json:"cell"`
}

// Name returns "recurrent_input_gradient".
func (RecurrentInputGradient) Name() string { return "recurrent_input_gradient" }

// Infer returns the shape of the inputs.
func (o RecurrentInputGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	s := in[0].Shape
	if len(s) != 3 || len(in[1].Shape) != 2 {
		return nil, fmt.Errorf("the gradient of %s needs that of its products, and weights", o.Cell)
	}
	return []graph.Type{in[0].With(graph.Shape{s[0], in[1].Shape[1], s[2]})}, nil
}

// Bind returns a step that multiplies for each time.
func (o RecurrentInputGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRecurrentInput[float32], bindRecurrentInput[float64])
}

func bindRecurrentInput[T tensor.Float](_ RecurrentInputGradient, b *graph.Binding) (graph.Step,
	error) {
	dx, dz, w := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]),
		tensor.Slot[T](b.Inputs[1])
	s, shape := b.Inputs[0].Shape(), b.Inputs[1].Shape()
	rows, in := shape[0], shape[1]
	time, kept, n := s[0], s[1], s[2]
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	p := newColumnProduct[T](b, in, n, rows, true, nil)
	return func() {
		for t := range time {
			p.set((*dx)[t*in*n:][:in*n], *w, (*dz)[t*kept*n:][:rows*n])
		}
	}, nil
}

// RecurrentWeightGradient computes the gradients of a recurrent layer's weights and, unless NoBias
// says otherwise, of its bias from that of its products, and its inputs (time, in, n), or with
// State its states (time, h, n) and with Initial those before them: chains over ascending times,
// and for each over the batch.
type RecurrentWeightGradient struct {
	Cell    Cell `json:"cell"`
	State   bool `json:"state,omitempty"`
	Reverse bool `json:"reverse,omitempty"`
	Initial bool `json:"initial,omitempty"`
	NoBias  bool `json:"noBias,omitempty"`
}

// Name returns "recurrent_weight_gradient".
func (RecurrentWeightGradient) Name() string { return "recurrent_weight_gradient" }

// Infer returns the shapes of the weights and, if its gradient is wanted, of the bias.
func (o RecurrentWeightGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	inputs := 2
	if o.Initial {
		inputs = 3
	}
	if err := floats(inputs, in); err != nil {
		return nil, err
	}
	z, x := in[0].Shape, in[1].Shape
	gates, kept := o.Cell.gates()
	if len(z) != 3 || len(x) != 3 {
		return nil, fmt.Errorf("the gradient of weights of %s needs that of its products, and what they "+
			"multiply", o.Cell)
	}
	h, ok := z[1].Over(graph.Fixed(kept))
	if !ok {
		return nil, fmt.Errorf("%v is not the gradient of %d gates", in[0], kept)
	}
	rows := h.Times(graph.Fixed(gates))
	out := []graph.Type{in[0].With(graph.Shape{rows, x[1]}), in[0].With(graph.Shape{rows})}
	if o.NoBias {
		out = out[:1]
	}
	return out, nil
}

// Bind returns a step that adds up products over time.
func (o RecurrentWeightGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRecurrentWeight[float32], bindRecurrentWeight[float64])
}

func bindRecurrentWeight[T tensor.Float](o RecurrentWeightGradient, b *graph.Binding) (graph.Step,
	error) {
	e := graph.Engine[T](b)
	dw, db := tensor.Slot[T](b.Outputs[0]), new([]T)
	if !o.NoBias {
		db = tensor.Slot[T](b.Outputs[1])
	}
	dz, x := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	zs, columns := b.Inputs[0].Shape(), b.Inputs[1].Shape()[1]
	time, kept, n := zs[0], zs[1], zs[2]
	if b.Inputs[0].Len() == 0 || columns == 0 {
		return func() { clear(*dw); clear(*db) }, nil
	}
	_, states := o.Cell.gates()
	segments := o.Cell.segments(kept/states, o.State)
	sum := rowSums(e, segments, kept, n)
	var runs []timeRun[T]
	if o.Initial {
		runs = append(runs, timeRun[T]{at: Recurrence{Reverse: o.Reverse}.at(0, time), count: 1,
			x: tensor.Slot[T](b.Inputs[2])})
	}
	switch all := (timeRun[T]{count: time, x: x}); {
	case !o.State:
		runs = append(runs, all)
	case time > 1 && o.Reverse: // the states before stand behind
		all.count, all.xAt = time-1, 1
		runs = append([]timeRun[T]{all}, runs...)
	case time > 1:
		all.count, all.at = time-1, 1
		runs = append(runs, all)
	}
	for i := range runs {
		for _, s := range segments {
			runs[i].plans = append(runs[i].plans, planTimes[T](b, s.rows, columns, n, kept,
				runs[i].count))
		}
	}
	size := columns * n
	return func() {
		clear(*dw)
		if clear(*db); !o.NoBias {
			for t := range time {
				sum(*db, (*dz)[t*kept*n:][:kept*n])
			}
		}
		for _, r := range runs {
			for i, s := range segments {
				d, x := (*dz)[(r.at*kept+s.cell)*n:], (*r.x)[r.xAt*size:]
				r.plans[i]((*dw)[s.weights*columns:][:s.rows*columns], d, x)
			}
		}
	}, nil
}

// timeRun are times one after the other whose products make the gradient of weights.
type timeRun[T tensor.Float] struct {
	at, xAt, count int // the first time, in the gradients and in x
	x              *[]T
	plans          []func(dw, dz, x []T) // of each segment
}

// planTimes plans the sum of products of so many times, which goes on with the chains of dw. A
// single column is a dot for each time.
func planTimes[T tensor.Float](b *graph.Binding, rows, columns, n, kept,
	count int) func(dw, dz, x []T) {
	e := graph.Engine[T](b)
	if columns == 1 {
		p := e.Plan(rows, columns, n, tensor.NT)
		b.Shared = b.Shared || p.Parts() > 1
		return func(dw, dz, x []T) {
			for t := range count {
				p.MatMulAdd(dw, dz[t*kept*n:][:rows*n], x[t*n:][:n])
			}
		}
	}
	p := e.PlanSum(rows, columns, n, tensor.Terms{Count: count, AStep: kept * n, BStep: columns * n})
	b.Shared = b.Shared || p.Parts() > 1
	return func(dw, dz, x []T) { p.MatMulAdd(dw, dz, x, true) }
}

// rowSums returns a function that adds the sums of rows of n elements to those of weights.
func rowSums[T tensor.Float](e *tensor.Engine[T], segments []segment, kept, n int) func(sums,
	dz []T) {
	ones, tmp := slices.Repeat([]T{1}, n), make([]T, kept)
	gemv, add := e.Kernels().Reduce.Gemv, e.Kernels().Binary[tensor.Add]
	return func(sums, dz []T) {
		for _, s := range segments {
			to := sums[s.weights:][:s.rows]
			gemv(tmp[:s.rows], dz[s.cell*n:], n, ones)
			add(to, to, tmp)
		}
	}
}

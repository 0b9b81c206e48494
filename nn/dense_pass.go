package nn

import (
	"slices"

	"simdnn/tensor"
)

// densePass holds what one pass through a [Dense] layer computes, and how.
type densePass[T tensor.Float] struct {
	*Dense[T]
	engine   *tensor.Engine[T]
	maxRows  int
	w        []T // the weights, in the order in which the layer keeps them; nil if they are packed
	activate activation[T]

	// A pass that follows another one turns the gradient of that one's output into that of its sums while its product makes it.
	gradientEnd tensor.Epilogue[T] // the gradient of the activation as a product's end
	canEnd      bool               // there is one
	before      *densePass[T]      // the pass that this one follows, or nil
	followed    bool               // Backward is given dz

	plans map[int]*densePlan[T] // by number of rows
	plan  *densePlan[T]         // of the last Forward
	x     []T                   // (n, in), of the last Forward: the caller's

	sums, outputs *tensor.Tensor[T] // z and a of up to maxRows rows; the same storage unless backward needs z
	copied        []T               // an input that is not contiguous; made when there is one

	// What follows is made by the first Backward: a pass that only predicts never needs it.
	inputs    *tensor.Tensor[T] // dx of up to maxRows rows; nil until it is wanted
	dw, db    []T
	gradients []Parameter[T]
}

// densePlan is what a pass over one number of rows runs: the places of its results and the products that lead there, all chosen once.
type densePlan[T tensor.Float] struct {
	rows         int
	engine       *tensor.Engine[T]
	other        *densePlan[T]      // the twin on the caller's thread alone, or that on all threads; itself if that is the same
	sums, output *tensor.Tensor[T]  // z and a
	z, a         []T                // their elements
	forward      *tensor.Product[T] // z = x·Wᵀ
	w            []T                // the weights, as forward takes them: packed or in the order in which the layer keeps them
	forwardEnd   tensor.Epilogue[T] // the bias, and the activation if a product can end with it

	// Made by the first Backward.
	dx        *tensor.Tensor[T]
	inputs    []T                 // its elements
	toWeights *tensor.Product[T]  // dW = dzᵀ·x
	descends  bool                // that product makes a step of descent at once
	toInput   *tensor.Product[T]  // dx = dz·W, or the dz of the pass before; nil until it is wanted
	inputEnd  *tensor.Epilogue[T] // with that pass's gradient; nil if there is none
}

// NewPass returns the state of passes over up to the given number of rows.
func (d *Dense[T]) NewPass(e *tensor.Engine[T], rows int) Pass[T] {
	p := &densePass[T]{Dense: d, engine: e, maxRows: rows, activate: activationOf[T](d.activation), plans: map[int]*densePlan[T]{}}
	if d.packed == nil {
		p.w = d.weights.Data()
	}
	p.gradientEnd, p.canEnd = p.activate.gradientEnd(e.Kernels())
	p.outputs = tensor.New[T](rows, d.out)
	p.sums = p.outputs
	if p.activate.needsInput {
		p.sums = tensor.New[T](rows, d.out)
	}
	p.plan = p.planFor(rows)
	return p
}

// runAlone lets passes run on the caller's thread alone, or on all again, from the next Forward on.
func (p *densePass[T]) runAlone(alone bool) {
	if p.isAlone() != alone {
		p.plan = p.plan.other
	}
}

// isAlone tells whether passes run on the caller's thread alone where the engine has more.
func (p *densePass[T]) isAlone() bool { return p.plan.engine != p.engine }

// isShared tells whether several threads have a part in the pass.
func (p *densePass[T]) isShared() bool {
	shared := func(products ...*tensor.Product[T]) bool {
		return slices.ContainsFunc(products, func(product *tensor.Product[T]) bool { return product != nil && product.Parts() > 1 })
	}
	return shared(p.plan.forward, p.plan.toWeights, p.plan.toInput) || shared(p.plan.other.forward, p.plan.other.toWeights, p.plan.other.toInput)
}

// follow lets the pass take over the gradient of the activation before it: its Backward then returns the dz of that pass, whose Backward
// takes it for what it is.
func (p *densePass[T]) follow(before Pass[T]) {
	if b, ok := before.(*densePass[T]); ok && b.canEnd {
		p.before, b.followed = b, true
	}
}

// planFor returns the plan of passes over n rows, which it makes when it sees n for the first time, and its twin with it.
func (p *densePass[T]) planFor(n int) *densePlan[T] {
	if plan, ok := p.plans[n]; ok {
		return plan
	}
	plan := p.newPlan(n, p.engine)
	plan.other = plan
	if serial := p.engine.Serial(); serial != p.engine {
		plan.other = p.newPlan(n, serial)
		plan.other.other = plan
	}
	p.plans[n] = plan
	return plan
}

// newPlan returns a plan of passes over n rows by one of the engines.
func (p *densePass[T]) newPlan(n int, e *tensor.Engine[T]) *densePlan[T] {
	sums, output := p.sums.Slice(0, n), p.outputs.Slice(0, n)
	plan := &densePlan[T]{
		rows: n, engine: e, sums: sums, output: output, z: sums.Data(), a: output.Data(),
		forward: e.Plan(n, p.out, p.in, tensor.NN), w: p.w,
	}
	if p.packed != nil {
		plan.forward, plan.w = e.PlanPacked(n, p.packed), p.packed.Data()
	}
	if p.activate.end != nil {
		plan.forwardEnd = p.activate.end(p.engine.Kernels())
		if p.activate.needsInput {
			plan.forwardEnd.Into = plan.a
		}
	}
	plan.forwardEnd.Bias = p.bias.Data()
	return plan
}

// Forward sets z = x·Wᵀ + b and returns a = act(z).
func (p *densePass[T]) Forward(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	if n := x.Dim(0); n != p.plan.rows {
		alone := p.isAlone()
		p.plan = p.planFor(n)
		p.runAlone(alone)
	}
	plan := p.plan
	p.x = p.contiguous(x)
	plan.forward.MatMulEpilogue(plan.z, p.x, plan.w, &plan.forwardEnd)
	if p.activate.end == nil {
		p.activate.forward(p.engine.Kernels(), plan.a, plan.z, p.out)
	}
	return plan.output
}

// contiguous returns the elements of a batch in row-major order, copied only if it is a view with gaps.
func (p *densePass[T]) contiguous(x *tensor.Tensor[T]) []T {
	if data, ok := x.Contiguous(); ok {
		return data
	}
	if p.copied == nil {
		p.copied = make([]T, p.maxRows*p.in)
	}
	n := x.Dim(0)
	tensor.FromSlice(p.copied[:n*p.in], n, p.in).CopyFrom(x)
	return p.copied[:n*p.in]
}

// Backward turns da into dz where it stands, sets dW = dzᵀ·x and db = Σ dz, and returns dx = dz·W if it is wanted. Between passes that follow
// one another it takes dz, and returns that of the pass before.
func (p *densePass[T]) Backward(da *tensor.Tensor[T], needInput bool) *tensor.Tensor[T] {
	p.prepare(needInput)
	plan, dz := p.plan, da.Data()
	if !p.followed {
		p.activate.backward(p.engine.Kernels(), dz, dz, plan.z, plan.a, p.out)
	}
	if p.out == 1 {
		p.engine.ColumnSums(p.db, dz)
		plan.toWeights.MatMul(p.dw, dz, p.x)
	} else {
		plan.toWeights.MatMulSums(p.dw, p.x, dz, p.db)
	}
	if !needInput {
		return nil
	}
	return p.backwardInput(dz)
}

// canDescend reports whether the product that makes dW is best made to a step of descent at once. It
// does from the second step on.
func (p *densePass[T]) canDescend() bool { return p.plan.descends }

// descend is Backward with a step of descent, W ← W − rate·dW, in the place of dW.
func (p *densePass[T]) descend(da *tensor.Tensor[T], needInput bool, rate T) (dx *tensor.Tensor[T]) {
	p.prepare(needInput)
	plan, dz := p.plan, da.Data()
	if !p.followed {
		p.activate.backward(p.engine.Kernels(), dz, dz, plan.z, plan.a, p.out)
	}
	if needInput {
		dx = p.backwardInput(dz) // by the weights before the step
	}
	plan.toWeights.MatMulAxpy(p.w, -rate, p.x, dz, p.db)
	return dx
}

// backwardInput returns dx = dz·W, or the dz of the pass before.
func (p *densePass[T]) backwardInput(dz []T) *tensor.Tensor[T] {
	plan := p.plan
	if plan.inputEnd != nil {
		plan.toInput.MatMulEpilogue(plan.inputs, dz, p.w, plan.inputEnd)
	} else {
		plan.toInput.MatMul(plan.inputs, dz, p.w)
	}
	return plan.dx
}

// prepare makes the storage of the gradients and the products that fill it when they are first needed. W has the shape (in, out) in memory:
// that of one neuron is a row as well, along which both products then run.
func (p *densePass[T]) prepare(needInput bool) {
	if p.plan.toWeights != nil && (!needInput || p.plan.toInput != nil) {
		return
	}
	p.prepareGradients()
	if p.inputs == nil && needInput {
		p.inputs = tensor.New[T](p.maxRows, p.in)
	}
	p.complete(p.plan, needInput)
	if p.plan.other != p.plan {
		p.complete(p.plan.other, needInput)
	}
}

// complete adds to a plan what Backward needs.
func (p *densePass[T]) complete(plan *densePlan[T], needInput bool) {
	if p.out == 1 {
		plan.toWeights = plan.engine.Plan(1, p.in, plan.rows, tensor.TN)
	} else {
		plan.toWeights = plan.engine.Plan(p.in, p.out, plan.rows, tensor.TN)
		plan.descends = plan.toWeights.FusesAxpy()
	}
	if !needInput {
		return
	}
	plan.dx = p.inputs.Slice(0, plan.rows)
	plan.inputs = plan.dx.Data()
	trans := tensor.NT
	if p.out == 1 {
		trans = tensor.NN
	}
	plan.toInput = plan.engine.Plan(plan.rows, p.in, p.out, trans)
	if b := p.before; b != nil {
		end := b.gradientEnd
		end.Mask = b.activate.argument(b.plan.z, b.plan.a)
		plan.inputEnd = &end
	}
}

// prepareGradients makes the storage of dW and db.
func (p *densePass[T]) prepareGradients() {
	if p.gradients != nil {
		return
	}
	dw, db := tensor.New[T](p.in, p.out), tensor.New[T](p.out)
	p.gradients = denseParameters(dw, db)
	p.dw, p.db = dw.Data(), db.Data()
}

// Gradients returns dW and db of the last Backward.
func (p *densePass[T]) Gradients() []Parameter[T] {
	p.prepareGradients()
	return p.gradients
}

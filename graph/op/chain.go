package op

import (
	"fmt"
	"slices"
	"unsafe"

	"simdnn/graph"
	"simdnn/tensor"
)

// Chain computes element-wise operators of floats one after the other, on blocks of elements that
// stay in the nearest cache. Its inputs have the shape of the first one, or are broadcast to it
// along its first dimensions. Some of those of its shape may be codes that are dequantised block by
// block, and the result may be quantised. The bits are those of the operators by themselves. The
// rewriting of graphs makes it, in memory: files don't hold it, and it has no gradient.
type Chain struct{ *ChainProgram }

// ChainProgram is what a [Chain] computes: the result of its last step.
type ChainProgram struct {
	Steps []ChainStep
	// Fixed says which inputs are constants, in the order of the inputs, and Codes what those that are
	// codes stand for, the others being nil.
	Fixed []bool
	Codes []*ChainCodes
	// To are the codes that the result becomes, nil if it stays floats.
	To *ChainCodes
}

// ChainCodes are integers of 8 bits that stand for floats, (code − zero point)·scale.
type ChainCodes struct {
	DType tensor.DType
	Scale float32
	Zero  int32
}

// ChainStep is one of a chain's operators: a [Unary], a [UnaryGradient], a [Parametric], a [Clamp],
// a [Mapping] or a [Binary].
type ChainStep struct {
	Operator graph.Operator
	// Arguments are indices of inputs, or ^i for the result of step i.
	Arguments []int
}

// Name returns "chain".
func (Chain) Name() string { return "chain" }

// Infer returns the first input's shape.
func (o Chain) Infer(in []graph.Type) ([]graph.Type, error) {
	in = slices.Clone(in)
	for i := range in {
		if i < len(o.Codes) && o.Codes[i] != nil && in[i].DType == o.Codes[i].DType {
			in[i].DType = tensor.Float32Type
		}
	}
	if err := floats(len(o.Fixed), in); err != nil {
		return nil, err
	}
	for _, t := range in[1:] {
		if !t.Shape.Equal(in[0].Shape) && !IsTail(t.Shape, in[0].Shape) {
			return nil, fmt.Errorf("%v is not repeated in %v", t.Shape, in[0].Shape)
		}
	}
	if o.To != nil {
		in[0].DType = o.To.DType
	}
	return in[:1], nil
}

// Overwrites says that the output may stand where floats of an input do: of its size.
func (o Chain) Overwrites(int) (inputs []int) {
	for i, codes := range o.Codes {
		if codes == nil && o.To == nil {
			inputs = append(inputs, i)
		}
	}
	return inputs
}

// Bind returns a step that goes from block to block.
func (o Chain) Bind(b *graph.Binding) (graph.Step, error) {
	if o.To != nil || slices.ContainsFunc(o.Codes, func(c *ChainCodes) bool { return c != nil }) {
		return bindChain[float32](o, b)
	}
	return forFloat(b, o, bindChain[float32], bindChain[float64])
}

// chainBytes is about what the blocks of a chain may take of a cache of 32 KiB, and chainBlock the
// largest number of elements of one.
const (
	chainBytes = 24 << 10
	chainBlock = 2048
)

// chainBlockOf returns how many elements so many blocks have.
func chainBlockOf[T tensor.Float](blocks int) int {
	var element T
	return min(chainBytes/blocks/int(unsafe.Sizeof(element)), chainBlock)
}

// chainArgument is where a step finds its argument, or leaves its result: in a register, which is a
// block for intermediate results, in an array at the place of the block, or in a block that is the
// same for all, where an operand is repeated.
type chainArgument[T tensor.Float] struct {
	register int
	array    *[]T
	repeated []T
}

// at returns the elements for those from lo to hi.
func (a *chainArgument[T]) at(registers [][]T, lo, hi int) []T {
	switch {
	case a.array != nil:
		return (*a.array)[lo:hi]
	case a.repeated != nil:
		return a.repeated[:hi-lo]
	}
	return registers[a.register][:hi-lo]
}

// repetition is an operand that is repeated in a block.
type repetition[T tensor.Float] struct {
	period *[]T
	block  []T
}

func (r repetition[T]) fill() {
	n := copy(r.block, *r.period)
	for n < len(r.block) { // doubling
		n += copy(r.block[n:], r.block[:n])
	}
}

func bindChain[T tensor.Float](o Chain, b *graph.Binding) (graph.Step, error) {
	n := b.Outputs[0].Len()
	if n == 0 {
		return nil, nil
	}
	// of the periods, which all others divide, being products of last dimensions
	longest := 1
	for _, a := range b.Inputs {
		if a.Len() < n {
			longest = max(longest, a.Len())
		}
	}
	o.ChainProgram = o.gated(func(i int) *float64 {
		if !o.Fixed[i] || o.Codes[i] != nil || b.Inputs[i].Len() != 1 {
			return nil
		}
		v := float64(tensor.Elements[T](b.Inputs[i])[0])
		return &v
	})
	free := []int{output}
	if slices.ContainsFunc(b.Inputs, func(a *tensor.Array) bool { return isSame(a, b.Outputs[0]) }) {
		free = nil // whose elements are still needed
	}
	places, registers := o.registers(free...)
	block := max(chainBlockOf[T](1+registers+len(b.Inputs))/longest, 1) * longest
	inputs := make([]chainArgument[T], len(b.Inputs))
	var changing []repetition[T]
	var steps []chainStep[T]
	for i, a := range b.Inputs {
		if o.Codes[i] != nil {
			inputs[i].register, registers = registers, registers+1
			steps = append(steps, fromCodes(o.Codes[i], inputs[i], a))
			continue
		}
		if a.Len() == n {
			inputs[i].array = tensor.Slot[T](a)
			continue
		}
		r := repetition[T]{tensor.Slot[T](a), make([]T, min(block, (n+longest-1)/longest*longest))}
		inputs[i].repeated = r.block
		if o.Fixed[i] {
			r.fill()
		} else {
			changing = append(changing, r)
		}
	}
	var y chainArgument[T]
	if o.To != nil {
		y.register, registers = registers, registers+1
	} else {
		y.array = tensor.Slot[T](b.Outputs[0])
	}
	steps = append(steps, chainSteps(o, graph.Engine[T](b).Kernels(), inputs, y, places)...)
	if o.To != nil {
		steps = append(steps, toCodes(o.To, y, b.Outputs[0]))
	}
	run := func(registers [][]T, lo, hi int) {
		for ; lo < hi; lo += block {
			end := min(lo+block, hi)
			for _, step := range steps {
				step(registers, lo, end)
			}
		}
	}
	return chainInParts(b, n, block, registers, changing, run), nil
}

// isSame reports whether two arrays begin with the same element.
func isSame(a, b *tensor.Array) bool {
	return unsafe.SliceData(a.Bytes()) == unsafe.SliceData(b.Bytes())
}

// chainStep computes the elements of a block, from lo to hi.
type chainStep[T tensor.Float] func(registers [][]T, lo, hi int)

// fromCodes returns the step that makes floats, which are float32, of an array of codes.
func fromCodes[T tensor.Float](c *ChainCodes, to chainArgument[T],
	codes *tensor.Array) chainStep[T] {
	dequantize := any(tensor.Dequantize).(func(dst []T, x []uint8, signed bool, zero int32, scale float32))
	signed := c.DType == tensor.Int8Type
	return func(registers [][]T, lo, hi int) {
		dequantize(to.at(registers, lo, hi), tensor.Words[uint8](codes)[lo:hi], signed, c.Zero, c.Scale)
	}
}

// toCodes returns the step that makes codes of floats, which are float32.
func toCodes[T tensor.Float](c *ChainCodes, from chainArgument[T],
	codes *tensor.Array) chainStep[T] {
	quantize := any(tensor.Quantize).(func(dst []uint8, x []T, scale float32, r tensor.CodeRange))
	around := CodesAround(c.DType, c.Zero)
	return func(registers [][]T, lo, hi int) {
		quantize(tensor.Words[uint8](codes)[lo:hi], from.at(registers, lo, hi), c.Scale, around)
	}
}

// chainInParts returns a step that runs a chain on several threads where that pays, each with
// registers of its own.
func chainInParts[T tensor.Float](b *graph.Binding, n, block, registers int,
	changing []repetition[T], run func(registers [][]T, lo, hi int)) graph.Step {
	threads := make([][][]T, partsOf(b, n))
	for i := range threads {
		for range registers {
			threads[i] = append(threads[i], make([]T, min(block, n)))
		}
	}
	p := &parts{n, block, len(threads), graph.Engine[T](b).Threads(),
		func(part, lo, hi int) { run(threads[part], lo, hi) }}
	b.Shared = p.count > 1
	return func() {
		for _, r := range changing {
			r.fill()
		}
		if p.count < 2 {
			p.work(0, 0, n)
			return
		}
		tensor.Parallel(p, p.count, p.threads)
	}
}

// output is the place of a result that stands in the output's array.
const output = -1

// registers returns the place of each step's result: a register, or the output's array; and how many
// registers there are. Places that are free from the start hold intermediate results, too.
func (p *ChainProgram) registers(free ...int) (places []int, count int) {
	last := make([]int, len(p.Steps)) // that need a step's result
	for s, step := range p.Steps {
		for _, a := range step.Arguments {
			if a < 0 {
				last[^a] = s
			}
		}
	}
	places = make([]int, len(p.Steps))
	for s, step := range p.Steps {
		for i, a := range step.Arguments {
			if a < 0 && last[^a] == s && !slices.Contains(step.Arguments[:i], a) {
				free = append(free, places[^a])
			}
		}
		if s == len(p.Steps)-1 {
			places[s] = output
			break
		}
		if len(free) == 0 {
			free = append(free, count)
			count++
		}
		places[s] = free[len(free)-1]
		free = free[:len(free)-1]
	}
	return places, count
}

// chainSteps returns the operators as functions of a block of elements, from lo to hi.
func chainSteps[T tensor.Float](o Chain, k *tensor.Kernels[T], inputs []chainArgument[T],
	y chainArgument[T], places []int) (steps []chainStep[T]) {
	result := func(step int) chainArgument[T] {
		if places[step] == output {
			return y
		}
		return chainArgument[T]{register: places[step]}
	}
	for s, step := range o.Steps {
		to := result(s)
		var from [2]chainArgument[T]
		for i, a := range step.Arguments {
			if a < 0 {
				from[i] = result(^a)
			} else {
				from[i] = inputs[a]
			}
		}
		if kernel := chainPair(step.Operator, k); kernel != nil {
			steps = append(steps, func(registers [][]T, lo, hi int) {
				kernel(to.at(registers, lo, hi), from[0].at(registers, lo, hi), from[1].at(registers, lo, hi))
			})
			continue
		}
		kernel := chainKernel(step.Operator, k)
		steps = append(steps, func(registers [][]T, lo, hi int) {
			kernel(to.at(registers, lo, hi), from[0].at(registers, lo, hi))
		})
	}
	return steps
}

// chainPair returns the function of two arguments, nil if the operator has one.
func chainPair[T tensor.Float](o graph.Operator, k *tensor.Kernels[T]) func(dst, x, y []T) {
	switch f := o.(type) {
	case Binary:
		return k.Binary[f.Function]
	case UnaryGradient:
		return k.UnaryGradient[f.Function]
	}
	return nil
}

// chainKernel returns the function of one argument.
func chainKernel[T tensor.Float](o graph.Operator, k *tensor.Kernels[T]) func(dst, x []T) {
	switch f := o.(type) {
	case Parametric:
		kernel, alpha := k.Parametric[f.Function], T(f.Alpha)
		return func(dst, x []T) { kernel(dst, x, alpha) }
	case Clamp:
		kernel, low, high := k.Clamp, T(f.Low), T(f.High)
		return func(dst, x []T) { kernel(dst, x, low, high) }
	case hardGate:
		kernel, shift, low, high, by := k.HardGate, T(f.shift), T(f.Low), T(f.High), T(f.by)
		return func(dst, x []T) { kernel(dst, x, shift, low, high, by) }
	case Mapping:
		return floatMap[T](f.By)
	}
	return k.Unary[o.(Unary).Function]
}

// IsTail reports whether elements of a shape are repeated in those of another one as they are:
// where they are broadcast along its first dimensions alone. [Chain] can repeat them.
func IsTail(s, of graph.Shape) bool {
	rest, known := s.Size().Value()
	if !known || len(s) > len(of) || rest < 1 {
		return false
	}
	for d := len(s) - 1; d >= 0 && rest > 1; d-- {
		if s[d] != of[d+len(of)-len(s)] {
			return false
		}
		length, _ := s[d].Value()
		rest /= length
	}
	return true
}

package nn

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Names of what the graphs of a model take and give.
const (
	inputName      = "x"
	targetName     = "y"
	weightsName    = "weights"
	upstreamName   = "upstream"
	sumName        = "loss_sum"
	weightName     = "loss_weight"
	predictionName = "prediction"
)

// gradientName returns the name of the gradient of the i-th parameter.
func gradientName(i int) string { return fmt.Sprintf("gradient.%d", i) }

// numbered returns a name for the first of several, and the name with a number for the others.
func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s.%d", name, i)
}

// batchDim is the number of samples of a batch.
var batchDim = graph.Symbol("batch")

// targetInput returns the i-th target of the batch, which a loss takes: as the outputs are, or, of
// the losses of this package, of any number of columns.
func (b *Builder) targetInput(i int, l Loss, outputs *graph.Value) *graph.Value {
	name := numbered(targetName, i)
	shape := graph.Shape{batchDim}
	if s := outputs.Shape(); len(s) > 2 {
		shape = append(shape, s[1:len(s)-1]...)
	}
	t := graph.Type{DType: b.dtype, Shape: append(shape, graph.Symbol(name))}
	switch {
	case l.target != nil:
		t.Shape = l.target(name, outputs.Shape())
	case l.rows != nil:
		t = outputs.Type()
	case l.classes.given():
		t.Shape[len(t.Shape)-1] = graph.Fixed(1)
	}
	return b.Input(name, t)
}

// weightInput returns the weights of the rows of a batch, nil if there are none.
func (b *Builder) weightInput(weighted bool) *graph.Value {
	if !weighted {
		return nil
	}
	return b.Input(weightsName, graph.Type{DType: b.dtype, Shape: graph.Shape{batchDim}})
}

// gradients returns dL/dv for each value.
func (b *Builder) gradients(v lossValues, of ...*graph.Value) []*graph.Value {
	if b.Err() != nil {
		return make([]*graph.Value, len(of))
	}
	return graph.Gradients(b.Builder, v.at, v.seeds, of, op.Binary{Function: tensor.Add})
}

// output makes the loss and the predictions outputs of the graph.
func (v lossValues) output(b *Builder) {
	if b.Err() == nil {
		b.Output(sumName, v.sum)
		b.Output(weightName, v.weight)
		b.outputPredictions(v.predictions)
	}
}

func (b *Builder) outputPredictions(predictions []*graph.Value) {
	for i, v := range predictions {
		b.Output(numbered(predictionName, i), v)
	}
}

// tensors are the inputs, the targets or the predictions of a batch.
type tensors[T tensor.Float] []*tensor.Tensor[T]

// batch is what a step of training takes.
type batch[T tensor.Float] struct {
	x, y    tensors[T]
	weights []T // one a row, or nil
}

// programLimit is the number of sizes of batches whose programs are kept.
const programLimit = 32

// program runs a graph over batches of any size: one of its programs is compiled when a size is
// first met, and then allocates nothing. It belongs to one goroutine at a time.
type program[T tensor.Float] struct {
	graph   *graph.Graph
	engines exec.Engines
	arena   exec.Arena // of all of them
	bound   []*boundProgram[T]
	*boundProgram[T]
	copied [][]T // inputs that are not contiguous
}

// boundProgram is a graph compiled for a size of batches.
type boundProgram[T tensor.Float] struct {
	*exec.Program
	rows         int
	columns      []int // of the targets
	x, y         []*[]T
	weights      *[]T
	sum, divisor []float64
	predictions  tensors[T]
	gradients    []Parameter[T] // made when they are first wanted
	stops        []exec.Stop    // of these, and of the loss
}

func newProgram[T tensor.Float](g *graph.Graph, e exec.Engines) *program[T] {
	return &program[T]{graph: g, engines: e}
}

// bind makes a batch that of the next run: its targets and weights too if the graph takes them.
func (p *program[T]) bind(batch batch[T]) error {
	rows := batch.x[0].Dim(0)
	if b := p.boundProgram; b == nil || !b.takes(rows, batch.y) {
		if err := p.choose(rows, batch.y); err != nil {
			return err
		}
	}
	b := p.boundProgram
	for i, y := range b.y {
		*y = batch.y[i].Data()
	}
	if b.weights != nil {
		*b.weights = batch.weights
	}
	p.bindInputs(batch.x)
	return nil
}

// bindInputs makes inputs those of the next run of the program at hand.
func (p *program[T]) bindInputs(x tensors[T]) {
	for i, slot := range p.x {
		data, ok := x[i].Contiguous()
		if !ok {
			data = p.contiguous(i, x[i])
		}
		*slot = data
	}
}

// contiguous returns a copy of an input in row-major order.
func (p *program[T]) contiguous(i int, x *tensor.Tensor[T]) []T {
	for len(p.copied) <= i {
		p.copied = append(p.copied, nil)
	}
	if n := x.Len(); cap(p.copied[i]) < n {
		p.copied[i] = make([]T, n)
	}
	data := p.copied[i][:x.Len()]
	tensor.FromSlice(data, x.Shape()...).CopyFrom(x)
	return data
}

// columnsOf returns the number of elements of a row of a target.
func columnsOf[T tensor.Float](y *tensor.Tensor[T]) int {
	if y.Rank() < 2 {
		return 1
	}
	return y.Len() / max(y.Dim(0), 1)
}

// takes reports whether the program is for batches of these sizes.
func (b *boundProgram[T]) takes(rows int, y tensors[T]) bool {
	if b.rows != rows || len(b.columns) != len(y) {
		return false
	}
	for i, n := range b.columns {
		if columnsOf(y[i]) != n {
			return false
		}
	}
	return true
}

// checkBatch says what is wrong with the target and the weights for outputs of a shape.
func checkBatch[T tensor.Float](loss string, outputs []int, y *tensor.Tensor[T],
	weights []T) error {
	switch {
	case y == nil:
		return fmt.Errorf("nn: loss %s: no target", loss)
	case y.Rank() < 1 || y.Rank() > max(len(outputs), 2) || y.Dim(0) != outputs[0] ||
		!y.IsContiguous():
		return fmt.Errorf("nn: loss %s: a target of shape %v does not go with outputs of shape %v; "+
			"it must be contiguous and have as many rows", loss, y.Shape(), outputs)
	case len(weights) != 0 && len(weights) != outputs[0]:
		return fmt.Errorf("nn: loss %s: %d sample weights for %d rows", loss, len(weights), outputs[0])
	}
	return nil
}

// choose takes the program of a size of batches, which it compiles if there is none.
func (p *program[T]) choose(rows int, y tensors[T]) error {
	i := slices.IndexFunc(p.bound, func(b *boundProgram[T]) bool { return b.takes(rows, y) })
	if i < 0 {
		b, err := p.compile(rows, y)
		if err != nil {
			return err
		}
		if i = len(p.bound); i == programLimit { // forget the one that was used longest ago
			i--
		} else {
			p.bound = append(p.bound, nil)
		}
		p.bound[i] = b
	}
	b := p.bound[i]
	copy(p.bound[1:i+1], p.bound[:i])
	p.bound[0], p.boundProgram = b, b
	return nil
}

// compile compiles the graph for a size of batches.
func (p *program[T]) compile(rows int, y tensors[T]) (*boundProgram[T], error) {
	b := &boundProgram[T]{rows: rows}
	columns := map[string]int{}
	for i, t := range y {
		b.columns = append(b.columns, columnsOf(t))
		columns[numbered(targetName, i)] = b.columns[i]
	}
	shapes := map[string][]int{}
	for _, v := range p.graph.Inputs() {
		s := v.Shape()
		if len(s) == 0 || s[0] != batchDim {
			continue
		}
		dims, known := s[1:].Ints()
		n, isTarget := columns[v.Name()]
		if takes, _ := s[1:].Size().Value(); known && isTarget && takes != n {
			return nil, fmt.Errorf("nn: a target of %d numbers a row; the loss takes %d", n, takes)
		}
		if !known { // a target, of any number of columns
			dims, _ = s[1 : len(s)-1].Ints()
			for _, d := range dims {
				n /= max(d, 1)
			}
			dims = append(dims, n)
		}
		shapes[v.Name()] = append([]int{rows}, dims...)
	}
	compiled, err := exec.CompileIn(&p.arena, p.graph, p.engines, shapes)
	if err != nil {
		return nil, unwrapped(err)
	}
	b.Program = compiled
	b.x, b.y, b.weights = b.slots(inputName), b.slots(targetName), b.slot(weightsName)
	if a, err := compiled.Output(sumName); err == nil {
		b.sum = tensor.Elements[float64](a)
	}
	if a, err := compiled.Output(weightName); err == nil {
		b.divisor = tensor.Elements[float64](a)
	}
	for y := b.output(predictionName); y != nil; y = b.output(numbered(predictionName,
		len(b.predictions))) {
		b.predictions = append(b.predictions, y)
	}
	return b, nil
}

// slots returns where the elements of the inputs of a name, numbered if there are several, stand.
func (b *boundProgram[T]) slots(name string) (slots []*[]T) {
	for s := b.slot(name); s != nil; s = b.slot(numbered(name, len(slots))) {
		slots = append(slots, s)
	}
	return slots
}

// slot returns where the elements of an input stand, nil if the graph has no such input.
func (b *boundProgram[T]) slot(input string) *[]T {
	if a, err := b.Input(input); err == nil {
		return tensor.Slot[T](a)
	}
	return nil
}

// output returns an output, nil if there is none of that name. It is valid until the next run.
func (b *boundProgram[T]) output(name string) *tensor.Tensor[T] {
	a, err := b.Output(name)
	if err != nil {
		return nil
	}
	return tensor.FromSlice(tensor.Elements[T](a), a.Shape()...)
}

// lossOf returns the weighted sum of the loss and the weight that divides it.
func (b *boundProgram[T]) lossOf() (sum, weight float64) { return b.sum[0], b.divisor[0] }

// run runs the program on the batch.
func (b *boundProgram[T]) run() error { return unwrapped(b.Run()) }

var errNoForward = errors.New("nn: no Forward on this workspace yet")

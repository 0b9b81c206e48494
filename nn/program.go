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

// batchDim is the number of samples of a batch.
var batchDim = graph.Symbol("batch")

// targetInput returns the target that a loss takes of the batch: as the outputs are, or, of the losses
// of this package, of any number of columns.
func (b *Builder) targetInput(l Loss, outputs *graph.Value) *graph.Value {
	t := graph.Type{DType: b.dtype, Shape: graph.Shape{batchDim, graph.Symbol("target")}}
	if l.rows != nil {
		t = outputs.Type()
	}
	return b.Input(targetName, t)
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
	return graph.Gradients(b.Builder, []*graph.Value{v.at}, []*graph.Value{v.seed}, of,
		op.Binary{Function: tensor.Add})
}

// output makes the loss and the prediction outputs of the graph.
func (v lossValues) output(b *Builder) {
	if b.Err() == nil {
		b.Output(sumName, v.sum)
		b.Output(weightName, v.weight)
		b.Output(predictionName, v.prediction)
	}
}

// programLimit is the number of sizes of batches whose programs are kept.
const programLimit = 32

// program runs a graph over batches of any size: one of its programs is compiled when a size is first
// met, and then allocates nothing. It belongs to one goroutine at a time.
type program[T tensor.Float] struct {
	graph   *graph.Graph
	engines exec.Engines
	loss    string // its name, for errors
	sample  []int  // the shape of an input without the batch
	bound   []*boundProgram[T]
	*boundProgram[T]
	copied []T // a batch that is not contiguous
}

// boundProgram is a graph compiled for a size of batches.
type boundProgram[T tensor.Float] struct {
	*exec.Program
	rows, columns int // of the batch, and the columns of its target
	x, y, weights *[]T
	sum, divisor  []float64
	prediction    *tensor.Tensor[T]
	gradients     []Parameter[T] // made when they are first wanted
}

func newProgram[T tensor.Float](g *graph.Graph, e exec.Engines, loss string) *program[T] {
	p := &program[T]{graph: g, engines: e, loss: loss}
	for _, v := range g.Inputs() {
		if v.Name() == inputName {
			p.sample, _ = v.Shape()[1:].Ints()
		}
	}
	return p
}

// setInput makes x the batch of the next run.
func (p *program[T]) setInput(x *tensor.Tensor[T]) error { return p.bind(x, nil, nil) }

// bind makes x, and y and the weights if the graph takes them, the batch of the next run.
func (p *program[T]) bind(x, y *tensor.Tensor[T], weights []T) error {
	rows, columns := x.Dim(0), 0
	if y != nil {
		if columns = 1; y.Rank() > 1 {
			columns = y.Len() / max(y.Dim(0), 1)
		}
	}
	if b := p.boundProgram; b == nil || b.rows != rows || b.columns != columns {
		if err := p.choose(rows, columns); err != nil {
			return err
		}
	}
	b := p.boundProgram
	if b.y != nil {
		*b.y = y.Data()
	}
	if b.weights != nil {
		*b.weights = weights
	}
	data, ok := x.Contiguous()
	if !ok {
		data = p.contiguous(x)
	}
	*b.x = data
	return nil
}

// contiguous returns a copy of a batch in row-major order.
func (p *program[T]) contiguous(x *tensor.Tensor[T]) []T {
	if n := x.Len(); cap(p.copied) < n {
		p.copied = make([]T, n)
	}
	data := p.copied[:x.Len()]
	tensor.FromSlice(data, x.Shape()...).CopyFrom(x)
	return data
}

// checkBatch says what is wrong with the target and the weights for outputs of a shape.
func checkBatch[T tensor.Float](loss string, outputs []int, y *tensor.Tensor[T], weights []T) error {
	switch {
	case y == nil:
		return fmt.Errorf("nn: loss %s: no target", loss)
	case y.Rank() < 1 || y.Rank() > max(len(outputs), 2) || y.Dim(0) != outputs[0] || !y.IsContiguous():
		return fmt.Errorf("nn: loss %s: a target of shape %v does not go with outputs of shape %v; "+
			"it must be contiguous and have as many rows", loss, y.Shape(), outputs)
	case len(weights) != 0 && len(weights) != outputs[0]:
		return fmt.Errorf("nn: loss %s: %d sample weights for %d rows", loss, len(weights), outputs[0])
	}
	return nil
}

// choose takes the program of a size of batches, which it compiles if there is none.
func (p *program[T]) choose(rows, columns int) error {
	i := slices.IndexFunc(p.bound, func(b *boundProgram[T]) bool {
		return b.rows == rows && b.columns == columns
	})
	if i < 0 {
		b, err := p.compile(rows, columns)
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
func (p *program[T]) compile(rows, columns int) (*boundProgram[T], error) {
	shapes := map[string][]int{}
	for _, v := range p.graph.Inputs() {
		switch v.Name() {
		case inputName:
			shapes[inputName] = append([]int{rows}, p.sample...)
		case weightsName:
			shapes[weightsName] = []int{rows}
		case targetName:
			shape := []int{rows, columns}
			if dims, ok := v.Shape()[1:].Ints(); ok {
				shape = append(shape[:1], dims...)
			}
			shapes[targetName] = shape
		default:
			if s := v.Shape(); len(s) > 0 && s[0] == batchDim {
				dims, _ := s[1:].Ints()
				shapes[v.Name()] = append([]int{rows}, dims...)
			}
		}
	}
	compiled, err := exec.Compile(p.graph, p.engines, shapes)
	if err != nil {
		return nil, unwrapped(err)
	}
	b := &boundProgram[T]{Program: compiled, rows: rows, columns: columns}
	b.x, b.y, b.weights = b.slot(inputName), b.slot(targetName), b.slot(weightsName)
	if a, err := compiled.Output(sumName); err == nil {
		b.sum = tensor.Elements[float64](a)
	}
	if a, err := compiled.Output(weightName); err == nil {
		b.divisor = tensor.Elements[float64](a)
	}
	b.prediction = b.output(predictionName)
	return b, nil
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

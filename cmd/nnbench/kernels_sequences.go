package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/bench"
	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
)

// attentionName is the operation that takes sizes of attention, and cells are those that take sizes
// of sequences.
const attentionName = "attention"

var cells = map[string]op.Cell{"rnn": op.TanhCell, "gru": op.GRUCell, "lstm": op.LSTMCell}

// sequenceFigures is the figures of one operation on sequences.
type sequenceFigures struct {
	Op           string     `json:"op"`
	Dtype        string     `json:"dtype"`
	Shape        string     `json:"shape"` // batch×heads×queries×keys×size, or time×batch×inputs×units
	Causal       bool       `json:"causal,omitempty"`
	ISA          string     `json:"isa"`
	Threads      int        `json:"threads"`
	NS           cli.Number `json:"ns"`
	GFLOPS       cli.Number `json:"gflops"`        // of the products alone
	PeakFraction cli.Number `json:"peak_fraction"` // of the peak of as many threads
}

// sequence is an operation on sequences of given sizes, see [sequenceFigures.Shape].
type sequence struct {
	op     string
	sizes  []int
	causal bool
}

// parseSequence reads the sizes of attention, "1x12x128x128x64" and ",causal" perhaps, or of a
// recurrent layer, "20x32x28x128".
func parseSequence(name, text string) (sequence, error) {
	s, form := sequence{op: name}, "TxBxIxH, such as 20x32x28x128"
	sizes, counts := text, 4
	if name == attentionName {
		form, counts = "BxHxQxKxD, such as 1x12x128x128x64, and ,causal perhaps", 5
		sizes, s.causal = strings.CutSuffix(text, ",causal")
	}
	var err error
	if s.sizes, err = positives(sizes, counts); err != nil {
		return s, fmt.Errorf("%q is not of the form %s", text, form)
	}
	return s, nil
}

// parseSequences understands all sizes, and keeps those of the operations asked for.
func (p *kernelsPlan) parseSequences(f *kernelsFlags) error {
	for _, op := range []string{attentionName, "rnn", "gru", "lstm"} {
		texts := f.recurrences
		if op == attentionName {
			texts = f.attentions
		}
		for _, text := range texts {
			s, err := parseSequence(op, text)
			if err != nil {
				return fmt.Errorf("--%s: %w", s.flag(), err)
			}
			if slices.Contains(f.ops, op) {
				p.onSequences = append(p.onSequences, s)
			}
		}
	}
	return nil
}

// flag returns the name of the flag of the sizes.
func (s sequence) flag() string {
	if s.op == attentionName {
		return attentionName
	}
	return "sequence"
}

// text returns the sizes.
func (s sequence) text() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(s.sizes), " ", "x"), "[]")
}

// sequences times the operations on sequences of a plan with each type.
func (p *kernelsPlan) sequences(yield func(kernelRow) error) error {
	if len(p.onSequences) == 0 {
		return nil
	}
	return p.eachType(yield, timeSequences[float32], timeSequences[float64])
}

// timeSequences times all operations on sequences of a plan, with ISAs in turns.
func timeSequences[T tensor.Float](p *kernelsPlan, yield func(kernelRow) error) error {
	peaks := peaksOf[T](p)
	for _, s := range p.onSequences {
		f := sequenceFigures{Op: s.op, Dtype: bench.Dtype[T](), Causal: s.causal, Threads: p.threads,
			Shape: s.text()}
		row := kernelRow{name: s.op + " " + f.Shape, limit: "FMA peak", table: kernelTable{
			"sequences, " + f.Dtype + ", " + cli.Count(p.threads, "thread"), "operation, sizes", "GFLOP/s"}}
		if s.causal {
			row.name += ", causal"
		}
		var calls []func()
		for _, isa := range p.isas {
			call, err := runSequence[T](s, exec.NewEngines(isa, p.threads))
			if err != nil {
				return err
			}
			calls = append(calls, call)
		}
		for i, ns := range measure.Nanoseconds(calls...) {
			f.ISA, f.NS, f.GFLOPS = p.isas[i].Name, cli.Number(ns), cli.Number(s.flops()/ns)
			f.PeakFraction = cli.Number(s.flops() / ns / peaks[i])
			row.add(ns, fmt.Sprintf("%.1f", f.GFLOPS), float64(f.PeakFraction), f)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// flops returns those of the products: of attention all, masked ones too.
func (s sequence) flops() float64 {
	product := 4.0
	for _, n := range s.sizes {
		product *= float64(n)
	}
	if s.op == attentionName {
		return product
	}
	inputs, units := float64(s.sizes[2]), float64(s.sizes[3])
	return product / 2 / inputs * float64(s.gates()) * (inputs + units)
}

// gates returns the gates of a cell.
func (s sequence) gates() int { return map[string]int{"rnn": 1, "gru": 3, "lstm": 4}[s.op] }

// bytes returns the size of the arrays.
func (s sequence) bytes(element float64) float64 {
	n := func(sizes ...int) float64 {
		product := element
		for _, size := range sizes {
			product *= float64(size)
		}
		return product
	}
	z := s.sizes
	if s.op == attentionName {
		return n(z[0], z[1], z[2], z[3]) + 2*n(z[0], z[1], z[2]+z[3], z[4])
	}
	return n(z[0], z[1], z[2]+(s.gates()+2)*z[3]) + n(s.gates(), z[3], z[2]+z[3])
}

// runSequence returns a run of the operation as a compiled graph, with its weights packed.
func runSequence[T tensor.Float](s sequence, e exec.Engines) (func(), error) {
	b := graph.NewBuilder()
	input := func(name string, sizes ...int) *graph.Value {
		return b.Input(name, graph.Type{DType: tensor.DTypeOf[T](), Shape: graph.ShapeOf(sizes...)})
	}
	if z := s.sizes; s.op == attentionName {
		q, k := input("q", z[0], z[2], z[1], z[4]), input("k", z[0], z[3], z[1], z[4])
		v := input("v", z[0], z[3], z[1], z[4])
		b.Output("y", op.Attend(b, op.Attention{Causal: s.causal}, q, k, v, nil))
	} else {
		weights := func(sizes ...int) *graph.Value {
			w := bench.Filled[T](sizes...)
			for i := range w.Data() {
				w.Data()[i] /= T(math.Sqrt(float64(z[3])))
			}
			return b.Constant(tensor.ArrayOf(w.Data(), sizes...))
		}
		rows := s.gates() * z[3]
		layer := op.RecurrentWeights{Input: weights(rows, z[2]), State: weights(rows, z[3]),
			InputBias: weights(rows), StateBias: weights(rows)}
		y, _, _ := op.RecurrentLayers{Cell: cells[s.op],
			Weights: [][]op.RecurrentWeights{{layer}}}.Apply(b, input("x", z[:3]...))
		b.Output("y", y)
	}
	g, err := b.Graph()
	if err != nil {
		return nil, err
	}
	if g, err = rewrite.All(g); err != nil {
		return nil, err
	}
	if g, err = rewrite.Pack(g, e.Float32, e.Float64); err != nil {
		return nil, err
	}
	program, err := exec.Compile(g, e, nil)
	if err != nil {
		return nil, err
	}
	for _, in := range g.Inputs() {
		a, err := program.Input(in.Name())
		if err != nil {
			return nil, err
		}
		copy(tensor.Elements[T](a), bench.Filled[T](slices.Clone(a.Shape())...).Data())
	}
	return func() { _ = program.Run() }, nil // the sizes are fixed: it can't fail
}

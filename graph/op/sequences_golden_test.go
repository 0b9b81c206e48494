package op_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/golden"
	"simdnn/tensor"
)

// lossFunctions are the losses of the golden file.
var lossFunctions = map[string]func(b *graph.Builder, x values) *graph.Value{
	"l1":     func(b *graph.Builder, x values) *graph.Value { return op.L1Loss(b, x[0], x[1], op.LossMean) },
	"l1 sum": func(b *graph.Builder, x values) *graph.Value { return op.L1Loss(b, x[0], x[1], op.LossSum) },
	"smooth l1": func(b *graph.Builder, x values) *graph.Value {
		return op.SmoothL1Loss(b, x[0], x[1], 0.7, op.LossMean)
	},
	"huber each": func(b *graph.Builder, x values) *graph.Value {
		return op.HuberLoss(b, x[0], x[1], 0.7, op.LossEach)
	},
	"kl": func(b *graph.Builder, x values) *graph.Value {
		return op.KLDivergence(b, x[0], x[1], op.LossMean)
	},
	"kl with zeros": func(b *graph.Builder, x values) *graph.Value {
		return op.KLDivergence(b, x[0], row(b, 0, 0.25, 0.75), op.LossSum)
	},
	"hinge embedding": func(b *graph.Builder, x values) *graph.Value {
		return op.HingeEmbeddingLoss(b, x[0], op.StopGradient(b, x[1]), 0.8, op.LossMean)
	},
	"margin ranking": func(b *graph.Builder, x values) *graph.Value {
		return op.MarginRankingLoss(b, x[0], x[1], op.StopGradient(b, x[2]), 0.3, op.LossMean)
	},
	"focal": func(b *graph.Builder, x values) *graph.Value {
		return op.FocalLoss(b, x[0], x[1], 0.25, 2, op.LossMean)
	},
	"focal by a root": func(b *graph.Builder, x values) *graph.Value {
		return op.FocalLoss(b, x[0], x[1], -1, 1.5, op.LossMean)
	},
	"cosine": func(b *graph.Builder, x values) *graph.Value {
		return op.CosineLoss(b, x[0], x[1], op.StopGradient(b, x[2]), -0.2, op.LossMean)
	},
	"triplet": func(b *graph.Builder, x values) *graph.Value {
		return op.TripletLoss(b, x[0], x[1], x[2], 1, false, op.LossMean)
	},
	"triplet with swap": func(b *graph.Builder, x values) *graph.Value {
		return op.TripletLoss(b, x[0], x[1], x[2], 0.5, true, op.LossSum)
	},
	"cross entropy smoothed": crossEntropy(op.CrossEntropyOptions{Smoothing: 0.1}),
	"cross entropy weighted": crossEntropy(op.CrossEntropyOptions{}),
	"cross entropy of all": crossEntropy(op.CrossEntropyOptions{Smoothing: 0.2, Ignored: 4,
		Ignores: true}),
	"cross entropy ignoring": crossEntropy(op.CrossEntropyOptions{Ignored: -100, Ignores: true}),
	"cross entropy sum": crossEntropy(op.CrossEntropyOptions{Smoothing: 0.3, Ignored: 4,
		Ignores: true, Reduction: op.LossSum}),
	"cross entropy each": crossEntropy(op.CrossEntropyOptions{Ignored: 0, Ignores: true,
		Reduction: op.LossEach}),
	"ctc":      ctc(op.CTC{}, op.LossMean),
	"ctc sum":  ctc(op.CTC{Blank: 3}, op.LossSum),
	"ctc each": ctc(op.CTC{ZeroInfinity: true}, op.LossEach),
}

// row returns a constant.
func row(b *graph.Builder, v ...float64) *graph.Value {
	return b.Constant(tensor.ArrayOf(v, len(v)))
}

// crossEntropy adapts options; a third input are weights of classes.
func crossEntropy(o op.CrossEntropyOptions) func(*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value {
		o := o
		if len(x) > 2 {
			o.ClassWeights = op.StopGradient(b, x[2])
		}
		return op.CrossEntropyWith(b, x[0], x[1], o)
	}
}

// ctc adapts a loss of logits.
func ctc(o op.CTC, r op.LossReduction) func(*graph.Builder, values) *graph.Value {
	return func(b *graph.Builder, x values) *graph.Value {
		return op.CTCLoss(b, o, op.LogSoftmax(b, x[0]), x[1], x[2], x[3], r)
	}
}

// TestLossesOfPyTorch compares values and gradients.
func TestLossesOfPyTorch(t *testing.T) {
	for _, c := range golden.Read[operatorCase](t, "sequences/losses.json") {
		t.Run(c.Name, func(t *testing.T) {
			require.Contains(t, lossFunctions, c.Name)
			c.compare(t, lossFunctions[c.Name])
		})
	}
}

// TestRecurrentLayersOfPyTorch compares the states at all times and the last ones, in one row, with
// the gradients of all inputs and weights.
func TestRecurrentLayersOfPyTorch(t *testing.T) {
	for _, c := range golden.Read[operatorCase](t, "sequences/recurrent.json") {
		t.Run(c.Name, func(t *testing.T) { c.compare(t, recurrentLayers(c.Name)) })
	}
}

// recurrentLayers returns the layers that a golden case names.
func recurrentLayers(name string) func(b *graph.Builder, x values) *graph.Value {
	kind, what, _ := strings.Cut(name, " ")
	l := op.RecurrentLayers{Cell: op.Cell(kind), BatchFirst: what == "batch" || what == "padded"}
	layers, directions := 1, 1
	if what == "deep" || what == "padded" {
		layers, directions = 2, 2
	}
	return func(b *graph.Builder, x values) *graph.Value {
		rest := x[1:]
		next := func() *graph.Value {
			v := rest[0]
			rest = rest[1:]
			return v
		}
		l := l
		if what == "initial" || what == "deep" || what == "padded" {
			l.Initial = next()
			if l.Cell == op.LSTMCell {
				l.InitialCells = next()
			}
		}
		if what == "padded" {
			l.Lengths = next()
		}
		for range layers {
			var layer []op.RecurrentWeights
			for range directions {
				w := op.RecurrentWeights{Input: next(), State: next()}
				if what != "batch" {
					w.InputBias, w.StateBias = next(), next()
				}
				layer = append(layer, w)
			}
			l.Weights = append(l.Weights, layer)
		}
		outputs := make(values, 3)
		outputs[0], outputs[1], outputs[2] = l.Apply(b, x[0])
		if outputs[2] == nil {
			outputs = outputs[:2]
		}
		for i, v := range outputs {
			if b.Err() == nil {
				outputs[i] = op.Flatten(b, v, 0, -1)
			}
		}
		return op.Concat(b, 0, outputs...)
	}
}

// TestAttentionOfPyTorch compares values and gradients.
func TestAttentionOfPyTorch(t *testing.T) {
	options := map[string]op.Attention{"attention scaled": {Scale: 0.3},
		"attention causal": {Causal: true}, "attention grouped": {Causal: true}}
	for _, c := range golden.Read[operatorCase](t, "sequences/attention.json") {
		t.Run(c.Name, func(t *testing.T) {
			c.compare(t, func(b *graph.Builder, x values) *graph.Value {
				switch c.Name {
				case "rotary":
					return b.Apply(op.Rotary{Base: 10000}, x...)
				case "rotary interleaved":
					return b.Apply(op.Rotary{Base: 500, Interleaved: true}, x...)
				}
				x = append(x, nil)
				return op.Attend(b, options[c.Name], x[0], x[1], x[2], x[3])
			})
		})
	}
}

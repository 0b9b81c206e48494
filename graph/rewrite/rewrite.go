// Package rewrite has the passes that make graphs cheaper to run. A pass keeps the bits of the
// graph run node by node, unless its comment says otherwise; each stands in a file of its own under
// a picture of what it does, and can be left out.
package rewrite

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
)

// Pass is a rewriting of graphs.
type Pass struct {
	Name string
	Run  func(*graph.Graph) (*graph.Graph, error)
}

// Passes returns all passes in the order in which they are best run.
func Passes() []Pass {
	passes := ofPredictions()
	passes = before(passes, "quantised", Pass{"softmaxloss", SoftmaxLoss},
		Pass{"attentionalone", AttentionAlone})
	passes = before(passes, "convbias", Pass{"columnsum", ColumnSum})
	passes = before(passes, "poolrelu", Pass{"slicesum", SliceSum})
	last := len(passes) - 1
	return append(passes[:last:last], Pass{"convgradient", ConvGradient},
		Pass{"descent", DescentSteps}, Pass{"wholechain", WholeChains}, passes[last])
}

// ofPredictions returns those that do more than take gradients and steps of training together,
// which programs that run models from elsewhere do without.
func ofPredictions() []Pass {
	return []Pass{
		{"dead", Dead},
		{"quantised", Quantised},
		{"fold", Fold},
		{"identity", Identity},
		{"common", Common},
		{"attention", Attention},
		{"integers", Integers},
		{"requantise", Requantise},
		{"lookup", Lookup},
		{"fold", Fold}, // the tables
		{"compressed", Compressed},
		{"epilogue", Epilogue},
		{"convbias", ConvBias},
		{"layout", Layout},
		{"dead", Dead},         // what nobody reads in its old place
		{"identity", Identity}, // transposes to a place and back
		{"nested", Nested},
		{"poolrelu", PoolRelu},
		{"convepilogue", ConvEpilogue},
		{"normrelu", NormRelu},
		{"dead", Dead}, // what the others have made needless
	}
}

// Imported returns the passes for graphs from elsewhere that are to be run: those of predictions,
// and those that recognise what exporters spell out, which change bits, and put chains together.
func Imported() []Pass {
	passes := append([]Pass{{"onehot", OneHot}}, ofPredictions()...)
	layout := slices.IndexFunc(passes, func(p Pass) bool { return p.Name == "layout" })
	passes[layout].Run = LayoutOfImported
	passes = before(passes, "lookup", Pass{"rownorm", RowNorm}, Pass{"activation", Activation},
		Pass{"rotary", Rotary},
		Pass{"dead", Dead}) // so that the epilogues meet no consumer that is gone
	passes = before(passes, "convbias", Pass{"fourier", Fourier})
	return append(passes, Pass{"chain", Chains}, Pass{"dead", Dead})
}

// before inserts passes before the one of a name.
func before(passes []Pass, name string, others ...Pass) []Pass {
	at := slices.IndexFunc(passes, func(p Pass) bool { return p.Name == name })
	return slices.Concat(passes[:at], others, passes[at:])
}

// Names returns the names of passes, each once.
func Names(passes []Pass) (names []string) {
	for _, p := range passes {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// Without returns the passes but for those of some names, or an error if there are none of a name.
func Without(passes []Pass, names []string) ([]Pass, error) {
	named := make(map[string]bool, len(names)) // a name may come twice
	for _, name := range names {
		if !slices.ContainsFunc(passes, func(p Pass) bool { return p.Name == name }) {
			return nil, errors.New("rewrite: no pass is called " + name)
		}
		named[name] = true
	}
	others := make([]Pass, 0, len(passes))
	for _, p := range passes {
		if !named[p.Name] {
			others = append(others, p)
		}
	}
	return others, nil
}

// All runs all passes.
func All(g *graph.Graph) (*graph.Graph, error) { return Run(g, Passes()) }

// Run runs passes one after the other. An error names the pass.
func Run(g *graph.Graph, passes []Pass) (*graph.Graph, error) {
	for _, p := range passes {
		next, err := p.Run(g)
		if err != nil {
			return nil, fmt.Errorf("rewrite: %s: %w", p.Name, err)
		}
		g = next
	}
	return g, nil
}

// contains reports whether a graph has such an operator.
func contains(g *graph.Graph, f func(graph.Operator) bool) bool {
	return slices.ContainsFunc(g.Nodes(), func(n *graph.Node) bool { return f(n.Operator) })
}

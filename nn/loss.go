package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Loss describes what training minimises: a weighted mean over the rows of a batch, or over all
// elements of a batch where each output has its own target. Its String is a name that [ParseLoss]
// understands. The zero Loss is invalid.
type Loss struct {
	name         string
	classWeights []float64
	metric       Metric // what a trainer measures unless told otherwise
	// check says what is wrong with a model of the given number of outputs, or with the class
	// weights.
	check func(l Loss, outputs int) error
	// from is the activation whose outputs the loss takes; zero if it takes anything.
	from Activation
	// logits is the same loss of the values before that activation, nil if there is none.
	logits *Loss
	of     op.LossOf // what it computes, unless rows do
	// rows are the losses of rows, of a loss made of operators.
	rows func(b *Builder, outputs, target *graph.Value) *graph.Value
	// target is the shape of a target, of a loss made of operators; nil: that of the outputs.
	target     func(name string, outputs graph.Shape) graph.Shape
	parameters []float64 // behind the name
	classes    classOptions
}

// String returns the name of the loss, with its parameters if it has any: "mse", "bce", "ce",
// "bce_logits", "ce_logits", "huber:1", "ce_logits:0.1".
func (l Loss) String() string { return l.name + parameterText(l.parametersOf()) }

// Metric returns what a trainer measures with this loss unless told otherwise.
func (l Loss) Metric() Metric { return l.metric }

// WithClassWeights returns the loss with one weight a class: for cross entropy as many as there are
// outputs, for binary cross entropy those of the targets 0 and 1. The loss is then a weighted mean:
// it is divided by the sum of the weights of the rows' classes.
func (l Loss) WithClassWeights(weights ...float64) Loss {
	l.classWeights = slices.Clone(weights)
	return l
}

// checkModel says what is wrong with a model that ends with the given activation and number of
// outputs; the activation is zero if unknown.
func (l Loss) checkModel(outputs int, last Activation) error {
	if l.name == "" {
		return errors.New("nn: the loss is missing")
	}
	if err := l.checkClasses(); err != nil {
		return err
	}
	for _, w := range l.classWeights {
		if !(w >= 0) {
			return fmt.Errorf("nn: the class weight %v of the loss %s is negative", w, l)
		}
	}
	if err := l.check(l, outputs); err != nil {
		return err
	}
	if last.valid() {
		return l.checkActivation(outputs, last)
	}
	return nil
}

// validateClassWeights refuses weights that are 0 or infinite in the element type alone.
func (l Loss) validateClassWeights(t tensor.DType) error {
	for _, w := range l.classWeights {
		if err := requireRepresentable(t, "class weight", w); err != nil {
			return fmt.Errorf("nn: the loss %s: %w", l, err)
		}
	}
	return nil
}

// checkActivation refuses a model's last activation that the loss would silently train wrong with,
// and names the pairs that go together.
func (l Loss) checkActivation(outputs int, last Activation) error {
	probabilities := last.name == Softmax.name || last.name == Sigmoid.name
	switch {
	case l.of.IsOfLogits() && probabilities:
		twin := l.ofProbabilities()
		return fmt.Errorf("nn: the loss %s takes logits, but the last layer ends with %s: "+
			"end with linear, or with %s and use the loss %s", l, last, twin.from, twin)
	case l.from.valid() && !probabilities:
		return fmt.Errorf("nn: the loss %s takes probabilities, but the last layer ends with %s: "+
			"end with %s, or use the loss %s", l, last, l.from, l.logits)
	case last.name == Softmax.name && outputs == 1:
		return fmt.Errorf("nn: the last layer ends with %s of 1 output, which is always 1: "+
			"end with %s and use the loss %s, or with %s and %s",
			last, Sigmoid, BinaryCrossEntropy, Linear, MSE)
	case l.name == CrossEntropy.name && last.name == Sigmoid.name: // all classes at once would win
		return fmt.Errorf("nn: the loss %s takes probabilities that add up to 1, "+
			"but the last layer ends with %s: end with %s, or use the loss %s",
			l, last, l.from, BinaryCrossEntropy)
	}
	return nil
}

// ofProbabilities returns the loss whose form of logits l is.
func (l Loss) ofProbabilities() Loss {
	all := losses()
	return all[slices.IndexFunc(all, func(p Loss) bool {
		return p.logits != nil && p.logits.name == l.name
	})]
}

// losses lists all of them.
func losses() []Loss {
	all := []Loss{
		MSE, BinaryCrossEntropy, BinaryCrossEntropyLogits, CrossEntropy, CrossEntropyLogits,
	}
	for _, k := range lossKinds() {
		all = append(all, k.make(k.defaults))
	}
	return append(all, registeredLosses...)
}

// Losses returns the names that [ParseLoss] understands.
func Losses() []string {
	var names []string
	for _, l := range losses() {
		names = append(names, l.name)
	}
	return names
}

// ParseLoss returns the loss of that name, with its usual parameters or those behind a colon:
// "huber" or "huber:0.5".
func ParseLoss(name string) (Loss, error) {
	kind, text, given := strings.Cut(name, ":")
	for _, l := range losses() {
		switch {
		case l.name != kind:
		case given:
			return l.withParameters(text)
		default:
			return l, nil
		}
	}
	return Loss{}, fmt.Errorf("nn: unknown loss %q; known: %s", name, strings.Join(Losses(), ", "))
}

// RegisterLoss returns a loss made of operators, which [ParseLoss] and files of models know by its
// name. rows returns the loss of each row, of shape (batch); the target has the shape of the
// outputs. Training minimises the mean over the rows, weighted if they have weights, and measures
// the metric unless told otherwise. Call it when the program starts; it panics if the name is
// taken.
func RegisterLoss(name string, metric Metric,
	rows func(b *Builder, outputs, target *graph.Value) *graph.Value) Loss {
	if _, err := ParseLoss(name); err == nil || name == "" || strings.Contains(name, ":") {
		panic(fmt.Sprintf("nn: RegisterLoss: the name %q is taken, or none", name))
	}
	l := Loss{name: name, metric: metric, check: checkUnclassified, rows: rows}
	registeredLosses = append(registeredLosses, l)
	return l
}

var registeredLosses []Loss

// checkUnclassified refuses class weights of a loss that has no classes.
func checkUnclassified(l Loss, _ int) error {
	if len(l.classWeights) != 0 {
		return fmt.Errorf("nn: the loss %s has no classes to weight", l)
	}
	return nil
}

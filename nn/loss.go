package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	// ofLogits says that the loss computes probabilities from its model's outputs.
	ofLogits bool
	f32      lossFunc[float32]
	f64      lossFunc[float64]
}

// lossFunc computes a loss and its gradient. It returns the weighted sum and the weight that it is
// to be divided by.
type lossFunc[T tensor.Float] func(b *lossBatch[T]) (sum, weight float64, err error)

// lossBatch is what a loss reads and writes for one batch.
type lossBatch[T tensor.Float] struct {
	kernels       *tensor.Kernels[T]
	rows, columns int
	outputs       []T // rows × columns: predictions, or logits for a loss of logits
	probabilities []T // rows × columns: is set to the activation of the logits, by a loss of logits
	target        []T // rows × targetColumns
	targetColumns int
	sampleWeights []T // one a row, or nil: 1
	classWeights  []T // one a class, or nil: 1
	gradient      []T // rows × columns: is set to dL/doutputs
	scratch       []T // rows × columns
	classes       classRows[T]
}

// sampleWeight returns the weight of row i.
func (b *lossBatch[T]) sampleWeight(i int) float64 {
	if b.sampleWeights == nil {
		return 1
	}
	return float64(b.sampleWeights[i])
}

// totalWeight returns the sum of the sample weights.
func (b *lossBatch[T]) totalWeight() float64 {
	if b.sampleWeights == nil {
		return float64(b.rows)
	}
	total := 0.0
	for _, w := range b.sampleWeights {
		total += float64(w)
	}
	return total
}

// String returns the name of the loss: "mse", "bce", "ce", "bce_logits", "ce_logits".
func (l Loss) String() string { return l.name }

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

// validateClassWeights refuses weights that are 0 or infinite in the element type T alone.
func validateClassWeights[T tensor.Float](l Loss) error {
	for _, w := range l.classWeights {
		if err := requireRepresentable[T]("class weight", w); err != nil {
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
	case l.ofLogits && probabilities:
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
	return []Loss{
		MSE, BinaryCrossEntropy, BinaryCrossEntropyLogits, CrossEntropy, CrossEntropyLogits,
	}
}

// Losses returns the names that [ParseLoss] understands.
func Losses() []string {
	var names []string
	for _, l := range losses() {
		names = append(names, l.name)
	}
	return names
}

// ParseLoss returns the loss of that name.
func ParseLoss(name string) (Loss, error) {
	for _, l := range losses() {
		if l.name == name {
			return l, nil
		}
	}
	return Loss{}, fmt.Errorf("nn: unknown loss %q; known: %s", name, strings.Join(Losses(), ", "))
}

// EvaluateLoss returns the loss of outputs (n, columns) against the target and its gradient with
// respect to the outputs. The shape of the target is that of the outputs; for cross entropy (n, 1)
// class indices do as well. There is one weight a row, or none.
func EvaluateLoss[T tensor.Float](
	l Loss, outputs, target *tensor.Tensor[T], weights ...T,
) (float64, *tensor.Tensor[T], error) {
	if outputs.Rank() != 2 || outputs.Dim(0) < 1 {
		return 0, nil, fmt.Errorf("nn: loss %s: outputs of shape %v, expected (rows, columns)",
			l, outputs.Shape())
	}
	if err := l.checkModel(outputs.Dim(1), Activation{}); err != nil {
		return 0, nil, err
	}
	if err := validateClassWeights[T](l); err != nil {
		return 0, nil, err
	}
	p := newLossPass(l, tensor.Default[T](), outputs.Dim(0), outputs.Dim(1))
	sum, weight, err := p.run(outputs, nil, target, weights)
	if err != nil {
		return 0, nil, err
	}
	return sum / weight, p.gradient.rows(outputs.Dim(0)), nil
}

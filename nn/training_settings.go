package nn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// patienceSetting is there if the training watches for its best epoch.
const patienceSetting = "early stopping"

// settings returns all that decides a training, in words, and the caller's own: a checkpoint
// belongs to trainings of the same settings.
func (r *run[T]) settings(own map[string]string) map[string]string {
	m := r.Model
	s := map[string]string{
		"element type":  string(safetensors.TypeOf[T]()),
		"rounding":      rounding(m.Engine()),
		"network":       m.networkText(),
		"loss":          m.lossText(),
		"optimizer":     m.optimizerText(r.rate),
		"metric":        r.Metric.String(),
		"training data": fingerprint(r.train),
	}
	if r.Patience > 0 {
		s[patienceSetting] = fmt.Sprintf("patience %d, minimal improvement %g", r.Patience,
			r.MinDelta)
	}
	if r.Accumulate > 1 {
		s["accumulation"] = fmt.Sprintf("%d batches a step", r.Accumulate)
	}
	if r.sharding != nil {
		s["shards"] = fmt.Sprint(r.Shards)
	}
	if r.Average > 0 {
		s["average"] = fmt.Sprint(r.Average)
	}
	if r.Momentum != nil {
		s["momentum"] = "scheduled"
	}
	if r.Plateau != nil {
		s["plateau"] = fmt.Sprintf("%+v", *r.Plateau)
	}
	if r.validation != nil {
		s["validation data"] = fingerprint(r.validation)
	}
	if r.EvaluateTrain {
		s["training figures"] = "measured after each epoch"
	}
	for name, value := range own {
		s["setting "+name] = value
	}
	return s
}

// rounding tells apart the ISAs whose results differ.
func rounding[T tensor.Float](e *tensor.Engine[T]) string {
	if e.ISA() == "generic" {
		return "of products and sums apart"
	}
	return "fused"
}

// networkText returns the layers in one line.
func (m *Model[T]) networkText() string {
	var layers []string
	for _, l := range m.layers {
		layers = append(layers, describe(l))
	}
	return strings.Join(layers, "; ")
}

// optimizerText returns everything that the steps depend on, those of groups too.
func (m *Model[T]) optimizerText(rate float64) string {
	text := m.settings.optimizer.describe(rate)
	for _, g := range m.groups {
		text += fmt.Sprintf("; of %v %s", g.Names, g.Optimizer.describe(g.Optimizer.rate))
	}
	return text
}

// describe returns everything that the optimizer's steps depend on.
func (o Optimizer) describe(rate float64) string {
	text := fmt.Sprintf("%s: learning rate %g, momentum %g, betas %g %g, epsilon %g, weight "+
		"decay %g",
		o.name, rate, o.momentum, o.beta1, o.beta2, o.epsilon, o.decay)
	if o.operator != nil {
		text += fmt.Sprintf(", %+v", o.operator)
	}
	if o.lbfgs != nil {
		text += fmt.Sprintf(", %+v", *o.lbfgs)
	}
	if o.clipNorm != 0 || o.clipValue != 0 {
		text += fmt.Sprintf(", clipped to %g %g", o.clipNorm, o.clipValue)
	}
	return text
}

// fingerprint returns what tells a data set from others, see [Batches].
func fingerprint[T tensor.Float](b Batches[T]) string {
	if f, ok := b.(interface{ Fingerprint() string }); ok {
		return f.Fingerprint()
	}
	return fmt.Sprintf("%d batches", b.Len())
}

// compareSettings returns an error that names what differs.
func compareSettings(kept, now map[string]string) error {
	names := maps.Clone(kept)
	maps.Copy(names, now)
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was, is := kept[name], now[name]; was != is {
			differences = append(differences,
				fmt.Sprintf("%s: it has %q, this training has %q", name, was, is))
		}
	}
	if differences == nil {
		return nil
	}
	return fmt.Errorf("belongs to another training: %s", strings.Join(differences, "; "))
}

// lossText returns the losses with their weights.
func (m *Model[T]) lossText() string {
	var losses []string
	for _, o := range m.objectives {
		text := fmt.Sprint(o.Loss, o.Loss.classWeights)
		if o.Weight != 0 {
			text += fmt.Sprintf(" × %g", o.Weight)
		}
		losses = append(losses, text)
	}
	return strings.Join(losses, "; ")
}

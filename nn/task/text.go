package task

import (
	"errors"
	"fmt"
	"math"

	"simdnn/internal/portable"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// TextFormat is what a network takes texts as.
type TextFormat struct {
	Vocabulary *data.Vocabulary `json:"vocabulary"`
	Length     int              `json:"length"` // symbols of a sample
}

// PrepareText makes a training run on passages of a text ready: from each symbol of a passage the
// network predicts the next. Held out is the end of the text.
func PrepareText[T tensor.Float](text *data.Text, length int, s Settings) (*Job[T], error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	n, err := s.network(problem{Kind: Texts, symbols: text.Vocabulary.Len(), length: length,
		outputs: text.Vocabulary.Len()})
	if err != nil {
		return nil, err
	}
	kept := len(text.Symbols) - int(s.Validation*float64(len(text.Symbols)))
	train, err := data.NewTextSamples[T](text.Symbols[:kept], length, true)
	if err != nil {
		return nil, fmt.Errorf("%s: to train on: %w", text.Name, err)
	}
	var held data.Samples[T]
	if s.Validation > 0 {
		if held, err = data.NewTextSamples[T](text.Symbols[kept:], length, false); err != nil {
			return nil, fmt.Errorf("%s: to validate on: %w", text.Name, err)
		}
	}
	j, err := prepare(n, s, train, held)
	if err != nil {
		return nil, err
	}
	j.Kind = Texts
	j.About = fmt.Sprintf("%s, %d symbols of %d kinds in passages of %d", text.Name, kept,
		text.Vocabulary.Len(), length)
	j.description.Text = &TextFormat{text.Vocabulary, length}
	return j, nil
}

// Writer writes texts with a network, symbol by symbol.
type Writer[T tensor.Float] struct {
	model     *Model[T]
	symbols   []string
	generator *nn.Generator[T] // nil if the network can't go on where it was
	endless   bool             // it goes on for ever
	predictor *nn.Predictor[T]
	x         *tensor.Tensor[T] // (1, length), and a view of one step of it
	step      *tensor.Tensor[T]
	context   []int32 // the last symbols, at most a sample's length
	weights   []float64
	random    tensor.Random
	drawn     uint64
}

// NewWriter returns a writer whose choices are a function of the seed.
func (m *Model[T]) NewWriter(seed uint64) (*Writer[T], error) {
	if m.Text == nil {
		return nil, errors.New("the network is for no texts")
	}
	w := &Writer[T]{model: m, symbols: m.Text.Vocabulary.Symbols(), random: tensor.Random{Seed: seed},
		x: tensor.New[T](1, m.Text.Length)}
	w.step = w.x.Narrow(1, 0, 1)
	w.weights = make([]float64, len(w.symbols))
	limit := m.Text.Length
	if w.endless = keepsStatesAlone(m.Network.Layers()); w.endless {
		limit = math.MaxInt32
	}
	// Layers that see what comes later run over the whole passage for each symbol.
	if g, err := m.Network.NewGenerator(1, limit); err == nil {
		w.generator = g
		return w, nil
	}
	w.endless = false
	var err error
	w.predictor, err = m.Network.NewPredictor()
	return w, err
}

// keepsStatesAlone reports whether all that layers keep of a text are the states of recurrent ones,
// which have room for a text of any length.
func keepsStatesAlone(layers []nn.Layer) bool {
	for _, l := range layers {
		switch l.(type) {
		case *nn.Embedding, *nn.Recurrent, *nn.Dense, nn.Activation, nn.Dropout:
		default:
			return false
		}
	}
	return true
}

// Write hands length symbols that follow a prompt on, each as it is chosen: by the probabilities
// that the network gives, whose logarithms are divided by the temperature, or the most probable one
// at temperature 0.
func (w *Writer[T]) Write(prompt []byte, length int, temperature float64,
	take func(symbol string) error) error {
	if !(temperature >= 0) || math.IsInf(temperature, 0) {
		return fmt.Errorf("a temperature of %g, which must be finite and not negative", temperature)
	}
	symbols, err := w.model.Text.Vocabulary.Encode(prompt)
	if err != nil {
		return fmt.Errorf("the prompt: %w", err)
	}
	if len(symbols) == 0 {
		symbols = []int32{0} // a network predicts nothing from nothing
	}
	logits, err := w.begin(symbols)
	for range length {
		if err != nil {
			return err
		}
		next := w.choose(logits, temperature)
		if err := take(w.symbols[next]); err != nil {
			return err
		}
		logits, err = w.advance(int32(next))
	}
	return err
}

// begin takes a prompt and returns the outputs after its last symbol.
func (w *Writer[T]) begin(symbols []int32) ([]T, error) {
	w.context = append(w.context[:0], symbols[max(0, len(symbols)-w.model.Text.Length):]...)
	return w.restart()
}

// restart returns the outputs after the context, which is all that the network knows of before.
func (w *Writer[T]) restart() ([]T, error) {
	for i, s := range w.context {
		w.x.Data()[i] = T(s)
	}
	if w.generator != nil {
		w.generator.Reset()
		y, err := w.generator.Step(w.x.Narrow(1, 0, len(w.context)))
		if err != nil {
			return nil, err
		}
		return y.Data(), nil
	}
	clear(w.x.Data()[len(w.context):])
	y, err := w.predictor.Predict(w.x)
	if err != nil {
		return nil, err
	}
	return y.Data()[(len(w.context)-1)*len(w.symbols):][:len(w.symbols)], nil
}

// advance takes one more symbol. A full context is halved where the network goes on from what it
// kept, so that few symbols cost more than a step; else its first symbol is dropped.
func (w *Writer[T]) advance(symbol int32) ([]T, error) {
	if full := w.model.Text.Length; len(w.context) == full && !w.endless {
		dropped := 1
		if w.generator != nil {
			dropped = (full + 1) / 2
		}
		w.context = append(w.context[:0], w.context[dropped:]...)
		w.context = append(w.context, symbol)
		return w.restart()
	}
	if !w.endless {
		w.context = append(w.context, symbol)
	}
	if w.generator == nil {
		return w.restart()
	}
	w.step.Data()[0] = T(symbol)
	y, err := w.generator.Step(w.step)
	if err != nil {
		return nil, err
	}
	return y.Data(), nil
}

// choose returns one of the symbols, the same on every processor.
func (w *Writer[T]) choose(outputs []T, temperature float64) int {
	best := 0
	for i, v := range outputs {
		if v > outputs[best] {
			best = i
		}
	}
	if temperature == 0 {
		return best
	}
	sum := 0.0
	for i, v := range outputs {
		if most := float64(outputs[best]); w.model.logits() {
			w.weights[i] = 1 + portable.Expm1((float64(v)-most)/temperature)
		} else {
			w.weights[i] = portable.Pow(float64(v)/most, 1/temperature)
		}
		sum += w.weights[i]
	}
	r := w.random.Draw(w.drawn)
	w.drawn++
	left := float64(float64(uint64(r[0])<<21|uint64(r[1])>>11) / (1 << 53) * sum)
	for i, v := range w.weights {
		if left -= v; left < 0 {
			return i
		}
	}
	return best
}

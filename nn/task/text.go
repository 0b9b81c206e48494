package task

import (
	"fmt"
	"math"

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
// network foretells the next. Held out is the end of the text.
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
	predictor *nn.Predictor[T]
	x         *tensor.Tensor[T] // (1, length)
	context   []int32           // the last symbols, at most a sample's length
	weights   []float64
	random    tensor.Random
	drawn     uint64
}

// NewWriter returns a writer whose choices are a function of the seed.
func (m *Model[T]) NewWriter(seed uint64) (*Writer[T], error) {
	if m.Text == nil {
		return nil, fmt.Errorf("the network is for no texts")
	}
	w := &Writer[T]{model: m, symbols: m.Text.Vocabulary.Symbols(), random: tensor.Random{Seed: seed},
		x: tensor.New[T](1, m.Text.Length)}
	w.weights = make([]float64, len(w.symbols))
	var err error
	w.predictor, err = m.Network.NewPredictor()
	return w, err
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
		symbols = []int32{0} // a network foretells nothing from nothing
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
	clear(w.x.Data()[len(w.context):])
	y, err := w.predictor.Predict(w.x)
	if err != nil {
		return nil, err
	}
	return y.Data()[(len(w.context)-1)*len(w.symbols):][:len(w.symbols)], nil
}

// advance takes one more symbol, and forgets the first if there is no room.
func (w *Writer[T]) advance(symbol int32) ([]T, error) {
	if len(w.context) == w.model.Text.Length {
		w.context = append(w.context[:0], w.context[1:]...)
	}
	w.context = append(w.context, symbol)
	return w.restart()
}

// choose returns one of the symbols.
func (w *Writer[T]) choose(outputs []T, temperature float64) int {
	best, most := 0, math.Inf(-1)
	for i, v := range outputs {
		w.weights[i] = float64(v)
		if !w.model.logits() {
			w.weights[i] = math.Log(w.weights[i])
		}
		if w.weights[i] > most {
			best, most = i, w.weights[i]
		}
	}
	if temperature == 0 {
		return best
	}
	sum := 0.0
	for i, v := range w.weights {
		w.weights[i] = math.Exp((v - most) / temperature)
		sum += w.weights[i]
	}
	r := w.random.Draw(w.drawn)
	w.drawn++
	left := float64(uint64(r[0])<<21|uint64(r[1])>>11) / (1 << 53) * sum
	for i, v := range w.weights {
		if left -= v; left < 0 {
			return i
		}
	}
	return best
}

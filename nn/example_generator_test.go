package nn_test

import (
	"context"
	"fmt"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// A small Transformer learns a sequence of four letters by heart, and then writes it on, a letter
// at a time: each step costs one letter, whatever stands before it.
func ExampleModel_NewGenerator() {
	const letters, length, width = "abcd", 12, 16
	x, y := tensor.New[float32](len(letters), length), tensor.New[float32](len(letters), length, 1)
	for row := range len(letters) { // from each letter on: "abcdabcd…", then "bcdabcda…"
		for i := range length {
			x.Set(float32((row+i)%len(letters)), row, i)
			y.Set(float32((row+i+1)%len(letters)), row, i, 0)
		}
	}
	model := nn.NewModel[float32](nn.CrossEntropyLogits, nn.WithInput(length), nn.WithSeed(1),
		nn.WithOptimizer(nn.Adam(0.01)))
	block := nn.NewTransformerEncoderLayer(width, 2, 4*width)
	block.Causal, block.NormFirst, block.Rotary = true, true, 10000
	check(model.Add(nn.NewEmbedding(len(letters), width), nn.NewTransformerStack(block, 1, true),
		nn.NewDense(width, len(letters), nn.Linear)))
	loader, err := data.NewColumnLoader(data.LoaderOptions{BatchSize: len(letters)}, x, y)
	check(err)
	trainer := nn.Trainer[float32]{Model: model, Epochs: 40}
	_, err = trainer.Fit(context.Background(), loader, nil)
	check(err)

	g, err := model.NewGenerator(1, 100) // longer than what it was trained on
	check(err)
	next, text := tensor.FromSlice([]float32{0}, 1, 1), "a"
	for len(text) < 20 {
		scores, err := g.Step(next)
		check(err)
		best := 0
		for i, s := range scores.Row(0) {
			if s > scores.Row(0)[best] {
				best = i
			}
		}
		text += letters[best : best+1]
		next.Set(float32(best), 0, 0)
	}
	fmt.Println(text)
	// Output: abcdabcdabcdabcdabcd
}

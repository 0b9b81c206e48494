package task_test

import (
	"context"
	"fmt"
	"strings"

	"simdnn/nn/data"
	"simdnn/nn/task"
)

// A network learns a text by heart and writes it.
func ExamplePrepareText() {
	content := []byte(strings.Repeat("to be or not to be, ", 100))
	vocabulary, err := data.VocabularyOf(content)
	check(err)
	symbols, err := vocabulary.Encode(content)
	check(err)
	settings := task.DefaultSettings(task.Texts)
	settings.Network, settings.LearningRate, settings.Epochs = "gru", 0.01, 6
	text := &data.Text{Name: "Hamlet", Vocabulary: vocabulary, Symbols: symbols}
	job, err := task.PrepareText[float32](text, 20, settings)
	check(err)
	_, err = job.Fit(context.Background())
	check(err)

	writer, err := job.Trained().NewWriter(1)
	check(err)
	err = writer.Write([]byte("to be or"), 32, 0, func(symbol string) error {
		fmt.Print(symbol)
		return nil
	})
	check(err)
	// Output: not to be, to be or not to be,
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

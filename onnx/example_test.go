package onnx_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/onnx"
	"simdnn/tensor"
)

// check ends an example that failed.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A model is opened once; then any number of goroutines run it.
func ExampleSession_Run() {
	model, err := onnx.Open("../testdata/golden/digits/digits.onnx", onnx.Options{})
	check(err)
	session := model.Session(onnx.SessionOptions{})
	digits, err := data.Digits()
	check(err)
	pixels := make([]float32, 64)
	for i := range pixels {
		pixels[i] = float32(digits.X.At(0, i) / 16)
	}
	x := onnx.NewTensor(tensor.ArrayOf(pixels, 1, 1, 8, 8))
	outputs, err := session.Run(map[string]*onnx.Value{"image": x})
	check(err)
	logits := outputs["logits"]
	classes := tensor.Elements[float32](logits.Array()) // or onnx.Floats(logits)
	best := slices.Index(classes, slices.Max(classes))
	fmt.Println(logits.Shape(), best, digits.Y.At(0, 0))
	// Output:
	// [1 5] 0 0
}

// Small models take less time than what is around them: bound to its inputs, a model looks nothing
// up and copies nothing.
func ExampleSession_Bind() {
	model, err := onnx.Open("../testdata/golden/digits/digits.onnx", onnx.Options{})
	check(err)
	pixels := make([]float32, 64)
	x := onnx.NewTensor(tensor.ArrayOf(pixels, 1, 1, 8, 8))
	session := model.Session(onnx.SessionOptions{Threads: 1})
	bound, err := session.Bind(map[string]*onnx.Value{"image": x})
	check(err)
	digits, err := data.Digits()
	check(err)
	for sample := range 3 {
		for i := range pixels {
			pixels[i] = float32(digits.X.At(sample, i) / 16)
		}
		outputs, err := bound.Run()
		check(err)
		logits := tensor.Elements[float32](outputs[0].Array())
		fmt.Println(slices.Index(logits, slices.Max(logits)), digits.Y.At(sample, 0))
	}
	// Output:
	// 0 0
	// 1 1
	// 2 2
}

// A decoder keeps what a model computes for the characters so far. After the beginning of a text it
// takes one at a time: that which the model found most probable.
func ExampleSession_NewDecoder() {
	model, err := onnx.Open("../testdata/golden/decoder/decoder.onnx", onnx.Options{})
	check(err)
	characters := model.Info().Metadata["characters"]
	session := model.Session(onnx.SessionOptions{Threads: 1})
	decoder, err := session.NewDecoder(onnx.DecoderOptions{Limit: 64})
	check(err)
	text := "what was"
	for next := text; decoder.Steps() < 58; text += next {
		ids := make([]int64, len(next))
		for i, c := range next {
			ids[i] = int64(strings.IndexRune(characters, c))
		}
		x := onnx.NewTensor(tensor.ArrayOf(ids, 1, len(ids)))
		outputs, err := decoder.Run(map[string]*onnx.Value{"input_ids": x})
		check(err)
		logits := tensor.Elements[float32](outputs[0].Array()) // of each step
		last := logits[len(logits)-len(characters):]
		next = characters[slices.Index(last, slices.Max(last)):][:1]
	}
	fmt.Println(text)
	// Output:
	// what was thought of once is kept, and read where it stands.
}

// Train a model further for another task: a network that knows the digits 0 to 4 learns 5 to 9. Its
// last layer is cut off, a new one is trained on what the others see, and then all of them.
func ExampleModel_Graph() {
	file, err := onnx.Open("../testdata/golden/digits/digits.onnx", onnx.Options{})
	check(err)
	g, err := file.Graph(onnx.GraphOptions{Outputs: []string{"features"}})
	check(err)
	body, err := nn.NewImported(g)
	check(err)
	model := nn.NewModel[float32](nn.CrossEntropy, nn.WithSeed(1), nn.WithOptimizer(nn.Adam(0.01)))
	check(model.Add(nn.Named("body", body), nn.Named("head", nn.NewDense(32, 5, nn.Softmax))))

	train, test := highDigits()
	check(model.SetTrainable(false, "body"))
	trainer := nn.Trainer[float32]{Model: model, Epochs: 5}
	_, err = trainer.Fit(context.Background(), train, nil)
	check(err)
	head, err := nn.Evaluate(context.Background(), model, test, nn.Accuracy)
	check(err)

	check(model.SetTrainable(true, "body"))
	model.SetOptimizer(nn.Adam(0.003))
	_, err = trainer.Fit(context.Background(), train, nil)
	check(err)
	all, err := nn.Evaluate(context.Background(), model, test, nn.Accuracy)
	check(err)
	fmt.Println("the new layer alone:", head.Metrics[0] > 0.6)
	fmt.Println("all layers:", all.Metrics[0] > 0.95)
	fmt.Println(model.Parameters()[0].Name, model.Parameters()[0].Value.Shape())

	defer os.Remove("high.safetensors")
	check(model.Save("high.safetensors"))
	_, err = nn.Load[float32]("high.safetensors")
	check(err)
	// Output:
	// the new layer alone: true
	// all layers: true
	// body.conv1.weight [8 1 3 3]
}

// highDigits returns images (1, 8, 8) of the digits 5 to 9 with their classes 0 to 4: every fourth
// is one to test on.
func highDigits() (train, test *data.Loader[float32]) {
	digits, err := data.Digits()
	check(err)
	var images, classes [2][]float32
	for i := range digits.X.Dim(0) {
		class := digits.Y.At(i, 0)
		if class < 5 {
			continue
		}
		part := 0
		if i%4 == 0 {
			part = 1
		}
		for j := range 64 {
			images[part] = append(images[part], float32(digits.X.At(i, j)/16))
		}
		classes[part] = append(classes[part], float32(class-5))
	}
	var loaders [2]*data.Loader[float32]
	for part := range loaders {
		n := len(classes[part])
		loaders[part], err = data.NewLoader(tensor.FromSlice(images[part], n, 1, 8, 8),
			tensor.FromSlice(classes[part], n, 1),
			data.LoaderOptions{BatchSize: 32, Shuffle: part == 0, Seed: 1})
		check(err)
	}
	return loaders[0], loaders[1]
}

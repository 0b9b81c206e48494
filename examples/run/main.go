// Command run runs an ONNX model on numbers: the least that a program needs for it.
//
//	go run ./examples/run iris.onnx 5.1 3.5 1.4 0.2
package main

import (
	"fmt"
	"os"
	"strconv"

	"simdnn/onnx"
	"simdnn/tensor"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: run MODEL.onnx NUMBER...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

// run prints what a model with one input, of (1, numbers), computes of the numbers.
func run(path string, texts []string) error {
	m, err := onnx.Open(path, onnx.Options{})
	if err != nil {
		return err
	}
	defer m.Close()
	x := make([]float32, len(texts))
	for i, text := range texts {
		v, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return err
		}
		x[i] = float32(v)
	}
	info := m.Info()
	outputs, err := m.Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
		info.Inputs[0].Name: onnx.NewTensor(tensor.ArrayOf(x, 1, len(x)))})
	if err != nil {
		return err
	}
	for _, o := range info.Outputs {
		if v := outputs[o.Name]; v.Strings() != nil {
			fmt.Println(o.Name, v.Strings())
		} else {
			fmt.Println(o.Name, onnx.Floats(v))
		}
	}
	return nil
}

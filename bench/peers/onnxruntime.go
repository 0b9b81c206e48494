package main

// #include "onnxruntime.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"simdnn/nn"
)

// onnxRuntime is the library of ONNX Runtime in memory: a function from which all others are got.
type onnxRuntime struct{ base unsafe.Pointer }

// loadONNXRuntime loads the shared library.
func loadONNXRuntime(file string) (*onnxRuntime, error) {
	handle, err := open(file)
	if err != nil {
		return nil, err
	}
	base := loaded{handle: handle}.function("OrtGetApiBase")
	if base == nil {
		return nil, fmt.Errorf("%s has no function OrtGetApiBase", file)
	}
	return &onnxRuntime{base}, nil
}

// onnxSetting is one way to run ONNX Runtime.
type onnxSetting struct {
	name    string
	threads int
	spin    bool
}

// onnxSettings returns the ways to try with so many threads. Two threads that spin take longer than
// one on two busy cores, and than two that sleep: the best of all counts.
func onnxSettings(threads int) []onnxSetting {
	ways := []onnxSetting{{"ONNX Runtime", threads, true}}
	if threads > 1 {
		ways = append(ways, onnxSetting{"ONNX no spin", threads, false}, onnxSetting{"ONNX 1", 1, true})
	}
	return ways
}

// contender returns a side that predicts with the model, into memory that is already there, and
// compares the first outputs by equal.
func (o *onnxRuntime) contender(n network, m *nn.Model[float32], way onnxSetting, by clock, equal func(values []float64) error) (contender, error) {
	model := n.onnxModel(m)
	outputs := n.sizes[len(n.sizes)-1]
	s := new(C.struct_onnx_session)
	spin := 0
	if way.spin {
		spin = 1
	}
	failed := C.open_onnx(o.base, unsafe.Pointer(&model[0]), C.size_t(len(model)), C.int(way.threads), C.int(spin), C.int64_t(n.batch), C.int64_t(n.sizes[0]),
		C.int64_t(outputs), s)
	if failed != nil {
		return contender{}, errors.New(C.GoString(failed))
	}
	x := n.inputs().Data()
	copy(unsafe.Slice((*float32)(s.in), len(x)), x)
	run := func(iterations int) (float64, error) {
		var seconds C.double
		if failed := C.run_onnx(s, C.long(iterations), C.int(by), &seconds); failed != nil {
			return 0, errors.New(C.GoString(failed))
		}
		return float64(seconds), nil
	}
	check := func() error {
		if _, err := run(1); err != nil {
			return err
		}
		return equal(firstValues(unsafe.Slice((*float32)(s.out), n.batch*outputs)))
	}
	return contender{name: way.name, role: peer, run: run, check: check}, nil
}

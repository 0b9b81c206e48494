package main

// #include <stdlib.h>
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

// onnxWork is a model with one input "x" and one output "y" of so many columns, and the inputs of
// its predictions, which take turns.
type onnxWork struct {
	model                  []byte
	rows, columns, outputs int
	inputs                 []float32
}

// work returns what predicts with a network.
func (n network) work(m *nn.Model[float32]) onnxWork {
	return onnxWork{n.onnxModel(m), n.batch, n.sizes[0], n.sizes[len(n.sizes)-1], n.inputs().Data()}
}

// contender returns a side that predicts, into memory that is already there, and compares the first
// outputs of the first prediction by equal.
func (o *onnxRuntime) contender(
	w onnxWork, way onnxSetting, by clock, equal func(values []float64) error,
) (contender, error) {
	s := (*C.struct_onnx_session)(C.calloc(1, C.sizeof_struct_onnx_session))
	s.in_name, s.out_name = C.CString("x"), C.CString("y")
	spin := 0
	if way.spin {
		spin = 1
	}
	failed := C.open_onnx(o.base, unsafe.Pointer(&w.model[0]), C.size_t(len(w.model)),
		C.int(way.threads), C.int(spin), C.int64_t(w.rows), C.int64_t(w.columns),
		C.int64_t(w.outputs), s)
	if failed != nil {
		return contender{}, errors.New(C.GoString(failed))
	}
	one := w.rows * w.columns
	copy(unsafe.Slice((*float32)(s.in), one), w.inputs)
	if turns := len(w.inputs) / one; turns > 1 {
		s.inputs, s.turns, s.bytes = (*C.float)(C.CBytes(floatBytes(w.inputs))), C.long(turns), C.size_t(4*one)
	}
	run := func(iterations int) (float64, error) {
		var seconds C.double
		if failed := C.run_onnx(s, C.long(iterations), C.int(by), &seconds); failed != nil {
			return 0, errors.New(C.GoString(failed))
		}
		return float64(seconds), nil
	}
	check := func() error {
		s.turn = 0
		if _, err := run(1); err != nil {
			return err
		}
		return equal(firstValues(unsafe.Slice((*float32)(s.out), w.rows*w.outputs)))
	}
	return contender{name: way.name, role: peer, run: run, check: check}, nil
}

func floatBytes(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

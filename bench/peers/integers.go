package main

import (
	"encoding/base64"
	"fmt"
	"math"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// The products and convolutions of integers that are timed unless others are given.
const (
	defaultIntegerShapes = "512x512x512,1024x1024x1024,128x512x784,16x1024x1024,1x1024x1024"
	defaultIntegerConvs  = "64x56-64x3s1g1,256x56-64x1s1g1,128x28-128x3s1g1,256x14-256x3s1g1," +
		"96x112-96x3s2g96,144x56-144x3s1g144"
)

// integerTypes are those of the products: whether the elements of A and of B have a sign.
var integerTypes = []string{"u8s8", "s8s8", "u8u8"}

// ONNX's numbers of types.
const (
	onnxUint8 = 2
	onnxInt8  = 3
	onnxInt32 = 6
)

// integers times products of integers of 8 bits by constant ones, which give integers of 32 bits,
// in oneDNN's case their floats, and convolutions of unsigned images by signed filters, which give
// codes. Weights with a sign have 7 bits, since both peers' sums of others saturate where processors
// have no instructions for dot products of bytes. oneDNN is that of PyTorch, whose products
// have no unsigned weights, and take seconds for rows with a sign. Of ONNX Runtime it is the
// time of the kernel in its profile.
func (s *session) integers() error {
	torch, onnx := s.startTorch(), s.startPeer("ONNX Runtime", "onnx_peer.py", s.threads)
	defer closeAll(append(torch, onnx))
	s.report.begin("integers", "µs", append(names(torch, "simdnn"), "ONNX Runtime"), false)
	e := tensor.NewEngine[float32](asm.Active(), s.threads)
	hold := func(job, op string, ours contender, want []float64, request map[string]any,
		model []byte) error {
		sides := []contender{ours}
		equal := func(values []float64) error { return withinOne(values, want) }
		for _, p := range torch {
			if op != "gemm_u8u8" && op != "gemm_s8s8" {
				sides = append(sides, p.contender(p.name, 0, request, equal))
			}
		}
		if onnx != nil {
			r := map[string]any{"prepare": "integers", "model": base64.StdEncoding.EncodeToString(model),
				"shape": request["shape"], "signed": request["signed"]}
			sides = append(sides, onnx.contender("ONNX Runtime", 0, r, equal))
		}
		return s.finish(&row{Section: "integers", Job: op + " " + job, Op: op, Dtype: "int8", unit: 1e-3,
			Timings: s.contest.hold(sides)})
	}
	for _, types := range integerTypes {
		for _, shape := range s.integerShapes {
			ours, want := shape.integerProduct(e, types, s.contest.clock)
			request := map[string]any{"prepare": "integer product", "shape": []int{shape.m, shape.k},
				"outputs": shape.n, "signed": types[0] == 's'}
			err := hold(shape.String(), "gemm_"+types, ours, want, request, shape.integerModel(types))
			if err != nil {
				return err
			}
		}
	}
	for _, c := range s.integerConvs {
		ours, want := c.integerConv(e, s.contest.clock)
		request := map[string]any{"prepare": "integer conv", "signed": false, "filters": c.filters,
			"shape":  []int{1, c.size[0], c.size[1], c.channels},
			"kernel": c.kernel, "stride": c.stride, "groups": c.groups}
		err := hold(c.String(), "conv_u8s8", ours, want, request, c.integerModel())
		if err != nil {
			return err
		}
	}
	return nil
}

// withinOne returns an error if integers differ by more than one, as codes may that are rounded.
func withinOne(values, want []float64) error {
	if len(values) != len(want) {
		return fmt.Errorf("wrong result: %d values; ours has %d", len(values), len(want))
	}
	for i, w := range want {
		if !(math.Abs(values[i]-w) <= 1) {
			return fmt.Errorf("wrong result: value %d is %v; ours is %v", i, values[i], w)
		}
	}
	return nil
}

// onnxKind returns ONNX's number of the bytes that a letter stands for: u or s.
func onnxKind(letter byte) int {
	if letter == 's' {
		return onnxInt8
	}
	return onnxUint8
}

// noisyBytes returns the sequence of noise as bytes; python/peer.py makes the same ones.
func noisyBytes(seed uint64, n int) []uint8 {
	list := make([]uint8, n)
	for i := range list {
		list[i] = uint8((noise(seed, i) + 0.5) * 256)
	}
	return list
}

// noisyWeights returns the sequence of noise as weights of 7 bits if they have a sign, else of 8;
// python/peer.py makes the same ones with a sign.
func noisyWeights(seed uint64, n int, signed bool) []uint8 {
	if !signed {
		return noisyBytes(seed, n)
	}
	list := make([]uint8, n)
	for i := range list {
		list[i] = uint8(int8(math.Floor(float64(noise(seed, i)) * 128)))
	}
	return list
}

// integerProduct returns our side of a product, and numbers of its result to compare.
func (s shape) integerProduct(e *tensor.Engine[float32], types string,
	by clock) (contender, []float64) {
	w := e.PackIntegers(s.integerWeights(types), s.k, s.n, types[2] == 's', nil)
	p, a := e.PlanIntegers(s.m, w, types[0] == 's'), noisyBytes(1, s.m*s.k)
	r := &tensor.IntegerResult{Integers: make([]int32, s.m*s.n), Zeros: []int32{0}}
	return oursRepeated(by, func() { p.Run(a, r) }), sampled(r.Integers)
}

// integerWeights returns the matrix that a product multiplies by.
func (s shape) integerWeights(types string) []uint8 {
	return noisyWeights(2, s.k*s.n, types[2] == 's')
}

// oursRepeated returns our side, which repeats its work after it has done it once.
func oursRepeated(by clock, once func()) contender {
	once()
	return contender{name: "simdnn", role: ours, run: by.looped(func(iterations int) {
		for range iterations {
			once()
		}
	})}
}

// integerModel returns the product as an ONNX model with the input x and the output y.
func (s shape) integerModel(types string) []byte {
	var graph message
	graph.bytes(1, onnxNode("MatMulInteger", "y", false, "x", "w"))
	graph.text(2, "product")
	graph.bytes(5, onnxBytes("w", onnxKind(types[2]), s.integerWeights(types), s.k, s.n))
	graph.bytes(11, onnxValueOf("x", onnxKind(types[0]), s.m, s.k))
	graph.bytes(12, onnxValueOf("y", onnxInt32, s.m, s.n))
	return onnxFile(graph, "", 13)
}

// Images have a zero point and the scale 1, as filters have; results are codes of sums times a
// scale around another zero point. The Python peers have the same numbers.
const (
	imageZero  = 120
	codeScale  = 0x1p-12
	resultZero = 128
)

// integerConv returns our side of a convolution, and numbers of its result to compare.
func (c convolution) integerConv(e *tensor.Engine[float32], by clock) (contender, []float64) {
	shape := c.shape()
	out, _ := shape.OutputSize()
	filters := noisyWeights(2, c.filters*c.channels/c.groups*c.taps(), true)
	p := e.PlanIntegerConv(shape, e.PackIntegerFilters(filters, shape, true, nil), false)
	x := noisyBytes(1, c.size[0]*c.size[1]*c.channels)
	r := &tensor.IntegerResult{Codes: make([]uint8, out[1]*out[2]*c.filters),
		Scale: make([]float32, c.filters), Zeros: []int32{imageZero},
		Range: tensor.CodeRange{Low: -resultZero, High: 255 - resultZero, Zero: resultZero}}
	for i := range r.Scale {
		r.Scale[i] = codeScale
	}
	return oursRepeated(by, func() { p.Run(x, r) }), sampled(r.Codes)
}

// integerModel returns the convolution as an ONNX model with the input x, which is taken pixel by
// pixel, and the output y.
func (c convolution) integerModel() []byte {
	var graph message
	scalar := func(name string, v float32) {
		graph.bytes(5, onnxTensor(name, tensor.FromSlice([]float32{v})))
	}
	scalar("one", 1)
	scalar("scale", 1/codeScale)
	per := c.channels / c.groups
	graph.bytes(5, onnxBytes("w", onnxInt8, noisyWeights(2, c.filters*per*c.taps(), true),
		c.filters, per, c.kernel[0], c.kernel[1]))
	graph.bytes(5, onnxBytes("xzero", onnxUint8, []uint8{imageZero}))
	graph.bytes(5, onnxBytes("wzero", onnxInt8, []uint8{0}))
	graph.bytes(5, onnxBytes("yzero", onnxUint8, []uint8{resultZero}))
	graph.bytes(1, c.onnxNode("QLinearConv", "x", "one", "xzero", "w", "one", "wzero", "scale", "yzero"))
	graph.text(2, "convolution")
	out, _ := c.shape().OutputSize()
	graph.bytes(11, onnxValueOf("x", onnxUint8, 1, c.channels, c.size[0], c.size[1]))
	graph.bytes(12, onnxValueOf("y", onnxUint8, 1, c.filters, out[1], out[2]))
	return onnxFile(graph, "", 13)
}

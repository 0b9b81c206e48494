package main

import (
	"encoding/base64"
	"fmt"
	"math"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// The products by weights of four bits that are timed unless others are given.
const defaultWeightShapes = "1x4096x4096,4x4096x4096,32x4096x4096"

// weightBlock is how many weights share a scale.
const weightBlock = 32

// weights4 are weights of four bits: n columns of k integers with the scales of their blocks and
// perhaps zero points.
type weights4 struct {
	k, n   int
	codes  []uint8 // two a byte, column by column
	scales []float32
	zeros  []uint8 // of each block, nil for the middle
}

// microsoft is the domain of ONNX Runtime's own operators.
const microsoft = "com.microsoft"

// roundings are what ONNX Runtime calls levels of accuracy: rows stay floats, or blocks of them are
// rounded to bytes.
var roundings = []struct {
	op    string
	level int
}{{"gemm_u4", 0}, {"gemm_s8u4", 4}}

// weights times products of floats by weights of four bits in blocks of 32, with zero points and
// without, as ONNX Runtime's MatMulNBits has them, of which it is the time of the kernel in its
// profile. Our product by the same weights as float32 stands beside.
func (s *session) weights() error {
	onnx := s.startPeer("ONNX Runtime", "onnx_peer.py", s.threads)
	defer closeAll([]*pythonPeer{onnx})
	s.report.begin("weights", "µs", []string{"simdnn", "float32", "ONNX Runtime"}, false)
	e := tensor.NewEngine[float32](asm.Active(), s.threads)
	for _, r := range roundings {
		for _, shape := range s.weightShapes {
			if shape.k%weightBlock != 0 {
				return fmt.Errorf("--shape: the K of %v is no multiple of %d", shape, weightBlock)
			}
			for _, zeros := range []bool{false, true} {
				w := shape.noisyWeights4(zeros)
				sides, want := w.sides(e, shape.m, r.level, s.contest.clock)
				if onnx != nil {
					sides = append(sides, onnx.contender("ONNX Runtime", 0, w.request(shape.m, r.level),
						func(values []float64) error { return nearby(values, want) }))
				}
				job := fmt.Sprintf("%s %v", r.op, shape)
				if zeros {
					job += " zeros"
				}
				err := s.finish(&row{Section: "weights", Job: job, Op: r.op, Dtype: "f32", M: shape.m,
					N: shape.n, K: shape.k, unit: 1e-3, Timings: s.contest.hold(sides)})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// nearby returns an error if sums differ by more than other orders of summation, and rows that
// are rounded another way where they lie halfway, explain.
func nearby(values, want []float64) error {
	if len(values) != len(want) {
		return fmt.Errorf("wrong result: %d values; ours has %d", len(values), len(want))
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(values[i]-w) <= 1e-3*largest) {
			return fmt.Errorf("wrong result: value %d is %v; ours is %v", i, values[i], w)
		}
	}
	return nil
}

// noisyWeights4 returns weights with scales around 2⁻⁵.
func (s shape) noisyWeights4(zeros bool) *weights4 {
	blocks := s.n * (s.k / weightBlock)
	w := &weights4{k: s.k, n: s.n, codes: noisyBytes(2, s.n*s.k/2), scales: make([]float32, blocks)}
	for i := range w.scales {
		w.scales[i] = float32(0x1p-5 * (1 + noise(3, i)))
	}
	if zeros {
		w.zeros = noisyBytes(4, blocks)
		for i := range w.zeros {
			w.zeros[i] = 4 + w.zeros[i]>>5
		}
	}
	return w
}

// sides returns our side of a product of so many rows, that by the same weights as float32, and
// numbers of the result to compare.
func (w *weights4) sides(e *tensor.Engine[float32], rows, level int,
	by clock) ([]contender, []float64) {
	packed := tensor.CompressCodes(e, &tensor.Codes{Bits: 4, Rows: w.k, Cols: w.n, Block: weightBlock,
		Scales: w.scales, Zeros: w.zeros, Column: func(codes []uint8, column int) {
			for i := range codes {
				codes[i] = w.codes[(column*w.k+i)/2] >> (i % 2 * 4) & 15
			}
		}})
	p := tensor.PlanCompressed(e, rows, packed)
	if level == 4 {
		p = tensor.PlanDots(e, rows, packed)
	}
	a, c := noisy[float32](1, 1, 0, rows, w.k).Data(), tensor.New[float32](rows, w.n).Data()
	our := oursRepeated(by, func() { p.Run(c, a, nil) })
	want := sampled(c)
	floats, b := e.Plan(rows, w.n, w.k, tensor.NN), packed.Weights(e).Data()
	float := oursRepeated(by, func() { floats.MatMul(c, a, b) })
	float.name, float.role = "float32", informative
	return []contender{our, float}, want
}

// request returns what ONNX Runtime's process is asked for.
func (w *weights4) request(rows, level int) map[string]any {
	return map[string]any{"prepare": "weights", "shape": []int{rows, w.k},
		"model": base64.StdEncoding.EncodeToString(w.model(rows, level))}
}

// model returns the product as an ONNX model with the input x and the output y.
func (w *weights4) model(rows, level int) []byte {
	inputs := []string{"x", "codes", "scales"}
	var graph message
	blocks := w.k / weightBlock
	graph.bytes(5, onnxBytes("codes", onnxUint8, w.codes, w.n, blocks, weightBlock/2))
	graph.bytes(5, onnxTensor("scales", tensor.FromSlice(w.scales, len(w.scales))))
	if w.zeros != nil {
		row := (blocks + 1) / 2
		packed := make([]uint8, w.n*row)
		for i, z := range w.zeros {
			packed[i/blocks*row+i%blocks/2] |= z << (i % blocks % 2 * 4)
		}
		graph.bytes(5, onnxBytes("zeros", onnxUint8, packed, len(packed)))
		inputs = append(inputs, "zeros")
	}
	node := message(onnxNode("MatMulNBits", "y", false, inputs...))
	node.text(7, microsoft)
	for _, a := range []struct {
		name  string
		value int
	}{{"K", w.k}, {"N", w.n}, {"bits", 4}, {"block_size", weightBlock}, {"accuracy_level", level}} {
		node.bytes(5, onnxInts(a.name, []int{a.value}, false))
	}
	graph.bytes(1, node)
	graph.text(2, "product")
	graph.bytes(11, onnxValue("x", rows, w.k))
	graph.bytes(12, onnxValue("y", rows, w.n))
	return onnxFile(graph, microsoft, 1)
}

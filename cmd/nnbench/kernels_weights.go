package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// weightNames are the products by constant weights of few bits: of integers of 8 bits, where u or s
// says whether the elements of A and of B are unsigned or signed; and of float32 by halves and by
// integers with a scale for each block of a column; gemm_s8u4 rounds A to bytes first.
var weightNames = []string{"gemm_u8s8", "gemm_s8s8", "gemm_u8u8", "gemm_s8u8", "gemm_bf16",
	"gemm_f16", "gemm_u8", "gemm_u4", "gemm_s8u4"}

// weightBlock is how many integers share a scale, where there are as many.
const weightBlock = 32

// weightFigures is the figures of one product by weights of few bits, which are packed beforehand
// as those of the float32 product that it is compared with are not.
type weightFigures struct {
	Op       string     `json:"op"`
	M        int        `json:"m"`
	N        int        `json:"n"`
	K        int        `json:"k"`
	ISA      string     `json:"isa"`
	Threads  int        `json:"threads"`
	NS       cli.Number `json:"ns"`
	GOPS     cli.Number `json:"gops"` // a multiplication and an addition are two
	F32NS    cli.Number `json:"f32_ns"`
	F32Ratio cli.Number `json:"f32_ratio"` // how much faster it is than float32
}

// weightTable is that of products by weights of few bits.
func (p *kernelsPlan) weightTable() kernelTable {
	return kernelTable{"products by weights of few bits, " + cli.Count(p.threads, "thread"),
		"M×N×K", "Gop/s"}
}

// weightProducts times products by weights of few bits, and the planned ones of float32, with every
// ISA of the plan in turns.
func (p *kernelsPlan) weightProducts(yield func(kernelRow) error) error {
	for _, op := range p.weights {
		for _, s := range p.shapes {
			if err := yield(timeWeights(p, op, s)); err != nil {
				return err
			}
		}
	}
	return nil
}

func timeWeights(p *kernelsPlan, op string, s shape) kernelRow {
	fc, fa, fb := bench.Operands[float32](s.m, s.n, s.k, tensor.NN)
	var calls []func()
	for _, isa := range p.isas {
		e := tensor.NewEngine[float32](isa, p.threads)
		floats := e.Plan(s.m, s.n, s.k, tensor.NN)
		calls = append(calls, weightProduct(e, op, s, fc.Data(), fa.Data()),
			func() { floats.MatMul(fc.Data(), fa.Data(), fb.Data()) })
	}
	ns := measure.Nanoseconds(calls...)
	row := kernelRow{table: p.weightTable(), name: fmt.Sprintf("%s %s", op, s), limit: "float32"}
	for i, isa := range p.isas {
		own, f32 := ns[2*i], ns[2*i+1]
		gops := s.flops() / own
		row.add(own, fmt.Sprintf("%.1f", gops), f32/own, weightFigures{op, s.m, s.n, s.k, isa.Name,
			p.threads, cli.Number(own), cli.Number(gops), cli.Number(f32), cli.Number(f32 / own)})
	}
	return row
}

// weightProduct returns a product by random weights.
func weightProduct(e *tensor.Engine[float32], op string, s shape, c, a []float32) func() {
	types := strings.TrimPrefix(op, "gemm_")
	var w *tensor.Compressed
	switch types {
	case "bf16":
		w = tensor.CompressHalves(e, randomHalves[tensor.BFloat16](s.k*s.n), s.k, s.n, false)
	case "f16":
		w = tensor.CompressHalves(e, randomHalves[tensor.Float16](s.k*s.n), s.k, s.n, false)
	case "u8", "u4", "s8u4":
		w = randomCodes(e, types, s)
	default:
		return integerProduct(e, types, s)
	}
	p := tensor.PlanCompressed(e, s.m, w)
	if types == "s8u4" {
		p = tensor.PlanDots(e, s.m, w)
	}
	return func() { p.Run(c, a, nil) }
}

// groupOf returns of what the K of a product is a multiple.
func groupOf(name string, k int) int {
	switch {
	case name == "gemm_s8u4" && k > asm.RunLength:
		return asm.RunLength
	case strings.HasSuffix(name, "u4"):
		return tensor.Int4Coding.Group()
	}
	return 1
}

// integerProduct returns a product of random integers, of which u or s says whether they are
// signed.
func integerProduct(e *tensor.Engine[float32], types string, s shape) func() {
	isSigned := func(at int) bool { return types[at] == 's' }
	a, b, c := randomBytes(s.m*s.k), randomWeights(s.k*s.n, isSigned(2)), make([]int32, s.m*s.n)
	p := e.PlanIntegers(s.m, e.PackIntegers(b, s.k, s.n, isSigned(2), nil), isSigned(0))
	result := &tensor.IntegerResult{Integers: c, Zeros: []int32{0}}
	return func() { p.Run(a, result) }
}

// randomCodes returns random integers with scales, of blocks of a column or of whole ones.
func randomCodes(e *tensor.Engine[float32], bits string, s shape) *tensor.Compressed {
	c := &tensor.Codes{Bits: 8, Rows: s.k, Cols: s.n, Block: s.k}
	if strings.HasSuffix(bits, "u4") {
		c.Bits = 4
	}
	if s.k%weightBlock == 0 {
		c.Block = weightBlock
	}
	for range s.n * (s.k / c.Block) {
		c.Scales = append(c.Scales, 0x1p-8)
	}
	codes := randomBytes(s.k)
	c.Column = func(column []uint8, j int) {
		for i := range column {
			column[i] = codes[(i+j)%s.k] >> (8 - c.Bits)
		}
	}
	return tensor.CompressCodes(e, c)
}

func randomHalves[H tensor.Half](n int) []H {
	rng, list := rand.New(rand.NewPCG(8, 0)), make([]H, n)
	for i := range list {
		list[i] = tensor.ToHalf[H](rng.NormFloat64())
	}
	return list
}

func randomBytes(n int) []byte {
	source, list := rand.NewChaCha8([32]byte{8}), make([]byte, n)
	_, _ = source.Read(list) // never fails
	return list
}

// randomWeights returns integers that are spread as trained weights are: most of them small.
func randomWeights(n int, signed bool) []byte {
	rng, list := rand.New(rand.NewPCG(8, 8)), make([]byte, n)
	for i := range list {
		v := max(min(int(28*rng.NormFloat64()), 127), -127)
		if !signed {
			v += 128
		}
		list[i] = byte(v)
	}
	return list
}

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor"
)

// integerNames are the products of integers of 8 bits: u or s says whether the elements of A and of B
// are unsigned or signed.
var integerNames = []string{"gemm_u8s8", "gemm_s8s8", "gemm_u8u8", "gemm_s8u8"}

// integerFigures is the figures of one product of integers, whose B is packed beforehand as that of the
// float32 product that it is compared with is not.
type integerFigures struct {
	Op       string `json:"op"`
	M        int    `json:"m"`
	N        int    `json:"n"`
	K        int    `json:"k"`
	ISA      string `json:"isa"`
	Threads  int    `json:"threads"`
	NS       number `json:"ns"`
	GOPS     number `json:"gops"` // a multiplication and an addition are two
	F32NS    number `json:"f32_ns"`
	F32Ratio number `json:"f32_ratio"` // how much faster it is than float32
}

// integerProducts times those of a plan and yields a row of figures, one for each ISA, at a time.
func (p *kernelsPlan) integerProducts(yield func([]integerFigures) error) error {
	for _, op := range p.integers {
		for _, s := range p.shapes {
			if err := yield(timeIntegers(p, op, s)); err != nil {
				return err
			}
		}
	}
	return nil
}

// timeIntegers times one product of integers, and the planned one of float32, with every ISA of the
// plan in turns.
func timeIntegers(p *kernelsPlan, op string, s shape) []integerFigures {
	types := strings.TrimPrefix(op, "gemm_")
	isSigned := func(at int) bool { return types[at] == 's' }
	a, b, c := randomBytes(s.m*s.k), randomBytes(s.k*s.n), make([]int32, s.m*s.n)
	fc, fa, fb := bench.Operands[float32](s.m, s.n, s.k, tensor.NN)
	var calls []func()
	for _, isa := range p.isas {
		e := tensor.NewEngine[float32](isa, p.threads)
		weights := e.PackIntegers(b, s.k, s.n, isSigned(2), nil)
		integers, floats := e.PlanIntegers(s.m, weights, isSigned(0)), e.Plan(s.m, s.n, s.k, tensor.NN)
		result := &tensor.IntegerResult{Integers: c, Zeros: []int32{0}}
		calls = append(calls, func() { integers.Run(a, result) },
			func() { floats.MatMul(fc.Data(), fa.Data(), fb.Data()) })
	}
	ns := measure.Nanoseconds(calls...)
	row := make([]integerFigures, len(p.isas))
	for i, isa := range p.isas {
		own, f32 := ns[2*i], ns[2*i+1]
		row[i] = integerFigures{op, s.m, s.n, s.k, isa.Name, p.threads, number(own),
			number(2 * float64(s.m) * float64(s.n) * float64(s.k) / own), number(f32), number(f32 / own)}
	}
	return row
}

func randomBytes(n int) []byte {
	source, list := rand.NewChaCha8([32]byte{8}), make([]byte, n)
	_, _ = source.Read(list) // never fails
	return list
}

// integerTable prints the products of integers.
func (p *kernelsPlan) integerTable(w io.Writer, rows [][]integerFigures, v *verdict) error {
	if len(rows) == 0 {
		return nil
	}
	t := p.newISATable(w, "products of integers, "+count(p.threads, "thread"), "M×N×K", "Gop/s")
	for _, row := range rows {
		var times []float64
		var figures []isaFigure
		for _, r := range row {
			times = append(times, float64(r.NS))
			figures = append(figures, isaFigure{fmt.Sprintf("%.1f", r.GOPS), float64(r.F32Ratio)})
		}
		name := fmt.Sprintf("%s %d×%d×%d", row[0].Op, row[0].M, row[0].N, row[0].K)
		t.row(name, "float32", figures, times)
		v.count(p, name, times)
	}
	return t.flush()
}

package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"simdnn/bench"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// vectors are the operands of an operation on elements, and the result of one that gives a number.
type vectors struct {
	x, y, o *tensor.Tensor[float32]
	scalar  float32
}

// operations lists the operations on elements, float32, in the order of the table.
var operations = []string{"relu", "add", "axpy", "sum", "dot",
	"exp", "sigmoid", "tanh", "silu", "gelu", "gelu_tanh", "log",
	"erf", "softplus", "hardswish", "mish", "elu"}

// oursNamed returns our operation of that name, through the public calls.
func oursNamed(op string) bench.Operation[float32] {
	all := bench.Operations[float32]()
	return all[slices.IndexFunc(all, func(o bench.Operation[float32]) bool { return o.Name == op })]
}

// run computes an operation of ours.
func (v *vectors) run(e *tensor.Engine[float32], op bench.Operation[float32]) {
	dst := v.o
	if op.Name == "axpy" {
		dst = v.y // which it adds to
	}
	v.scalar = op.Run(e, dst, v.x, v.y)
}

// numpyOperations are those that NumPy has as one call that allocates nothing.
var numpyOperations = map[string]bool{
	"relu": true, "add": true, "sum": true, "dot": true, "exp": true, "tanh": true, "log": true,
}

// elementwise times all operations and lengths of the options.
func (s *session) elementwise() error {
	torch, numpy := s.startTorch(), s.startPeer("NumPy", "numpy_peer.py", s.threads)
	defer closeAll(append(torch, numpy))
	s.report.begin("elementwise", "ns an element", append(names(torch, "simdnn"), "NumPy", "vek"),
		false)
	e := tensor.NewEngine[float32](asm.Active(), s.threads)
	for _, n := range s.lengths {
		for _, op := range s.ops {
			v, our := newVectors(op, n), oursNamed(op)
			ours := contender{name: "simdnn", role: ours,
				run: s.contest.clock.timed(func() { v.run(e, our) })}
			want := v.once(op, func() { v.run(e, our) })
			sides := []contender{ours}
			equal := func(values []float64) error { return similar(op, n, values, want) }
			for _, p := range torch {
				sides = append(sides, p.contender(p.name, 0, map[string]any{"prepare": op, "n": n}, equal))
			}
			if numpy != nil && numpyOperations[op] {
				sides = append(sides, numpy.contender("NumPy", 0, map[string]any{"prepare": op, "n": n}, equal))
			}
			if work, ok := vekOperations[op]; ok {
				sides = append(sides, contender{name: "vek", role: peer,
					run:   s.contest.clock.timed(func() { work(v) }),
					check: func() error { return equal(v.once(op, func() { work(v) })) }})
			}
			r := row{Section: "elementwise", Job: op + " " + strconv.Itoa(n), Op: op, Dtype: "f32", N: n,
				unit: 1 / float64(n), Timings: s.contest.hold(sides)}
			if err := s.finish(&r); err != nil {
				return err
			}
		}
	}
	return nil
}

// newVectors returns the operands: x in [−4, 4), for the logarithm positive, and y in [−0.5, 0.5).
func newVectors(op string, n int) *vectors {
	offset := 0.0
	if op == "log" {
		offset = 4.5
	}
	return &vectors{x: noisy[float32](1, 8, offset, n), y: noisy[float32](2, 1, 0, n),
		o: tensor.New[float32](n)}
}

// samples is the number of elements that are compared: 64, spread evenly (python/peer.py, sample).
const samples = 64

// once does the work once and returns the values of its result that are compared.
func (v *vectors) once(op string, work func()) []float64 {
	result := v.o.Data()
	for i := range result {
		result[i] = float32(math.NaN())
	}
	v.scalar = float32(math.NaN())
	work()
	switch op {
	case "sum", "dot":
		return []float64{float64(v.scalar)}
	case "axpy":
		result = v.y.Data()
	}
	return sampled(result)
}

// sampled returns the elements that are compared.
func sampled[E float32 | int32 | uint8](result []E) []float64 {
	values := make([]float64, samples)
	for i := range values {
		values[i] = float64(result[i*(len(result)-1)/(samples-1)])
	}
	return values
}

// similar compares values of a result with ours. Elements may differ by some units in the last
// place, sums by the rounding errors of some order of summation, and PyTorch's gelu by those of
// 1+erf, which cancels in the left tail.
func similar(op string, n int, values, want []float64) error {
	if len(values) != len(want) {
		return fmt.Errorf("wrong result: %d values; ours has %d", len(values), len(want))
	}
	for i, w := range want {
		tolerance := 1e-6 * max(1e-3, math.Abs(w))
		switch op {
		case "sum", "dot":
			tolerance = 1e-6 * float64(n)
		case "gelu", "gelu_tanh":
			tolerance = 1e-6
		}
		if !(math.Abs(values[i]-w) <= tolerance) {
			return fmt.Errorf("wrong result: value %d is %v; ours is %v", i, values[i], w)
		}
	}
	return nil
}

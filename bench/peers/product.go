package main

import (
	"fmt"
	"math"
	"unsafe"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// gemm times all products of the options.
func (s *session) gemm() error {
	names := []string{"simdnn", "planned"}
	libs := s.loadLibraries()
	for _, l := range libs {
		names = append(names, l.name)
	}
	s.report.begin("gemm", "GFLOP/s", append(names, "gonum", "vek"), true)
	peaks := map[string]float64{"f32": peak[float32](s.threads), "f64": peak[float64](s.threads)}
	for _, j := range s.jobs {
		r := row{Section: "gemm", Job: j.String(), Op: "gemm", Trans: j.trans.String(), Dtype: j.dtype,
			M: j.m, N: j.n, K: j.k, unit: 1 / j.flops(), PeakGFLOPS: peaks[j.dtype]}
		if j.dtype == "f64" {
			r.Timings = s.contest.hold(contendersOf[float64](j, s.threads, s.contest.clock, libs))
		} else {
			r.Timings = s.contest.hold(contendersOf[float32](j, s.threads, s.contest.clock, libs))
		}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// loadLibraries loads the C libraries that are installed, and tells which and how to get the
// others.
func (s *session) loadLibraries() []loaded {
	var libs []loaded
	for i := range libraries {
		l := &libraries[i]
		lib, err := l.load(s.files[l.key])
		if err != nil {
			s.note("%s is missing: %s (%s)", l.name, l.howToGet(), oneLine(err))
			continue
		}
		s.note("%s: %s, %s", l.name, lib.file, l.about(lib))
		libs = append(libs, lib)
	}
	return libs
}

// matrices are the operands of a product, which all contenders share, and what ours makes of them.
type matrices[T tensor.Float] struct {
	job
	a, b, c *tensor.Tensor[T]
	want    []T
}

// contendersOf returns all sides of a product with the element type T.
func contendersOf[T tensor.Float](j job, threads int, by clock, libs []loaded) []contender {
	m := newMatrices[T](j)
	e := tensor.NewEngine[T](asm.Active(), threads)
	plan := e.Plan(j.m, j.n, j.k, j.trans)
	a, b, c := m.a.Data(), m.b.Data(), m.c.Data()
	e.MatMul(m.c, m.a, m.b, j.trans)
	m.want = append([]T(nil), c...)
	sides := []contender{
		{"simdnn", ours, by.looped(func(iterations int) {
			for range iterations {
				e.MatMul(m.c, m.a, m.b, j.trans)
			}
		}), nil},
		{"planned", planned, by.looped(func(iterations int) {
			for range iterations {
				plan.MatMul(c, a, b)
			}
		}), nil},
	}
	for _, l := range libs {
		side := contender{name: l.name, role: peer}
		if l.small {
			side.role = plannedPeer
		}
		run, err := l.product(j, unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]), unsafe.Pointer(&c[0]), by)
		switch {
		case err == errNoProduct:
			continue
		case err != nil:
			run = func(int) (float64, error) { return 0, err }
		}
		side.run = run
		sides = append(sides, side)
	}
	sides = append(sides, gonumProduct(m, by), vekProduct(m, by))
	var all []contender
	for _, side := range sides {
		if side.run != nil {
			side.check = func() error { return m.check(side.run) }
			all = append(all, side)
		}
	}
	return all
}

// newMatrices returns the operands of a product in row-major order, as its transposes demand.
func newMatrices[T tensor.Float](j job) *matrices[T] {
	a, b := [2]int{j.m, j.k}, [2]int{j.k, j.n}
	if j.trans == tensor.TN || j.trans == tensor.TT {
		a = [2]int{j.k, j.m}
	}
	if j.trans == tensor.NT || j.trans == tensor.TT {
		b = [2]int{j.n, j.k}
	}
	return &matrices[T]{job: j, a: noisy[T](1, 1, 0, a[:]...), b: noisy[T](2, 1, 0, b[:]...),
		c: tensor.New[T](j.m, j.n)}
}

// check runs a product once over a C full of NaN and compares it with ours.
//
// Two orders of summation of k products, each at most 1/4, differ by less than k²/4 rounding errors
// in the worst case, and by some √k·√k/4 in practice; the tolerance of 4·k rounding errors lies
// between them, far below what a wrong product shows.
func (m *matrices[T]) check(run func(int) (float64, error)) error {
	c := m.c.Data()
	for i := range c {
		c[i] = T(math.NaN())
	}
	if _, err := run(1); err != nil {
		return err
	}
	epsilon := 0x1p-24
	if m.dtype == "f64" {
		epsilon = 0x1p-53
	}
	tolerance := 4 * float64(m.k) * epsilon
	for i, want := range m.want {
		if !(math.Abs(float64(c[i])-float64(want)) <= tolerance) {
			return fmt.Errorf("wrong result: element (%d, %d) is %v; ours is %v", i/m.n, i%m.n, c[i], want)
		}
	}
	return nil
}

// Package portable has elementary functions of float64 whose results are the same bits on every
// processor: package math has assembly for some of them on some processors, and compilers fuse its
// products and sums on others.
//
// They are computed in double-double arithmetic, to about 100 bits, and rounded once: at most 0.51
// ULP from the true value, 1 ULP where the result is subnormal. Special values are those of C99's
// Annex F. That takes some 50 to 300 ns; what networks compute most has kernels in tensor/asm.
package portable

import "math"

// double is the unevaluated sum of two numbers, the second at most half an ULP of the first (Dekker
// 1971).
type double struct{ hi, lo float64 }

// value rounds a double to a float64.
func (a double) value() float64 { return a.hi + a.lo }

// twoSum returns a + b exactly (Knuth).
func twoSum(a, b float64) double {
	s := a + b
	bb := s - a
	return double{s, (a - (s - bb)) + (b - bb)}
}

// quickTwoSum returns a + b exactly if |a| ≥ |b| (Dekker).
func quickTwoSum(a, b float64) double {
	s := a + b
	return double{s, b - (s - a)}
}

// twoProduct returns a·b exactly. The conversion keeps compilers from fusing the product with a
// later sum; so do all of them in this package.
func twoProduct(a, b float64) double {
	p := float64(a * b)
	return double{p, math.FMA(a, b, -p)}
}

func (a double) plus(b double) double {
	s, t := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	s = quickTwoSum(s.hi, s.lo+t.hi)
	return quickTwoSum(s.hi, s.lo+t.lo)
}

func (a double) minus(b double) double { return a.plus(b.negative()) }

func (a double) negative() double { return double{-a.hi, -a.lo} }

func (a double) times(b double) double {
	p := twoProduct(a.hi, b.hi)
	return quickTwoSum(p.hi, p.lo+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

// scaled returns a·f exactly, for f a power of two.
func (a double) scaled(f float64) double { return double{float64(a.hi * f), float64(a.lo * f)} }

func (a double) over(b double) double {
	q1 := a.hi / b.hi
	r := a.minus(b.times(double{q1, 0}))
	q2 := r.hi / b.hi
	r = r.minus(b.times(double{q2, 0}))
	q := quickTwoSum(q1, q2)
	return q.plus(double{r.hi / b.hi, 0})
}

// sqrt returns the square root of a positive double: one of Newton's steps.
func (a double) sqrt() double {
	root := math.Sqrt(a.hi)
	if root == 0 {
		return double{}
	}
	rest := a.minus(twoProduct(root, root))
	return quickTwoSum(root, rest.hi/(2*root))
}

// series returns Σ c[k]·z^k: the first exact terms in double-double arithmetic, the others, which
// are too small to matter there, in float64.
func series(c []double, exact int, z double) double {
	tail := 0.0
	for k := len(c) - 1; k >= exact; k-- {
		tail = float64(tail*z.hi) + c[k].hi
	}
	sum := double{tail, 0}
	for k := exact - 1; k >= 0; k-- {
		sum = sum.times(z).plus(c[k])
	}
	return sum
}

// odd extends a function of positive numbers to f(−x) = −f(x), where f(x) rounds to x for tiny x.
func odd(x float64, f func(x float64) float64) float64 {
	switch {
	case math.Abs(x) < 0x1p-54 || x != x:
		return x
	case x < 0:
		return -f(-x)
	}
	return f(x)
}

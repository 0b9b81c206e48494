package tensor

import (
	"fmt"
	"math"
	"math/bits"

	"simdnn/internal/portable"
)

// Random names random numbers, which are a function of it and of their place alone: who fills the
// same tensor twice by the same Random gets the same numbers, on every processor. Streams are for
// those who draw side by side, steps for those who draw again and again.
type Random struct{ Seed, Stream, Step uint64 }

// Draw returns the four random numbers at place i: Philox4x32-10 of Salmon et al., Parallel Random
// Numbers: As Easy as 1, 2, 3 (2011).
func (r Random) Draw(i uint64) [4]uint32 {
	return philox(r.Seed^bits.RotateLeft64(r.Stream, 32), i, r.Step)
}

func philox(key, low, high uint64) [4]uint32 {
	c := [4]uint32{uint32(low), uint32(low >> 32), uint32(high), uint32(high >> 32)}
	k0, k1 := uint32(key), uint32(key>>32)
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, c[0])
		h1, l1 := bits.Mul32(0xCD9E8D57, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k0, l1, h0 ^ c[3] ^ k1, l0}
		k0, k1 = k0+0x9E3779B9, k1+0xBB67AE85
	}
	return c
}

// FillUniform sets the elements to numbers that are evenly distributed over [low, high): multiples
// of 2⁻²⁴ of its width in float32, of 2⁻⁵³ in float64. If low is high all are that.
func FillUniform[T Float](dst *Tensor[T], r Random, low, high T) {
	if !(low <= high) || math.IsInf(float64(high-low), 0) {
		panic(fmt.Sprintf("tensor: FillUniform: the bounds %v and %v", low, high))
	}
	below, grain := max(low, before(high)), 0x1p53
	if elementBytes[T]() == 4 {
		grain = 0x1p24
	}
	fill(dst, r, func(u float64) T {
		return min(T(T(math.Floor(u*grain)/grain)*(high-low))+low, below)
	}, 0)
}

// before returns the largest number below x.
func before[T Float](x T) T {
	if elementBytes[T]() == 4 {
		return T(math.Nextafter32(float32(x), float32(math.Inf(-1))))
	}
	return T(math.Nextafter(float64(x), math.Inf(-1)))
}

// FillNormal sets the elements to numbers of the normal distribution with this mean and standard
// deviation, at most 6.3 deviations from the mean in float32 and 8.3 in float64.
func FillNormal[T Float](dst *Tensor[T], r Random, mean, deviation T) {
	if !(deviation >= 0) || math.IsInf(float64(deviation), 0) {
		panic(fmt.Sprintf("tensor: FillNormal: the standard deviation %v", deviation))
	}
	fill(dst, r, func(u float64) T { return T(T(quantile(u))*deviation) + mean }, 0.5)
}

// FillBernoulli sets the elements to true with the probability p.
func FillBernoulli(dst *Tensor[bool], r Random, p float64) {
	if !(p >= 0 && p <= 1) {
		panic(fmt.Sprintf("tensor: FillBernoulli: the probability %v, which is not in [0, 1]", p))
	}
	threshold := uint64(p * (1 << 32))
	inOrder(dst, func(data []bool) {
		for i := range data {
			data[i] = uint64(r.Draw(uint64(i / 4))[i%4]) < threshold
		}
	})
}

// fill sets the elements to f of numbers evenly distributed over [0, 1): integers plus shift over
// 2³², for float64 over 2⁵³.
func fill[T Float](dst *Tensor[T], r Random, f func(u float64) T, shift float64) {
	inOrder(dst, func(data []T) {
		if elementBytes[T]() == 4 {
			for at := 0; at < len(data); at += 4 {
				drawn := r.Draw(uint64(at / 4))
				for i := range data[at:min(at+4, len(data))] {
					data[at+i] = f((float64(drawn[i]) + shift) * 0x1p-32)
				}
			}
			return
		}
		for at := 0; at < len(data); at += 2 {
			drawn := r.Draw(uint64(at / 2))
			for i := range data[at:min(at+2, len(data))] {
				u := uint64(drawn[2*i])<<32 | uint64(drawn[2*i+1])
				data[at+i] = f(min((float64(u>>11)+shift)*0x1p-53, 1-0x1p-53))
			}
		}
	})
}

// inOrder sets the elements to those that f sets a slice to, in row-major order.
func inOrder[T Element](dst *Tensor[T], f func(data []T)) {
	if data, ok := dst.Contiguous(); ok {
		f(data)
		return
	}
	t := New[T](dst.shape...)
	f(t.data)
	dst.CopyFrom(t)
}

// quantile returns the number below which a share p of the standard normal distribution lies:
// PPND16 of Wichura, Algorithm AS 241 (1988), to about 16 digits.
func quantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return float64(q*horner(&central[0], r)) / horner(&central[1], r)
	}
	r := p
	if q > 0 {
		r = 1 - p
	}
	fraction, exponent := math.Frexp(r)
	r = math.Sqrt(-(portable.Log1p(fraction-1) + float64(float64(exponent)*math.Ln2)))
	var x float64
	if r <= 5 {
		x = horner(&tail[0], r-1.6) / horner(&tail[1], r-1.6)
	} else {
		x = horner(&farTail[0], r-5) / horner(&farTail[1], r-5)
	}
	return math.Copysign(x, q)
}

// horner evaluates a polynomial, the constant first. Its products are rounded, which keeps
// compilers from fusing them.
func horner(c *[8]float64, x float64) float64 {
	y := c[7]
	for i := 6; i >= 0; i-- {
		y = float64(y*x) + c[i]
	}
	return y
}

// The numerators and denominators of AS 241: near the middle, in the tails and far out.
var (
	central = [2][8]float64{
		{3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
			1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
			3.3430575583588128105e+4, 2.5090809287301226727e+3},
		{1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
			2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
			5.2264952788528545610e+3},
	}
	tail = [2][8]float64{
		{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
			3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
			2.27238449892691845833e-2, 7.74545014278341407640e-4},
		{1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
			1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
			1.05075007164441684324e-9},
	}
	farTail = [2][8]float64{
		{6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
			2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
			2.71155556874348757815e-5, 2.01033439929228813265e-7},
		{1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
			7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
			2.04426310338993978564e-15},
	}
)

package data

import (
	"math"
	"math/bits"
)

// RandomState gives the random numbers of numpy.random.RandomState, NumPy's legacy generator, which
// scikit-learn uses: the same seed gives the same stream, bit by bit, as NumPy on a machine with
// glibc 2.28 or later and fused multiply-add. It is not safe for use by several goroutines at once.
type RandomState struct {
	bits     mersenne
	spare    float64 // the second deviate of the last pair that Normal made
	hasSpare bool
}

// NewRandomState returns a generator with the seed of numpy.random.RandomState(seed).
func NewRandomState(seed uint32) *RandomState {
	s := new(RandomState)
	s.bits.seed(seed)
	return s
}

// Float64 returns a number from the uniform distribution over [0, 1) with 53 random bits, as
// random_sample does.
func (s *RandomState) Float64() float64 {
	a, b := s.bits.uint32()>>5, s.bits.uint32()>>6
	return float64(uint64(a)<<26+uint64(b)) / (1 << 53)
}

// Uniform returns a number from the uniform distribution over [low, high), as uniform does.
func (s *RandomState) Uniform(low, high float64) float64 {
	return low + float64((high-low)*s.Float64())
}

// StandardNormal returns a number from the normal distribution with mean 0 and variance 1, as
// standard_normal does: by the polar method of Marsaglia, which makes two deviates at a time and
// keeps one for the next call.
func (s *RandomState) StandardNormal() float64 {
	if s.hasSpare {
		s.hasSpare = false
		return s.spare
	}
	for {
		x := 2*s.Float64() - 1
		y := 2*s.Float64() - 1
		r2 := float64(x*x) + float64(y*y)
		if r2 >= 1 || r2 == 0 {
			continue
		}
		f := math.Sqrt(-2 * glibcLog(r2) / r2)
		s.spare, s.hasSpare = f*x, true
		return f * y
	}
}

// Normal returns a number from the normal distribution, as normal does.
func (s *RandomState) Normal(mean, deviation float64) float64 {
	return mean + float64(deviation*s.StandardNormal())
}

// Intn returns a number from the uniform distribution over 0 … n−1, as randint does with the dtype
// int64; n must be positive.
func (s *RandomState) Intn(n int) int { return int(s.upTo(uint64(n) - 1)) }

// upTo returns a number from 0 … limit: random bits under the smallest mask that covers limit,
// until they don't exceed it.
func (s *RandomState) upTo(limit uint64) uint64 {
	if limit == 0 {
		return 0
	}
	mask := uint64(1)<<bits.Len64(limit) - 1
	for {
		var v uint64
		if limit <= math.MaxUint32 {
			v = uint64(s.bits.uint32()) & mask
		} else {
			v = s.bits.uint64() & mask
		}
		if v <= limit {
			return v
		}
	}
}

// Shuffle puts the elements into a random order, as shuffle does with an array of one dimension.
func (s *RandomState) Shuffle(a []int) {
	for i := len(a) - 1; i > 0; i-- {
		j := s.upTo(uint64(i))
		a[i], a[j] = a[j], a[i]
	}
}

// Permutation returns the numbers 0 … n−1 in random order, as permutation does.
func (s *RandomState) Permutation(n int) []int {
	a := make([]int, n)
	for i := range a {
		a[i] = i
	}
	s.Shuffle(a)
	return a
}

// Choice returns size elements of a without replacement and in random order, as choice(a, size,
// replace=False) does; size must not exceed the length of a.
func (s *RandomState) Choice(a []int, size int) []int {
	chosen := s.Permutation(len(a))[:size]
	for i, at := range chosen {
		chosen[i] = a[at]
	}
	return chosen
}

// Sizes of the Mersenne Twister.
const (
	mersenneWords = 624 // words of state
	mersenneShift = 397 // distance of the word that a word is mixed with
)

// mersenne is the generator MT19937 of Matsumoto and Nishimura (ACM TOMACS 8, 1998).
type mersenne struct {
	words [mersenneWords]uint32
	next  int // the next word to hand out; all are used up when it is mersenneWords
}

// seed starts the generator from one number as init_genrand of the 2002 version does.
func (m *mersenne) seed(s uint32) {
	for i := range m.words {
		m.words[i] = s
		s = 1812433253*(s^s>>30) + uint32(i) + 1
	}
	m.next = mersenneWords
}

// uint32 returns the next 32 random bits.
func (m *mersenne) uint32() uint32 {
	if m.next == mersenneWords {
		m.twist()
	}
	y := m.words[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// uint64 returns the next 64 random bits, the upper half first.
func (m *mersenne) uint64() uint64 {
	upper := uint64(m.uint32())
	return upper<<32 | uint64(m.uint32())
}

// twist replaces all words of the state.
func (m *mersenne) twist() {
	w := &m.words
	for i := range w {
		y := w[i]&0x80000000 | w[(i+1)%mersenneWords]&0x7fffffff
		w[i] = w[(i+mersenneShift)%mersenneWords] ^ y>>1 ^ -(y&1)&0x9908b0df
	}
	m.next = 0
}

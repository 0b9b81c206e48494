package data

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
		m.turn()
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

// turn replaces all words of the state.
func (m *mersenne) turn() {
	w := &m.words
	for i := range w {
		y := w[i]&0x80000000 | w[(i+1)%mersenneWords]&0x7fffffff
		w[i] = w[(i+mersenneShift)%mersenneWords] ^ y>>1 ^ -(y&1)&0x9908b0df
	}
	m.next = 0
}

package data

import "iter"

// numbersChunk is how many numbers are stored together.
const numbersChunk = 4096

// numberList is a list of numbers that grows without being copied. A chunk holds float32 until a
// number comes that these would round: what files of images and measurements hold takes half the
// memory.
type numberList struct {
	chunks []numberChunk
	length int
}

// numberChunk has one of the two.
type numberChunk struct {
	narrow []float32
	wide   []float64
}

// add appends a number, which may be NaN.
func (n *numberList) add(v float64) {
	at := n.length % numbersChunk
	if at == 0 {
		n.chunks = append(n.chunks, numberChunk{})
	}
	room := numbersChunk
	if len(n.chunks) == 1 { // it may stay the only one
		room = max(2*at, 16)
	}
	n.length++
	c := &n.chunks[len(n.chunks)-1]
	if c.wide == nil {
		if narrow := float32(v); float64(narrow) == v || v != v {
			if at == 0 {
				c.narrow = make([]float32, 0, room)
			}
			c.narrow = append(c.narrow, narrow)
			return
		}
		c.wide = make([]float64, at, room)
		for i, w := range c.narrow {
			c.wide[i] = float64(w)
		}
		c.narrow = nil
	}
	c.wide = append(c.wide, v)
}

// at returns a number by its place.
func (n *numberList) at(i int) float64 {
	c := &n.chunks[i/numbersChunk]
	if c.wide != nil {
		return c.wide[i%numbersChunk]
	}
	return float64(c.narrow[i%numbersChunk])
}

// all returns the numbers with their places.
func (n *numberList) all() iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		for i := range n.length {
			if !yield(i, n.at(i)) {
				return
			}
		}
	}
}

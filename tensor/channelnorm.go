package tensor

import (
	"fmt"
	"math"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// The operations of this file take x as rows of channels: of images the pixels, stored channel by
// channel. Sums are those of [Engine.ColumnSums].

// ChannelMoments sets mean and variance to those of each channel, the variance being that of all n
// rows, over n. It takes the deviations from a first mean, whose own mean corrects both: so the
// variance of a channel far from zero keeps its digits.
func (e *Engine[T]) ChannelMoments(mean, variance, x []T) {
	n := e.requireChannels("ChannelMoments", mean, variance, x)
	e.addColumns(mean, x)
	e.k.Parametric[Scale](mean, mean, 1/n)
	deviations, squares := e.buffers[0].get(), e.buffers[0].get()
	room := squares.packB(4 * len(mean))
	sum, back, half := room[:len(mean)], room[len(mean):][:len(mean)], room[2*len(mean):]
	sumD := newColumnSums(e.k, sum, int(n), deviations)
	sumS := newColumnSums(e.k, variance, int(n), squares)
	e.k.Parametric[Scale](back, mean, -1)
	e.eachChannelBlock(len(mean), len(x), deviations, func(lo, hi int, d []T) {
		copy(d, x[lo:hi])
		e.k.Rows.BroadcastAdd(d, back)
		sumD.add(rowsOf(d, len(mean)))
		e.k.Binary[Mul](d, d, d)
		sumS.add(rowsOf(d, len(mean)))
	})
	sumD.finish()
	sumS.finish()
	// variance = (Σd² − (Σd)²/n)/n, mean += Σd/n
	shift := half[:len(mean)]
	e.k.Parametric[Scale](shift, sum, 1/n)
	e.k.Binary[Add](mean, mean, shift)
	for c, s := range sum {
		variance[c] = max(T(variance[c]-T(s*shift[c]))/n, 0)
	}
	e.buffers[0].put(squares)
	e.buffers[0].put(deviations)
}

// NormalizeChannels sets y to fma(x − mean, scale, shift), each of mean, scale and shift being a
// number for each channel. y may be x.
func (e *Engine[T]) NormalizeChannels(y, x, mean, scale, shift []T) {
	e.requireChannels("NormalizeChannels", mean, scale, x)
	if len(y) != len(x) || len(shift) != len(mean) {
		panic(fmt.Sprintf("tensor: NormalizeChannels: %d results and %d shifts for %d elements of %d "+
			"channels", len(y), len(shift), len(x), len(mean)))
	}
	race.Write(y)
	s := e.buffers[0].get()
	back := s.packB(len(mean))
	e.k.Parametric[Scale](back, mean, -1)
	e.eachChannelBlock(len(mean), len(x), s, func(lo, hi int, d []T) {
		copy(d, x[lo:hi])
		e.k.Rows.BroadcastAdd(d, back)
		fillRows(y[lo:hi], shift)
		e.addScaled(y[lo:hi], d, scale)
	})
	e.buffers[0].put(s)
}

// BatchNormGradient sets dx, dGamma and dBeta to the gradients of a loss by what was normalised to
// (x − mean)/√(variance + epsilon)·gamma + beta with the moments of x itself, given the gradient g
// by the result:
//
//	dBeta = Σ g, dGamma = Σ g·(x − mean)·r, r = 1/√(variance + epsilon)
//	dx = gamma·r·(g − dBeta/n − (x − mean)·r·dGamma/n)
func (e *Engine[T]) BatchNormGradient(dx, dGamma, dBeta, g, x, gamma, mean, variance []T,
	epsilon T) {
	n := e.requireChannels("BatchNormGradient", mean, variance, x)
	race.Read(g)
	race.Write(dx)
	channels := len(mean)
	s, sums := e.buffers[0].get(), e.buffers[0].get()
	room := s.packB(4 * channels)
	back, a, b, c := room[:channels], room[channels:][:channels], room[2*channels:][:channels],
		room[3*channels:]
	e.k.Parametric[Scale](back, mean, -1)
	e.addColumns(dBeta, g)
	products := newColumnSums(e.k, dGamma, int(n), sums)
	e.eachChannelBlock(channels, len(x), s, func(lo, hi int, d []T) {
		copy(d, x[lo:hi])
		e.k.Rows.BroadcastAdd(d, back)
		e.k.Binary[Mul](d, d, g[lo:hi])
		products.add(rowsOf(d, channels))
	})
	products.finish()
	for i := range channels {
		r := 1 / T(math.Sqrt(float64(variance[i]+epsilon)))
		dGamma[i] *= r
		a[i] = gamma[i] * r
		b[i] = -a[i] * T(r*dGamma[i]) / n
		c[i] = -a[i] * dBeta[i] / n
	}
	e.eachChannelBlock(channels, len(x), s, func(lo, hi int, d []T) {
		copy(d, x[lo:hi])
		e.k.Rows.BroadcastAdd(d, back)
		fillRows(dx[lo:hi], c)
		e.addScaled(dx[lo:hi], d, b)
		e.addScaled(dx[lo:hi], g[lo:hi], a)
	})
	e.buffers[0].put(sums)
	e.buffers[0].put(s)
}

// requireChannels panics unless x is rows of as many channels as mean and other have, at least one,
// and returns the number of rows.
func (e *Engine[T]) requireChannels(op string, mean, other, x []T) T {
	if len(mean) == 0 || len(other) != len(mean) || len(x)%len(mean) != 0 || len(x) == 0 {
		panic(fmt.Sprintf("tensor: %s: %d elements are not rows of %d and %d channels", op, len(x),
			len(mean), len(other)))
	}
	race.Read(x)
	return T(len(x) / len(mean))
}

// channelBlock is about how many elements of x are taken at a time, so that they stay in L1.
const channelBlock = 2048

// eachChannelBlock calls f with the bounds of blocks of rows, and with room for as many elements.
func (e *Engine[T]) eachChannelBlock(channels, n int, s *scratch[T], f func(lo, hi int, d []T)) {
	block := max(channelBlock/channels, 1) * channels
	d := s.packA(min(block, n))
	for lo := 0; lo < n; lo += block {
		hi := min(lo+block, n)
		f(lo, hi, d[:hi-lo])
	}
}

// rowsOf returns elements as rows of so many columns.
func rowsOf[T Float](x []T, columns int) matrix[T] {
	return matrix[T]{x, len(x) / columns, columns, columns, 1}
}

// fillRows sets every row of dst to row.
func fillRows[T Float](dst, row []T) {
	for n := copy(dst, row); n < len(dst); {
		n += copy(dst[n:], dst[:n])
	}
}

// addScaled adds to the rows of dst those of x, each element times that of its column in scale:
// dst ← fma(x, scale, dst).
func (e *Engine[T]) addScaled(dst, x, scale []T) {
	columns := len(scale)
	w := asm.Window{Steps: &noSteps[0], Layout: asm.Layout{M: len(dst) / columns, N: columns, K: 1,
		LDC: columns, ARow: columns, BRow: columns}}
	e.k.Conv.Depthwise(&dst[0], &x[0], &scale[0], asm.Noescape(&w), true)
}

// noSteps are the steps of a window of one element.
var noSteps [2]int32

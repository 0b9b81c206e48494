package tensor

import (
	"fmt"
	"math"

	"simdnn/internal/race"
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
	room := e.buffers[0].get()
	both := room.packB(2 * len(mean))
	sum, shift := both[:len(mean)], both[len(mean):]
	e.sumChannels(channelTask[T]{pass: moments, x: x, mean: mean}, sum, variance)
	// variance = (Σd² − (Σd)²/n)/n, mean += Σd/n
	e.k.Parametric[Scale](shift, sum, 1/n)
	e.k.Binary[Add](mean, mean, shift)
	for c, s := range sum {
		variance[c] = max(T(variance[c]-T(s*shift[c]))/n, 0)
	}
	e.buffers[0].put(room)
}

// NormalizeChannels sets y to fma(x − mean, scale, shift), each of mean, scale and shift being a
// number for each channel, or with relu to the [Relu] of it. Pixels of x begin step elements apart,
// and x ends with the last one. y, which has no gaps, may be x.
func (e *Engine[T]) NormalizeChannels(y, x []T, step int, mean, scale, shift []T, relu bool) {
	e.requireChannels("NormalizeChannels", mean, scale, y)
	channels, rows := len(mean), len(y)/len(mean)
	if step < channels || len(x) != (rows-1)*step+channels || len(shift) != channels {
		panic(fmt.Sprintf("tensor: NormalizeChannels: %d elements, %d apart, and %d shifts for %d results "+
			"of %d channels", len(x), step, len(shift), len(y), channels))
	}
	race.Write(y)
	if race.Enabled {
		announcePixels(x, channels, step, false)
	}
	if step > channels {
		e.inChannels(channelTask[T]{pass: normalize, y: y, x: x, gaps: step - channels, mean: mean,
			a: scale, b: shift, relu: relu})
		return
	}
	together := rowsOfLines(channels, lineBytes/elementBytes[T]())
	if width := together * channels; together > 1 && width <= channelBlock/8 && rows >= 4*together {
		s := e.buffers[0].get()
		room := s.packB(3 * width)
		repeated := [3][]T{room[:width], room[width:][:width], room[2*width:][:width]}
		for i, of := range [3][]T{mean, scale, shift} {
			for at := 0; at < width; at += channels {
				copy(repeated[i][at:], of)
			}
		}
		whole := len(x) / width * width
		e.normalizeRows(y[:whole], x[:whole], repeated[0], repeated[1], repeated[2], relu)
		e.buffers[0].put(s)
		y, x = y[whole:], x[whole:]
	}
	e.normalizeRows(y, x, mean, scale, shift, relu)
}

// lineBytes is a line of the caches, and the widest register.
const lineBytes = 64

// rowsOfLines returns how many rows of channels fill whole lines of so many elements: taken as one
// row, they leave no part of a register over.
func rowsOfLines(channels, line int) int {
	for channels%2 == 0 && line > 1 {
		channels, line = channels/2, line/2
	}
	return line
}

// normalizeRows normalises rows of channels.
func (e *Engine[T]) normalizeRows(y, x, mean, scale, shift []T, relu bool) {
	e.inChannels(channelTask[T]{pass: normalize, y: y, x: x, mean: mean, a: scale, b: shift,
		relu: relu, back: true})
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
	s := e.buffers[0].get()
	room := s.packB(3 * channels)
	a, b, c := room[:channels], room[channels:][:channels], room[2*channels:]
	e.sumChannels(channelTask[T]{pass: gradientSums, g: g, x: x, mean: mean,
		back: true}, dBeta, dGamma)
	for i := range channels {
		r := 1 / T(math.Sqrt(float64(variance[i]+epsilon)))
		dGamma[i] *= r
		a[i] = gamma[i] * r
		b[i] = -a[i] * T(r*dGamma[i]) / n
		c[i] = -a[i] * dBeta[i] / n
	}
	e.inChannels(channelTask[T]{pass: gradient, y: dx, g: g, x: x, mean: mean, a: a, b: b, c: c})
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

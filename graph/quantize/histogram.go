package quantize

import (
	"math"
	"slices"
)

// bins is the number of bins that a histogram begins with.
const bins = 2048

// histogram counts numbers in bins of one width around 0, which grows when larger ones come: as
// ONNX Runtime's calibration does, for which percentiles are then the same. Numbers that are not
// finite count for nothing.
type histogram struct {
	lowest, highest float64
	limit           float64 // the bins are from −limit to limit
	counts          []float64
}

// add counts numbers.
func (h *histogram) add(x []float32) {
	limit := 0.0
	for _, f := range x {
		if v := float64(f); v-v == 0 {
			h.lowest, h.highest = min(h.lowest, v), max(h.highest, v)
			limit = max(limit, math.Abs(v))
		}
	}
	h.grow(limit)
	for _, f := range x {
		if v := float64(f); v-v == 0 {
			h.counts[h.bin(v)]++
		}
	}
}

// grow adds bins on either side until they reach a limit.
func (h *histogram) grow(limit float64) {
	switch {
	case h.counts == nil:
		h.counts, h.limit = make([]float64, bins), limit
	case limit <= h.limit:
	case h.limit == 0: // all have been 0
		zeros := h.counts[h.bin(0)]
		clear(h.counts)
		h.limit = limit
		h.counts[h.bin(0)] = zeros
	default:
		width := 2 * h.limit / float64(len(h.counts))
		more := int(math.Floor((limit-h.limit)/width)) + 1
		h.counts = slices.Concat(make([]float64, more), h.counts, make([]float64, more))
		h.limit += float64(float64(more) * width)
	}
}

// edge returns where bin i begins.
func (h *histogram) edge(i int) float64 {
	if h.limit == 0 { // NumPy's bins of a range of nothing
		return -0.5 + float64(i)/float64(len(h.counts))
	}
	n := float64(len(h.counts))
	return -h.limit + float64(float64(i)*(2*h.limit/n))
}

// bin returns the bin of a number.
func (h *histogram) bin(v float64) int {
	n := len(h.counts)
	i := n / 2
	if h.limit > 0 {
		i = int((v + h.limit) * float64(n) / (2 * h.limit))
	}
	i = max(min(i, n-1), 0)
	if v < h.edge(i) && i > 0 {
		i--
	} else if i < n-1 && v >= h.edge(i+1) {
		i++
	}
	return i
}

// percentile returns the range that holds so many percent of the numbers, as many being left out on
// either side.
func (h *histogram) percentile(percent float64) (lowest, highest float64) {
	total := 0.0
	for _, c := range h.counts {
		total += c
	}
	cut := (100 - percent) / 200
	left, right, sum := -1, len(h.counts), 0.0
	for i, c := range h.counts {
		sum += c / total
		if left < 0 && sum >= cut {
			left = i
		}
		if sum >= 1-cut {
			right = i
			break
		}
	}
	return max(h.edge(max(left, 0)), h.lowest), min(h.edge(right), h.highest)
}

// leastError returns the range, of parts of the whole, by whose codes the mean squared error of the
// numbers is the least, each taken for the middle of its bin. symmetric ranges are around 0.
func (h *histogram) leastError(symmetric bool) (lowest, highest float64) {
	const parts = 100
	best, least := 1.0, math.Inf(1)
	for p := parts; p > parts/10; p-- {
		part := float64(p) / parts
		if e := h.squaredError(part*h.lowest, part*h.highest, symmetric); e < least {
			best, least = part, e
		}
	}
	return best * h.lowest, best * h.highest
}

// squaredError returns the sum of the squared errors of the numbers within a range and beyond it.
func (h *histogram) squaredError(lowest, highest float64, symmetric bool) (sum float64) {
	low, high := 0.0, 255.0
	if symmetric {
		low, high = -127, 127
		highest = max(-lowest, highest)
		lowest = -highest
	}
	s, zero := scaleOf(lowest, highest, low, high)
	scale := float64(s)
	for i, c := range h.counts {
		if c == 0 {
			continue
		}
		v := float64((h.edge(i) + h.edge(i+1)) / 2)
		code := max(min(math.RoundToEven(v/scale)+zero, high), low)
		d := v - float64((code-zero)*scale)
		sum += float64(c * float64(d*d))
	}
	return sum
}

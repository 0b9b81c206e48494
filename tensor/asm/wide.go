package asm

// Wide are sums of float32 in float64. All ISAs give the same bits, generic included.
type Wide struct {
	// SumProducts returns Σ x[i]·y[i] over the elements of x, each product rounded to float32: lane i
	// mod 16 of sixteen of float64 takes those of the whole groups of sixteen, starting from +0, then
	// lanes fold in halves as those of [Reduce], and what is left is added in order.
	SumProducts func(x, y []float32) float64
}

const wideLanes = 16

// sumProducts is [Wide.SumProducts].
func sumProducts(x, y []float32) float64 {
	var lane [wideLanes]float64
	y = y[:len(x)]
	for ; len(x) >= wideLanes; x, y = x[wideLanes:], y[wideLanes:] {
		for i := range lane {
			lane[i] += float64(float32(x[i] * y[i]))
		}
	}
	for half := wideLanes / 2; half > 0; half /= 2 {
		for i := range half {
			lane[i] += lane[i+half]
		}
	}
	sum := lane[0]
	for i, v := range x {
		sum += float64(float32(v * y[i]))
	}
	return sum
}

package nn

import (
	"math"
	"math/rand/v2"

	"simdnn/tensor"
)

// logarithm is that of the reference kernels, which has the same bits on every processor and whichever set is in use.
var logarithm = tensor.AvailableISAs()[0].F64.Unary[tensor.Log]

// normal returns a number drawn from N(0, 1) by the polar method (Marsaglia and Bray 1964), the same for a seed everywhere;
// rand.NormFloat64 promises that only as far as math.Log does.
func normal(r *rand.Rand) float64 {
	for {
		u, v := 2*float64(r.Float64())-1, 2*float64(r.Float64())-1
		if s := float64(u*u) + float64(v*v); s > 0 && s < 1 {
			log := []float64{s}
			logarithm(log, log)
			return u * math.Sqrt(-2*log[0]/s)
		}
	}
}

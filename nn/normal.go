package nn

import (
	"math"
	"math/rand/v2"

	"simdnn/tensor"
)

// normal returns a number drawn from N(0, 1) by the polar method (Marsaglia and Bray 1964). Its logarithm comes from the kernels,
// so that a seed gives the same numbers on every processor; rand.NormFloat64 promises that only as far as math.Log does.
func normal(r *rand.Rand) float64 {
	for {
		u, v := float64(2*r.Float64())-1, float64(2*r.Float64())-1
		if s := float64(u*u) + float64(v*v); s > 0 && s < 1 {
			log := []float64{s}
			tensor.Default[float64]().Kernels().Log(log, log)
			return u * math.Sqrt(-2*log[0]/s)
		}
	}
}

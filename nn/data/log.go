package data

import "math"

// Bit patterns that bound the ranges of [glibcLog].
const (
	logOffset   = 0x3fe6000000000000 // 0x1.6p-1, where the table begins
	logNearLow  = 0x3fee000000000000 // 1 − 2⁻⁴
	logNearSpan = 0x3090000000000    // from there to 1 + 0x1.09p-4
)

// glibcLog returns the natural logarithm of a positive normal number, with the bits that the GNU C library gives since version
// 2.28 on processors with fused multiply-add. It is not always the correctly rounded result, nor that of [math.Log], and NumPy's
// normal deviates depend on its last bit.
//
// The method: x = 2ᵏ·z with z near 1, c a table entry near z, r = z/c − 1; log x = k·ln 2 + log c + log(1+r).
func glibcLog(x float64) float64 {
	bits := math.Float64bits(x)
	if bits-logNearLow < logNearSpan {
		return logNearOne(x)
	}
	rest := bits - logOffset
	entry := &logTable[rest>>45%128]
	k := float64(int64(rest) >> 52)
	z := math.Float64frombits(bits - rest&(0xfff<<52))

	r := math.FMA(z, entry.inverse, -1)
	w := math.FMA(k, logLn2Hi, entry.log)
	hi := w + r
	lo := math.FMA(k, logLn2Lo, w-hi+r)

	r2 := r * r
	p := math.FMA(logFar[2], r, logFar[1])
	q := math.FMA(r, logFar[4], logFar[3])
	q = math.FMA(q, r2, p)
	return math.FMA(r*r2, q, math.FMA(r2, logFar[0], lo)) + hi
}

// logNearOne returns the logarithm of a number between 1 − 2⁻⁴ and 1 + 0x1.09p-4, where k·ln 2 + log c would cancel.
func logNearOne(x float64) float64 {
	if x == 1 {
		return 0
	}
	b := &logNear
	r := x - 1
	r2 := r * r
	r3 := r * r2
	low := math.FMA(r2, b[3], math.FMA(b[2], r, b[1]))
	middle := math.FMA(r2, b[6], math.FMA(b[5], r, b[4]))
	high := math.FMA(r2, b[9], math.FMA(b[8], r, b[7]))
	high = math.FMA(r3, b[10], high)
	p := math.FMA(math.FMA(high, r3, middle), r3, low)

	// r − r²/2 in two parts, hi + lo: the square of the upper half of r's digits is exact.
	upper := math.FMA(-0x1p27, r, math.FMA(r, 0x1p27, r))
	square := upper * upper
	hi := math.FMA(square, b[0], r)
	lo := math.FMA(square, b[0], r-hi)
	lo = math.FMA(b[0]*(r-upper), r+upper, lo)
	return hi + math.FMA(p, r3, lo)
}

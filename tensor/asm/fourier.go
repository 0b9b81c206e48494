package asm

// Fourier are the passes of Fourier transforms of many columns side by side: a row holds one
// complex number of each column, the real parts of all, then the imaginary ones. Columns fill run
// elements, a multiple of 64 bytes. Factors stand in turns, a real and an imaginary part each. No
// two slices overlap.
type Fourier[T Float] struct {
	// Butterflies joins two transforms of h rows to one of 2h rows, h = len(turns)/2, for twice run
	// columns of which the first half, a, belongs to the even and the second, b, to the odd elements
	// (Cooley and Tukey 1965; the order is Stockham's): with w = turns[k],
	//
	//	t = (fma(wr, br, −wi·bi), fma(wi, br, wr·bi))
	//	dst[k] = a[k] + t, dst[k+h] = a[k] − t
	Butterflies func(dst, src, turns []T, run int)
	// Unzip makes of transforms z of n rows, whose elements have even elements of a real column as
	// real parts and its odd ones as imaginary parts, the first n+1 rows of twice that column's
	// transform. src has n+1 rows, the last one equal to the first. With a = z[k], b = z[n−k], u =
	// turns[k], which is −i·exp(−πik/n):
	//
	//	e = (ar + br, ai − bi), o = (ar − br, ai + bi)
	//	dst[k] = (fma(ur, or, fma(−ui, oi, er)), fma(ur, oi, fma(ui, or, ei)))
	Unzip func(dst, src, turns []T, run int)
}

// fourierPure fills in the pure-Go kernels.
func fourierPure[T Float](k *Kernels[T], r rounding) {
	k.Fourier.Butterflies = func(dst, src, turns []T, run int) { butterflies(r, dst, src, turns, run) }
	k.Fourier.Unzip = func(dst, src, turns []T, run int) { unzip(r, dst, src, turns, run) }
}

func butterflies[T Float](r rounding, dst, src, turns []T, run int) {
	h := len(turns) / 2
	for k := range h {
		wr, wi := turns[2*k], turns[2*k+1]
		from, near, far := src[4*k*run:][:4*run], dst[2*k*run:][:2*run], dst[2*(k+h)*run:][:2*run]
		for i := range run {
			ar, br, ai, bi := from[i], from[run+i], from[2*run+i], from[3*run+i]
			tr, ti := fma(r, wr, br, -T(wi*bi)), fma(r, wi, br, T(wr*bi))
			near[i], near[run+i] = ar+tr, ai+ti
			far[i], far[run+i] = ar-tr, ai-ti
		}
	}
}

func unzip[T Float](r rounding, dst, src, turns []T, run int) {
	n := len(turns)/2 - 1
	for k := range n + 1 {
		ur, ui := turns[2*k], turns[2*k+1]
		a, b, to := src[2*k*run:][:2*run], src[2*(n-k)*run:][:2*run], dst[2*k*run:][:2*run]
		for i := range run {
			ar, ai, br, bi := a[i], a[run+i], b[i], b[run+i]
			or, oi := ar-br, ai+bi
			to[i] = fma(r, ur, or, fma(r, -ui, oi, ar+br))
			to[run+i] = fma(r, ur, oi, fma(r, ui, or, ai-bi))
		}
	}
}

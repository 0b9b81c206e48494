//go:build !purego

package simdnn

// setFew sets the kernels for few rows and columns, and for gaps, where the processor has AVX2 and FMA.
func (c *core[T]) setFew() {
	if isa := c.e.ISA(); isa != "avx2" && isa != "avx512" {
		return
	}
	switch k := any(&c.few).(type) {
	case *fewKernels[float32]:
		*k = fewKernels[float32]{gemvRowsF32, gemvColumnsF32, rankOneF32,
			multiplyChainsF32, solveChainsF32, symmetricChainsF32}
		*any(&c.gaps).(*gapKernels[float32]) = gapKernels[float32]{dotGapsF32, axpyGapsF32,
			scaleGapsF32}
	case *fewKernels[float64]:
		*k = fewKernels[float64]{gemvRowsF64, gemvColumnsF64, rankOneF64,
			multiplyChainsF64, solveChainsF64, symmetricChainsF64}
		*any(&c.gaps).(*gapKernels[float64]) = gapKernels[float64]{dotGapsF64, axpyGapsF64,
			scaleGapsF64}
	}
}

//go:noescape
func gemvRowsF32(y, x, a *float32, m, n, lda, xStep, yStep int, alpha, beta float32)

//go:noescape
func gemvRowsF64(y, x, a *float64, m, n, lda, xStep, yStep int, alpha, beta float64)

//go:noescape
func gemvColumnsF32(y, x, a *float32, m, n, lda, xStep, yStep int, alpha, beta float32)

//go:noescape
func gemvColumnsF64(y, x, a *float64, m, n, lda, xStep, yStep int, alpha, beta float64)

//go:noescape
func rankOneF32(y, x, a *float32, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha float32)

//go:noescape
func rankOneF64(y, x, a *float64, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha float64)

//go:noescape
func multiplyChainsF32(x, a *float32, w *chains)

//go:noescape
func solveChainsF32(x, a *float32, w *chains)

//go:noescape
func multiplyChainsF64(x, a *float64, w *chains)

//go:noescape
func solveChainsF64(x, a *float64, w *chains)

//go:noescape
func dotGapsF32(x, y *float32, n, incX, incY int) float32

//go:noescape
func axpyGapsF32(x, y *float32, n, incX, incY int, alpha float32)

//go:noescape
func scaleGapsF32(x *float32, n, incX int, alpha float32)

//go:noescape
func dotGapsF64(x, y *float64, n, incX, incY int) float64

//go:noescape
func axpyGapsF64(x, y *float64, n, incX, incY int, alpha float64)

//go:noescape
func scaleGapsF64(x *float64, n, incX int, alpha float64)

//go:noescape
func symmetricChainsF32(x, y, a *float32, w *chains, yStep, across int, alpha, beta float32)

//go:noescape
func symmetricChainsF64(x, y, a *float64, w *chains, yStep, across int, alpha, beta float64)

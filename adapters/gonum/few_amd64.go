//go:build !purego

package simdnn

// setFew sets the kernels for few rows and columns, where the processor has AVX2 and FMA.
func (c *core[T]) setFew() {
	if isa := c.e.ISA(); isa != "avx2" && isa != "avx512" {
		return
	}
	switch k := any(&c.few).(type) {
	case *fewKernels[float32]:
		*k = fewKernels[float32]{gemvRowsF32, gemvColumnsF32, rankOneF32}
	case *fewKernels[float64]:
		*k = fewKernels[float64]{gemvRowsF64, gemvColumnsF64, rankOneF64}
	}
}

//go:noescape
func gemvRowsF32(y, x, a *float32, m, n, lda int, alpha, beta float32)

//go:noescape
func gemvRowsF64(y, x, a *float64, m, n, lda int, alpha, beta float64)

//go:noescape
func gemvColumnsF32(y, x, a *float32, m, n, lda, xStep int, alpha, beta float32)

//go:noescape
func gemvColumnsF64(y, x, a *float64, m, n, lda, xStep int, alpha, beta float64)

//go:noescape
func rankOneF32(y, x, a *float32, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha float32)

//go:noescape
func rankOneF64(y, x, a *float64, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha float64)

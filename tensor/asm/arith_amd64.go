//go:build !purego

package asm

func arithAVX2(s *Set) {
	s.F32.Add, s.F64.Add = addF32AVX2, addF64AVX2
	s.F32.Sub, s.F64.Sub = subF32AVX2, subF64AVX2
	s.F32.Mul, s.F64.Mul = mulF32AVX2, mulF64AVX2
	s.F32.Scale, s.F64.Scale = scaleF32AVX2, scaleF64AVX2
	s.F32.Axpy, s.F64.Axpy = axpyF32AVX2, axpyF64AVX2
	s.F32.AddRow, s.F64.AddRow = addRowF32AVX2, addRowF64AVX2
	s.F32.AddColumns, s.F64.AddColumns = addColumnsF32AVX2, addColumnsF64AVX2
}

func arithAVX512(s *Set) {
	s.F32.Add, s.F64.Add = addF32AVX512, addF64AVX512
	s.F32.Sub, s.F64.Sub = subF32AVX512, subF64AVX512
	s.F32.Mul, s.F64.Mul = mulF32AVX512, mulF64AVX512
	s.F32.Scale, s.F64.Scale = scaleF32AVX512, scaleF64AVX512
	s.F32.Axpy, s.F64.Axpy = axpyF32AVX512, axpyF64AVX512
	s.F32.AddRow, s.F64.AddRow = addRowF32AVX512, addRowF64AVX512
	s.F32.AddColumns, s.F64.AddColumns = addColumnsF32AVX512, addColumnsF64AVX512
}

//go:noescape
func addF32AVX2(dst, x, y []float32)

//go:noescape
func addF64AVX2(dst, x, y []float64)

//go:noescape
func subF32AVX2(dst, x, y []float32)

//go:noescape
func subF64AVX2(dst, x, y []float64)

//go:noescape
func mulF32AVX2(dst, x, y []float32)

//go:noescape
func mulF64AVX2(dst, x, y []float64)

//go:noescape
func scaleF32AVX2(dst, x []float32, alpha float32)

//go:noescape
func scaleF64AVX2(dst, x []float64, alpha float64)

//go:noescape
func axpyF32AVX2(y, x []float32, alpha float32)

//go:noescape
func axpyF64AVX2(y, x []float64, alpha float64)

//go:noescape
func addRowF32AVX2(dst, b []float32)

//go:noescape
func addRowF64AVX2(dst, b []float64)

//go:noescape
func addColumnsF32AVX2(dst, x []float32)

//go:noescape
func addColumnsF64AVX2(dst, x []float64)

//go:noescape
func addF32AVX512(dst, x, y []float32)

//go:noescape
func addF64AVX512(dst, x, y []float64)

//go:noescape
func subF32AVX512(dst, x, y []float32)

//go:noescape
func subF64AVX512(dst, x, y []float64)

//go:noescape
func mulF32AVX512(dst, x, y []float32)

//go:noescape
func mulF64AVX512(dst, x, y []float64)

//go:noescape
func scaleF32AVX512(dst, x []float32, alpha float32)

//go:noescape
func scaleF64AVX512(dst, x []float64, alpha float64)

//go:noescape
func axpyF32AVX512(y, x []float32, alpha float32)

//go:noescape
func axpyF64AVX512(y, x []float64, alpha float64)

//go:noescape
func addRowF32AVX512(dst, b []float32)

//go:noescape
func addRowF64AVX512(dst, b []float64)

//go:noescape
func addColumnsF32AVX512(dst, x []float32)

//go:noescape
func addColumnsF64AVX512(dst, x []float64)

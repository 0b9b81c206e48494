//go:build !purego

package asm

// recurrentAVX2 replaces the gates of recurrent cells.
func recurrentAVX2(s *ISA) {
	s.F32.Recurrent = Recurrent[float32]{LSTM: lstmF32AVX2, LSTMGradient: lstmGradientF32AVX2,
		GRU: gruF32AVX2, GRUGradient: gruGradientF32AVX2}
	s.F64.Recurrent = Recurrent[float64]{LSTM: lstmF64AVX2, LSTMGradient: lstmGradientF64AVX2,
		GRU: gruF64AVX2, GRUGradient: gruGradientF64AVX2}
}

// recurrentAVX512 replaces the gates of recurrent cells.
func recurrentAVX512(s *ISA) {
	s.F32.Recurrent = Recurrent[float32]{LSTM: lstmF32AVX512, LSTMGradient: lstmGradientF32AVX512,
		GRU: gruF32AVX512, GRUGradient: gruGradientF32AVX512}
	s.F64.Recurrent = Recurrent[float64]{LSTM: lstmF64AVX512, LSTMGradient: lstmGradientF64AVX512,
		GRU: gruF64AVX512, GRUGradient: gruGradientF64AVX512}
}

// lstmF32AVX2 and its variants are [Recurrent.LSTM].
//
//go:noescape
func lstmF32AVX2(h, c, z, bias, last []float32)

//go:noescape
func lstmF64AVX2(h, c, z, bias, last []float64)

//go:noescape
func lstmF32AVX512(h, c, z, bias, last []float32)

//go:noescape
func lstmF64AVX512(h, c, z, bias, last []float64)

// lstmGradientF32AVX2 and its variants are [Recurrent.LSTMGradient].
//
//go:noescape
func lstmGradientF32AVX2(dz, dc, carry, dh, z, c, last []float32)

//go:noescape
func lstmGradientF64AVX2(dz, dc, carry, dh, z, c, last []float64)

//go:noescape
func lstmGradientF32AVX512(dz, dc, carry, dh, z, c, last []float32)

//go:noescape
func lstmGradientF64AVX512(dz, dc, carry, dh, z, c, last []float64)

// gruF32AVX2 and its variants are [Recurrent.GRU].
//
//go:noescape
func gruF32AVX2(h, z, bias, last []float32)

//go:noescape
func gruF64AVX2(h, z, bias, last []float64)

//go:noescape
func gruF32AVX512(h, z, bias, last []float32)

//go:noescape
func gruF64AVX512(h, z, bias, last []float64)

// gruGradientF32AVX2 and its variants are [Recurrent.GRUGradient].
//
//go:noescape
func gruGradientF32AVX2(dz, kept, dh, z, last []float32)

//go:noescape
func gruGradientF64AVX2(dz, kept, dh, z, last []float64)

//go:noescape
func gruGradientF32AVX512(dz, kept, dh, z, last []float32)

//go:noescape
func gruGradientF64AVX512(dz, kept, dh, z, last []float64)

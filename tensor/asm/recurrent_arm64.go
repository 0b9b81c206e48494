//go:build !purego

package asm

// recurrentNEON replaces the gates of recurrent cells.
func recurrentNEON(s *ISA) {
	s.F32.Recurrent = Recurrent[float32]{LSTM: lstmF32NEON, LSTMGradient: lstmGradientF32NEON,
		GRU: gruF32NEON, GRUGradient: gruGradientF32NEON}
	s.F64.Recurrent = Recurrent[float64]{LSTM: lstmF64NEON, LSTMGradient: lstmGradientF64NEON,
		GRU: gruF64NEON, GRUGradient: gruGradientF64NEON}
}

// lstmF32NEON and its variants are [Recurrent.LSTM].
//
//go:noescape
func lstmF32NEON(h, c, z, bias, last []float32)

//go:noescape
func lstmF64NEON(h, c, z, bias, last []float64)

// lstmGradientF32NEON and its variants are [Recurrent.LSTMGradient].
//
//go:noescape
func lstmGradientF32NEON(dz, dc, carry, dh, z, c, last []float32)

//go:noescape
func lstmGradientF64NEON(dz, dc, carry, dh, z, c, last []float64)

// gruF32NEON and its variants are [Recurrent.GRU].
//
//go:noescape
func gruF32NEON(h, z, bias, last []float32)

//go:noescape
func gruF64NEON(h, z, bias, last []float64)

// gruGradientF32NEON and its variants are [Recurrent.GRUGradient].
//
//go:noescape
func gruGradientF32NEON(dz, kept, dh, z, last []float32)

//go:noescape
func gruGradientF64NEON(dz, kept, dh, z, last []float64)

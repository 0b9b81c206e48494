//go:build !purego

package asm

// normNEON replaces the kernels that normalise channels.
func normNEON(s *ISA) {
	s.F32.Norm = Norm[float32]{NormalizeChannels: normalizeChannelsF32NEON,
		ChannelMoments:      channelMomentsF32NEON,
		ChannelGradientSums: channelGradientSumsF32NEON,
		ChannelGradient:     channelGradientF32NEON}
	s.F64.Norm = Norm[float64]{NormalizeChannels: normalizeChannelsF64NEON,
		ChannelMoments:      channelMomentsF64NEON,
		ChannelGradientSums: channelGradientSumsF64NEON,
		ChannelGradient:     channelGradientF64NEON}
}

// normalizeChannelsF32NEON and its variants are [Norm.NormalizeChannels].
//
//go:noescape
func normalizeChannelsF32NEON(dst, x, mean, scale, shift *float32, rows, columns int)

//go:noescape
func normalizeChannelsF64NEON(dst, x, mean, scale, shift *float64, rows, columns int)

// channelMomentsF32NEON and its variants are [Norm.ChannelMoments].
//
//go:noescape
func channelMomentsF32NEON(sum, squares, x, mean *float32, rows, columns int)

//go:noescape
func channelMomentsF64NEON(sum, squares, x, mean *float64, rows, columns int)

// channelGradientSumsF32NEON and its variants are [Norm.ChannelGradientSums].
//
//go:noescape
func channelGradientSumsF32NEON(sum, products, up, x, mean *float32, rows, columns int)

//go:noescape
func channelGradientSumsF64NEON(sum, products, up, x, mean *float64, rows, columns int)

// channelGradientF32NEON and its variants are [Norm.ChannelGradient].
//
//go:noescape
func channelGradientF32NEON(dst, up, x, mean, a, b, c *float32, rows, columns int)

//go:noescape
func channelGradientF64NEON(dst, up, x, mean, a, b, c *float64, rows, columns int)

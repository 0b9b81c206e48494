//go:build !purego

package asm

// normAVX2 replaces the kernels that normalise channels.
func normAVX2(s *ISA) {
	s.F32.Norm = Norm[float32]{NormalizeChannels: normalizeChannelsF32AVX2,
		ChannelMoments:      channelMomentsF32AVX2,
		ChannelGradientSums: channelGradientSumsF32AVX2,
		ChannelGradient:     channelGradientF32AVX2}
	s.F64.Norm = Norm[float64]{NormalizeChannels: normalizeChannelsF64AVX2,
		ChannelMoments:      channelMomentsF64AVX2,
		ChannelGradientSums: channelGradientSumsF64AVX2,
		ChannelGradient:     channelGradientF64AVX2}
}

// normAVX512 replaces the kernels that normalise channels.
func normAVX512(s *ISA) {
	s.F32.Norm = Norm[float32]{NormalizeChannels: normalizeChannelsF32AVX512,
		ChannelMoments:      channelMomentsF32AVX512,
		ChannelGradientSums: channelGradientSumsF32AVX512,
		ChannelGradient:     channelGradientF32AVX512}
	s.F64.Norm = Norm[float64]{NormalizeChannels: normalizeChannelsF64AVX512,
		ChannelMoments:      channelMomentsF64AVX512,
		ChannelGradientSums: channelGradientSumsF64AVX512,
		ChannelGradient:     channelGradientF64AVX512}
}

// normalizeChannelsF32AVX2 and its variants are [Norm.NormalizeChannels].
//
//go:noescape
func normalizeChannelsF32AVX2(dst, x, mean, scale, shift *float32, rows, columns int)

//go:noescape
func normalizeChannelsF64AVX2(dst, x, mean, scale, shift *float64, rows, columns int)

//go:noescape
func normalizeChannelsF32AVX512(dst, x, mean, scale, shift *float32, rows, columns int)

//go:noescape
func normalizeChannelsF64AVX512(dst, x, mean, scale, shift *float64, rows, columns int)

// channelMomentsF32AVX2 and its variants are [Norm.ChannelMoments].
//
//go:noescape
func channelMomentsF32AVX2(sum, squares, x, mean *float32, rows, columns int)

//go:noescape
func channelMomentsF64AVX2(sum, squares, x, mean *float64, rows, columns int)

//go:noescape
func channelMomentsF32AVX512(sum, squares, x, mean *float32, rows, columns int)

//go:noescape
func channelMomentsF64AVX512(sum, squares, x, mean *float64, rows, columns int)

// channelGradientSumsF32AVX2 and its variants are [Norm.ChannelGradientSums].
//
//go:noescape
func channelGradientSumsF32AVX2(sum, products, up, x, mean *float32, rows, columns int)

//go:noescape
func channelGradientSumsF64AVX2(sum, products, up, x, mean *float64, rows, columns int)

//go:noescape
func channelGradientSumsF32AVX512(sum, products, up, x, mean *float32, rows, columns int)

//go:noescape
func channelGradientSumsF64AVX512(sum, products, up, x, mean *float64, rows, columns int)

// channelGradientF32AVX2 and its variants are [Norm.ChannelGradient].
//
//go:noescape
func channelGradientF32AVX2(dst, up, x, mean, a, b, c *float32, rows, columns int)

//go:noescape
func channelGradientF64AVX2(dst, up, x, mean, a, b, c *float64, rows, columns int)

//go:noescape
func channelGradientF32AVX512(dst, up, x, mean, a, b, c *float32, rows, columns int)

//go:noescape
func channelGradientF64AVX512(dst, up, x, mean, a, b, c *float64, rows, columns int)

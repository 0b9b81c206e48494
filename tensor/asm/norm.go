package asm

import "unsafe"

// Norm are the kernels that normalise channels. x, g and dst are rows of so many columns, one for
// each channel, all others one row.
type Norm[T Float] struct {
	// NormalizeChannels sets dst = fma(x − mean, scale, shift).
	NormalizeChannels func(dst, x, mean, scale, shift *T, rows, columns int)
	// ChannelMoments continues two chains of each column over ascending rows: sum ← sum + d and
	// squares ← fma(d, d, squares), d = x − mean.
	ChannelMoments func(sum, squares, x, mean *T, rows, columns int)
	// ChannelGradientSums continues two chains of each column over ascending rows: sum ← sum + g and
	// products ← fma(g, x − mean, products).
	ChannelGradientSums func(sum, products, g, x, mean *T, rows, columns int)
	// ChannelGradient sets dst = fma(g, a, fma(x − mean, b, c)).
	ChannelGradient func(dst, g, x, mean, a, b, c *T, rows, columns int)
}

// normPure fills in the pure-Go kernels.
func normPure[T Float](k *Kernels[T], r rounding) {
	k.Norm.NormalizeChannels = func(dst, x, mean, scale, shift *T, rows, columns int) {
		m, s, t := unsafe.Slice(mean, columns), unsafe.Slice(scale, columns), unsafe.Slice(shift, columns)
		for i := range rows {
			to, from := unsafe.Slice(element(dst, i*columns), columns),
				unsafe.Slice(element(x, i*columns), columns)
			for j, v := range from {
				to[j] = fma(r, v-m[j], s[j], t[j])
			}
		}
	}
	k.Norm.ChannelMoments = func(sum, squares, x, mean *T, rows, columns int) {
		s, q, m := unsafe.Slice(sum, columns), unsafe.Slice(squares, columns), unsafe.Slice(mean, columns)
		for i := range rows {
			for j, v := range unsafe.Slice(element(x, i*columns), columns) {
				d := v - m[j]
				s[j] += d
				q[j] = fma(r, d, d, q[j])
			}
		}
	}
	k.Norm.ChannelGradientSums = func(sum, products, g, x, mean *T, rows, columns int) {
		s, p, m := unsafe.Slice(sum, columns), unsafe.Slice(products, columns), unsafe.Slice(mean,
			columns)
		for i := range rows {
			up := unsafe.Slice(element(g, i*columns), columns)
			for j, v := range unsafe.Slice(element(x, i*columns), columns) {
				s[j] += up[j]
				p[j] = fma(r, up[j], v-m[j], p[j])
			}
		}
	}
	k.Norm.ChannelGradient = func(dst, g, x, mean, a, b, c *T, rows, columns int) {
		m, p, q, t := unsafe.Slice(mean, columns), unsafe.Slice(a, columns), unsafe.Slice(b, columns),
			unsafe.Slice(c, columns)
		for i := range rows {
			to, up := unsafe.Slice(element(dst, i*columns), columns), unsafe.Slice(element(g, i*columns),
				columns)
			for j, v := range unsafe.Slice(element(x, i*columns), columns) {
				to[j] = fma(r, up[j], p[j], fma(r, v-m[j], q[j], t[j]))
			}
		}
	}
}

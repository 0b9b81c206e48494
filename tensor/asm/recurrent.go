package asm

// Recurrent are the gates of recurrent cells, between the products of a step of time. Of n units,
// times the sequences of a batch, h, c and the like have n elements, and z, dz and bias four runs
// of n, one a gate. Each operation is rounded, but for the fused ones of the functions' gradients,
// see [Kernels.UnaryGradient]. No two slices overlap.
type Recurrent[T Float] struct {
	// LSTM takes the products of the gates i, f, g and o in z and makes z ← z + bias, of which the
	// sigmoids, of g the tanh; c = f·last + i·g, and h = o·tanh(c).
	LSTM func(h, c, z, bias, last []T)
	// LSTMGradient takes the gradients dh of h and carry of c, the gates z and c as LSTM left them,
	// and the c before in last. It sets dz to the gradients of the products and dc to that of last.
	LSTMGradient func(dz, dc, carry, dh, z, c, last []T)
	// GRU takes the products of the gates r, u and n of inputs, those of r and u with the state's,
	// and the state's of n as the fourth. It makes z ← z + bias, the sigmoids of r and u, and with q
	// the fourth n ← tanh(n + r·q); h = (last − n)·u + n.
	GRU func(h, z, bias, last []T)
	// GRUGradient takes the gradient dh of h, the gates z as GRU left them, and the h before in last.
	// It sets dz to the gradients of the products, and kept to dh·u, the part of last's gradient that
	// goes by them.
	GRUGradient func(dz, kept, dh, z, last []T)
}

// recurrentPure fills in the pure-Go kernels. k has those of functions.
func recurrentPure[T Float](k *Kernels[T], r rounding) {
	add, sigmoid, tanh := k.Binary[Add], k.Unary[Sigmoid], k.Unary[Tanh]
	k.Recurrent.LSTM = func(h, c, z, bias, last []T) {
		n := len(h)
		add(z[:4*n], z, bias)
		sigmoid(z[:2*n], z)
		tanh(z[2*n:3*n], z[2*n:])
		sigmoid(z[3*n:4*n], z[3*n:])
		for i := range h {
			c[i] = T(z[n+i]*last[i]) + T(z[i]*z[2*n+i])
		}
		tanh(h, c)
		for i := range h {
			h[i] *= z[3*n+i]
		}
	}
	k.Recurrent.GRU = func(h, z, bias, last []T) {
		n := len(h)
		add(z[:4*n], z, bias)
		sigmoid(z[:2*n], z)
		for i := range h {
			h[i] = z[2*n+i] + T(z[i]*z[3*n+i])
		}
		tanh(z[2*n:3*n], h)
		for i := range h {
			h[i] = T((last[i]-z[2*n+i])*z[n+i]) + z[2*n+i]
		}
	}
	ofSigmoid := func(g, a T) T { return g * fma(r, -a, a, a) }
	ofTanh := func(g, a T) T { return g * fma(r, -a, a, 1) }
	k.Recurrent.LSTMGradient = func(dz, dc, carry, dh, z, c, last []T) {
		n := len(dc)
		tanh(dc, c)
		for j, t := range dc {
			i, f, g, o := z[j], z[n+j], z[2*n+j], z[3*n+j]
			up := carry[j] + T(ofTanh(dh[j]*o, t))
			dz[j], dz[n+j] = ofSigmoid(up*g, i), ofSigmoid(up*last[j], f)
			dz[2*n+j], dz[3*n+j] = ofTanh(up*i, g), ofSigmoid(dh[j]*t, o)
			dc[j] = up * f
		}
	}
	k.Recurrent.GRUGradient = func(dz, kept, dh, z, last []T) {
		n := len(kept)
		for j, d := range dh[:n] {
			reset, u, v, q := z[j], z[n+j], z[2*n+j], z[3*n+j]
			dz[n+j] = ofSigmoid((last[j]-v)*d, u)
			kept[j] = T(d * u)
			dv := ofTanh(d-kept[j], v)
			dz[2*n+j], dz[3*n+j] = dv, dv*reset
			dz[j] = ofSigmoid(dv*q, reset)
		}
	}
}

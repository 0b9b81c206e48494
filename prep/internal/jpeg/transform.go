package jpeg

// transform makes the component's samples of its coefficients.
func (c *component) transform() {
	c.stride = 8 * c.width
	c.plane = make([]byte, c.stride*8*c.height)
	for i := range c.blocks {
		at := i/c.width*8*c.stride + i%c.width*8
		inverse(&c.blocks[i], &c.quantisation, c.plane[at:], c.stride)
	}
	c.blocks = nil
}

// The constants of the inverse transform of Loeffler, Ligtenberg and Moschytz (1989), times 8192.
const (
	c0298 = 2446
	c0390 = 3196
	c0541 = 4433
	c0765 = 6270
	c0899 = 7373
	c1175 = 9633
	c1501 = 12299
	c1847 = 15137
	c1961 = 16069
	c2053 = 16819
	c2562 = 20995
	c3072 = 25172
)

// inverse computes a block's 8×8 samples: columns first, then rows, in whole numbers.
func inverse(b, quantisation *[64]int32, out []byte, stride int) {
	var w [64]int32
	for i := range w {
		w[i] = b[i] * quantisation[i]
	}
	for x := range 8 {
		butterfly(w[x:], 8, 11)
	}
	for y := range 8 {
		row := w[8*y : 8*y+8]
		butterfly(row, 1, 18)
		for x, v := range row {
			out[y*stride+x] = clip(v + 128)
		}
	}
}

// butterfly transforms eight numbers, which stand step apart, in place, and divides them by
// 2^shift.
func butterfly(v []int32, step int, shift uint) {
	v0, v1, v2, v3 := v[0], v[step], v[2*step], v[3*step]
	v4, v5, v6, v7 := v[4*step], v[5*step], v[6*step], v[7*step]

	z := (v2 + v6) * c0541
	e2, e3 := z-v6*c1847, z+v2*c0765
	e0, e1 := (v0+v4)<<13, (v0-v4)<<13
	a0, a3, a1, a2 := e0+e3, e0-e3, e1+e2, e1-e2

	z1, z2, z3, z4 := v7+v1, v5+v3, v7+v3, v5+v1
	z5 := (z3 + z4) * c1175
	z1, z2 = -z1*c0899, -z2*c2562
	z3, z4 = z5-z3*c1961, z5-z4*c0390
	t0, t1 := v7*c0298+z1+z3, v5*c2053+z2+z4
	t2, t3 := v3*c3072+z2+z3, v1*c1501+z1+z4

	round := int32(1) << (shift - 1)
	v[0], v[7*step] = (a0+t3+round)>>shift, (a0-t3+round)>>shift
	v[step], v[6*step] = (a1+t2+round)>>shift, (a1-t2+round)>>shift
	v[2*step], v[5*step] = (a2+t1+round)>>shift, (a2-t1+round)>>shift
	v[3*step], v[4*step] = (a3+t0+round)>>shift, (a3-t0+round)>>shift
}

func clip(v int32) byte { return byte(min(max(v, 0), 255)) }

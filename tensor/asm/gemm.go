package asm

import "unsafe"

// pureNR is the width of the column panels of the pure-Go product. A row of C this wide stays in
// the L1 while the loop walks down K, and is long enough to hide the cost of a call.
const pureNR = 64

// gemmPure fills in the pure-Go matrix product.
func gemmPure[T Float](table *Kernels[T], r rounding) {
	g := &table.Gemm
	*g = Gemm[T]{MR: 4, NR: pureNR, Pack: pack[T]}
	g.Mul = packing(g, func(cp, ap, bp, _ *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		cn, an, bn := l.extents(pureNR)
		c, a, b := unsafe.Slice(cp, cn), unsafe.Slice(ap, an), unsafe.Slice(bp, bn)
		if epilogue != nil && epilogue.Activation == AxpyEpilogue {
			gemmAxpy(r, c, a, b, l, accumulate, epilogue)
			return
		}
		for j := 0; j < l.N; j += pureNR {
			width := min(pureNR, l.N-j)
			panel := b[j/pureNR*l.BPanel:]
			start := func(i int) (row, aRow []T) { // of the chains of row i
				row = c[i*l.LDC+j:][:width]
				if !accumulate {
					clear(row)
				}
				return row, a[i/l.MR*l.APanel+i%l.MR*l.ARow:]
			}
			i := 0
			for ; r == twice && i+2 <= l.M; i += 2 {
				row, aRow := start(i)
				below, aBelow := start(i + 1)
				gemmRowsTwice(row, below, aRow, aBelow, l.ACol, panel, l.BRow, l.K)
			}
			for ; i < l.M; i++ {
				row, aRow := start(i)
				gemmRow(r, row, aRow, l.ACol, panel, l.BRow, l.K)
			}
		}
		if epilogue == nil {
			return
		}
		for i := range l.M {
			epilogue.Apply(table, c[i*l.LDC:][:l.N], i*l.LDC)
		}
	})
	g.Row, g.RowBands = g.Mul, g.Mul
}

// gemmAxpy is the pure-Go product for an [AxpyEpilogue]: row by row, since C may be the mask, which
// the chains must not overwrite.
func gemmAxpy[T Float](
	r rounding, c, a, b []T, l *Layout, accumulate bool, epilogue *Epilogue[T],
) {
	var chains [pureNR]T
	for i := range l.M {
		aRow := a[i/l.MR*l.APanel+i%l.MR*l.ARow:]
		for j := 0; j < l.N; j += pureNR {
			at := i*l.LDC + j
			row, to := chains[:min(pureNR, l.N-j)], c[at:]
			clear(row)
			if accumulate {
				copy(row, to)
			}
			gemmRow(r, row, aRow, l.ACol, b[j/pureNR*l.BPanel:], l.BRow, l.K)
			for x, z := range row {
				if epilogue.Bias != nil {
					z += epilogue.Bias[j+x]
				}
				to[x] = fma(r, epilogue.Slope, z, epilogue.Mask[at+x])
			}
		}
	}
}

// packing returns a [Multiply] that packs each panel of B before it multiplies by it, for one that
// does not do so by itself.
func packing[T Float](g *Gemm[T], mul Multiply[T]) Multiply[T] {
	return func(c, a, b, packed *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		if packed == nil {
			mul(c, a, b, nil, l, accumulate, epilogue)
			return
		}
		panel, part := *l, Epilogue[T]{}
		panel.BRow = g.NR
		whole := epilogue
		for j := 0; j < l.N; j += g.NR {
			panel.N = min(g.NR, l.N-j)
			to, from := unsafe.Slice(packed, l.K*g.NR), unsafe.Slice(element(b, j), (l.K-1)*l.BRow+panel.N)
			g.Pack(to, g.NR, from, 1, l.BRow, panel.N, l.K)
			if whole != nil {
				part = whole.From(j, j, panel.N)
				epilogue = Noescape(&part)
			}
			mul(element(c, j), a, packed, nil, Noescape(&panel), accumulate, epilogue)
		}
	}
}

// element returns the address of the element i places behind p.
func element[T any](p *T, i int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(p), i*int(unsafe.Sizeof(*p))))
}

// From returns the epilogue of a part of C that begins at the given column, in this distance of
// elements from C's first, and is cols wide.
func (e *Epilogue[T]) From(column, distance, cols int) Epilogue[T] {
	part := *e
	if e.Bias != nil {
		part.Bias = e.Bias[column : column+cols]
	}
	if e.Mask != nil {
		part.Mask = e.Mask[distance:]
	}
	return part
}

// Apply passes rows through the epilogue, by the kernels of k. They are whole, follow each other,
// and begin in this distance of elements from C's first.
func (e *Epilogue[T]) Apply(k *Kernels[T], rows []T, distance int) {
	switch {
	case len(e.Bias) == 1: // the kernel takes a register a row
		for i := range rows {
			rows[i] += e.Bias[0]
		}
	case e.Bias != nil:
		k.Rows.BroadcastAdd(rows, e.Bias)
	}
	switch e.Activation {
	case ReluActivation:
		k.Unary[Relu](rows, rows)
	case LeakyReluActivation:
		k.Parametric[LeakyRelu](rows, rows, e.Slope)
	case ReluBackward:
		k.UnaryGradient[Relu](rows, rows, e.Mask[distance:])
	case ClampActivation:
		k.Clamp(rows, rows, e.Low, e.High)
	}
}

// gemmRow continues the chains of one row of C: row[j] ← fma(a[p·aCol], b[p·bRow+j], row[j]) for p
// = 0, 1, …, k−1. Four steps of each chain are taken a pass, so that the row is read and written
// once for four rows of B.
func gemmRow[T Float](r rounding, row, a []T, aCol int, b []T, bRow, k int) {
	p := 0
	for ; p+4 <= k; p += 4 {
		a0, a1, a2, a3 := a[p*aCol], a[(p+1)*aCol], a[(p+2)*aCol], a[(p+3)*aCol]
		b0, b1 := b[p*bRow:][:len(row)], b[(p+1)*bRow:][:len(row)]
		b2, b3 := b[(p+2)*bRow:][:len(row)], b[(p+3)*bRow:][:len(row)]
		for j, c := range row {
			row[j] = fma(r, a3, b3[j], fma(r, a2, b2[j], fma(r, a1, b1[j], fma(r, a0, b0[j], c))))
		}
	}
	for ; p < k; p++ {
		ap, bp := a[p*aCol], b[p*bRow:][:len(row)]
		for j, c := range row {
			row[j] = fma(r, ap, bp[j], c)
		}
	}
}

// gemmRowsTwice is gemmRow for two rows of C that share the loads of B, with multiply and add
// rounded separately.
func gemmRowsTwice[T Float](row, below, a, aBelow []T, aCol int, b []T, bRow, k int) {
	below = below[:len(row)]
	p := 0
	for ; p+4 <= k; p += 4 {
		a0, a1, a2, a3 := a[p*aCol], a[(p+1)*aCol], a[(p+2)*aCol], a[(p+3)*aCol]
		d0, d1, d2, d3 := aBelow[p*aCol], aBelow[(p+1)*aCol], aBelow[(p+2)*aCol], aBelow[(p+3)*aCol]
		b0, b1 := b[p*bRow:][:len(row)], b[(p+1)*bRow:][:len(row)]
		b2, b3 := b[(p+2)*bRow:][:len(row)], b[(p+3)*bRow:][:len(row)]
		for j := range row {
			e0, e1, e2, e3 := b0[j], b1[j], b2[j], b3[j]
			c, d := row[j], below[j]
			c = T(a0*e0) + c
			d = T(d0*e0) + d
			c = T(a1*e1) + c
			d = T(d1*e1) + d
			c = T(a2*e2) + c
			d = T(d2*e2) + d
			row[j] = T(a3*e3) + c
			below[j] = T(d3*e3) + d
		}
	}
	for ; p < k; p++ {
		ap, dp, bp := a[p*aCol], aBelow[p*aCol], b[p*bRow:][:len(row)]
		for j, e := range bp {
			row[j] = T(ap*e) + row[j]
			below[j] = T(dp*e) + below[j]
		}
	}
}

// pack is the pure-Go [Gemm.Pack].
func pack[T Float](dst []T, width int, src []T, lane, step, lanes, k int) {
	if lane == 1 && lanes > 1 {
		for p := range k {
			copy(dst[p*width:][:lanes], src[p*step:])
		}
		return
	}
	l := 0
	// Four lanes a pass, so that each visit to a cache line of dst fills more of it.
	for ; l+4 <= lanes; l += 4 {
		s0, s1, s2, s3 := src[l*lane:], src[(l+1)*lane:], src[(l+2)*lane:], src[(l+3)*lane:]
		for p := range k {
			d := dst[p*width+l:][:4]
			d[0], d[1], d[2], d[3] = s0[p*step], s1[p*step], s2[p*step], s3[p*step]
		}
	}
	for ; l < lanes; l++ {
		s := src[l*lane:]
		for p := range k {
			dst[p*width+l] = s[p*step]
		}
	}
}

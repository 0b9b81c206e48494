package tensor

import (
	"unsafe"

	"simdnn/tensor/asm"
)

// integerBlock is rows by some panels.
type integerBlock struct {
	integerSpan
	first, last int
}

// tiles computes the results of some rows by some panels, which are of one group of columns.
func (p *integerRows) tiles(s *integerScratch, a integerSpan, first, last int, r *IntegerResult) {
	w := p.weights
	isDirect := w.taps == nil && !p.hasZerosOfRows(r)
	of, per := first*p.nr/w.width(), w.cols/w.parts
	lo := of*per + first*p.nr - of*w.width() // the first column
	cols := min((last-first)*p.nr, (of+1)*per-lo)
	for done := 0; done < a.m; {
		tile := a.from(done)
		tile.m = p.tileRows(tile.m, last-first)
		at := tile.number*w.cols + lo
		p.setTile(s, tile.m, cols, first*p.nr, r)
		if isDirect {
			p.finish(s, &integerBlock{tile, first, last}, at, tile.number, r)
		} else {
			p.multiply(s.tile.X, tile, first, last)
			p.center(s, tile, first, last, r)
			p.finish(s, nil, at, tile.number, r)
		}
		done += tile.m
	}
}

// setTile prepares the tile of some rows by columns that begin at one of the padded ones.
func (p *integerRows) setTile(s *integerScratch, rows, cols, first int, r *IntegerResult) {
	width := roundUp(cols, p.nr)
	s.tile = asm.QuantTile{X: &growAny(&s.sums, rows*width)[0], Offset: &s.offset[first],
		Scale: &s.scale[first], Rows: rows, Cols: cols, LDX: width, LDY: p.weights.cols,
		CodeRange: r.Range}
	if r.Activation != nil {
		s.activation.Bias = &s.biases[first]
	}
}

// finish stores the results of a tile, the first of which has this place in the result; its row is
// that of a number. The tile has the sums, unless a block is given, whose products they are.
func (p *integerRows) finish(s *integerScratch, b *integerBlock, at, number int,
	r *IntegerResult) {
	switch {
	case r.Integers != nil:
		p.store(s, b, unsafe.Pointer(&r.Integers[at]), asm.QuantIntegers)
	case r.givesCodes():
		p.store(s, b, unsafe.Pointer(&r.Codes[at]), asm.QuantCodes)
	case r.Activation != nil:
		if b != nil {
			p.multiply(s.tile.X, b.integerSpan, b.first, b.last)
		}
		p.quant.Activated(&r.Codes[at], &s.tile, &s.activation)
	case r.Apply == nil:
		p.floats(s, b, &r.Floats[at], at%p.weights.cols, number, r)
	default:
		p.apply(s, b, at, number, r)
	}
}

// store sets y to results of one kind.
func (p *integerRows) store(s *integerScratch, b *integerBlock, y unsafe.Pointer,
	result asm.QuantResult) {
	s.tile.Result = result
	if b == nil {
		p.quant.Tile(y, &s.tile)
		return
	}
	if p.mulTile == nil {
		p.multiply(s.tile.X, b.integerSpan, b.first, b.last)
		p.quant.Tile(y, &s.tile)
		return
	}
	l := p.layout(b.integerSpan, b.first, b.last)
	p.mulTile(y, b.codes, p.panel(b.first), asm.Noescape(&l), &s.tile)
}

// floats sets the floats of a tile, whose first column is one of the result.
func (p *integerRows) floats(s *integerScratch, b *integerBlock, y *float32, column, number int,
	r *IntegerResult) {
	t := &s.tile
	p.store(s, b, unsafe.Pointer(y), asm.QuantFloats)
	all := unsafe.Slice(y, (t.Rows-1)*t.LDY+t.Cols)
	for i := 0; i < t.Rows && r.RowScale != nil; i++ {
		dst := all[i*t.LDY:][:t.Cols]
		p.times(dst, dst, r.RowScale[number+i])
	}
	switch {
	case r.Bias == nil:
	case t.Cols == t.LDY: // one call for all rows
		bias := growAny(&s.bias, len(all))
		for n := copy(bias, r.Bias[column:][:t.Cols]); n < len(bias); n *= 2 {
			copy(bias[n:], bias[:n])
		}
		p.add(all, all, bias)
	default:
		for i := range t.Rows {
			dst := all[i*t.LDY:][:t.Cols]
			p.add(dst, dst, r.Bias[column:][:t.Cols])
		}
	}
}

// apply stores what a function makes of the floats of a tile, which stand side by side before.
func (p *integerRows) apply(s *integerScratch, b *integerBlock, at, number int,
	r *IntegerResult) {
	t := &s.tile
	stride := t.LDY
	t.LDY = t.Cols
	floats := growAny(&s.floats, t.Rows*t.Cols)
	p.floats(s, b, &floats[0], at%stride, number, r)
	r.Apply(floats)
	if r.Floats != nil {
		copyRows(r.Floats[at:], stride, floats, t.Cols)
		return
	}
	bytes := growAny(&s.bytes, len(floats))
	p.quant.Quantize(bytes, floats, r.By, &r.Range)
	copyRows(r.Codes[at:], stride, bytes, t.Cols)
}

// copyRows copies rows of cols elements that stand side by side to others, stride apart.
//
//go:noinline
func copyRows[E any](dst []E, stride int, src []E, cols int) {
	if cols == stride {
		copy(dst, src)
		return
	}
	for i := 0; i*cols < len(src); i++ {
		copy(dst[i*stride:], src[i*cols:][:cols])
	}
}

// hasZerosOfRows reports whether zero points contribute what is not one for all rows.
func (p *integerRows) hasZerosOfRows(r *IntegerResult) bool {
	return p.weights.hasZeros || len(r.Zeros) > 1
}

// center takes that out of a tile's sums.
func (p *integerRows) center(s *integerScratch, a integerSpan, first, last int, r *IntegerResult) {
	if !p.hasZerosOfRows(r) {
		return
	}
	w, width := p.weights, (last-first)*p.nr
	more, _ := p.offset()
	z := &s.zeros
	*z = asm.QuantZeros{Sums: &w.sums[first*p.nr], Zeros: &w.zeros[first*p.nr]}
	for i := range a.m {
		if len(r.Zeros) > 1 {
			z.A = r.Zeros[a.number+i] + more
		}
		if w.hasZeros {
			z.Row = s.ones[(a.base+i)*p.nr]
		}
		p.quant.Center(s.sums[i*width:][:width], z)
	}
}

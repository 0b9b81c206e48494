package tensor

import "simdnn/tensor/asm"

// integerSlide is how an [IntegerConv] whose channels have filters of their own is computed where
// there are kernels for that: windows slide along rows of images, which are read where they are,
// without a copy that has the padding.
type integerSlide struct {
	*asm.QuantSlide
	weights []int8 // in the order of [asm.QuantSlide.Mul], whose groups are (rows of taps, column)
	rows    int    // of taps, of all planes
	pixels  int    // the most that windows reach which are computed at once
	panel   int    // bytes of the columns of a panel
	panels  int    // whose columns stay in the nearest cache
	steps   []int32
}

// packSlide copies weights of channels, (channel, tap) less their zero points, for windows that
// slide. It returns nil if no kernel takes them.
func packSlide(k *asm.QuantSlide, numbers []int16, s ConvShape) []int8 {
	if k.Mul == nil || s.Channels < k.NR {
		return nil
	}
	taps, column := product3(s.Kernel), k.NR*asm.QuantGroup
	groups := slideRows(s) * s.Kernel[2]
	packed := alignedSlice[int8](roundUp(s.Channels, k.NR) / k.NR * groups * column)
	for c := 0; c < s.Channels; c += k.NR {
		first := min(c, s.Channels-k.NR)
		for i, v := range numbers[first*taps:][:k.NR*taps] {
			if v != int16(int8(v)) {
				return nil
			}
			j, row, x := i/taps, i%taps/s.Kernel[2], i%s.Kernel[2]
			group := c/k.NR*groups + row/asm.QuantGroup*s.Kernel[2] + x
			packed[group*column+k.Place(j)*asm.QuantGroup+row%asm.QuantGroup] = int8(v)
		}
	}
	return packed
}

// slideRows returns the number of groups of rows of taps.
func slideRows(s ConvShape) int {
	return roundUp(s.Kernel[0]*s.Kernel[1], asm.QuantGroup) / asm.QuantGroup
}

// newIntegerSlide returns nil for weights that were not packed for it.
func newIntegerSlide(p *IntegerConv) *integerSlide {
	if p.weights.slide == nil {
		return nil
	}
	s := &p.shape
	v := &integerSlide{QuantSlide: &p.quant.Slide, weights: p.weights.slide,
		rows: s.Kernel[0] * s.Kernel[1], pixels: p.reach(p.width)}
	column := v.NR * asm.QuantGroup
	v.panel = slideRows(*s) * v.pixels * column
	v.panels = max(p.tileBytes/v.panel, 1)
	for g := range slideRows(*s) {
		for x := range s.Kernel[2] {
			v.steps = append(v.steps, int32((g*v.pixels+x*s.Dilation[2])*column))
		}
	}
	return v
}

// reach returns how many pixels of a row so many windows beside one another reach.
func (p *IntegerConv) reach(windows int) int {
	return (windows-1)*p.shape.Stride[2] + p.shape.Dilation[2]*(p.shape.Kernel[2]-1) + 1
}

// slideOver computes n units from one on, which are read while they are in the cache.
func (t *integerConvTask) slideOver(s *integerScratch, unit, n int) {
	v, channels := t.plan.slide, t.plan.shape.Channels
	for first := 0; first*v.NR < channels; first += v.panels {
		from := min(first*v.NR, channels-v.NR)
		t.slidePanels(s, first, from, min(v.panels*v.NR, channels-from), unit, n)
	}
}

// slidePanels does so for some panels, by their number and their channels.
func (t *integerConvTask) slidePanels(s *integerScratch, panel, first, channels, unit, n int) {
	p, v := t.plan, t.plan.slide
	_, flip := p.offset()
	column := v.NR * asm.QuantGroup
	columns := growAny(&s.columns, v.panels*v.panel)
	w := asm.QuantWindows{Channels: channels, Pixel: p.shape.Channels, Panel: v.panel,
		Stride: p.shape.Stride[2] * column, Groups: len(v.steps), Steps: &v.steps[0], Flip: flip}
	filled := [2]int{-1}
	for ; n > 0; n-- {
		row, x := unit/p.segments(), unit%p.segments()*p.width
		w.M = min(p.width, p.out[2]-x)
		from, all := x*p.shape.Stride[2]-p.shape.Before[2], p.reach(w.M)
		left := min(max(-from, 0), all)
		w.Pixels = max(min(from+all, p.shape.Size[2])-from-left, 0)
		if inside := [2]int{left, left + w.Pixels}; inside != filled {
			v.fillBeside(columns, inside, uint8(t.result.Zeros[0])^flip)
			filled = inside
		}
		if w.Pixels > 0 {
			for g := range slideRows(p.shape) {
				rows := t.tapRows(s, row, g, (from+left)*p.shape.Channels+first)
				v.Interleave(&columns[(g*v.pixels+left)*column], asm.Noescape(&rows), asm.Noescape(&w))
			}
		}
		t.slideAlong(s, &v.weights[panel*len(v.steps)*column], asm.Noescape(&w), first,
			row*p.out[2]+x)
		unit++
	}
}

// slideAlong computes windows of channels from the first one on, whose columns there are; the first
// window gives row number of the result.
func (t *integerConvTask) slideAlong(s *integerScratch, weights *int8, w *asm.QuantWindows,
	first, number int) {
	p, v, r := t.plan, t.plan.slide, &t.result
	at := number*p.shape.Channels + first
	p.setTile(s, w.M, w.Channels, first, r)
	if r.givesCodes() {
		v.MulCodes(&r.Codes[at], &s.columns[0], weights, w, &s.tile)
		return
	}
	v.Mul(&s.columns[0], weights, w, &s.tile)
	p.finish(s, nil, at, number, r)
}

// fillBeside sets columns that are beside the image to what padding is.
func (v *integerSlide) fillBeside(columns []uint8, inside [2]int, pad uint8) {
	column := v.NR * asm.QuantGroup
	for at := 0; at < len(columns); at += v.pixels * column {
		row := columns[at:][:v.pixels*column]
		fillWith(row[:inside[0]*column], pad)
		fillWith(row[inside[1]*column:], pad)
	}
}

// tapRows returns where the rows of a group of taps of a row of the output begin in the image, with
// padding above and below.
func (t *integerConvTask) tapRows(s *integerScratch, row, g,
	first int) (rows [asm.QuantGroup]*uint8) {
	p, v := t.plan, t.plan.slide
	shape, kernel := &p.shape, p.shape.Kernel[1]
	image, z, y := row/(p.out[0]*p.out[1]), row/p.out[1]%p.out[0], row%p.out[1]
	for r := range rows {
		tap := g*asm.QuantGroup + r
		if tap >= v.rows {
			if r < asm.QuantGroup-1 {
				rows[r] = rows[0] // any bytes, whose weights are 0
			}
			continue
		}
		inZ := z*shape.Stride[0] + tap/kernel*shape.Dilation[0] - shape.Before[0]
		inY := y*shape.Stride[1] + tap%kernel*shape.Dilation[1] - shape.Before[1]
		if inZ < 0 || inZ >= shape.Size[0] || inY < 0 || inY >= shape.Size[1] {
			rows[r] = &s.codes[0]
			continue
		}
		at := ((image*shape.Size[0]+inZ)*shape.Size[1] + inY) * shape.Size[2] * shape.Channels
		rows[r] = &t.x[at+first]
	}
	return rows
}

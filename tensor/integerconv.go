package tensor

import (
	"fmt"
	"unsafe"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// IntegerConv is a convolution of images of integers of 8 bits by constant filters, of fixed sizes,
// which is prepared for callers that repeat it. Images and results are stored pixel by pixel. It is
// a product whose rows are the windows: they are read in the images, of which one copy has the
// padding. It may be used by many goroutines at once. Its sums are exact in int32, which wraps
// around.
type IntegerConv struct {
	integerRows
	shape ConvShape
	out   [3]int
	need  [3]int // of an image with its padding: what windows reach
	width int    // of a row of the output that is computed at once
	block int    // parts of rows that all filters pass over before the next ones
	slide *integerSlide
	tasks freelist[integerConvTask]
}

// IntegerRun returns how many integers of a window stand side by side in images: those of a row of
// the kernel, or of a tap if it is dilated, or has a group's channels alone. The rows of filters'
// matrices are (tap, channel).
func (s ConvShape) IntegerRun() int {
	if s.Dilation[2] > 1 || s.Groups > 1 {
		return s.Channels / s.Groups
	}
	return s.Channels * s.Kernel[2]
}

// PlanIntegerConv prepares convolutions of images of integers, signed or not, by packed filters.
func (e *Engine[T]) PlanIntegerConv(s ConvShape, w *Integers, signed bool) *IntegerConv {
	out, err := s.OutputSize()
	if err != nil || w.rows != s.Channels/s.Groups*product3(s.Kernel) || w.cols != s.Filters ||
		(w.taps != nil) != s.isDepthwise() || w.taps == nil && (w.run != s.IntegerRun() ||
		w.parts != s.Groups) {
		panic(fmt.Sprintf("tensor: PlanIntegerConv: filters of %d×%d in runs of %d for %+v (%v)",
			w.rows, w.cols, w.run, s, err))
	}
	p := &IntegerConv{}
	p.shape, p.out = s.folded(out)
	p.integerRows = newIntegerRows(e, w, p.out[2], signed)
	for d := range p.need {
		p.need[d] = (p.out[d]-1)*p.shape.Stride[d] + p.shape.Dilation[d]*(p.shape.Kernel[d]-1) + 1
	}
	p.setSteps(p.windowSteps())
	p.width = min(p.blockRows(p.shape.Stride[2]*p.pixel()), p.out[2])
	if rows := s.Batch * p.out[0] * p.out[1]; rows < p.threads {
		p.width = min(p.width, roundUp((p.out[2]+p.threads-1)/p.threads, integerTile))
	}
	if w.slide != nil { // whose sums stay in the nearest cache
		p.width = min(p.width, max(p.tileBytes/(4*p.quant.Slide.NR), 1))
	}
	p.block = max(p.blockBytes/(p.width*p.shape.Stride[2]*p.shape.Stride[1]*p.pixel()), 1)
	if p.shape.Kernel == s.Kernel { // else the taps stand in other rows
		p.slide = newIntegerSlide(p)
	}
	p.tasks.make = func() *integerConvTask { return &integerConvTask{plan: p} }
	return p
}

// pixel returns the bytes of a pixel as the kernels read it.
func (p *IntegerConv) pixel() int { return p.shape.Channels * p.form.Bytes() }

// windowSteps returns the places of a window's groups, counted from its first integer.
func (p *IntegerConv) windowSteps() (steps []int32) {
	s := &p.shape
	taps := max(p.weights.run/(s.Channels/s.Groups), 1)
	for tap := 0; tap < product3(s.Kernel); tap += taps {
		z, y, x := tap/(s.Kernel[1]*s.Kernel[2]), tap/s.Kernel[2]%s.Kernel[1], tap%s.Kernel[2]
		at := (z*s.Dilation[0]*p.need[1]+y*s.Dilation[1])*p.need[2] + x*s.Dilation[2]
		for i := 0; i < p.weights.padded(); i += asm.QuantGroup {
			steps = append(steps, int32(at*p.pixel()+i*p.form.Bytes()))
		}
	}
	if p.weights.taps != nil { // whose last group may lack some
		for len(steps)%p.quant.Depthwise.Taps > 0 {
			steps = append(steps, steps[len(steps)-1])
		}
	}
	return steps
}

// segments returns the number of parts of a row of the output that are computed one by one.
func (p *IntegerConv) segments() int { return (p.out[2] + p.width - 1) / p.width }

// units returns the number of all such parts.
func (p *IntegerConv) units() int {
	return p.shape.Batch * p.out[0] * p.out[1] * p.segments()
}

// Parts returns the number of parts that the convolution is cut into for threads.
func (p *IntegerConv) Parts() int {
	return min(p.threadParts(p.shape.Batch*product3(p.out)), p.units())
}

// Run convolves images less the result's zero point, one for all, which padding has the value of.
func (p *IntegerConv) Run(x []uint8, r *IntegerResult) {
	if len(x) != p.shape.Batch*product3(p.shape.Size)*p.shape.Channels || len(r.Zeros) != 1 {
		panic(fmt.Sprintf("tensor: IntegerConv.Run: %d integers and %d zero points for %+v", len(x),
			len(r.Zeros), p.shape))
	}
	p.check("IntegerConv.Run", r, p.shape.Batch*product3(p.out))
	race.Read(x)
	t := p.tasks.get()
	t.x, t.result, t.parts = x, *r, p.Parts()
	Parallel(t, t.parts, p.threads)
	t.x, t.result = nil, IntegerResult{}
	p.tasks.put(t)
}

// integerConvTask is a convolution under way.
type integerConvTask struct {
	plan   *IntegerConv
	x      []uint8
	result IntegerResult
	parts  int
}

// Run computes some of the output's rows, or parts of them.
func (t *integerConvTask) Run(part int) {
	p := t.plan
	lo, hi := Share(p.units(), 1, part, t.parts)
	s := p.scratch[part].get()
	p.begin(s, &t.result)
	if p.slide != nil {
		fillWith(growAny(&s.codes, p.shape.Size[2]*p.shape.Channels), uint8(t.result.Zeros[0]))
		for ; lo < hi; lo += p.block {
			t.slideOver(s, lo, min(p.block, hi-lo))
		}
		p.end(part, s)
		return
	}
	each, size := p.units()/p.shape.Batch, len(t.x)/p.shape.Batch
	var codes *uint8
	for image := -1; lo < hi; {
		if i := lo / each; i != image {
			codes, image = p.image(s, t.x[i*size:][:size], t.result.Zeros[0]), i
		}
		n := min(p.block, hi-lo, (image+1)*each-lo)
		for of := range p.weights.parts {
			t.group(s, codes, lo, n, of)
		}
		lo += n
	}
	p.end(part, s)
}

// group computes the filters of one group for n units of an image.
func (t *integerConvTask) group(s *integerScratch, codes *uint8, unit, n, of int) {
	p := t.plan
	codes = bytesOn(codes, of*p.pixel()/p.weights.parts)
	if p.weights.hasZeros {
		growAny(&s.ones, n*p.width*p.nr)
		for i := range n {
			p.sumRows(s, p.spanOf(codes, unit+i, i))
		}
	}
	last := (of + 1) * p.panels() / p.weights.parts
	for first := of * p.panels() / p.weights.parts; first < last; first += p.wide() {
		for i := 0; i < n; {
			a := p.spanOf(codes, unit+i, i)
			lines := p.lines(unit+i, n-i)
			if lines > 1 {
				a.width, a.line = a.m, p.shape.Stride[1]*p.need[2]*p.pixel()
				a.m *= lines
			}
			p.tiles(s, a, first, min(first+p.wide(), last), &t.result)
			i += lines
		}
	}
}

// spanOf returns the windows of a unit in its image, which is the i-th one of a block.
func (p *IntegerConv) spanOf(codes *uint8, unit, i int) integerSpan {
	out, segments := &p.out, p.segments()
	row, x := unit/segments, unit%segments*p.width
	z, y := row/out[1]%out[0], row%out[1]
	first := (z*p.shape.Stride[0]*p.need[1]+y*p.shape.Stride[1])*p.need[2] + x*p.shape.Stride[2]
	return integerSpan{codes: bytesOn(codes, first*p.pixel()), stride: p.shape.Stride[2] * p.pixel(),
		m: min(p.width, out[2]-x), number: row*out[2] + x, base: i * p.width}
}

// lines returns how many of n units from one on are multiplied by tiles at once: whole rows of one
// plane of the output, whose sums stay in the nearest cache.
func (p *IntegerConv) lines(unit, n int) int {
	if !p.tiled || p.segments() > 1 {
		return 1
	}
	n = min(n, p.out[1]-unit%p.out[1])
	if n = p.tileRows(n*p.width, p.wide()) / p.width; n > 1 {
		return n &^ 1 // since tiles of rows go in pairs
	}
	return 1
}

// image returns an image with its padding as the kernels read it: itself where it is that.
func (p *IntegerConv) image(s *integerScratch, x []uint8, zero int32) *uint8 {
	_, flip := p.offset()
	n := product3(p.need) * p.shape.Channels
	pad := uint8(zero) ^ flip
	beyond, isWhole := p.weights.unit, p.weights.run%p.weights.unit == 0 // what is read of more
	if p.weights.taps != nil {
		beyond, isWhole = p.nr, p.shape.Channels%p.nr == 0
	}
	switch {
	case p.form == asm.WordForm:
		words := growAny(&s.words, n+beyond)
		padImage(p, words, x, int16(pad), func(dst []int16, src []uint8) {
			p.quant.Widen(dst, src, flip)
		})
		return (*uint8)(unsafe.Pointer(&words[0]))
	case flip == 0 && p.need == p.shape.Size && p.shape.Before == [3]int{} && isWhole:
		return &x[0]
	}
	bytes := growAny(&s.codes, n+beyond)
	padImage(p, bytes, x, pad, func(dst, src []uint8) { flipBytes(dst, src, flip) })
	return &bytes[0]
}

// padImage copies what windows reach of an image, row by row, and sets what is outside to pad.
func padImage[E uint8 | int16](p *IntegerConv, dst []E, x []uint8, pad E,
	row func(dst []E, src []uint8)) {
	s, c := &p.shape, p.shape.Channels
	width := p.need[2] * c
	left := min(s.Before[2], p.need[2]) * c
	inside := min(s.Size[2]*c, width-left)
	for i := range p.need[0] * p.need[1] {
		z, y := i/p.need[1]-s.Before[0], i%p.need[1]-s.Before[1]
		to := dst[i*width:][:width]
		if z < 0 || z >= s.Size[0] || y < 0 || y >= s.Size[1] {
			fillWith(to, pad)
			continue
		}
		fillWith(to[:left], pad)
		if inside > 0 {
			row(to[left:][:inside], x[(z*s.Size[1]+y)*s.Size[2]*c:][:inside])
		}
		fillWith(to[left+inside:], pad)
	}
}

// fillWith sets all elements to a value.
//
//go:noinline
func fillWith[E any](x []E, v E) {
	if len(x) == 0 {
		return
	}
	x[0] = v
	for n := 1; n < len(x); n *= 2 {
		copy(x[n:], x[:n])
	}
}

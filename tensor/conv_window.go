package tensor

import (
	"fmt"
	"math"

	"simdnn/tensor/asm"
)

// windows is how the kernel goes over an image, the source: the output of a convolution, or the
// gradient by its input, gets an element of each filter for each window. The windows of a row are
// the rows of a product, read where they lie: in the source, or in a copy of a band of its rows
// with zeros around it.
type windows[T Float] struct {
	source, result    [3]int
	sourceC, resultC  int // elements from a pixel to the next, of what is read and of the result
	sourcePixel       int // and of the source
	sourceG, resultG  int // channels of a group
	groups            int
	step              [3]int // from one window of the source to the next
	lead              [3]int // zeros before the source
	reach             [3]int // from the first to the last element that a window may read
	count             [3]int // the most windows of a phase
	inPlace           bool   // nothing is copied
	row, plane, width int    // elements of a row and a plane of what is read, and pixels of a row
	rows              int    // of the source in a band
	band, bands       int    // rows of windows in a band, and bands in a plane
	block, blocks     int    // windows of a row that are computed together, and such blocks of a row
	chunk             int    // channels of the result, of a group, that are computed together
	depth             int    // steps that all rows take before those that follow
	phases            []phase
	panels            int  // packed weights of a group, in elements
	beside            int  // pixels of a row of the result that count as one, see [ConvShape.beside]
	planes            bool // the channels of what is read stand apart
	depthwise         bool // a channel of the source for each one of the result
	border            *border
	slides            bool // by rows of windows
	mirrored          bool // and from the last pixel to the first
	staged            int  // channels that are copied at a time first, 0 if none are
	slide             asm.Slide
	band0             asm.Band // what all bands have in common
	work              int64
}

// phase is the windows whose elements of the result lie step apart, and the taps that reach them. A
// convolution has one; its gradient by the input has one for each place within a stride.
type phase struct {
	origin, step, count [3]int
	taps                []int // of the kernel, ascending
	steps               []int32
	window              asm.Window // of a row
	panels              int        // where its packed weights begin, in those of the group
}

// tap is one of the kernel's, and where it stands in a window.
type tap struct{ index, at int }

// forwardWindows returns the windows of the output, those of few filters and depthwise ones as
// their kernels take them, or all as the gradient by the weights does.
func (e *Engine[T]) forwardWindows(s ConvShape, steps PixelSteps, out [3]int,
	byPixel bool) windows[T] {
	gaps := steps != (PixelSteps{s.Channels, s.Filters})
	planes := !byPixel && !gaps && e.takesPlanes(s.Filters, s.Groups)
	w := windows[T]{source: s.Size, result: out, sourceC: s.Channels, sourcePixel: steps.Input,
		resultC: steps.Output, resultG: s.Filters / s.Groups, groups: s.Groups, step: s.Stride,
		lead: s.Before, beside: 1, planes: planes}
	var taps [3][]tap
	for d := range taps {
		for k := range s.Kernel[d] {
			taps[d] = append(taps[d], tap{k, k * s.Dilation[d]})
		}
	}
	w.add(s.Kernel, [3]int{}, [3]int{1, 1, 1}, taps)
	if !byPixel {
		w.settleSlide(e, s, false)
	}
	w.settle(e)
	return w
}

// backwardWindows returns the windows of the gradient by the input: a pixel of it belongs to the
// phase of its place within the stride, and is reached by the taps that the stride lets meet it.
func (e *Engine[T]) backwardWindows(s ConvShape, out [3]int) windows[T] {
	s, beside := s.beside(out)
	w := windows[T]{source: out, result: s.Size, sourceC: s.Filters, sourcePixel: s.Filters,
		resultC: s.Channels, resultG: s.Channels / s.Groups, groups: s.Groups,
		step: [3]int{1, 1, 1}, beside: beside, planes: e.takesPlanes(s.Channels, s.Groups)}
	var taps [3][][]tap // by dimension and phase
	for d := range taps {
		taps[d] = make([][]tap, min(s.Stride[d], s.Size[d]))
		for q := range taps[d] {
			for k := range s.Kernel[d] {
				if at := q + s.Before[d] - k*s.Dilation[d]; at%s.Stride[d] == 0 {
					at /= s.Stride[d]
					taps[d][q] = append(taps[d][q], tap{k, at})
					w.lead[d] = max(w.lead[d], -at)
				}
			}
		}
	}
	for z, tz := range taps[0] {
		for y, ty := range taps[1] {
			for x, tx := range taps[2] {
				at := [3][]tap{shifted(tz, w.lead[0]), shifted(ty, w.lead[1]), shifted(tx, w.lead[2])}
				w.add(s.Kernel, [3]int{z, y, x}, s.Stride, at)
			}
		}
	}
	if len(w.phases) == 1 {
		w.settleSlide(e, s, true)
	}
	w.settle(e)
	return w
}

// shifted returns taps that stand so much further on.
func shifted(taps []tap, by int) []tap {
	moved := make([]tap, len(taps))
	for i, t := range taps {
		moved[i] = tap{t.index, t.at + by}
	}
	return moved
}

// add adds a phase with these taps in each dimension. Until settle knows the strides, its steps are
// three places in the window for each tap.
func (w *windows[T]) add(kernel, origin, step [3]int, taps [3][]tap) {
	p := phase{origin: origin, step: step}
	for d := range p.count {
		p.count[d] = (w.result[d]-origin[d]-1)/step[d] + 1
		w.count[d] = max(w.count[d], p.count[d])
		for _, t := range taps[d] {
			w.reach[d] = max(w.reach[d], t.at+1)
		}
	}
	for _, z := range taps[0] {
		for _, y := range taps[1] {
			for _, x := range taps[2] {
				p.taps = append(p.taps, (z.index*kernel[1]+y.index)*kernel[2]+x.index)
				p.steps = append(p.steps, int32(z.at), int32(y.at), int32(x.at))
			}
		}
	}
	w.phases = append(w.phases, p)
}

// settle decides whether the source is copied and into what bands and blocks it is cut, and sets
// what follows.
func (w *windows[T]) settle(e *Engine[T]) {
	w.sourceG = w.sourceC / w.groups
	w.depthwise = w.sourceG == 1 && w.resultG == 1 && w.groups > 1
	w.inPlace = !w.planes
	for d := range w.reach {
		w.reach[d] = max(w.reach[d], 1)
		w.inPlace = w.inPlace && w.lead[d] == 0 && w.needed(d, w.count[d]) <= w.source[d]
	}
	if w.inPlace = w.inPlace || w.slides; w.inPlace {
		w.sourceC = w.sourcePixel
	}
	w.cut(e)
	w.width = w.needed(2, w.block)
	if w.inPlace {
		w.width = w.source[2]
	}
	w.width = roundUp(w.width, w.apart())
	w.row = w.width * w.sourceC
	w.rows = w.needed(1, w.band)
	w.plane = w.rows * w.row
	if w.inPlace {
		w.plane = w.source[1] * w.row
	}
	if w.reach[0]*w.plane > math.MaxInt32 {
		panic(fmt.Sprintf("tensor: PlanConv: windows of an image of %v pixels of %d channels reach over "+
			"more than 2³¹ elements", w.source, w.sourceC))
	}
	if len(w.phases) == 1 {
		w.settleBorder(w.phases[0].steps)
	}
	for i := range w.phases {
		w.bind(&e.k.Gemm, &w.phases[i])
	}
	w.chunks(e)
}

// cut sets bands of rows whose elements fill half of L2, or blocks of a row where there is only
// one. Threads get a part each if there are windows enough.
func (w *windows[T]) cut(e *Engine[T]) {
	w.band, w.block = w.count[1], w.count[2]
	d, size, line := 1, &w.band, w.sourceC*w.reach[0]
	if w.count[1] == 1 {
		d, size = 2, &w.block
	} else {
		line *= w.needed(2, w.count[2])
	}
	room := max(e.rules.tuning.MCBytes/2/elementBytes[T]()/line, 1)
	fits := max((room-w.reach[d])/w.step[d]+1, 4*w.reach[d]/w.step[d]+1) // several times the overlap
	*size = min(balanced(w.count[d], fits), w.count[d])
	if units := w.count[0]; w.inPlace || units < e.rules.threads {
		*size = min(*size, (w.count[d]*units+e.rules.threads-1)/(e.rules.threads*units))
	}
	switch *size = max(*size, 1); {
	case w.slides && d == 2:
		*size = slideBlock(w.count[2], e.rules.threads)
	case w.slides:
		*size = min(*size, w.slideRows(e))
		fallthrough
	default:
		*size = evenly(w.count[d], *size, e.rules.threads)
	}
	w.bands = (w.count[1] + w.band - 1) / w.band
	w.blocks = (w.count[2] + w.block - 1) / w.block
}

// evenly returns a size, at most the given one, of which so many windows are as many pieces for each
// thread, if there are few: of three pieces one of two threads had two.
func evenly(windows, size, threads int) int {
	pieces := (windows + size - 1) / size
	if pieces >= 8*threads {
		return size
	}
	pieces = roundUp(pieces, threads)
	return max((windows+pieces-1)/pieces, 1)
}

// blockedL2 is the largest L2 for which weights too deep for it are cut along their depth.
const blockedL2 = 512 << 10

// threeRows are as many windows of a row as AVX2 takes by tiles of three registers, which take
// one and a half of a panel.
const threeRows = 7

// chunks sets how many channels, and steps of theirs, are computed in all rows of a unit before
// those that follow: as many as have weights that stay in L2 meanwhile.
func (w *windows[T]) chunks(e *Engine[T]) {
	w.chunk = w.resultG
	deepest := 1
	for _, p := range w.phases {
		deepest = max(deepest, p.window.K)
	}
	w.depth = deepest
	room := e.rules.tuning.MCBytes / 2 / elementBytes[T]()
	if deepest*e.rules.nr > 2*room && w.band > 1 && e.rules.tuning.Caches.L2 <= blockedL2 {
		w.depth = balanced(deepest, max(e.rules.tuning.KCBytes/elementBytes[T](), 1))
	}
	limit := room / w.depth
	if w.band > 1 && !w.depthwise && w.resultG > limit {
		panels := max(limit/e.rules.nr, 1)
		if w.count[2] == threeRows && e.rules.nr*e.rules.elem == widePanel/2 {
			panels = max(panels/3, 1) * 3
		}
		w.chunk = panels * e.rules.nr
	}
}

// bind sets the kernel's layout of a phase.
func (w *windows[T]) bind(g *asm.Gemm[T], p *phase) {
	places := p.steps
	p.steps = nil
	channels := w.sourceG
	for i := range p.taps {
		at := places[3*i:]
		row := int(at[0])*w.plane + int(at[1])*w.row
		for c := range channels {
			p.steps = append(p.steps, int32(row+w.inRow(int(at[2]), c)))
		}
	}
	k := len(p.steps)
	p.steps = append(p.steps, 0) // which the kernels read
	p.window = asm.Window{Steps: &p.steps[0], Layout: asm.Layout{N: w.resultG, K: k,
		LDC: p.step[2] * w.resultC, ARow: w.step[2] * w.sourceC, BPanel: g.NR * k, BRow: g.NR}}
	switch {
	case w.planes:
		p.window.ARow = w.step[1] * w.row
	case w.depthwise:
		p.window.N, p.window.BRow = w.resultC, w.resultC
	}
	p.panels = w.panels
	w.panels += w.packedSize(g.NR, k)
	w.work += work(product3(p.count), w.resultG*w.groups, k)
}

// packedSize returns the number of elements of the packed weights of a group for so many steps.
func (w *windows[T]) packedSize(nr, k int) int {
	if w.depthwise || w.planes {
		return k * w.resultC
	}
	return roundUp(w.resultG, nr) * k
}

// units returns the pieces of work of an image: blocks of bands of planes.
func (w *windows[T]) units() int { return w.count[0] * w.bands * w.blocks }

// unit is a piece of work: windows of an image.
type unit struct{ image, plane, row, rows, column, columns int }

// unit returns a piece of work by its number: image by image, and within each in the order of the
// windows.
func (w *windows[T]) unit(i int) unit {
	u := unit{image: i / w.units()}
	i %= w.units()
	u.plane, u.row, u.column = i/(w.bands*w.blocks), i/w.blocks%w.bands*w.band, i%w.blocks*w.block
	u.rows, u.columns = min(w.band, w.count[1]-u.row), min(w.block, w.count[2]-u.column)
	return u
}

// read returns the first window of a unit: in the source, or in a copy of what its windows read.
func (w *windows[T]) read(g *asm.Gemm[T], x []T, u unit, s *scratch[T]) []T {
	image := x[u.image*product3(w.source)*w.sourcePixel:]
	if w.slides {
		return image[u.plane*w.step[0]*w.plane:]
	}
	if w.inPlace {
		return image[u.plane*w.step[0]*w.plane+u.row*w.step[1]*w.row+u.column*w.step[2]*w.sourceC:]
	}
	dst := s.packA(w.reach[0] * w.plane)
	height := w.needed(1, u.rows)
	for z := range w.reach[0] {
		at := u.plane*w.step[0] + z - w.lead[0]
		band := dst[z*w.plane:][:height*w.row]
		if at < 0 || at >= w.source[0] {
			clear(band)
			continue
		}
		w.copyRows(g, band, image[at*w.source[1]*w.source[2]*w.sourcePixel:], u.row*w.step[1]-w.lead[1],
			u.column*w.step[2]-w.lead[2])
	}
	return dst
}

// copyRows copies rows of the source, from the pixel at top and left on, with zeros where it has
// none.
func (w *windows[T]) copyRows(g *asm.Gemm[T], dst, plane []T, top, left int) {
	width := w.source[2]
	from := min(max(left, 0), width)
	to := max(min(left+w.width, width), from)
	before, after := min(from-left, w.width)*w.sourceC, (to-left)*w.sourceC
	for at := 0; at < len(dst); at += w.row {
		row := dst[at:][:w.row]
		switch {
		case top < 0 || top >= w.source[1] || from == to:
			clear(row)
		case w.planes:
			w.copyPlanes(g, row, plane[top*width*w.sourceC:], from, to, left)
		default:
			clear(row[:before])
			w.copyPixels(row[before:after], plane[(top*width+from)*w.sourcePixel:])
			clear(row[after:])
		}
		top++
	}
}

// copyPixels copies pixels of the source that follow each other.
func (w *windows[T]) copyPixels(dst, source []T) {
	if w.sourcePixel == w.sourceC {
		copy(dst, source)
		return
	}
	for at := 0; at < len(dst); at += w.sourceC {
		copy(dst[at:][:w.sourceC], source)
		source = source[min(w.sourcePixel, len(source)):]
	}
}

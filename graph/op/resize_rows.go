package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// resizeRows resizes images row by row: rows of the input are resized along the last dimension of
// space into rows of the output's length, of which four at most are weighted and added up for a row
// of the output. Sums are rounded after each product. Images that are stored channel by channel are
// as many of one channel.
type resizeRows[T tensor.Float] struct {
	pixels   [3][]resampled
	in       [3]int
	images   int
	channels int
	scale    func(dst, x []T, alpha T)
	add      func(dst, x, y []T)
	last     []resizedPixel[T]
	to, from *[]T
	parts    []resizePart[T]
	same     bool // rows keep their pixels
	step     int  // elements from a pixel of the output to the next
}

// resizedPixel is where the two pixels that a pixel is made of begin in a row, and their weights.
type resizedPixel[T tensor.Float] struct {
	first, second int
	weights       [2]T
	single        bool
}

// resizePart is what a thread has for itself: four rows of the output's length, the rows of the
// input that they hold, and room for a product.
type resizePart[T tensor.Float] struct {
	rows    [4][]T
	held    [4]int
	product []T
	gapless []T // a row of an output with gaps between its pixels
}

// noRow is held by a part's room for a row that has none.
const noRow = -1

// wideRow is the number of elements from which a call of a kernel pays.
const wideRow = 24

func bindResize[T tensor.Float](o Resize, b *graph.Binding) (graph.Step, error) {
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	w := newResizeWalk[T](o, b.Inputs[0].Shape(), b.Outputs[0].Shape())
	k := graph.Engine[T](b).Kernels()
	r := &resizeRows[T]{pixels: w.pixels, in: w.in, images: w.batch, channels: w.channels,
		scale: k.Parametric[tensor.Scale], add: k.Binary[tensor.Add],
		to: tensor.Slot[T](b.Outputs[0]), from: tensor.Slot[T](b.Inputs[0])}
	if !o.ChannelsLast {
		r.images, r.channels = w.batch*w.channels, 1
	}
	r.step = pixelStep(b.Outputs[0], r.channels)
	r.same = len(w.pixels[2]) == w.in[2]
	for i, p := range w.pixels[2] {
		r.same = r.same && p.first == i && p.weight == 0
		r.last = append(r.last, resizedPixel[T]{p.first * r.channels, p.second * r.channels,
			[2]T{T(1 - p.weight), T(p.weight)}, p.weight == 0})
	}
	rows := r.images * len(w.pixels[0]) * len(w.pixels[1])
	count := min(partsOf(b, b.Outputs[0].Len()), rows)
	for range count {
		p := resizePart[T]{product: make([]T, r.row())}
		for i := range p.rows {
			p.rows[i] = make([]T, r.row())
		}
		if r.step != r.channels {
			p.gapless = make([]T, r.row())
		}
		r.parts = append(r.parts, p)
	}
	if count < 2 {
		return func() { r.resize(&r.parts[0], 0, rows) }, nil
	}
	b.Shared = true
	p := &parts{rows, 1, count, graph.Engine[T](b).Threads(), func(part, lo, hi int) {
		r.resize(&r.parts[part], lo, hi)
	}}
	return func() { tensor.Parallel(p, p.count, p.threads) }, nil
}

// row returns the number of elements of a row of the output.
func (r *resizeRows[T]) row() int { return len(r.last) * r.channels }

// resize computes the rows of the output from lo to hi, which are counted over all images.
func (r *resizeRows[T]) resize(p *resizePart[T], lo, hi int) {
	p.held = [4]int{noRow, noRow, noRow, noRow}
	high, deep := len(r.pixels[1]), len(r.pixels[0])
	for i := lo; i < hi; i++ {
		image, z, y := i/(high*deep), &r.pixels[0][i/high%deep], &r.pixels[1][i%high]
		to, begun := p.gapless, false
		if to == nil {
			to = (*r.to)[i*r.row():][:r.row()]
		}
		z.each(func(tz int, wz float64) {
			y.each(func(ty int, wy float64) {
				row := p.rowOf(r, (image*r.in[0]+tz)*r.in[1]+ty, tz&1<<1|ty&1)
				if begun {
					r.scale(p.product, row, T(wz*wy))
					r.add(to, to, p.product)
				} else if begun = true; wz*wy == 1 {
					copy(to, row)
				} else {
					r.scale(to, row, T(wz*wy))
				}
			})
		})
		if p.gapless != nil {
			r.place(i, to)
		}
	}
}

// place copies a row of the output to pixels with gaps between them.
func (r *resizeRows[T]) place(row int, from []T) {
	to := (*r.to)[row*len(r.last)*r.step:]
	for x := range r.last {
		copy(to[x*r.step:][:r.channels], from[x*r.channels:])
	}
}

// rowOf returns a row of the input as long as those of the output, in a place that is its own
// beside its neighbours'.
func (p *resizePart[T]) rowOf(r *resizeRows[T], row, place int) []T {
	if p.held[place] == row {
		return p.rows[place]
	}
	p.held[place] = row
	to, c := p.rows[place], r.channels
	from := (*r.from)[row*r.in[2]*c:][:r.in[2]*c]
	if r.same {
		copy(to, from)
		return to
	}
	if c == 1 {
		for i := range r.last {
			q := &r.last[i]
			if to[i] = from[q.first]; !q.single {
				to[i] = T(from[q.first]*q.weights[0]) + T(from[q.second]*q.weights[1])
			}
		}
		return to
	}
	for i := range r.last {
		r.pixel(to[i*c:][:c], from, &r.last[i], p.product[:c])
	}
	return to
}

// pixel computes a pixel of several channels.
func (r *resizeRows[T]) pixel(to, from []T, q *resizedPixel[T], product []T) {
	first, second := from[q.first:][:len(to)], from[q.second:][:len(to)]
	switch {
	case q.single:
		copy(to, first)
	case len(to) < wideRow:
		for i := range to {
			to[i] = T(first[i]*q.weights[0]) + T(second[i]*q.weights[1])
		}
	default:
		r.scale(to, first, q.weights[0])
		r.scale(product, second, q.weights[1])
		r.add(to, to, product)
	}
}

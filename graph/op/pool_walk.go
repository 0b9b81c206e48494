package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// poolWalk goes over the windows of a pool. Elements are counted pixel by pixel.
type poolWalk struct {
	batch, channels int
	step            int // elements from a pixel of the output to the next
	in              [3]int
	places          [3][]place
	runs            []run
	window          tensor.Window
	steps           []int32
}

// place is where a window stands in one dimension.
type place struct {
	taps  []int // within the image
	count int   // elements to divide by
}

// run is places in a row whose windows have the same taps from their first one on.
type run struct {
	place
	places, step int
}

// newPoolWalk returns the walk for images and an output of these shapes.
func newPoolWalk(o Pool, images, output []int) (*poolWalk, error) {
	channels, space := split(images, o.ChannelsLast)
	_, out := split(output, o.ChannelsLast)
	w := &poolWalk{batch: images[0], channels: channels, in: [3]int{1, 1, 1}}
	w.step = channels
	stride, dilation, before, after, err := o.along(len(space))
	if err != nil {
		return nil, err
	}
	kernel := o.Kernel.Values()
	for d := range w.places {
		w.places[d] = []place{{[]int{0}, 1}}
		at := d - 3 + len(space)
		if at < 0 {
			continue
		}
		w.in[d] = space[at]
		w.places[d] = make([]place, out[at])
		for i := range w.places[d] {
			p := &w.places[d][i]
			if o.Adaptive {
				p.adapt(i, space[at], out[at])
			} else {
				first := i*stride[d] - before[d]
				p.slide(first, kernel[at], dilation[d], space[at], space[at]+after[d], o.CountPadding)
			}
		}
	}
	if slices.ContainsFunc(w.places[:], func(p []place) bool {
		return slices.ContainsFunc(p, func(p place) bool { return len(p.taps) == 0 })
	}) {
		return nil, fmt.Errorf("windows of padding alone")
	}
	w.takeTogether()
	most := 1
	for _, p := range w.places {
		most *= len(slices.MaxFunc(p, func(a, b place) int { return len(a.taps) - len(b.taps) }).taps)
	}
	w.steps = make([]int32, most+1) // of which the kernels may read the last
	w.window.Steps, w.window.N, w.window.LDC = &w.steps[0], channels, channels
	return w, nil
}

// standApart lets the pixels of the output stand as far from each other as those of an array do.
func (w *poolWalk) standApart(output *tensor.Array) {
	w.step = pixelStep(output, w.channels)
	w.window.LDC = w.step
}

// takeTogether finds the runs of a row: places alike, one step apart.
func (w *poolWalk) takeTogether() {
	for _, p := range w.places[2] {
		if n := len(w.runs); n > 0 {
			last := &w.runs[n-1]
			step := p.taps[0] - last.taps[0] - (last.places-1)*last.step
			if last.alike(p) && (last.places == 1 || step == last.step) {
				last.step = step
				last.places++
				continue
			}
		}
		w.runs = append(w.runs, run{p, 1, 0})
	}
}

// alike reports whether two places have the same taps from the first one on.
func (p place) alike(q place) bool {
	return p.count == q.count && slices.EqualFunc(p.taps, q.taps, func(a, b int) bool {
		return a-p.taps[0] == b-q.taps[0]
	})
}

// slide sets the taps of a window that begins at first.
func (p *place) slide(first, kernel, dilation, size, padded int, countPadding bool) {
	for k := range kernel {
		at := first + k*dilation
		if at >= 0 && at < size {
			p.taps = append(p.taps, at)
		}
		if at < padded {
			p.count++
		}
	}
	if !countPadding {
		p.count = len(p.taps)
	}
}

// adapt sets the taps of window i of n.
func (p *place) adapt(i, size, n int) {
	for at := i * size / n; at < ((i+1)*size+n-1)/n; at++ {
		p.taps = append(p.taps, at)
	}
	p.count = len(p.taps)
}

// copy returns a walk that another thread can go.
func (w *poolWalk) copy() *poolWalk {
	c := *w
	c.steps = slices.Clone(w.steps)
	c.window.Steps = &c.steps[0]
	return &c
}

// elements returns how many an image has.
func (w *poolWalk) elements() int { return w.in[0] * w.in[1] * w.in[2] * w.channels }

// isWhole reports whether there is one window, of all elements, and returns by what it divides.
func (w *poolWalk) isWhole() (count int, ok bool) {
	count = 1
	for d, p := range w.places {
		if len(p) != 1 || len(p[0].taps) != w.in[d] {
			return 0, false
		}
		count *= p[0].count
	}
	return count, true
}

// rows returns the number of rows of windows of an image.
func (w *poolWalk) rows() int { return len(w.places[0]) * len(w.places[1]) }

// each calls f with an image's runs of windows in order: where their output begins, where the first
// one's first element does, their layout, and the number to divide by.
func (w *poolWalk) each(image int, f func(out, in int, window *tensor.Window, count int)) {
	for row := range w.rows() {
		w.eachOf(image*w.rows()+row, f)
	}
}

// eachOf is each for one row of windows, counted over all images.
func (w *poolWalk) eachOf(row int, f func(out, in int, window *tensor.Window, count int)) {
	image, high := row/w.rows(), len(w.places[1])
	z, y := w.places[0][row/high%len(w.places[0])], w.places[1][row%high]
	out := row * len(w.places[2]) * w.step
	for i := range w.runs {
		x := &w.runs[i]
		w.layOut(z, y, x)
		from := (z.taps[0]*w.in[1]+y.taps[0])*w.in[2] + x.taps[0]
		f(out, image*w.elements()+from*w.channels, &w.window, z.count*y.count*x.count)
		out += x.places * w.step
	}
}

// eachCount calls f with the numbers to divide by, and how many places of a row have each.
func (w *poolWalk) eachCount(f func(count, places int)) {
	for _, z := range w.places[0] {
		for _, y := range w.places[1] {
			for _, x := range w.runs {
				f(z.count*y.count*x.count, x.places)
			}
		}
	}
}

// layOut sets the window's layout to that of a run.
func (w *poolWalk) layOut(z, y place, x *run) {
	k := 0
	for _, tz := range z.taps {
		for _, ty := range y.taps {
			row := ((tz-z.taps[0])*w.in[1] + ty - y.taps[0]) * w.in[2]
			for _, tx := range x.taps {
				w.steps[k] = int32((row + tx - x.taps[0]) * w.channels)
				k++
			}
		}
	}
	w.window.M, w.window.K, w.window.ARow = x.places, k, x.step*w.channels
}

// adjacent returns how many of the first taps stand side by side, as pixels of so many channels.
func adjacent(steps []int32, channels int) int {
	n := 1
	for n < len(steps) && int(steps[n]-steps[n-1]) == channels {
		n++
	}
	return n
}

// inImages returns a step that does work on each image, on several threads where that pays: each
// has a number and a walk of its own.
func inImages[T tensor.Float](b *graph.Binding, w *poolWalk,
	work func(part int, w *poolWalk, image int)) graph.Step {
	return onWalks[T](b, w, w.batch, work)
}

// inRows is inImages for each row of windows.
func inRows[T tensor.Float](b *graph.Binding, w *poolWalk,
	work func(w *poolWalk, row int)) graph.Step {
	return onWalks[T](b, w, w.batch*w.rows(), func(_ int, w *poolWalk, row int) { work(w, row) })
}

// onWalks returns a step that does work on each of some units.
func onWalks[T tensor.Float](b *graph.Binding, w *poolWalk, units int,
	work func(part int, w *poolWalk, unit int)) graph.Step {
	count := min(partsOf(b, w.batch*w.elements()), units)
	walks := make([]*poolWalk, count)
	for i := range walks {
		walks[i] = w.copy()
	}
	p := &parts{units, 1, count, graph.Engine[T](b).Threads(), func(part, lo, hi int) {
		for unit := lo; unit < hi; unit++ {
			work(part, walks[part], unit)
		}
	}}
	if count < 2 {
		return func() { p.work(0, 0, units) }
	}
	b.Shared = true
	return func() { tensor.Parallel(p, p.count, p.threads) }
}

package op

import (
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// bandSchedule is what a thread does to compute its rows of each image, in this order.
type bandSchedule struct {
	steps    []bandStep
	elements int // of the arrays in between
}

// bandStep is rows that a convolution gives. Places are those of elements: in the images, in what the
// last convolution gives, or in the memory between them.
type bandStep struct {
	conv     int
	rows     span // of all that the convolution gives
	from, to int
	// Rows that it gave for the band before and that this one needs, too, are moved first.
	kept, keptTo, keptLen int
}

// leastBandRows is how many rows of an image a thread has at least, since it computes rows around
// them that others have, too.
const leastBandRows = 8

// schedules returns those of all threads that are worth having for a batch: threads share its images
// if there are enough, or else the rows of each.
func (g *bandGeometry) schedules(b *graph.Binding, batch int) []bandSchedule {
	last := len(g.convs) - 1
	tuning := b.Float32.Tuning()
	height, rows := g.height(last), g.rowsWithin(tuning.Caches.L2/bandShare)
	work := 0.0
	for i, s := range g.convs {
		taps := product3(s.Kernel) * s.Channels / s.Groups * s.Filters
		work += float64(float64(batch*g.height(i)*g.width(i)) * float64(taps))
	}
	threads := min(work/float64(tuning.ThreadWork), float64(b.Float32.Threads()))
	count := max(min(int(threads), max(batch, height/leastBandRows)), 1)
	if batch >= count {
		return slices.Repeat([]bandSchedule{g.schedule(span{0, height}, rows)}, count)
	}
	all := make([]bandSchedule, count)
	for part := range all {
		lo, hi := tensor.Share(height, 1, part, count)
		all[part] = g.schedule(span{lo, hi}, rows)
	}
	return all
}

// schedule returns the steps for rows of the last convolution, in bands of some of them.
func (g *bandGeometry) schedule(of span, rows int) bandSchedule {
	last := len(g.convs) - 1
	starts, s := g.places(of, rows)
	have := make([]span, last)
	for first := of.first; first < of.end; first += rows {
		need := g.sources(span{first, min(first+rows, of.end)})
		for i, rows := range need {
			step := bandStep{conv: i, rows: rows, to: rows.first * g.row(i)}
			if i < last {
				step.to = starts[i]
				if kept := have[i].end - rows.first; kept > 0 {
					step.kept = starts[i] + (rows.first-have[i].first)*g.row(i)
					step.keptTo, step.keptLen = starts[i], kept*g.row(i)
					step.to += step.keptLen
					step.rows.first = have[i].end
				}
				have[i] = rows
			}
			if step.rows.rows() > 0 { // else the band before needed all of them, too
				source := g.source(i, step.rows)
				if step.from = source.first * g.row(i-1); i > 0 {
					step.from = starts[i-1] + (source.first-need[i-1].first)*g.row(i-1)
				}
			}
			s.steps = append(s.steps, step)
		}
	}
	return s
}

// places returns where what each convolution but the last gives for a band begins, and a schedule with
// room for that.
func (g *bandGeometry) places(of span, rows int) (starts []int, s bandSchedule) {
	most := make([]int, len(g.convs)-1)
	for first := of.first; first < of.end; first += rows {
		need := g.sources(span{first, min(first+rows, of.end)})
		for i := range most {
			most[i] = max(most[i], need[i].rows())
		}
	}
	for i, rows := range most {
		starts = append(starts, s.elements)
		s.elements += inUnits(rows * g.row(i))
	}
	return starts, s
}

// part returns the shape of a convolution that gives some rows.
func (g *bandGeometry) part(conv int, rows span) tensor.ConvShape {
	s, windows, source := g.convs[conv], g.windows(conv, rows), g.source(conv, rows)
	s.Size[1], s.Before[1], s.After[1] = source.rows(), source.first-windows.first,
		windows.end-source.end
	return s
}

// bandTask is bands under way, cut into a part for each thread.
type bandTask struct {
	parts         [][]boundBand
	batch         int
	image, result int // elements from one image to the next
	x, y          *[]float32
}

// Bind returns a step that goes through the bands.
func (o ConvBands) Bind(b *graph.Binding) (graph.Step, error) {
	types := make([]graph.Type, len(b.Inputs))
	for i, a := range b.Inputs {
		types[i] = graph.TypeOf[float32](graph.ShapeOf(a.Shape()...)...)
	}
	g, err := o.geometry(types)
	if err != nil || b.Outputs[0].Len() == 0 {
		return nil, err
	}
	last := len(g.convs) - 1
	g.pixels[0] = pixelStep(b.Inputs[0], g.pixels[0])
	g.pixels[last+1] = pixelStep(b.Outputs[0], g.pixels[last+1])
	stages, err := o.bindStages(b, g)
	if err != nil {
		return nil, err
	}
	t := &bandTask{batch: b.Inputs[0].Shape()[0], x: tensor.Slot[float32](b.Inputs[0]),
		y: tensor.Slot[float32](b.Outputs[0]), image: g.convs[0].Size[1] * g.row(-1),
		result: g.height(last) * g.row(last)}
	memory := b.Scratch
	for _, s := range g.schedules(b, t.batch) {
		bytes := s.elements * bandBytes
		between := tensor.Elements[float32](
			tensor.ArrayOver(tensor.Float32Type, memory[:bytes:bytes], s.elements))
		memory = memory[inUnits(bytes):]
		part := make([]boundBand, len(s.steps))
		for i, step := range s.steps {
			if part[i], err = stages[step.conv].bind(g, step, between); err != nil {
				return nil, err
			}
		}
		t.parts = append(t.parts, part)
	}
	b.Shared = b.Shared || len(t.parts) > 1
	threads := b.Float32.Threads()
	return func() { tensor.Parallel(t, len(t.parts), threads) }, nil
}

// bandStage is a convolution of bands with its epilogue and its inputs.
type bandStage struct {
	conv            KeptConv
	engine          *tensor.Engine[float32]
	steps           tensor.PixelSteps
	end             *tensor.Epilogue[float32]
	bias, mask      *[]float32
	row, image      int // elements of what it gives
	isFirst, isLast bool
	planned         []*bandConv
}

// bandConv computes rows of a shape: y of so many elements, of x of so many.
type bandConv struct {
	shape      tensor.ConvShape
	forward    func(y, x []float32, e *tensor.Epilogue[float32])
	yLen, xLen int
}

func (o ConvBands) bindStages(b *graph.Binding, g *bandGeometry) (stages []*bandStage, err error) {
	others := b.Inputs[1:]
	for i, c := range o.Stages.Convs {
		n := o.Stages.Others[i]
		inputs := append([]*tensor.Array{nil}, others[:n]...)
		others = others[n:]
		s := &bandStage{conv: c, engine: b.Float32.Serial(),
			steps: tensor.PixelSteps{Input: g.pixels[i], Output: g.pixels[i+1]},
			bias:  new([]float32), mask: new([]float32), row: g.row(i), image: g.height(i) * g.row(i),
			isFirst: i == 0, isLast: i == len(o.Stages.Convs)-1}
		if s.end, err = endOf[float32](c.FusedConv, b); err != nil {
			return nil, err
		}
		if c.Bias {
			s.bias = tensor.Slot[float32](inputs[1])
		}
		if c.Chain != nil {
			array, numbers := c.chainInputs(inputs)
			if array != nil {
				s.mask = tensor.Slot[float32](array)
			}
			newConvChain(c.Chain, b.Float32.Kernels(), numbers).end(s.end, array != nil)
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// plan returns the convolution for rows of a shape, on one thread.
func (s *bandStage) plan(shape tensor.ConvShape) (*bandConv, error) {
	for _, c := range s.planned {
		if c.shape == shape {
			return c, nil
		}
	}
	out, err := shape.OutputSize()
	if err != nil {
		return nil, err
	}
	plan := s.engine.PlanConvPixels(shape, s.steps)
	c := &bandConv{shape: shape,
		xLen: (shape.Size[1]*shape.Size[2]-1)*s.steps.Input + shape.Channels,
		yLen: (out[1]*out[2]-1)*s.steps.Output + shape.Filters}
	weights, err := packedWeights(s.conv.Weights, plan)
	if err != nil {
		return c, err
	}
	if weights != nil {
		c.forward = plan.Keep(weights).Forward
	} else {
		w := tensor.Slot[float32](s.conv.Weights.array)
		c.forward = func(y, x []float32, e *tensor.Epilogue[float32]) { plan.Forward(y, x, *w, e) }
	}
	s.planned = append(s.planned, c)
	return c, nil
}

// boundBand is a step with the memory between convolutions and an epilogue of its own.
type boundBand struct {
	bandStep
	*bandConv
	stage  *bandStage
	memory []float32
	end    *tensor.Epilogue[float32]
}

// bind returns a step with that.
func (s *bandStage) bind(g *bandGeometry, step bandStep, memory []float32) (boundBand, error) {
	end := *s.end
	bound := boundBand{bandStep: step, stage: s, memory: memory, end: &end}
	if step.rows.rows() == 0 {
		return bound, nil
	}
	var err error
	bound.bandConv, err = s.plan(g.part(step.conv, step.rows))
	return bound, err
}

// Run computes a part's rows, or images.
func (t *bandTask) Run(part int) {
	bands, first, end := t.parts[part], 0, t.batch
	if parts := len(t.parts); t.batch >= parts {
		first, end = tensor.Share(t.batch, 1, part, parts)
	}
	for image := first; image < end; image++ {
		x, y := (*t.x)[image*t.image:], (*t.y)[image*t.result:]
		for i := range bands {
			bands[i].run(x, y, image)
		}
	}
}

// run computes rows of an image, given its pixels and where those of the result come.
func (b *boundBand) run(x, y []float32, image int) {
	if b.keptLen > 0 {
		copy(b.memory[b.keptTo:][:b.keptLen], b.memory[b.kept:])
	}
	if b.rows.rows() == 0 {
		return
	}
	s := b.stage
	if !s.isFirst {
		x = b.memory
	}
	if !s.isLast {
		y = b.memory
	}
	b.end.Bias = *s.bias
	if mask := *s.mask; mask != nil {
		b.end.Mask = mask[image*s.image+b.rows.first*s.row:][:b.yLen]
	}
	b.forward(y[b.to:][:b.yLen], x[b.from:][:b.xLen], b.end)
}

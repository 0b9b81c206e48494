package tensor

// flatConv are the products that compute a convolution by single pixels, or are nil where there is
// none.
type flatConv[T Float] struct {
	forward, backward, weights *Product[T]
	gathers                    bool // forward takes a copy of the pixels that the stride leaves
}

// wayBytes is the size of a way of the first cache of most processors. Pixels that are a multiple
// of it apart stand in one set, which has not room enough for the rows of a tile.
const wayBytes = 4096

// planFlat plans the products unless one of them would be computed as dots. Where the stride is not
// 1, it is at most the output's.
func (c *Conv[T]) planFlat() {
	e, pixels := c.engine, c.shape.Batch*product3(c.out)
	filters, channels := c.shape.Filters, c.shape.Channels
	apart := c.shape.Stride[2] * channels * elementBytes[T]()
	strided := c.shape.Stride != [3]int{1, 1, 1}
	if filters == 1 || channels == 1 || strided && apart%wayBytes > 0 {
		return
	}
	c.flat.gathers = strided
	if c.flat.forward = e.Plan(pixels, filters, channels, NT); c.hasGaps() {
		c.flat.forward.withRows(c.flatSteps())
	}
	if !strided && c.gradients {
		c.flat.backward = e.Plan(pixels, channels, filters, NN)
		c.flat.weights = e.Plan(filters, channels, pixels, TN)
	}
}

// flatSteps returns how many elements apart the rows of the products begin, which are pixels.
func (c *Conv[T]) flatSteps() RowSteps {
	steps := RowSteps{C: c.steps.Output, A: c.steps.Input}
	if c.flat.gathers {
		steps.A = 0
	}
	return steps
}

// hasGaps reports whether there are gaps between pixels.
func (c *Conv[T]) hasGaps() bool {
	return c.steps != PixelSteps{c.shape.Channels, c.shape.Filters}
}

// multiply computes the output by a product, of x or of the pixels that it takes.
func (c *Conv[T]) multiply(p *Product[T], y, x, weights []T, epilogue *Epilogue[T]) {
	if !c.flat.gathers {
		multiply(p, y, x, weights, epilogue)
		return
	}
	s := c.engine.buffers[0].get()
	multiply(p, y, c.gather(x, s), weights, epilogue)
	c.engine.buffers[0].put(s)
}

// multiply computes a product with its epilogue, if there is one.
func multiply[T Float](p *Product[T], c, a, b []T, epilogue *Epilogue[T]) {
	if epilogue == nil {
		p.MatMul(c, a, b)
		return
	}
	p.MatMulEpilogue(c, a, b, epilogue)
}

// gather returns a copy of the pixels that the stride leaves of images.
func (c *Conv[T]) gather(x []T, s *scratch[T]) []T {
	size, out, stride, n := c.shape.Size, c.out, c.shape.Stride, c.shape.Channels
	dst := s.packA(c.shape.Batch * product3(out) * n)
	to := dst
	for i := range c.shape.Batch * out[0] * out[1] {
		row := (i/(out[0]*out[1])*size[0]+i/out[1]%out[0]*stride[0])*size[1] + i%out[1]*stride[1]
		for from := range out[2] {
			copy(to[:n], x[(row*size[2]+from*stride[2])*c.steps.Input:])
			to = to[n:]
		}
	}
	return dst
}

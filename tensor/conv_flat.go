package tensor

// flatConv are the products that compute a convolution by single pixels, or are nil where there is
// none.
type flatConv[T Float] struct {
	forward, backward, weights *Product[T]
	strided                    bool // the stride leaves pixels out: gradients go by copies of the others
	gathers                    bool // and so does forward
}

// wayBytes is the size of a way of the first cache of most processors. Pixels that are a multiple
// of it apart stand in one set, which has not room enough for the rows of a tile.
const wayBytes = 4096

// planFlat plans the products unless one of them would be computed as dots.
func (c *Conv[T]) planFlat() {
	e, pixels := c.engine, c.shape.Batch*product3(c.out)
	filters, channels := c.shape.Filters, c.shape.Channels
	if filters == 1 || channels == 1 {
		return
	}
	c.flat.strided = c.shape.Stride != [3]int{1, 1, 1}
	c.flat.gathers = c.flat.strided && c.shape.Stride[2]*channels*elementBytes[T]()%wayBytes == 0
	if !c.flat.strided || c.flat.gathers {
		if c.flat.forward = e.Plan(pixels, filters, channels, NT); c.hasGaps() {
			c.flat.forward.withRows(c.flatSteps())
		}
	}
	if c.gradients {
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
	n := c.shape.Channels
	dst := s.packA(c.shape.Batch * product3(c.out) * n)
	to := dst
	for i := range c.shape.Batch * c.out[0] * c.out[1] {
		row := x[c.inputRow(i):]
		for from := range c.out[2] {
			copy(to[:n], row[from*c.shape.Stride[2]*c.steps.Input:])
			to = to[n:]
		}
	}
	return dst
}

// inputRow returns where the pixels begin that a row of the output, of all planes and images, is
// computed from.
func (c *Conv[T]) inputRow(i int) int {
	size, out, stride := c.shape.Size, c.out, c.shape.Stride
	row := (i/(out[0]*out[1])*size[0]+i/out[1]%out[0]*stride[0])*size[1] + i%out[1]*stride[1]
	return row * size[2] * c.steps.Input
}

// inputGradient sets dx by the product, with +0 where the stride leaves pixels out, and passes it
// through an epilogue without a bias.
func (c *Conv[T]) inputGradient(dx, dy, weights []T, epilogue *Epilogue[T]) {
	n := c.shape.Channels
	s := c.engine.buffers[0].get()
	from := s.packA(c.shape.Batch * product3(c.out) * n)
	c.flat.backward.MatMul(from, dy, weights)
	clear(dx)
	for i := range c.shape.Batch * c.out[0] * c.out[1] {
		row := dx[c.inputRow(i):]
		for to := range c.out[2] {
			copy(row[to*c.shape.Stride[2]*n:], from[:n])
			from = from[n:]
		}
	}
	c.engine.buffers[0].put(s)
	output[T]{epilogue: epilogue}.apply(c.engine.k, dx, 0)
}

// weightGradient sets dw by the product.
func (c *Conv[T]) weightGradient(dw, x, dy []T) {
	s := c.engine.buffers[0].get()
	c.flat.weights.MatMul(dw, dy, c.gather(x, s))
	c.engine.buffers[0].put(s)
}

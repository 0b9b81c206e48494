package tensor

// channelPass is what is done to rows of channels in one go over them.
type channelPass uint8

const (
	columnSum    channelPass = iota // sums of x
	moments                         // those of the deviations of x from mean, and of their squares
	gradientSums                    // those of g and of its products with the deviations
	normalize                       // y = fma(x − mean, a, b), or the ReLU of it
	gradient                        // y = fma(g, a, fma(x − mean, b, c))
)

// channelTask is a pass under way, cut into parts of blocks of columnBlock rows.
type channelTask[T Float] struct {
	pass          channelPass
	k             *Kernels[T]
	rows, parts   int
	y, x, g       []T // rows
	gaps          int // elements between rows of x, of normalize alone
	relu          bool
	back          bool // from the last block to the first
	mean, a, b, c []T  // a row
	sums          []T  // two rows for each block: its chains
}

// channelBlock is about how many elements are taken at a time, so that they stay in L1 while the
// kernels go over them register by register of channels.
const channelBlock = 2048

// channelElements is the smallest number of elements of a part for which engaging another thread
// pays.
const channelElements = 1 << 16

// inChannels makes a pass, on several threads where that pays.
func (e *Engine[T]) inChannels(pass channelTask[T]) {
	t := e.channels.get()
	*t = pass
	t.k, t.rows = e.k, (len(t.x)+t.gaps)/(len(t.mean)+t.gaps)
	blocks := (t.rows + columnBlock - 1) / columnBlock
	t.parts = max(min(e.rules.threads, t.rows*len(t.mean)/channelElements, blocks), 1)
	Parallel(t, t.parts, e.rules.threads)
	*t = channelTask[T]{}
	e.channels.put(t)
}

// sumChannels makes a pass that sums, and sets first and second, if there is one, to its sums:
// those of blocks added pairwise, see [Engine.ColumnSums].
func (e *Engine[T]) sumChannels(pass channelTask[T], first, second []T) {
	channels := len(first)
	blocks := (len(pass.x)/channels + columnBlock - 1) / columnBlock
	s := e.buffers[0].get()
	pass.sums = s.packA(2 * channels * blocks)
	clear(pass.sums)
	e.inChannels(pass)
	for i, dst := range [2][]T{first, second} {
		if dst == nil {
			break
		}
		sums := newColumnSums(e.k, dst, blocks*columnBlock, s)
		for block := range blocks {
			if block > 0 {
				sums.carry()
			}
			copy(dst, pass.sums[(2*block+i)*channels:])
		}
		sums.finish()
	}
	e.buffers[0].put(s)
}

// Run makes a pass over the rows of one part.
func (t *channelTask[T]) Run(part int) {
	lo, hi := Share(t.rows, columnBlock, part, t.parts)
	most := max(channelBlock/len(t.mean), 1)
	blocks := (hi - lo + columnBlock - 1) / columnBlock
	for i := range blocks {
		if t.back {
			i = blocks - 1 - i
		}
		end := min(lo+(i+1)*columnBlock, hi)
		for at := lo + i*columnBlock; at < end; at += most {
			t.some(at, min(most, end-at))
		}
	}
}

// some makes a pass over some rows of one block.
func (t *channelTask[T]) some(at, rows int) {
	channels, norm := len(t.mean), &t.k.Norm
	block, from := at/columnBlock*2*channels, at*channels
	x, mean := &t.x[from+at*t.gaps], &t.mean[0]
	switch t.pass {
	case columnSum:
		t.k.Rows.ColumnSum(t.sums[block:][:channels], t.x[from:][:rows*channels], channels)
	case moments:
		norm.ChannelMoments(&t.sums[block], &t.sums[block+channels], x, mean, rows, channels)
	case gradientSums:
		norm.ChannelGradientSums(&t.sums[block], &t.sums[block+channels], &t.g[from], x, mean, rows,
			channels)
	case normalize:
		y := t.y[from:][:rows*channels]
		for ; t.gaps > 0 && rows > 1; rows-- {
			norm.NormalizeChannels(&t.y[from], x, mean, &t.a[0], &t.b[0], 1, channels)
			from, at = from+channels, at+1
			x = &t.x[from+at*t.gaps]
		}
		norm.NormalizeChannels(&t.y[from], x, mean, &t.a[0], &t.b[0], rows, channels)
		if t.relu {
			t.k.Unary[Relu](y, y)
		}
	case gradient:
		norm.ChannelGradient(&t.y[from], &t.g[from], x, mean, &t.a[0], &t.b[0], &t.c[0], rows, channels)
	}
}

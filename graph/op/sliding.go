package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// imageOperators are the operators of images, and those that normalise.
var imageOperators = []graph.Operator{
	BatchNorm{}, BatchNormGradient{}, BatchNormRelu{}, BatchNormTraining{}, BatchNormTrainingRelu{},
	ChannelSums{}, Conv{}, ConvInputGradient{}, ConvTranspose{}, ConvWeightGradient{}, FusedConv{},
	FusedConvInputGradient{}, FourierConv{},
	Resize{}, ResizeGradient{}, RowNorm{}, RowNormGradient{},
	RunningMoments{}, SplitChannels{},
	Pool{By: MaxOf}, Pool{By: MeanOf}, PoolGradient{Pool{By: MaxOf}}, PoolGradient{Pool{By: MeanOf}},
}

// Sliding is how a window goes over images: (batch, channels, …) with one to three dimensions of
// space, or (batch, …, channels).
type Sliding struct {
	// A number for each dimension of space: the window's steps, the distance of its taps, and the
	// padding before and after. Empty lists are ones, ones, zeros and zeros.
	Stride   Ints `json:"stride,omitempty"`
	Dilation Ints `json:"dilation,omitempty"`
	Before   Ints `json:"before,omitempty"`
	After    Ints `json:"after,omitempty"`
	// ChannelsLast says that images are stored pixel by pixel.
	ChannelsLast bool `json:"channelsLast,omitempty"`
}

// OfImages is an operator of images that are stored channel by channel, or, with ChannelsLast,
// pixel by pixel. Both forms give the same bits, each element in its place.
type OfImages interface {
	graph.Operator
	// Images returns which inputs and outputs are images.
	Images() (inputs, outputs []int)
	// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
	ChannelsAtEnd() graph.Operator
}

// Slide returns a window that goes over two dimensions with one stride and one padding.
func Slide(stride, padding int) Sliding {
	return Sliding{Stride: IntsOf(stride, stride), Before: IntsOf(padding, padding),
		After: IntsOf(padding, padding)}
}

// along returns the settings of three dimensions, of which space has so many: 1 or 0 in those
// before.
func (s Sliding) along(space int) (stride, dilation, before, after [3]int, err error) {
	for _, list := range []struct {
		name   string
		values Ints
		to     *[3]int
		other  int
	}{{"strides", s.Stride, &stride, 1}, {"dilations", s.Dilation, &dilation, 1},
		{"paddings before", s.Before, &before, 0}, {"paddings after", s.After, &after, 0}} {
		values := list.values.Values()
		if err == nil && len(values) != 0 && len(values) != space {
			err = fmt.Errorf("%d %s for %d dimensions of space", len(values), list.name, space)
		}
		for d := range list.to {
			list.to[d] = list.other
			if at := d - 3 + len(values); at >= 0 {
				list.to[d] = values[at]
			}
		}
	}
	return stride, dilation, before, after, err
}

// split returns the channels and the dimensions of space of images.
//
//go:noinline
func split[D any, S ~[]D](shape S, channelsLast bool) (channels D, space S) {
	if channelsLast {
		return shape[len(shape)-1], shape[1 : len(shape)-1]
	}
	return shape[1], shape[2:]
}

// join returns the shape of images with these channels and dimensions of space.
//
//go:noinline
func join[D any, S ~[]D](batch, channels D, space S, channelsLast bool) S {
	shape := S{batch}
	if !channelsLast {
		shape = append(shape, channels)
	}
	shape = append(shape, space...)
	if channelsLast {
		shape = append(shape, channels)
	}
	return shape
}

// isImages says what is wrong with a type of images.
func isImages(t graph.Type) error {
	if n := len(t.Shape); n < 3 || n > 5 {
		return fmt.Errorf("images of the shape %v, which has %d dimensions, not 3 to 5", t.Shape, n)
	}
	return nil
}

// placesOf returns the number of places of a window in a dimension. Of a symbolic one that is a
// symbol, too.
func placesOf(d graph.Dim, kernel, stride, dilation, before, after int) (graph.Dim, error) {
	reach := dilation*(kernel-1) + 1
	n, known := d.Value()
	switch {
	case stride < 1 || dilation < 1 || kernel < 1:
		return d, fmt.Errorf("a kernel of %d, a stride of %d and a dilation of %d, which are at least 1",
			kernel, stride, dilation)
	case stride == 1 && before+after == reach-1:
		return d, nil
	case !known:
		return graph.Symbol(fmt.Sprintf("((%v%+d)/%d+1)", d, before+after-reach, stride)), nil
	case n+before+after < reach:
		return d, fmt.Errorf("a window that reaches over %d elements of a dimension of %d with padding",
			reach, n+before+after)
	}
	return graph.Fixed((n+before+after-reach)/stride + 1), nil
}

// images are the elements of an array of images for kernels, which read and write them pixel by
// pixel: the array's own, or a copy.
type images[T any] struct {
	elements func() []T
	buf      []T // nil if there is no need for a copy
	in, out  *tensor.Move[T]
}

// pixelStep returns how many elements apart pixels of so many channels begin, or other rows of an
// array.
func pixelStep(a *tensor.Array, channels int) int {
	if _, step := a.Rows(); a.HasGaps() {
		return step
	}
	return channels
}

// newImages returns those of an array.
func newImages[T tensor.Element](a *tensor.Array, channelsLast bool) *images[T] {
	slot := tensor.Slot[T](a)
	return imagesOf(a, channelsLast, func() []T { return *slot })
}

// bytesOfImages returns the bytes of an array of integers of 8 bits.
func bytesOfImages(a *tensor.Array, channelsLast bool) *images[uint8] {
	return imagesOf(a, channelsLast, func() []uint8 { return tensor.Words[uint8](a) })
}

// imagesOf returns an array's elements, which are found when they are needed.
func imagesOf[T any](a *tensor.Array, channelsLast bool, elements func() []T) *images[T] {
	m := &images[T]{elements: elements}
	shape := a.Shape()
	channels, space := split(shape, channelsLast)
	pixels := product(space)
	if channelsLast || channels == 1 || pixels == 1 {
		return m
	}
	m.buf = make([]T, a.Len())
	first, last := []int{channels * pixels, 1, pixels}, []int{channels * pixels, channels, 1}
	m.in = tensor.NewMove[T]([]int{shape[0], pixels, channels}, last, first)
	m.out = tensor.NewMove[T]([]int{shape[0], channels, pixels},
		[]int{channels * pixels, pixels, 1}, []int{channels * pixels, 1, channels})
	return m
}

// read returns the elements pixel by pixel.
func (m *images[T]) read() []T {
	if m.buf == nil {
		return m.elements()
	}
	m.in.Run(m.buf, m.elements())
	return m.buf
}

// write returns where the elements are to be written pixel by pixel, before done is called.
//
//go:noinline
func (m *images[T]) write() []T {
	if m.buf == nil {
		return m.elements()
	}
	return m.buf
}

// done moves what was written to the array.
func (m *images[T]) done() {
	if m.buf != nil {
		m.out.Run(m.elements(), m.buf)
	}
}

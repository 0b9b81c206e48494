package op

import (
	"errors"

	"simdnn/graph"
	"simdnn/tensor"
)

// ConvBands is [KeptConv]s one after the other, each of the images that the one before gives, which
// nobody else needs: they are computed a band of rows at a time, so that what they give in between
// stays in L2 and takes no memory but that of a band. Inputs are the images, and those of each
// convolution but its images. The rewriting of graphs makes it, in memory: files don't hold it.
type ConvBands struct{ Stages *ConvStages }

// ConvStages are the convolutions of [ConvBands], of images of float32 pixel by pixel, and how many
// inputs each takes beside the images.
type ConvStages struct {
	Convs  []KeptConv
	Others []int
}

// Name returns "conv_bands".
func (ConvBands) Name() string { return "conv_bands" }

// Infer returns the type of the last convolution's output.
func (o ConvBands) Infer(in []graph.Type) ([]graph.Type, error) {
	types, err := o.types(in)
	if err != nil {
		return nil, err
	}
	return types[len(types)-1:], nil
}

// types returns those of the images and of what each convolution gives.
func (o ConvBands) types(in []graph.Type) ([]graph.Type, error) {
	if len(in) == 0 || o.Stages == nil || len(o.Stages.Convs) == 0 {
		return nil, errors.New("bands of convolutions without images or convolutions")
	}
	types, others := in[:1:1], in[1:]
	for i, c := range o.Stages.Convs {
		n := o.Stages.Others[i]
		if len(others) < n {
			return nil, errors.New("bands of convolutions without the inputs of each")
		}
		out, err := c.Infer(append(types[len(types)-1:len(types):len(types)], others[:n]...))
		if err != nil {
			return nil, err
		}
		types, others = append(types, out[0]), others[n:]
	}
	return types, nil
}

// TakesGaps says so of the images of the first convolution and of what the last one gives.
func (o ConvBands) TakesGaps(in []graph.Type, operand, dims int) bool {
	convs := o.Stages.Convs
	c := convs[0]
	if operand == graph.OutputGaps {
		c = convs[len(convs)-1]
	}
	return operand <= 0 && c.TakesGaps(in, operand, dims)
}

// bandGeometry is the geometry of bands: the shape of each convolution of one image.
type bandGeometry struct {
	convs  []tensor.ConvShape
	pixels []int // elements from one pixel to the next: of the images, and of what each gives
}

// bandBytes is the size of an element.
const bandBytes = 4

// geometry returns that for images of a type, without gaps.
func (o ConvBands) geometry(in []graph.Type) (*bandGeometry, error) {
	types, err := o.types(in)
	if err != nil {
		return nil, err
	}
	g := &bandGeometry{}
	for i, c := range o.Stages.Convs {
		images, ok := types[i].Shape.Ints()
		filters, known := c.Weights.constant.Shape().Ints()
		if !ok || !known || len(images) != 4 || !c.ChannelsLast || c.Transposed ||
			types[i].DType != tensor.Float32Type {
			return nil, errors.New("bands of convolutions of other images than planes of float32")
		}
		s := c.shape(images, filters)
		s.Batch = 1
		if i == 0 {
			g.pixels = append(g.pixels, s.Channels)
		}
		g.convs, g.pixels = append(g.convs, s), append(g.pixels, s.Filters)
	}
	return g, nil
}

// span is rows of images from one on to another one.
type span struct{ first, end int }

func (s span) rows() int { return s.end - s.first }

// height returns the number of rows that a convolution gives.
func (g *bandGeometry) height(conv int) int {
	out, _ := g.convs[conv].OutputSize()
	return out[1]
}

// width returns the number of pixels of a row that a convolution gives, or of one of the images, which
// are those of convolution −1.
func (g *bandGeometry) width(conv int) int {
	if conv < 0 {
		return g.convs[0].Size[2]
	}
	out, _ := g.convs[conv].OutputSize()
	return out[2]
}

// row returns the number of elements from such a row to the next.
func (g *bandGeometry) row(conv int) int { return g.width(conv) * g.pixels[conv+1] }

// rowBytes returns how many bytes the elements of such a row take, without gaps.
func (g *bandGeometry) rowBytes(conv int) int {
	channels := g.convs[max(conv, 0)].Filters
	if conv < 0 {
		channels = g.convs[0].Channels
	}
	return g.width(conv) * channels * bandBytes
}

// reach returns how many rows a window of a convolution reaches over.
func (g *bandGeometry) reach(conv int) int {
	s := &g.convs[conv]
	return s.Dilation[1]*(s.Kernel[1]-1) + 1
}

// windows returns the rows that the windows of some rows reach over, which may be beyond the images.
func (g *bandGeometry) windows(conv int, of span) span {
	s := &g.convs[conv]
	first := of.first*s.Stride[1] - s.Before[1]
	return span{first, first + (of.rows()-1)*s.Stride[1] + g.reach(conv)}
}

// source returns those of them that there are.
func (g *bandGeometry) source(conv int, of span) span {
	w := g.windows(conv, of)
	return span{max(w.first, 0), min(w.end, g.convs[conv].Size[1])}
}

// sources returns the rows that each convolution has to give for some of the last one.
func (g *bandGeometry) sources(of span) []span {
	all := make([]span, len(g.convs))
	for i := len(all) - 1; i >= 0; i-- {
		all[i] = of
		of = g.source(i, of)
	}
	return all
}

// rowsWithin returns of how many rows of the last convolution a band consists so that all its arrays
// take at most so many bytes: at least of one.
func (g *bandGeometry) rowsWithin(bytes int) int {
	last := len(g.convs) - 1
	height := g.height(last)
	fits := func(rows int) bool {
		taken := 0
		for i := last; i >= 0; i-- {
			taken += rows * g.rowBytes(i)
			rows = g.convs[i].Stride[1]*(rows-1) + g.reach(i)
		}
		return taken+rows*g.rowBytes(-1) <= bytes
	}
	bands := 1
	for bands < height && !fits((height+bands-1)/bands) {
		bands++
	}
	return (height + bands - 1) / bands
}

// bandShare is the part of L2, one in so many, that the arrays of a band may take.
const bandShare = 2

// PaysWith reports whether bands of images of a type are worth their while on a processor with an L2
// of so many bytes: what each convolution but the last gives of all images would not stay there, a
// band does, be it a whole image, and computes most rows that it needs itself. Convolutions behind the
// first one are depthwise or take single pixels: others spend their time multiplying, for which few
// rows are worse.
func (o ConvBands) PaysWith(l2 int, in []graph.Type) bool {
	g, err := o.geometry(in)
	if err != nil {
		return false
	}
	batch, _ := in[0].Shape[0].Value()
	last := len(g.convs) - 1
	height, rows := g.height(last), g.rowsWithin(l2/bandShare)
	needed := g.sources(span{height / 2, min(height/2+rows, height)})
	for i := range g.convs {
		s, reach := &g.convs[i], g.reach(i)
		weights := product3(s.Kernel) * s.Channels / s.Groups * s.Filters * bandBytes
		switch {
		case s.Before[1] >= reach, s.After[1] >= reach, s.After[1] < 0, weights > l2/8,
			i > 0 && product3(s.Kernel) > 1 && s.Groups < s.Channels,
			i < last && batch*g.height(i)*g.rowBytes(i) <= l2,
			i > 0 && needed[i-1].rows() < 2*(reach-s.Stride[1]):
			return false
		}
	}
	return rows < height || batch > 1
}

// product3 returns the number of elements of three dimensions.
func product3(size [3]int) int { return size[0] * size[1] * size[2] }

// Scratch returns the size of what the bands of all threads give in between.
func (o ConvBands) Scratch(b *graph.Binding, in []graph.Type) int {
	g, err := o.geometry(in)
	if err != nil {
		return 0
	}
	batch, _ := in[0].Shape[0].Value()
	bytes := 0
	for _, s := range g.schedules(b, batch) {
		bytes += inUnits(s.elements * bandBytes)
	}
	return bytes
}

package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// convolution is one of a single image, with a bias, padded so that a stride of 1 keeps its size.
type convolution struct {
	channels       int
	size           sides
	filters        int
	kernel, stride sides
	groups         int
}

// sides are a height and a width.
type sides [2]int

// String returns "3" for equal sides, and else "6x40".
func (s sides) String() string {
	if s[0] == s[1] {
		return strconv.Itoa(s[0])
	}
	return fmt.Sprintf("%dx%d", s[0], s[1])
}

// defaultConvolutions are the shapes of ResNet-50, MobileNet-v2, PP-OCRv4's detector on images of
// 320×320, and two of few channels.
const defaultConvolutions = "3x224-64x7s2g1,64x56-64x1s1g1,64x56-64x3s1g1,64x56-256x1s1g1," +
	"256x56-64x1s1g1,256x56-128x1s1g1,128x56-128x3s2g1,128x28-512x1s1g1,256x56-512x1s2g1," +
	"512x28-128x1s1g1,128x28-128x3s1g1,512x28-256x1s1g1,256x28-256x3s2g1,256x14-1024x1s1g1," +
	"512x28-1024x1s2g1,1024x14-256x1s1g1,256x14-256x3s1g1,1024x14-512x1s1g1,512x14-512x3s2g1," +
	"512x7-2048x1s1g1,1024x14-2048x1s2g1,2048x7-512x1s1g1,512x7-512x3s1g1," +
	"3x224-32x3s2g1,32x112-32x3s1g32,32x112-16x1s1g1,16x112-96x1s1g1,96x112-96x3s2g96," +
	"96x56-24x1s1g1,24x56-144x1s1g1,144x56-144x3s1g144,144x56-144x3s2g144,144x28-32x1s1g1," +
	"32x28-192x1s1g1,192x28-192x3s1g192,192x28-192x3s2g192,192x14-64x1s1g1,64x14-384x1s1g1," +
	"384x14-384x3s1g384,384x14-96x1s1g1,96x14-576x1s1g1,576x14-576x3s1g576,576x14-576x3s2g576," +
	"576x7-160x1s1g1,160x7-960x1s1g1,960x7-960x3s1g960,960x7-320x1s1g1,320x7-1280x1s1g1," +
	"3x320-16x3s2g1,16x160-16x3s1g16,16x160-32x1s1g1,32x160-32x3s2g32,32x80-48x1s1g1," +
	"48x80-48x3s1g48,48x80-48x1s1g1,48x80-48x3s2g48,48x40-96x1s1g1,96x40-96x3s1g96," +
	"96x40-96x1s1g1,96x40-96x3s2g96,96x20-192x1s1g1,192x20-192x5s1g192,192x20-192x1s1g1," +
	"192x20-192x5s2g192,192x10-384x1s1g1,384x10-384x5s1g384,384x10-384x1s1g1," +
	"384x10-360x1s1g1,360x10-96x1s1g1,192x20-42x1s1g1,42x20-96x1s1g1,96x40-18x1s1g1," +
	"18x40-96x1s1g1,96x40-24x3s1g1,48x80-12x1s1g1,12x80-96x1s1g1,96x80-24x3s1g1," +
	"24x80-24x3s1g1,16x32-16x3s1g1," +
	// Those of its recogniser, on images of 48×320, and of its classifier, on 48×192.
	"3x48x320-16x3s2g1,16x24x160-16x3s1g16,16x24x160-32x1s1g1,32x24x160-32x3s1g32," +
	"32x24x160-64x1s1g1,64x24x160-64x3s1g64,64x24x160-64x1s1g1,64x24x160-64x3s2x1g64," +
	"64x12x160-128x1s1g1,128x12x160-128x3s1g128,128x12x160-128x1s1g1,128x12x160-128x3s1x2g128," +
	"128x12x80-240x1s1g1,240x12x80-240x5s1g240,240x12x80-240x1s1g1,240x12x80-240x5s2x1g240," +
	"240x6x80-480x1s1g1,480x6x80-480x5s1g480,480x6x80-480x1s1g1,480x6x80-480x5s2x1g480," +
	"480x3x80-480x5s1g480,480x3x80-480x1s1g1,480x1x40-60x1x3s1g1,60x1x40-120x1s1g1," +
	"120x1x40-480x1s1g1,960x1x40-60x1x3s1g1," +
	"3x48x192-8x3s2g1,8x24x96-8x1s1g1,8x24x96-8x3s2x1g8,8x12x96-24x1s1g1," +
	"24x12x96-24x3s2x1g24,24x6x96-8x1s1g1,8x6x96-32x1s1g1,32x6x96-32x3s1g32," +
	"32x6x96-32x5s2x1g32,32x3x96-16x1s1g1,16x3x96-88x1s1g1,88x3x96-88x5s1g88," +
	"88x3x96-16x1s1g1,40x3x96-40x5s1g40,104x3x96-104x5s2x1g104,104x2x96-32x1s1g1," +
	"32x2x96-200x1s1g1,200x2x96-200x5s1g200,200x2x96-32x1s1g1"

func (c convolution) String() string {
	return fmt.Sprintf("%dx%v-%dx%vs%vg%d", c.channels, c.size, c.filters, c.kernel, c.stride, c.groups)
}

// convolutionText is what [convolution.String] returns, its numbers as submatches.
var convolutionText = regexp.MustCompile(
	`^(\d+)x(\d+)(?:x(\d+))?-(\d+)x(\d+)(?:x(\d+))?s(\d+)(?:x(\d+))?g(\d+)$`)

// parseConvolutions reads shapes such as 64x56-128x3s2g1: channels and pixels of a side, filters
// and side of the kernel, stride, groups. Sides that differ are two numbers, as in 64x6x40.
func parseConvolutions(text string) ([]convolution, error) {
	var list []convolution
	for _, one := range split(text) {
		c, err := parseConvolution(one)
		if err == nil {
			_, err = c.shape().OutputSize()
		}
		if err != nil || c.String() != one {
			return nil, fmt.Errorf("%q is not a convolution such as 64x56-128x3s2g1 or 64x6x40-64x3s2x1g64: "+
				"channels x pixels - filters x kernel, stride, groups", one)
		}
		list = append(list, c)
	}
	return list, nil
}

// parseConvolution reads one of them, whether there is such a convolution or not.
func parseConvolution(text string) (c convolution, err error) {
	parts := convolutionText.FindStringSubmatch(text)
	if parts == nil {
		return c, errors.New("another form")
	}
	n := make([]int, len(parts))
	for i, part := range parts[1:] {
		if part == "" { // a width that is the height
			part = parts[i]
		}
		if n[1+i], err = strconv.Atoi(part); err != nil {
			return c, err
		}
	}
	return convolution{n[1], sides{n[2], n[3]}, n[4], sides{n[5], n[6]}, sides{n[7], n[8]}, n[9]}, nil
}

// shape returns the geometry.
func (c convolution) shape() tensor.ConvShape {
	plane := func(depth int, s sides) [3]int { return [3]int{depth, s[0], s[1]} }
	padding := plane(0, sides{c.kernel[0] / 2, c.kernel[1] / 2})
	return tensor.ConvShape{Batch: 1, Size: plane(1, c.size), Channels: c.channels,
		Filters: c.filters, Groups: c.groups, Kernel: plane(1, c.kernel), Stride: plane(1, c.stride),
		Dilation: [3]int{1, 1, 1}, Before: padding, After: padding}
}

// taps returns the number of a kernel's.
func (c convolution) taps() int { return c.kernel[0] * c.kernel[1] }

// flops returns the number of operations for an image.
func (c convolution) flops() float64 {
	out, _ := c.shape().OutputSize()
	return 2 * float64(out[1]*out[2]*c.filters) * float64(c.channels/c.groups*c.taps())
}

// weights returns the weights, whose scale keeps results near 1, and the bias.
func (c convolution) weights() (w, bias *tensor.Tensor[float32]) {
	return noisy[float32](2, 0.25, 0, c.filters, c.channels/c.groups, c.kernel[0], c.kernel[1]),
		noisy[float32](3, 1, 0, c.filters)
}

// conv times convolutions by weights that stay. Each side may keep weights, images and results in
// the layout that it likes best; only PyTorch's first takes them as ours does, pixel by pixel.
func (s *session) conv() error {
	torch, onnx := s.startTorch(), s.startPeer("ONNX Runtime", "onnx_peer.py", s.threads)
	defer closeAll(append(torch, onnx))
	columns := []string{"simdnn"}
	for _, p := range torch {
		columns = append(columns, p.name, p.blockedName())
	}
	s.report.begin("conv", "GFLOP/s", append(columns, "ONNX Runtime"), true)
	top := peak[float32](s.threads)
	e := tensor.NewEngine[float32](asm.Active(), s.threads)
	for _, c := range s.convolutions {
		ours, want := c.ours(e, s.contest.clock)
		sides := []contender{ours}
		equal := func(values []float64) error { return near(values, want) }
		request := func() map[string]any {
			return map[string]any{"prepare": "conv", "size": c.size, "channels": c.channels,
				"filters": c.filters, "kernel": c.kernel, "stride": c.stride, "groups": c.groups}
		}
		for _, p := range torch {
			for slot, name := range []string{p.name, p.blockedName()} {
				r := request()
				r["blocked"] = slot == 1
				sides = append(sides, p.contender(name, slot, r, equal))
			}
		}
		if onnx != nil {
			r := request()
			r["model"] = base64.StdEncoding.EncodeToString(c.onnxModel())
			sides = append(sides, onnx.contender("ONNX Runtime", 0, r, equal))
		}
		r := row{Section: "conv", Job: c.String(), Op: "conv", Dtype: "f32", unit: 1 / c.flops(),
			PeakGFLOPS: top, Timings: s.contest.hold(sides)}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// ours returns our side, and numbers of its result to compare.
func (c convolution) ours(e *tensor.Engine[float32], by clock) (contender, []float64) {
	plan := e.PlanConv(c.shape())
	out := plan.OutputSize()
	w, bias := c.weights()
	x := noisy[float32](1, 1, 0, c.size[0], c.size[1], c.channels).Data()
	y := tensor.New[float32](out[1], out[2], c.filters).Data()
	epilogue := &tensor.Epilogue[float32]{}
	epilogue.Bias = bias.Data()
	once := func() { plan.Forward(y, x, w.Data(), epilogue) }
	if packed := plan.Pack(w.Data()); packed != nil {
		kept := plan.Keep(packed)
		once = func() { kept.Forward(y, x, epilogue) }
	}
	return oursRepeated(by, once), sampled(y)
}

// onnxModel returns the convolution as an ONNX model with the input x and the output y.
func (c convolution) onnxModel() []byte {
	var graph message
	w, bias := c.weights()
	graph.bytes(5, onnxTensor("w", w))
	graph.bytes(5, onnxTensor("b", bias))
	graph.bytes(1, c.onnxNode("Conv", "x", "w", "b"))
	graph.text(2, "convolution")
	out, _ := c.shape().OutputSize()
	graph.bytes(11, onnxValue("x", 1, c.channels, c.size[0], c.size[1]))
	graph.bytes(12, onnxValue("y", 1, c.filters, out[1], out[2]))
	return onnxFile(graph, "", 13)
}

// onnxNode returns the convolution as an operation whose output is y.
func (c convolution) onnxNode(op string, in ...string) message {
	node := message(onnxNode(op, "y", false, in...))
	for _, a := range []struct {
		name   string
		values []int
	}{
		{"pads", []int{c.kernel[0] / 2, c.kernel[1] / 2, c.kernel[0] / 2, c.kernel[1] / 2}},
		{"strides", c.stride[:]},
	} {
		var attribute message
		attribute.text(1, a.name)
		for _, v := range a.values {
			attribute.number(8, uint64(v))
		}
		attribute.number(20, 7) // integers
		node.bytes(5, attribute)
	}
	var groups message
	groups.text(1, "group")
	groups.number(3, uint64(c.groups))
	groups.number(20, 2)
	node.bytes(5, groups)
	return node
}

package bench

import (
	"fmt"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// strided is the family of operations on views whose elements are not in the order of their memory.
const strided = "Strided"

// views are the cases: what an operation does to a square matrix, beside the same on contiguous
// operands.
var views = []struct {
	name    string
	streams float64
	run     func(e *tensor.Engine[float32], dst, x, y *tensor.Tensor[float32])
}{
	{"copy", 2, func(_ *tensor.Engine[float32], dst, x, _ *tensor.Tensor[float32]) { dst.CopyFrom(x) }},
	{"add", 3, func(e *tensor.Engine[float32], dst, x, y *tensor.Tensor[float32]) { e.Add(dst, x, y) }},
	{"relu", 2, func(e *tensor.Engine[float32], dst, x, _ *tensor.Tensor[float32]) {
		e.Unary(tensor.Relu, dst, x)
	}},
	{"sum", 1, func(e *tensor.Engine[float32], _, x, _ *tensor.Tensor[float32]) { e.Sum(x) }},
}

// side is that of the square matrices: far beyond the caches, and a power of two, whose rows evict
// one another.
const side = 2048

// stridedCases returns the operations with a transposed first operand and a copy that reorders
// images, for the active ISA; in full also those with contiguous operands, and images of three
// colours.
func stridedCases(full bool) []Case {
	e := tensor.NewEngine[float32](asm.Active(), 1)
	var cases []Case
	for _, v := range views {
		for _, order := range []string{"transposed", "contiguous"} {
			if order == "contiguous" && !full {
				continue
			}
			cases = append(cases, Case{
				Family: strided,
				Config: fmt.Sprintf("%s-%s/size=%dx%d/dtype=f32/isa=%s", v.name, order, side, side, e.ISA()),
				Bytes:  v.streams * 4 * side * side,
				Prepare: func() (func(), error) {
					dst, x, y := tensor.New[float32](side, side), Filled[float32](side, side),
						Filled[float32](side, side)
					if order == "transposed" {
						x = x.T()
					}
					return warm(func() { v.run(e, dst, x, y) }), nil
				},
			})
		}
	}
	if full {
		cases = append(cases, imagesCase(e.ISA(), 3))
	}
	return append(cases, imagesCase(e.ISA(), 64))
}

// imagesCase copies images from the order (n, c, h, w) to (n, h, w, c).
func imagesCase(isa string, channels int) Case {
	const images, pixels = 16, 56
	return Case{
		Family: strided,
		Config: fmt.Sprintf("nchw-to-nhwc/size=%dx%dx%dx%d/dtype=f32/isa=%s", images, channels, pixels,
			pixels, isa),
		Bytes: 2 * 4 * float64(images*channels*pixels*pixels),
		Prepare: func() (func(), error) {
			x := Filled[float32](images, channels, pixels, pixels).Permute(0, 2, 3, 1)
			dst := tensor.New[float32](x.Shape()...)
			return warm(func() { dst.CopyFrom(x) }), nil
		},
	}
}

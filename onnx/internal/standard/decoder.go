package standard

import (
	"fmt"

	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// decoders are the operators that need what programs give in [file.Options].
var decoders = []plan.Operator{
	{Name: file.ImageDecoder, Since: 20, Min: 1, Max: 1, Attributes: "pixel_format",
		Host: decodeImage},
}

// decodeImage calls what the program gave for that.
func decodeImage(h *plan.HostCall) ([]*value.Value, error) {
	file := h.Input(0)
	if file.Element() != value.Uint8 || len(file.Dims()) != 1 {
		h.Fail("its input is %v, not the bytes of a file", file)
	}
	format := h.Call.AttrString("pixel_format", "RGB")
	decode := h.Session.Model.Options.DecodeImage
	pixels, shape, err := decode(tensor.Elements[uint8](file.Array()), format)
	if err != nil {
		return nil, err
	}
	if len(shape) != 3 || tensors.Size(shape) != len(pixels) {
		return nil, fmt.Errorf("%d pixels of the shape %v", len(pixels), shape)
	}
	return []*value.Value{value.NewTensor(tensor.ArrayOf(pixels, shape...))}, nil
}

package onnx

import (
	"fmt"

	"simdnn/tensor"
)

// imageDecoder is the name of the operator that decodes images.
const imageDecoder = "ImageDecoder"

// decoders are the operators that need what programs give in [Options].
var decoders = []operator{
	{name: imageDecoder, since: 20, min: 1, max: 1, attributes: "pixel_format", host: decodeImage},
}

// decodeImage calls what the program gave for that.
func decodeImage(h *hostCall) ([]*Value, error) {
	file := h.input(0)
	if file.element != Uint8 || len(file.shape) != 1 {
		h.fail("its input is %v, not the bytes of a file", file)
	}
	format := h.call.attrString("pixel_format", "RGB")
	decode := h.session.model.options.DecodeImage
	pixels, shape, err := decode(tensor.Elements[uint8](file.array), format)
	if err != nil {
		return nil, err
	}
	if len(shape) != 3 || sizeOf(shape) != len(pixels) {
		return nil, fmt.Errorf("%d pixels of the shape %v", len(pixels), shape)
	}
	return []*Value{NewTensor(tensor.ArrayOf(pixels, shape...))}, nil
}

package onnx

// dropOut is Dropout in training.
func (c *call) dropOut(ratio float64) {
	c.fail("dropout in training is not supported")
}

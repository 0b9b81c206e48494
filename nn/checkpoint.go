package nn

import "simdnn/tensor"

// checkpoint holds the parameters of the best epoch so far.
type checkpoint[T tensor.Float] struct {
	loss   float64
	epoch  int
	values [][]T // nil before the first epoch
}

// stale takes the loss that the model reached in an epoch and returns for how many epochs there has been no better one. It keeps
// the parameters if this one is the best.
func (c *checkpoint[T]) stale(m *Model[T], loss, minDelta float64, epoch int) int {
	if c.values == nil {
		c.values = make([][]T, len(m.parameters))
		for i, p := range m.parameters {
			c.values[i] = make([]T, len(p.Data))
		}
	} else if !(loss < c.loss-minDelta) {
		return epoch - c.epoch
	}
	c.loss, c.epoch = loss, epoch
	for i, p := range m.parameters {
		copy(c.values[i], p.Data)
	}
	return 0
}

// restore puts the best parameters back, if there are any.
func (c *checkpoint[T]) restore(m *Model[T]) {
	for i, values := range c.values {
		copy(m.parameters[i].Data, values)
	}
}

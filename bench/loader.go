package bench

import (
	"fmt"

	"simdnn/nn/data"
	"simdnn/tensor"
)

// loader is the family of data loading.
const loader = "Loader"

// epochs returns an epoch of mini-batches of 64 rows of handwritten digits: views in order, and
// rows gathered in random order.
func epochs() []Case {
	const rows, columns, batch = 1797, 64, 64
	var cases []Case
	for _, shuffle := range []bool{false, true} {
		order := "ordered"
		if shuffle {
			order = "shuffled"
		}
		cases = append(cases, Case{
			Family: loader,
			Config: fmt.Sprintf("%s/size=%dx%d/dtype=f32", order, rows, columns),
			Bytes:  float64(2 * 4 * rows * (columns + 1)),
			Prepare: func() (func(), error) {
				l, err := data.NewLoader(Filled[float32](rows, columns), tensor.New[float32](rows, 1),
					data.LoaderOptions{BatchSize: batch, Shuffle: shuffle, Seed: 1})
				if err != nil {
					return nil, err
				}
				return warm(func() {
					for range l.Epoch() {
					}
				}), nil
			},
		})
	}
	cases[0].Bytes = 0 // views: nothing is read or written
	return cases
}

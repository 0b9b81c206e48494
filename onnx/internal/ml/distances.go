package ml

import (
	"simdnn/graph"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// panelWidth is how many vectors stand side by side, element by element: as many as sums stay in
// registers, and few enough for a panel to stay in L1 while rows pass.
const panelWidth = 128

// panel is some vectors as the columns of a matrix, filled up with zeros to a multiple of what
// kernels take.
type panel struct {
	first, vectors, width int
	columns               []float32
}

// panelsOf returns n vectors as panels.
func panelsOf(vectors []float32, n int) []panel {
	lanes := tensor.DistanceLanes[float32]()
	length := len(vectors) / n
	var panels []panel
	for first := 0; first < n; first += panelWidth {
		p := panel{first: first, vectors: min(n-first, panelWidth)}
		p.width = (p.vectors + lanes - 1) / lanes * lanes
		p.columns = make([]float32, length*p.width)
		turn(p.columns, vectors[first*length:][:p.vectors*length], length, p.width)
		panels = append(panels, p)
	}
	return panels
}

// distancesTo returns the squared distance of each row to each of n vectors, whose differences in
// the columns are squared and added up in order.
func distancesTo(c *plan.Call, x *graph.Value, vectors []float32, n int) *graph.Value {
	rows, columns := native.Dims(x)[0], native.Dims(x)[1]
	panels := panelsOf(vectors, n)
	types := []graph.Type{{DType: tensor.Float32Type, Shape: graph.ShapeOf(rows, n)}}
	return c.Natives("distances", types, func(b *graph.Binding) graph.Step {
		from, to := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[float32](b.Outputs[0])
		kernel := graph.Engine[float32](b).Kernels().Rows.Distances
		var last [panelWidth]float32 // the sums of a panel that is filled up
		return func() {
			for i := range panels {
				p := &panels[i]
				for row := range rows {
					x, sums := (*from)[row*columns:][:columns], (*to)[row*n+p.first:][:p.vectors]
					if p.width == p.vectors {
						kernel(sums, x, p.columns)
						continue
					}
					kernel(last[:p.width], x, p.columns)
					copy(sums, last[:])
				}
			}
		}
	}, x)[0]
}

package ml

import (
	"simdnn/graph"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// paddedWidth returns how many columns there are to n vectors: as many as kernels take.
func paddedWidth(n int) int {
	lanes := tensor.DistanceLanes[float32]()
	return (n + lanes - 1) / lanes * lanes
}

// panelWidth is how many vectors stand side by side, element by element: as many as sums stay in
// registers, and few enough for a panel to stay in L1 while rows pass.
const panelWidth = 128

// panel is some vectors as the columns of a matrix, filled up with zeros to a multiple of what
// kernels take.
type panel struct {
	first, width int
	columns      []float32
}

// panelsOf returns n vectors as panels.
func panelsOf(vectors []float32, n int) []panel {
	length := len(vectors) / n
	var panels []panel
	for first := 0; first < n; first += panelWidth {
		of := min(n-first, panelWidth)
		p := panel{first: first, width: paddedWidth(of)}
		p.columns = make([]float32, length*p.width)
		turn(p.columns, vectors[first*length:][:of*length], length, p.width)
		panels = append(panels, p)
	}
	return panels
}

// radial returns exp(−γ·|x − v|²) for each row and each of n vectors, (rows, [paddedWidth] of n):
// differences in the columns are squared and added up in order.
func radial(c *plan.Call, x *graph.Value, vectors []float32, n int, gamma float32) *graph.Value {
	rows, columns := native.Dims(x)[0], native.Dims(x)[1]
	panels, width := panelsOf(vectors, n), paddedWidth(n)
	types := []graph.Type{{DType: tensor.Float32Type, Shape: graph.ShapeOf(rows, width)}}
	return c.Natives("radial", types, func(b *graph.Binding) graph.Step {
		from, to := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[float32](b.Outputs[0])
		k := graph.Engine[float32](b).Kernels()
		distances, scale := k.Rows.Distances, k.Parametric[tensor.Scale]
		exp := k.Unary[tensor.Exp]
		return func() {
			for row := range rows {
				x, y := (*from)[row*columns:][:columns], (*to)[row*width:][:width]
				for i := range panels {
					p := &panels[i]
					distances(y[p.first:][:p.width], x, p.columns)
				}
				scale(y, y, -gamma)
				exp(y, y)
			}
		}
	}, x)[0]
}

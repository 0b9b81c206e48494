package ml

import (
	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// supports are the support vectors of a machine and the kernel function of a row and a vector:
//
//	LINEAR   x·v
//	POLY     (γ·x·v + c)^degree
//	RBF      exp(−γ·|x − v|²)
//	SIGMOID  tanh(γ·x·v + c)
type supports struct {
	kind                    string
	gamma, constant, degree float32
	vectors                 []float32 // n rows
	n, columns, width       int       // width: of the kernels of a row, of which n count
}

// panelWidth is how many vectors stand side by side, element by element: as many as sums stay in
// registers, and few enough for a panel to stay in L1 while rows pass.
const panelWidth = 128

// blockRows is how many rows a panel meets before the next one does.
const blockRows = 8

// newSupports reads n vectors and the attributes of their kernel function.
func newSupports(c *plan.Call, x *graph.Value, vectors []float32, n int) *supports {
	columns := native.Dims(x)[1]
	if n < 1 || columns < 1 || len(vectors) != n*columns {
		c.Fail("it has %d numbers for %d support vectors, and %d columns", len(vectors), n, columns)
	}
	s := &supports{kind: c.AttrString("kernel_type", "LINEAR"), vectors: vectors, n: n, width: n,
		columns: columns}
	if p := c.AttrFloats("kernel_params"); len(p) > 0 {
		if len(p) != 3 {
			c.Fail("it has %d kernel_params, not 3", len(p))
		}
		s.gamma, s.constant, s.degree = p[0], p[1], p[2]
	}
	switch s.kind {
	case "RBF":
		lanes := tensor.DistanceLanes[float32]()
		s.width = (n + lanes - 1) / lanes * lanes // whole registers
	case "LINEAR", "POLY", "SIGMOID":
	default:
		c.Fail("the kernel %q is unknown", s.kind)
	}
	return s
}

// eachRow adds a step that computes the kernels of each row of x, and lets something be made of
// them, row by row.
func (s *supports) eachRow(c *plan.Call, x *graph.Value, name string, types []graph.Type,
	bind func(b *graph.Binding) func(row int, kernels []float32)) []*graph.Value {
	rows := native.Dims(x)[0]
	return c.Natives(name, types, func(b *graph.Binding) graph.Step {
		from, use := tensor.Slot[float32](b.Inputs[0]), bind(b)
		kernels := s.kernels(graph.Engine[float32](b))
		room := tensor.NewArray(tensor.Float32Type, min(rows, blockRows), s.width)
		y := tensor.Elements[float32](room)
		return func() {
			for first := 0; first < rows; first += blockRows {
				n := min(rows-first, blockRows)
				kernels(y[:n*s.width], (*from)[first*s.columns:][:n*s.columns], n)
				for i := range n {
					use(first+i, y[i*s.width:][:s.n])
				}
			}
		}
	}, x)
}

// kernels returns what computes the kernels y of some rows of x. Panels are met in one order and in
// the opposite one by turns: what L1 holds at the end of a turn is what the next one begins with.
func (s *supports) kernels(e *tensor.Engine[float32]) func(y, x []float32, rows int) {
	panels, finish, back := s.panels(e), s.function(e.Kernels()), false
	return func(y, x []float32, rows int) {
		for i := range panels {
			p := &panels[i]
			if back {
				p = &panels[len(panels)-1-i]
			}
			for row := range rows {
				p.pass(y[row*s.width+p.first:][:p.width], x[row*s.columns:][:s.columns])
			}
		}
		back = !back
		finish(y)
	}
}

// panel is some vectors side by side, and what computes the products of a row and each of them, or
// its squared distance.
type panel struct {
	first, width int
	pass         func(y, x []float32)
}

// panels returns the vectors as panels.
func (s *supports) panels(e *tensor.Engine[float32]) []panel {
	var panels []panel
	for first := 0; first < s.n; first += panelWidth {
		n := min(s.n-first, panelWidth)
		vectors := s.vectors[first*s.columns:][:n*s.columns]
		p := panel{first: first, width: min(s.width-first, panelWidth)}
		if s.kind == "RBF" {
			columns := make([]float32, s.columns*p.width)
			for i, v := range vectors {
				columns[i%s.columns*p.width+i/s.columns] = v
			}
			distances := e.Kernels().Rows.Distances
			p.pass = func(y, x []float32) { distances(y, x, columns) }
		} else {
			columns := tensor.NewRowPanels(e, 1, s.columns, n)
			columns.SetTransposed(e, vectors)
			p.pass = func(y, x []float32) { columns.Multiply(e, y, x, false, false) }
		}
		panels = append(panels, p)
	}
	return panels
}

// function returns what makes kernels of products or distances, in place.
func (s *supports) function(k *tensor.Kernels[float32]) func(y []float32) {
	scale, add := k.Parametric[tensor.Scale], s.adder(k)
	switch s.kind {
	case "RBF":
		exp := k.Unary[tensor.Exp]
		return func(y []float32) {
			scale(y, y, -s.gamma)
			exp(y, y)
		}
	case "POLY":
		power := s.power(k)
		return func(y []float32) {
			scale(y, y, s.gamma)
			add(y)
			power(y)
		}
	case "SIGMOID":
		tanh := k.Unary[tensor.Tanh]
		return func(y []float32) {
			scale(y, y, s.gamma)
			add(y)
			tanh(y, y)
		}
	}
	return func([]float32) {}
}

// adder returns what adds c. 0 changes nothing but the sign of zeros, which no sum shows.
func (s *supports) adder(k *tensor.Kernels[float32]) func(y []float32) {
	if s.constant == 0 {
		return func([]float32) {}
	}
	constants, add := make([]float32, blockRows*s.width), k.Binary[tensor.Add]
	for i := range constants {
		constants[i] = s.constant
	}
	return func(y []float32) { add(y, y, constants) }
}

// power returns what raises each element to the degree.
func (s *supports) power(k *tensor.Kernels[float32]) func(y []float32) {
	mul := k.Binary[tensor.Mul]
	switch s.degree {
	case 2:
		return func(y []float32) { mul(y, y, y) }
	case 3:
		squares := make([]float32, blockRows*s.width)
		return func(y []float32) {
			mul(squares[:len(y)], y, y)
			mul(y, squares, y)
		}
	}
	return func(y []float32) {
		for i, x := range y {
			y[i] = float32(portable.Pow(float64(x), float64(s.degree)))
		}
	}
}

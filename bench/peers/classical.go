package main

import (
	"fmt"
	"math"

	"simdnn/onnx"
	"simdnn/tensor"
)

// classical is a linear model or a support vector machine as skl2onnx writes it, with random
// numbers, which is asked for one row at a time.
type classical struct {
	name    string
	kernel  string // of support vectors; "" stands for a linear model
	vectors []int  // support vectors of each class; one number for a regressor
	classes int    // 0 for a regressor
}

// classicalColumns is how many numbers a row has.
const classicalColumns = 30

// classicals are those that are timed: as many vectors as scikit-learn keeps of some hundreds of
// rows.
var classicals = []classical{
	{name: "linear regression"},
	{name: "logistic regression", classes: 2},
	{"SVC RBF 197", "RBF", []int{97, 100}, 2},
	{"SVC RBF 835", "RBF", []int{280, 275, 280}, 3},
	{"SVR RBF 350", "RBF", []int{350}, 0},
	{"SVC sigmoid 256", "SIGMOID", []int{126, 130}, 2},
	{"SVC poly 289", "POLY", []int{143, 146}, 2},
}

// classical times predictions of one row beside ONNX Runtime. Rows change from prediction to
// prediction.
func (s *session) classical() error {
	if s.onnx == "" {
		s.note("classical: ONNX Runtime is not there")
		return nil
	}
	runtime, err := loadONNXRuntime(s.onnx)
	if err != nil {
		return fmt.Errorf("--onnxruntime: %w", err)
	}
	columns := []string{"simdnn"}
	for _, way := range onnxSettings(s.threads) {
		columns = append(columns, way.name)
	}
	s.report.begin("classical", "µs a row", columns, false)
	for _, m := range classicals {
		side, want, err := m.ours(s)
		if err != nil {
			return err
		}
		sides := []contender{side}
		w := onnxWork{m.onnxModel(), 1, classicalColumns, len(want), m.inputs()}
		for _, way := range onnxSettings(s.threads) {
			side, err := runtime.contender(w, way, s.contest.clock,
				func(values []float64) error { return near(values, want) })
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			sides = append(sides, side)
		}
		r := row{Section: "classical", Job: m.name, Batch: 1, unit: 1e-3,
			Timings: s.contest.hold(sides)}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// ours returns our side, and what it gives for the first row.
func (m classical) ours(s *session) (contender, []float64, error) {
	model, err := onnx.Read(m.onnxModel(), m.name, onnx.Options{})
	if err != nil {
		return contender{}, nil, err
	}
	x := tensor.NewArray(tensor.Float32Type, 1, classicalColumns)
	bound, err := model.Session(onnx.SessionOptions{Threads: s.threads}).
		Bind(map[string]*onnx.Value{"x": onnx.NewTensor(x)})
	if err != nil {
		return contender{}, nil, err
	}
	copy(tensor.Elements[float32](x), m.inputs())
	y, err := bound.Run()
	if err != nil {
		return contender{}, nil, err
	}
	want := firstValues(tensor.Elements[float32](y[0].Array()))
	next := turns(m.inputs(), classicalColumns)
	return contender{name: "simdnn", role: ours, run: s.contest.clock.tried(func() error {
		copy(tensor.Elements[float32](x), next())
		_, err := bound.Run()
		return err
	})}, want, nil
}

// inputs returns rows that take turns.
func (m classical) inputs() []float32 { return m.numbers(51, 1000*classicalColumns, 2) }

// numbers returns random ones between −scale/2 and scale/2.
func (m classical) numbers(seed uint64, n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(scale * noise(seed, i))
	}
	return x
}

// outputs returns how many scores a row has: of two classes, or of more one a pair.
func (m classical) outputs() int {
	return max(1, m.classes, m.classes*(m.classes-1)/2)
}

// onnxModel returns the model as ONNX: with the input x, the output y, and classifiers' label.
func (m classical) onnxModel() []byte {
	var graph message
	graph.bytes(1, m.node())
	graph.text(2, "classical")
	graph.bytes(11, onnxValue("x", 1, classicalColumns))
	graph.bytes(12, onnxValue("y", 1, m.outputs()))
	if m.classes > 0 {
		graph.bytes(12, onnxValueOf("label", onnxInt64, 1))
	}
	return onnxFile(graph, "ai.onnx.ml", 1)
}

// The numbers of ONNX for integers of 64 bits, and for attributes of text.
const (
	onnxInt64 = 7
	onnxText  = 3
)

// node returns the machine itself.
func (m classical) node() message {
	var node message
	node.text(1, "x")
	if m.classes > 0 {
		node.text(2, "label")
	}
	node.text(2, "y")
	node.text(7, "ai.onnx.ml")
	operator := map[bool]string{false: "Linear", true: "SVM"}[m.kernel != ""] +
		map[bool]string{false: "Regressor", true: "Classifier"}[m.classes > 0]
	node.text(4, operator)
	if m.classes > 0 {
		labels := make([]int, m.classes)
		for i := range labels {
			labels[i] = i
		}
		node.bytes(5, onnxInts("classlabels_ints", labels, true))
	}
	if m.kernel == "" {
		m.linear(&node)
	} else {
		m.machine(&node)
	}
	return node
}

// linear adds what linear models have: of two classes the coefficients of both.
func (m classical) linear(node *message) {
	w := m.numbers(52, classicalColumns, 1)
	b := []float32{0.25}
	if m.classes == 2 {
		for _, v := range w[:classicalColumns] {
			w = append(w, -v)
		}
		w, b = append(w[classicalColumns:], w[:classicalColumns]...), []float32{-0.25, 0.25}
		var transform message
		transform.text(1, "post_transform")
		transform.text(4, "LOGISTIC")
		transform.number(20, onnxText)
		node.bytes(5, transform)
	}
	node.bytes(5, onnxFloats("coefficients", w))
	node.bytes(5, onnxFloats("intercepts", b))
}

// machine adds support vectors. The kernels' parameters are those that scikit-learn takes for
// columns of a deviation of 1.
func (m classical) machine(node *message) {
	n := 0
	for _, v := range m.vectors {
		n += v
	}
	var kernel message
	kernel.text(1, "kernel_type")
	kernel.text(4, m.kernel)
	kernel.number(20, onnxText)
	node.bytes(5, kernel)
	node.bytes(5, onnxFloats("kernel_params", []float32{1. / classicalColumns, 0, 3}))
	node.bytes(5, onnxFloats("support_vectors",
		m.numbers(53, n*classicalColumns, 2*math.Sqrt(3))))
	node.bytes(5, onnxFloats("coefficients", m.numbers(54, max(1, m.classes-1)*n, 2)))
	if m.classes == 0 {
		node.bytes(5, onnxInts("n_supports", []int{n}, false))
		node.bytes(5, onnxFloats("rho", []float32{0.5}))
		return
	}
	node.bytes(5, onnxInts("vectors_per_class", m.vectors, true))
	node.bytes(5, onnxFloats("rho", m.numbers(55, m.classes*(m.classes-1)/2, 1)))
}

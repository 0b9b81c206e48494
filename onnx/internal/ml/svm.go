package ml

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/portable"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// supportVectors are the support vector machines of ai.onnx.ml. They compute in float32, whatever
// their inputs.
var supportVectors = []plan.Operator{
	{Name: "SVMClassifier", Since: 1, Min: 1, Max: 1, Attributes: "classlabels_ints " +
		"classlabels_strings coefficients kernel_params kernel_type post_transform prob_a prob_b rho " +
		"support_vectors vectors_per_class", Translate: svmClassifier},
	{Name: "SVMRegressor", Since: 1, Min: 1, Max: 1, Attributes: "coefficients kernel_params " +
		"kernel_type n_supports one_class post_transform rho support_vectors",
		Translate: svmRegressor},
}

// svmRegressor gives Σ coefficient·kernel + rho for each row, or with one_class its sign. As in
// ONNX Runtime post_transform changes nothing.
func svmRegressor(c *plan.Call) {
	rho, weights := c.AttrFloats("rho"), c.AttrFloats("coefficients")
	if len(rho) < 1 {
		c.Fail("it has no rho")
	}
	var z *graph.Value
	if n := c.AttrInt("n_supports", 0); n > 0 {
		if len(weights) != n {
			c.Fail("it has %d coefficients for %d support vectors", len(weights), n)
		}
		z = weighted(c, n, weights, rho[0])
	} else {
		x := floatRows(c, 0)
		if len(weights) != native.Dims(x)[1] {
			c.Fail("it has %d coefficients for %d columns", len(weights), native.Dims(x)[1])
		}
		z, _ = scores(c, x, weights, 1)
		z = firstColumns(c, op.Add(c.B(), z, c.Like(z, float64(rho[0]))), 1)
	}
	if c.AttrInt("one_class", 0) != 0 {
		above := c.Greater(z, c.Like(z, 0))
		z = c.Where(above, c.Like(z, 1), c.Like(z, -1))
	}
	c.Set(0, z)
}

// weighted returns the sums of the kernels of each row and n vectors times weights, and rho,
// (rows, 1). ONNX Runtime adds in float32, in an order that depends on the number of rows; here it
// is float64.
func weighted(c *plan.Call, n int, weights []float32, rho float32) *graph.Value {
	x := floatRows(c, 0)
	s := newSupports(c, x, c.AttrFloats("support_vectors"), n)
	types := []graph.Type{{DType: tensor.Float32Type, Shape: graph.ShapeOf(native.Dims(x)[0], 1)}}
	return s.eachRow(c, x, "vectors", types, func(b *graph.Binding) func(int, []float32) {
		to := tensor.Slot[float32](b.Outputs[0])
		return func(row int, kernels []float32) {
			(*to)[row] = float32(tensor.SumProducts(weights, kernels) + float64(rho))
		}
	})[0]
}

// svm is a classifier of support vectors: one decision for each pair of classes.
type svm struct {
	classes, pairs   int
	perClass, starts []int
	weights          []float32 // (classes − 1, vectors)
	rho, probA       []float32
	probB            []float32
	vectors          int
}

// newSVM reads the attributes. Without vectors the classifier is linear.
func newSVM(c *plan.Call, classes int) *svm {
	s := &svm{classes: classes, pairs: classes * (classes - 1) / 2,
		perClass: c.AttrInts("vectors_per_class"), weights: c.AttrFloats("coefficients"),
		rho: c.AttrFloats("rho"), probA: c.AttrFloats("prob_a"), probB: c.AttrFloats("prob_b")}
	for _, n := range s.perClass {
		if n < 0 || n > len(s.weights) {
			c.Fail("a class has %d support vectors", n)
		}
		s.starts = append(s.starts, s.vectors)
		s.vectors += n
	}
	if s.vectors == 0 {
		return s
	}
	probabilities := len(s.probA)
	if len(s.perClass) != classes || len(s.weights) != (classes-1)*s.vectors ||
		len(s.rho) < s.pairs ||
		len(s.probB) != probabilities || probabilities > 0 && probabilities < s.pairs {
		c.Fail("%d coefficients, %d rho, %d prob_a and %d prob_b don't fit %d classes with %v vectors",
			len(s.weights), len(s.rho), probabilities, len(s.probB), classes, s.perClass)
	}
	return s
}

// svmClassifier gives each row its label and its scores: of two classes the score of the one pair
// and its opposite, of more the decisions of all pairs, or with prob_a and prob_b a probability for
// each class. The label is that of the class which wins most pairs, whatever the probabilities.
func svmClassifier(c *plan.Call) {
	names := newClassNames(c, "classlabels_ints")
	s := newSVM(c, names.len())
	if names.len() == 0 || s.classes > math.MaxUint16 {
		c.Fail("it has %d labels", names.len())
	}
	if s.vectors == 0 {
		linearSVM(c, names, s)
		return
	}
	opposites := len(s.probA) == 0 && s.classes == 2 &&
		c.AttrString("post_transform", "NONE") == "NONE"
	labels, decisions := s.decisions(c, names, opposites)
	setLabels(c, names, labels)
	switch {
	case len(s.probA) > 0:
		c.Set(1, transformed(c, probabilities(c, s, decisions)))
	case s.classes > 2:
		c.Set(1, transformed(c, decisions))
	case opposites:
		c.Set(1, decisions)
	case s.classes == 2:
		c.Set(1, bothClasses(c, decisions))
	default:
		c.Fail("one class with support vectors is not supported")
	}
}

// linearSVM is a classifier without support vectors: a row of coefficients for each class, and rho
// for all.
func linearSVM(c *plan.Call, names classNames, s *svm) {
	if len(s.rho) < 1 {
		c.Fail("it has no rho")
	}
	z := linear(c, s.classes, nil)
	z = op.Add(c.B(), z, c.Like(z, float64(s.rho[0])))
	positive := true
	for _, w := range s.weights {
		positive = positive && w >= 0
	}
	choose := topClass
	if s.classes == 2 && len(s.probA) == 0 {
		choose = func(scores []float32) int {
			at := topClass(scores)
			if top := scores[at]; positive && top >= 0.5 || !positive && top > 0 {
				return 1
			}
			return at
		}
	}
	setClass(c, names, z, choose)
	c.Set(1, transformed(c, z))
}

// decisions returns the label of each row, see [classNames.number], and the decision of each pair
// of classes, (rows, pairs), added up in float64; with opposites the opposite of the only one
// before it.
func (s *svm) decisions(c *plan.Call, names classNames, opposites bool) (labels,
	decisions *graph.Value) {
	x, width := floatRows(c, 0), s.pairs
	if opposites {
		width = 2
	}
	vectors := newSupports(c, x, c.AttrFloats("support_vectors"), s.vectors)
	rows := native.Dims(x)[0]
	types := []graph.Type{{DType: tensor.Int64Type, Shape: graph.ShapeOf(rows)},
		{DType: tensor.Float32Type, Shape: graph.ShapeOf(rows, width)}}
	out := vectors.eachRow(c, x, "vectors", types, func(b *graph.Binding) func(int, []float32) {
		label, to := tensor.Slot[int64](b.Outputs[0]), tensor.Slot[float32](b.Outputs[1])
		winner := s.winner()
		return func(row int, kernels []float32) {
			of := (*to)[row*width:][:width]
			s.decide(of[width-s.pairs:], kernels)
			(*label)[row] = names.number(winner(of[width-s.pairs:]))
			if opposites {
				of[0] = -of[1]
			}
		}
	})
	return out[0], out[1]
}

// decide computes the decisions of one row from its kernels.
func (s *svm) decide(decisions, kernels []float32) {
	at := 0
	for i := range s.classes - 1 {
		for j := i + 1; j < s.classes; j++ {
			sum := s.part(kernels, i, j-1) + s.part(kernels, j, i)
			decisions[at] = float32(sum + float64(s.rho[at]))
			at++
		}
	}
}

// part adds up the products of the kernels of a class's vectors with their coefficients of a row.
func (s *svm) part(kernels []float32, class, row int) float64 {
	start, n := s.starts[class], s.perClass[class]
	return tensor.SumProducts(kernels[start:][:n], s.weights[row*s.vectors+start:][:n])
}

// winner returns the function that chooses the class which wins most pairs: of several the first.
func (s *svm) winner() func(decisions []float32) int {
	votes := make([]int, s.classes)
	return func(decisions []float32) int {
		clear(votes)
		at, best := 0, 0
		for i := range s.classes - 1 {
			for j := i + 1; j < s.classes; j++ {
				if decisions[at] > 0 {
					votes[i]++
				} else {
					votes[j]++
				}
				at++
			}
		}
		for i, n := range votes {
			if n > votes[best] {
				best = i
			}
		}
		return best
	}
}

// probabilities returns those of the classes, (rows, classes), from the decisions of pairs.
func probabilities(c *plan.Call, s *svm, decisions *graph.Value) *graph.Value {
	rows := native.Dims(decisions)[0]
	return c.Native("couple", tensor.Float32Type, []int{rows, s.classes}, func(in []*tensor.Array,
		out *tensor.Array) func() {
		from, to := tensor.Slot[float32](in[0]), tensor.Slot[float32](out)
		p := newCoupling(s.classes)
		return func() {
			for row := range rows {
				s.pairwise(p.pair, (*from)[row*s.pairs:][:s.pairs])
				p.solve((*to)[row*s.classes:][:s.classes])
			}
		}
	}, decisions)
}

// pairwise sets pair[i, j] to the probability of class i against class j: 1/(1 + exp(a·decision +
// b)), which is kept away from 0 and 1.
func (s *svm) pairwise(pair, decisions []float32) {
	at := 0
	for i := range s.classes - 1 {
		for j := i + 1; j < s.classes; j++ {
			p := 1 - logistic(float32(decisions[at]*s.probA[at])+s.probB[at])
			p = min(max(p, 1e-7), 1-1e-7)
			pair[i*s.classes+j], pair[j*s.classes+i] = p, 1-p
			at++
		}
	}
}

// logistic is 1/(1 + exp(−x)) in float32, as ONNX Runtime takes its steps.
func logistic(x float32) float32 {
	e := float32(portable.Expm1(-math.Abs(float64(x))) + 1)
	if v := 1 / (1 + e); x >= 0 {
		return v
	} else {
		return 1 - v
	}
}

// coupling finds probabilities of classes that agree best with those of pairs: Wu, Lin and Weng,
// "Probability Estimates for Multi-class Classification by Pairwise Coupling", 2004, the second
// method, by the iteration of LIBSVM.
type coupling struct {
	classes    int
	pair, q    []float32 // (classes, classes)
	qp         []float32
	iterations int
}

func newCoupling(classes int) *coupling {
	return &coupling{classes: classes, pair: make([]float32, classes*classes),
		q: make([]float32, classes*classes), qp: make([]float32, classes), iterations: 100}
}

// solve sets p to the probabilities for c.pair: to equal ones if those are NaN, as ONNX Runtime
// does.
func (c *coupling) solve(p []float32) {
	n := c.classes
	c.begin(p)
	limit := float32(0.005) / float32(n)
	for range c.iterations {
		total := c.multiply(p)
		var worst float32
		for _, v := range c.qp {
			if d := float32(math.Abs(float64(v - total))); d > worst {
				worst = d // which NaN is not
			}
		}
		if worst < limit {
			return
		}
		for i := range n {
			diagonal := c.q[i*n+i]
			d := (total - c.qp[i]) / diagonal
			p[i] += d
			total = float32(total+float32(d*float32(float32(d*diagonal)+float32(2*c.qp[i])))) / (1 + d) /
				(1 + d)
			for j := range n {
				c.qp[j] = (c.qp[j] + float32(d*c.q[i*n+j])) / (1 + d)
				p[j] /= 1 + d
			}
		}
	}
}

// begin sets q to the matrix of the quadratic form, and p to equal probabilities.
func (c *coupling) begin(p []float32) {
	n := c.classes
	for i := range n {
		p[i] = 1 / float32(n)
		var sum float32
		for j := range n {
			if j != i {
				r := c.pair[j*n+i]
				sum += float32(r * r)
				c.q[i*n+j] = -float32(r * c.pair[i*n+j])
			}
		}
		c.q[i*n+i] = sum
	}
}

// multiply sets qp to q·p and returns pᵀ·q·p.
func (c *coupling) multiply(p []float32) float32 {
	var total float32
	for i := range c.classes {
		var sum float32
		for j, v := range p {
			sum += float32(c.q[i*c.classes+j] * v)
		}
		c.qp[i] = sum
		total += float32(p[i] * sum)
	}
	return total
}

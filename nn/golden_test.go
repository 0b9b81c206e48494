package nn_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/tensor"
)

// The cases of these tests were computed by PyTorch in float64 and in float32.
//
// In float64 results agree within 1e-12 of the largest. In float32 two programs that round in
// different orders differ by more: a sum of n products x·w is off by up to (n+1)·u·Σ|x·w| with the
// unit roundoff u = 2⁻²⁴ (Higham 2002, section 3.1), in each of the two. The bounds below follow
// that, with 8 roundings more for the functions and slopes around the sums.
const (
	tolerance = 1e-12
	roundoff  = 0x1p-24
)

// bound returns how far two results of so many roundings may lie apart whose terms add up to at
// most scale.
func bound[T tensor.Float](roundings int, scale float64) float64 {
	if isFloat32[T]() {
		return 2 * float64(roundings+8) * roundoff * scale
	}
	return tolerance * scale
}

func isFloat32[T tensor.Float]() bool { return fmt.Sprintf("%T", T(0)) == "float32" }

// typed is a case's element type.
type typed struct{ Type string }

func (c typed) is(name string) bool { return c.Type == name }

// forType runs the cases of each type by the test's instance for it.
func forType[C interface{ is(string) bool }](t *testing.T, file string, f32,
	f64 func(t *testing.T, c C)) {
	count := map[string]int{}
	for i, c := range golden.Read[C](t, "nn/"+file) {
		for name, test := range map[string]func(t *testing.T, c C){"float32": f32, "float64": f64} {
			if c.is(name) {
				count[name]++
				t.Run(fmt.Sprintf("%s/%d", name, i), func(t *testing.T) { test(t, c) })
			}
		}
	}
	require.NotZero(t, count["float64"])
	require.Equal(t, count["float64"], count["float32"])
}

type goldenLayer struct {
	typed
	Activation                string
	X, W, A, Upstream, DX, DW [][]float64
	B, DB                     []float64
}

func TestDenseEqualsPyTorch(t *testing.T) {
	forType(t, "layers.json", testDense[float32], testDense[float64])
}

func testDense[T tensor.Float](t *testing.T, c goldenLayer) {
	activation, err := nn.ParseActivation(c.Activation)
	require.NoError(t, err)
	in, out, rows := len(c.W[0]), len(c.W), len(c.X)
	d := nn.NewDense(in, out, activation)
	pass := layerPass(t, matrix[T](c.X), matrix[T](c.Upstream), d)
	neurons := nn.NeuronsOf[T](d)
	neurons.Weights().CopyFrom(matrix[T](c.W))
	copyTo(neurons.Bias().Data(), c.B)
	pass.run(t)

	// Slopes of activations, and of softmax's Jacobian, are at most 1.1; z, as far off as its sum,
	// enters them.
	x, w, upstream := largestIn(c.X), largestIn(c.W), largestIn(c.Upstream)
	z := float64(in)*x*w + largest(c.B)
	dz := 2 * upstream * max(1, z)
	requireWithin(t, elements(c.A), pass.a.Data(), bound[T](in+out, z), c.Activation+": a")
	requireWithin(t, elements(c.DX), pass.dx.Data(), bound[T](in+out, float64(out)*dz*w),
		c.Activation+": dx")
	requireWithin(t, elements(c.DW), pass.weights.Clone().Data(),
		bound[T](in+rows, float64(rows)*dz*x), c.Activation+": dW")
	requireWithin(t, c.DB, pass.bias.Data(), bound[T](in+rows, float64(rows)*dz), c.Activation+": db")
}

// TestActivationsOfLargeArguments compares activations and their gradients from −1e4 to 1e4 with
// PyTorch, each result by itself.
func TestActivationsOfLargeArguments(t *testing.T) {
	forType(t, "extremes.json", testExtremes[float32], testExtremes[float64])
}

func testExtremes[T tensor.Float](t *testing.T, c goldenLayer) {
	activation, err := nn.ParseActivation(c.Activation)
	require.NoError(t, err)
	n := len(c.X[0])
	d := nn.NewDense(n, n, activation)
	pass := layerPass(t, matrix[T](c.X), matrix[T](c.Upstream), d)
	weights := nn.NeuronsOf[T](d).Weights()
	weights.Fill(0)
	for i := range n {
		weights.Set(1, i, i) // z is x
	}
	pass.run(t)
	a, dx := pass.a.Data(), pass.dx.Data()
	underflow := 0x1p-1022 // PyTorch's exp(−z) may overflow where the quotient would be subnormal
	if isFloat32[T]() {
		underflow = 0x1p-126
	}
	for i, want := range c.A[0] {
		size := math.Abs(want)
		if strings.HasPrefix(c.Activation, "gelu") {
			size = math.Abs(c.X[0][i]) // PyTorch adds 1 to erf or tanh, which cancels below 0
		}
		require.InDelta(t, want, float64(a[i]), bound[T](0, size)+underflow, "%s(%g)", c.Activation,
			c.X[0][i])
		// A slope such as 1 − a² loses all but its absolute accuracy where a is near 1.
		require.InDelta(t, c.DX[0][i], float64(dx[i]), bound[T](0, 2), "gradient of %s at %g",
			c.Activation, c.X[0][i])
	}
}

type goldenLoss struct {
	typed
	Loss                        string
	Outputs, Target, Gradient   [][]float64
	Value                       float64
	ClassWeights, SampleWeights []float64
}

func TestLossesEqualPyTorch(t *testing.T) {
	forType(t, "losses.json", testLoss[float32], testLoss[float64])
}

func testLoss[T tensor.Float](t *testing.T, c goldenLoss) {
	l, err := nn.ParseLoss(c.Loss)
	require.NoError(t, err)
	if c.ClassWeights != nil {
		l = l.WithClassWeights(c.ClassWeights...)
	}
	sampleWeights := make([]T, len(c.SampleWeights))
	copyTo(sampleWeights, c.SampleWeights)
	value, gradient, err := nn.EvaluateLoss(l, matrix[T](c.Outputs), matrix[T](c.Target),
		sampleWeights...)
	require.NoError(t, err)
	// Terms are at most as large as a logit, or the logarithm at which those of probabilities are cut
	// off.
	terms := len(c.Outputs) * len(c.Outputs[0])
	size := max(1, largestIn(c.Outputs))
	require.InDelta(t, c.Value, value, bound[T](terms, max(c.Value, size)), c.Loss)
	if c.Gradient != nil {
		// A probability is as far off as its logit, which is rounded once.
		requireWithin(t, elements(c.Gradient), gradient.Data(),
			bound[T](terms, size*largestIn(c.Gradient)), c.Loss+": gradient")
	}
}

type goldenTrajectory struct {
	typed
	Optimizer   string
	Rate, Decay float64
	X, Target   [][]float64
	Losses      []float64
	Start, End  [][]float64
}

// TestOptimizersEqualPyTorch follows every optimizer for 50 steps.
func TestOptimizersEqualPyTorch(t *testing.T) {
	forType(t, "optimizers.json", testTrajectory[float32], testTrajectory[float64])
}

func testTrajectory[T tensor.Float](t *testing.T, c goldenTrajectory) {
	o, err := nn.ParseOptimizer(c.Optimizer, c.Rate)
	require.NoError(t, err)
	m := build(t, nn.NewModel[T](nn.CrossEntropy, nn.WithOptimizer(o.WithWeightDecay(c.Decay))),
		nn.NewDense(3, 5, nn.Tanh), nn.NewDense(5, 3, nn.Softmax))
	scale := 0.0
	for i, p := range m.Parameters() {
		start := make([]T, len(c.Start[i]))
		copyTo(start, c.Start[i])
		p.Value.CopyFrom(tensor.FromSlice(start, p.Value.Shape()...))
		scale = max(scale, largest(c.Start[i]), largest(c.End[i]))
	}
	require.Len(t, c.Losses, 50)
	w, x, y := workspace(t, m, 8), matrix[T](c.X), matrix[T](c.Target)
	for step, want := range c.Losses {
		loss, err := m.Step(w, x, y)
		require.NoError(t, err)
		// Every step rounds anew: sums of 3, 5 and 8 terms, a few operations of the optimizer. The losses
		// fall, so that what is off does not grow by itself.
		require.InDelta(t, want, loss, bound[T]((step+1)*(3+5+8), scale), "step %d of %s", step,
			c.Optimizer)
	}
	for i, p := range m.Parameters() {
		requireWithin(t, c.End[i], p.Value.Clone().Data(), bound[T](50*(3+5+8), scale),
			c.Optimizer+": "+p.Name)
	}
}

// TestEverythingHasGoldenNumbers demands cases of every activation, loss and optimizer that has a
// name.
func TestEverythingHasGoldenNumbers(t *testing.T) {
	compared := map[string]bool{}
	for _, c := range golden.Read[goldenLayer](t, "nn/layers.json") {
		kind, _, _ := strings.Cut(c.Activation, ":")
		compared[kind] = true
	}
	for _, c := range golden.Read[goldenLoss](t, "nn/losses.json") {
		compared[c.Loss] = true
	}
	for _, c := range golden.Read[goldenTrajectory](t, "nn/optimizers.json") {
		compared[c.Optimizer] = true
	}
	for _, c := range golden.Read[goldenTrajectory](t, "sequences/optimizers.json") { // in graph/op
		compared[c.Optimizer] = true
	}
	for _, c := range golden.Read[goldenSteps](t, "training/steps.json") {
		kind, _, _ := strings.Cut(c.Name, " ")
		compared[kind] = true
	}
	for _, c := range golden.Read[goldenOptionLoss](t, "training/losses.json") {
		kind, _, _ := strings.Cut(c.Loss, ":")
		compared[kind] = true
	}
	for _, names := range [][]string{nn.Activations(), nn.Losses(), nn.Optimizers()} {
		for _, name := range names {
			kind, _, _ := strings.Cut(name, ":")
			if strings.HasPrefix(name, "example.") { // which the tests register
				continue
			}
			require.True(t, compared[kind], "%s is compared with no other program", name)
		}
	}
}

// TestMetricsEqualScikitLearn compares every metric that scikit-learn has, too.
func TestMetricsEqualScikitLearn(t *testing.T) {
	type score struct {
		Metric             string
		Prediction, Target [][]float64
		Value              float64
	}
	metrics := map[string]nn.Metric{"r2": nn.R2, "mse": nn.MeanSquaredError,
		"mae": nn.MeanAbsoluteError, "accuracy": nn.Accuracy, "binary_accuracy": nn.BinaryAccuracy(0.5)}
	for _, c := range golden.Read[score](t, "nn/metrics.json") {
		a := metrics[c.Metric].New()
		for i := range c.Target {
			a.Add(c.Prediction[i], c.Target[i])
		}
		// Far from zero the spread of the targets, around 1, is known to fewer digits.
		require.InEpsilon(t, c.Value, a.Value(), tolerance*max(1, largestIn(c.Target)), c.Metric)
	}
}

// elements returns the elements of a matrix, row after row.
func elements(rows [][]float64) (all []float64) {
	for _, row := range rows {
		all = append(all, row...)
	}
	return all
}

// largestIn returns the largest magnitude in a matrix.
func largestIn(rows [][]float64) float64 { return largest(elements(rows)) }

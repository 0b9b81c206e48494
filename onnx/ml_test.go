package onnx_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
	"simdnn/tensor"
)

// TestMachineLearning compares operators of ai.onnx.ml with ONNX Runtime: labels exactly, and
// scores within the order of its sums.
func TestMachineLearning(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "ml/models.json") {
		t.Run(g.Name, func(t *testing.T) {
			s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
			tolerance := backend.Tolerance{Relative: 2e-6, Absolute: 2e-6}
			if strings.Contains(g.Name, "PROBIT") { // which is steep at 0 and 1
				tolerance.Absolute = 2e-4
			}
			for range 2 {
				got, err := s.Run(values(t, g.Runs[0].Inputs))
				require.NoError(t, err)
				for name, want := range values(t, g.Runs[0].Outputs) {
					require.NoError(t, backend.Compare(got[name], want, tolerance), name)
				}
			}
		})
	}
}

// TestLearnedModelsAllocateNothing runs models with labels that are numbers into arrays.
func TestLearnedModelsAllocateNothing(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "ml/models.json") {
		outputs := map[string]*tensor.Array{}
		for name, v := range values(t, g.Runs[0].Outputs) {
			if v.Array() != nil {
				outputs[name] = tensor.NewArray(v.Array().DType(), v.Shape()...)
			}
		}
		inputs := values(t, g.Runs[0].Inputs)
		if len(outputs) == 0 || inputs["x0"].Array() == nil {
			continue
		}
		s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
		run := func() { require.NoError(t, s.RunInto(inputs, outputs)) }
		run()
		require.Zero(t, testing.AllocsPerRun(5, run), g.Name)
	}
}

// one returns the numbers that a model of one output gives for one input.
func one(t *testing.T, m *onnx.Model, x *onnx.Value) []float64 {
	t.Helper()
	y, err := run(t, m, x)
	require.NoError(t, err)
	return onnx.Floats(y)
}

var nan = math.NaN()

// TestNormalizerTakesAbsoluteValues has the largest absolute element as MAX, where ONNX Runtime has
// the largest one.
func TestNormalizerTakesAbsoluteValues(t *testing.T) {
	m := learned(t, "Normalizer", []message{tensorType(onnx.Float)}, 1, text("norm", "MAX"))
	require.Equal(t, []float64{-1, 0.5}, one(t, m, listOf[float32](-4, 2)))
	require.Equal(t, []float64{0, 0}, one(t, m, listOf[float32](0, 0)))
	y := one(t, m, listOf[float32](1, float32(nan)))
	require.True(t, math.IsNaN(y[0]) && math.IsNaN(y[1]))
}

func TestBinarizerKeepsNaN(t *testing.T) {
	m := learned(t, "Binarizer", []message{tensorType(onnx.Float)}, 1)
	y := one(t, m, listOf(float32(nan), 0, 0.5, float32(math.Inf(-1))))
	require.True(t, math.IsNaN(y[0]))
	require.Equal(t, []float64{0, 1, 0}, y[1:])
	m = learned(t, "Binarizer", []message{tensorType(onnx.Int64)}, 1)
	require.Equal(t, []float64{0, 1}, one(t, m, listOf[int64](0, 3)))
}

// TestLabelsOfNaN finds a key that is NaN in every version, and both zeros.
func TestLabelsOfNaN(t *testing.T) {
	m := learned(t, "LabelEncoder", []message{tensorType(onnx.Float)}, 1,
		floatList("keys_floats", float32(nan), 0, 2), attribute("values_int64s", []int{5, 6, 7}))
	x := listOf(float32(math.Copysign(nan, -1)), float32(math.Copysign(0, -1)), 3)
	require.Equal(t, []float64{5, 6, -1}, one(t, m, x))
}

// TestWrongLearnedModels runs models that don't fit together, or inputs that they have no answer
// for.
func TestWrongLearnedModels(t *testing.T) {
	row := listOf[float32](1, 2, 3)
	floats := func(name string, n int) message {
		a := message{}.text(1, name)
		for range n {
			a = append(protowire.AppendTag(a, 7, protowire.Fixed32Type), 0, 0, 0x80, 0x3F)
		}
		return a.int(20, 6)
	}
	ints := func(name string, v ...int) message { return attribute(name, v) }
	labels := ints("classlabels_ints", 1, 2)
	for _, c := range []struct {
		want, operator string
		x              *onnx.Value
		attributes     []message
	}{
		{"the key number 1 is there twice", "LabelEncoder", listOf[int64](1), []message{
			ints("keys_int64s", 2, 2), ints("values_int64s", 1, 2)}},
		{`the key "a" is there twice`, "LabelEncoder", textsOf("a"), []message{
			textList("keys_strings", "a", "a"), ints("values_int64s", 1, 2)}},
		{"keys int64[2], values int64[1]", "LabelEncoder", listOf[int64](1), []message{
			ints("keys_int64s", 2, 3), ints("values_int64s", 1)}},
		{"keys int64[1], values int64[1]", "LabelEncoder", row, []message{
			ints("keys_int64s", 2), ints("values_int64s", 1)}},
		{"it has no values", "LabelEncoder", listOf[int64](1), []message{ints("keys_int64s", 2)}},
		{"an element is none of the categories", "OneHotEncoder", row, []message{
			ints("cats_int64s", 1, 2), attribute("zeros", 0)}},
		{"an element is none of the categories", "OneHotEncoder", textsOf("b"), []message{
			textList("cats_strings", "a"), attribute("zeros", 0)}},
		{"it has no categories", "OneHotEncoder", row, nil},
		{"post_transform PROBIT of one score", "LinearClassifier", row, []message{labels,
			floats("coefficients", 3), floats("intercepts", 1), text("post_transform", "PROBIT")}},
		{"it has 2 labels for 3 classes", "LinearClassifier", row, []message{labels,
			floats("coefficients", 9), floats("intercepts", 3)}},
		{"8 coefficients, for 3 targets and 3 columns", "LinearClassifier", row, []message{labels,
			floats("coefficients", 8), floats("intercepts", 3)}},
		{`the transform "TANH" is unknown`, "LinearRegressor", row, []message{
			floats("coefficients", 3), text("post_transform", "TANH")}},
		{"2 numbers in scale, for 3 columns", "Scaler", row, []message{floats("scale", 2)}},
		{"2 numbers in imputed_value_floats", "Imputer", row, []message{
			floats("imputed_value_floats", 2)}},
		{"0 numbers in imputed_value_int64s", "Imputer", listOf[int64](1), nil},
		{"neither a row nor rows", "Normalizer", onnx.NewTensor(tensor.NewArray(
			tensor.Float32Type, 1, 1, 1)), nil},
		{"it has 1 inputs and the dimensions of 2", "FeatureVectorizer", row, []message{
			ints("inputdimensions", 3, 3)}},
		{"it has 0 labels", "SVMClassifier", row, nil},
		{"a class has -1 support vectors", "SVMClassifier", row, []message{labels,
			floats("coefficients", 3), ints("vectors_per_class", -1, 3)}},
		{"don't fit 2 classes with [1 2] vectors", "SVMClassifier", row, []message{labels,
			floats("coefficients", 3), ints("vectors_per_class", 1, 2)}},
		{"4 numbers for 3 support vectors", "SVMClassifier", row, []message{labels, floats("rho", 1),
			floats("coefficients", 3), ints("vectors_per_class", 1, 2), floats("support_vectors", 4)}},
		{"it has 2 kernel_params", "SVMClassifier", row, []message{labels, floats("rho", 1),
			floats("coefficients", 3), ints("vectors_per_class", 1, 2), floats("support_vectors", 9),
			floats("kernel_params", 2)}},
		{`the kernel "CHI" is unknown`, "SVMClassifier", row, []message{labels, floats("rho", 1),
			floats("coefficients", 3), ints("vectors_per_class", 1, 2), floats("support_vectors", 9),
			text("kernel_type", "CHI")}},
		{"2 coefficients for 3 support vectors", "SVMRegressor", row, []message{floats("rho", 1),
			floats("coefficients", 2), attribute("n_supports", 3), floats("support_vectors", 9)}},
		{"it has no rho", "SVMRegressor", row, nil},
	} {
		_, err := run(t, learned(t, c.operator, []message{tensorType(c.x.Element())}, 1,
			c.attributes...), c.x)
		require.ErrorContains(t, err, c.want)
	}
}

// TestProbabilitiesOfNaN gives a row without a number equal probabilities, as ONNX Runtime does.
func TestProbabilitiesOfNaN(t *testing.T) {
	m := learned(t, "SVMClassifier", []message{tensorType(onnx.Float)}, 2,
		attribute("classlabels_ints", []int{1, 2}), attribute("vectors_per_class", []int{1, 1}),
		floatList("support_vectors", 1, -1), floatList("coefficients", 1, -1), floatList("rho", 0.5),
		floatList("prob_a", -1), floatList("prob_b", 0.25))
	x := onnx.NewTensor(tensor.ArrayOf([]float32{float32(nan), 3}, 2, 1))
	got, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(map[string]*onnx.Value{"a": x})
	require.NoError(t, err)
	scores := onnx.Floats(got["q"])
	require.Equal(t, []float64{0.5, 0.5}, scores[:2])
	require.Greater(t, scores[2], 0.9)
}

// TestRowsOfMachinesAlone runs models on their rows one by one, which takes other ways: the bits
// are those of all rows together.
func TestRowsOfMachinesAlone(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "ml/models.json") {
		inputs := values(t, g.Runs[0].Inputs)
		x := inputs["x0"]
		if !strings.HasPrefix(g.Name, "SVM") && !strings.HasPrefix(g.Name, "Linear") ||
			x.Element() != onnx.Float || len(x.Shape()) != 2 {
			continue
		}
		// The rows are declared, so the model is made for any number of them.
		open := strings.ReplaceAll(string(g.Model), "\x0a\x02\x08\x07", "\x0a\x02\x12\x00")
		m, err := onnx.Read([]byte(open), g.Name, onnx.Options{})
		require.NoError(t, err)
		s := m.Session(onnx.SessionOptions{Threads: 1})
		all, err := s.Run(inputs)
		require.NoError(t, err)
		n := x.Shape()[1]
		for row := range x.Shape()[0] {
			data := tensor.Elements[float32](x.Array())[row*n:][:n]
			one, err := s.Run(map[string]*onnx.Value{"x0": onnx.NewTensor(tensor.ArrayOf(data, 1, n))})
			require.NoError(t, err)
			for name, v := range one {
				if v.Array() == nil {
					require.Equal(t, all[name].Strings()[row], v.Strings()[0], g.Name)
					continue
				}
				bytes := v.Array().Bytes()
				require.Equal(t, all[name].Array().Bytes()[row*len(bytes):][:len(bytes)], bytes, g.Name)
			}
		}
	}
}

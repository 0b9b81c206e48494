package export_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/minifloat"
	"simdnn/onnx/export"
	"simdnn/onnx/internal/formats"
	"simdnn/tensor"
)

// operands are the inputs of the graphs of [operatorCases]; "n" is a symbol in all.
var operands = map[string]*tensor.Array{
	"x": random[float32](1, 3, 4), "y": random[float32](2, 3, 4), "row": random[float32](3, 4),
	"cube":    random[float32](4, 3, 4, 5),
	"image":   random[float32](5, 3, 2, 6, 4),
	"queries": random[float32](6, 3, 4, 2, 6), "mask": random[float32](7, 4, 4),
	"steps": random[float32](8, 7, 5, 3), "lengths": tensor.ArrayOf([]int64{7, 2, 4}, 3),
	"i": tensor.ArrayOf([]int64{2, 0, -1, 1, 2, 0, -2, 0, 1, -3, 2, 2}, 3, 4),
	"j": tensor.ArrayOf([]int64{5, 7, 3, 1, 2, 4, 6, 1, 1, 3, 2, 9}, 3, 4),
	"u": tensor.ArrayOf([]uint8{2, 0, 1, 1, 2, 0, 3, 0, 1, 3, 2, 2}, 3, 4),
	"b": tensor.ArrayOf([]bool{true, false, true, true, false, false, true, true, false, true, true,
		false}, 3, 4),
	"at":    tensor.ArrayOf([]int64{1}, 1),
	"codes": tensor.ArrayOf([]int8{-128, 127, 0, 5, -9, 3, 2, 1, 7, -7, 99, -99}, 3, 4),
	"scale": tensor.ArrayOf([]float32{0.125}), "zero": tensor.ArrayOf([]int8{-3}),
	"scales": tensor.ArrayOf([]float32{0.25, 0.5, 1, 2}, 4), "zeros": tensor.ArrayOf([]int8{1, 0, -1, 9}, 4),
	"rowScales": tensor.ArrayOf([]float32{0.25, 0.5, 3}, 3, 1), "rowZeros": tensor.ArrayOf([]int8{1, 0, -2}, 3, 1),
	"wholes":      tensor.ArrayOf([]float32{1, 0, -2, 9}, 4),
	"whole":       tensor.ArrayOf([]float32{3}),
	"packed":      tensor.ArrayOf([]uint8{0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe}, 2, 4),
	"blockScales": tensor.ArrayOf([]float32{0.25, 0.5, 3, 1}, 2, 2),
	"blockZeros":  tensor.ArrayOf([]uint8{8, 0, 15, 9}, 2, 2),
	"half":        tensor.ArrayOf([]tensor.Float16{0x3c00, 0xc500, 1, 0x7c00, 0x8000, 0x3555}, 3, 2),
}

// operatorCase is an operator on operands.
type operatorCase struct {
	op   graph.Operator
	in   []string
	from int // the first version of ONNX's operators that has it, 0 for all
}

func operatorCases() []operatorCase {
	var cases []operatorCase
	add := func(o graph.Operator, in ...string) { cases = append(cases, operatorCase{op: o, in: in}) }
	from := func(version int, o graph.Operator, in ...string) {
		cases = append(cases, operatorCase{o, in, version})
	}
	for f := range tensor.Unaries {
		add(op.Unary{Function: f}, "x")
	}
	for f := range tensor.Parametrics {
		if f != tensor.Axpy {
			add(op.Parametric{Function: f, Alpha: 0.3}, "x")
		}
	}
	for f := range tensor.Binaries {
		add(op.Binary{Function: f}, "x", "row")
	}
	add(op.Binary{Function: tensor.Div}, "i", "j")
	for _, f := range []op.Function{op.Neg, op.Abs, op.Sign, op.Floor, op.Ceil, op.Trunc, op.Round,
		op.Reciprocal, op.Expm1, op.Log1p, op.Sin, op.Cos, op.Tan, op.Asin, op.Acos, op.Atan, op.Sinh,
		op.Cosh, op.Asinh, op.Acosh, op.Atanh} {
		add(op.Mapping{By: f}, "x")
	}
	add(formats.Widen{From: minifloat.Float16}, "half")
	add(formats.Narrow{To: minifloat.Float16}, "x")
	add(op.Mapping{By: op.Not}, "b")
	from(18, op.Mapping{By: op.Not}, "i")
	for _, f := range []op.Pairing{op.PowOf, op.ModOf, op.RemainderOf} {
		add(op.Pairwise{By: f}, "x", "y")
	}
	add(op.Pairwise{By: op.ModOf}, "i", "j")
	for _, f := range []op.Pairing{op.AndOf, op.OrOf, op.XorOf} {
		add(op.Pairwise{By: f}, "b", "b")
		from(18, op.Pairwise{By: f}, "i", "j")
	}
	add(op.Pairwise{By: op.ShiftLeft}, "u", "u")
	add(op.Pairwise{By: op.ShiftRight}, "u", "u")
	for _, test := range []op.Test{op.IsNaN, op.IsInf, op.IsPosInf, op.IsNegInf} {
		add(op.Tested{For: test}, "x")
	}
	for _, r := range []op.Relation{op.IsEqual, op.IsNotEqual, op.IsLess, op.IsLessEqual, op.IsGreater,
		op.IsGreaterEqual} {
		add(op.Compare{By: r}, "x", "row")
	}
	add(op.Choose{}, "b", "x", "y")
	add(op.Clamp{Low: -0.5, High: 0.25}, "x")
	add(op.CastTo{To: tensor.Int32Type}, "x")
	add(op.Detached{}, "x")
	return slices.Concat(cases, moveCases(), foldCases(), imageCases(), sequenceCases(),
		quantisedCases())
}

func moveCases() []operatorCase {
	var cases []operatorCase
	add := func(o graph.Operator, in ...string) { cases = append(cases, operatorCase{op: o, in: in}) }
	from := func(version int, o graph.Operator, in ...string) {
		cases = append(cases, operatorCase{o, in, version})
	}
	add(op.ReshapeTo{Shape: op.IntsOf(0, 2, -1)}, "x")
	add(op.AsShapeOf{}, "x", "y")
	add(op.FlattenAxes{Start: 1, End: 2}, "cube")
	add(op.FlattenAxes{Start: 0, End: 1}, "cube")
	add(op.Unsqueeze{Axis: 1}, "x")
	add(op.SqueezeAxis{Axis: 0}, "at")
	add(op.PermuteAxes{Axes: op.IntsOf(2, 0, 1)}, "steps")
	add(op.ExpandLike{}, "row", "x")
	add(op.ExpandTo{Shape: op.IntsOf(2, -1, 4)}, "x")
	add(op.ConcatAxis{Axis: 1}, "x", "y", "x")
	add(op.SliceAxis{Axis: 1, Start: -1, End: op.BeforeFirst, Step: -2}, "x")
	add(op.SliceAxis{Axis: 1, Start: 1, End: op.ToEnd, Step: 1}, "x")
	add(op.TileBy{Repeats: op.IntsOf(2, 3)}, "x")
	before, after := op.IntsOf(1, 2), op.IntsOf(0, 1)
	add(op.PadBy{Mode: op.PadConstant, Before: before, After: op.IntsOf(0, -1), Value: 0.5}, "x")
	add(op.PadBy{Mode: op.PadReflect, Before: before, After: after}, "x")
	add(op.PadBy{Mode: op.PadEdge, Before: before, After: after}, "x")
	from(19, op.PadBy{Mode: op.PadWrap, Before: before, After: after}, "x")
	add(op.DimsOf{}, "x")
	add(op.CountAlong{Axes: op.IntsOf(0, 1)}, "x")
	add(op.GatherAxis{Axis: 0}, "x", "i")
	add(op.GatherEach{Axis: 0}, "x", "i")
	add(op.GatherBlocks{}, "x", "at")
	add(op.ScatterEach{Axis: 0}, "x", "i", "y")
	from(16, op.ScatterEach{Axis: 0, By: op.ScatteredSum}, "x", "i", "y")
	from(18, op.ScatterEach{Axis: 0, By: op.ScatteredMax}, "x", "i", "y")
	add(op.ScatterBlocks{}, "x", "at", "row")
	from(16, op.ScatterBlocks{By: op.ScatteredProduct}, "x", "at", "row")
	add(op.OneHotOf{Depth: 3, Axis: 1, To: tensor.Float32Type, On: 2, Off: -1}, "i")
	return cases
}

func foldCases() []operatorCase {
	var cases []operatorCase
	add := func(o graph.Operator, in ...string) { cases = append(cases, operatorCase{op: o, in: in}) }
	for _, by := range []op.Reduction{op.SumOf, op.MeanOf, op.MaxOf, op.MinOf, op.ProdOf} {
		add(op.Reduce{By: by, Axes: op.IntsOf(0, 2)}, "cube")
		add(op.Reduce{By: by, Axes: op.IntsOf(1), KeepDims: true}, "x")
	}
	add(op.ArgOf{By: op.MaxOf, Axis: 1}, "i")
	add(op.ArgOf{By: op.MinOf, Axis: 0, KeepDims: true, Last: true}, "i")
	add(op.TopKOf{K: 3, Axis: 1}, "x")
	add(op.TopKOf{K: 2, Axis: 0, Smallest: true}, "x")
	for _, o := range []op.RunningSum{{Axis: 1}, {Axis: 0, Exclusive: true},
		{Axis: 1, Reverse: true}} {
		add(o, "x")
	}
	add(op.SoftmaxRows{}, "x")
	add(op.LogSoftmaxRows{}, "x")
	for _, rms := range []bool{false, true} {
		add(op.RowNorm{Axis: 1, Epsilon: 1e-5, RMS: rms}, "x")
		add(op.RowNorm{Axis: 1, Epsilon: 1e-5, RMS: rms, Gamma: true}, "x", "row")
	}
	add(op.SplitChannels{Groups: 2}, "queries")
	add(op.Product{}, "x", "mask")
	add(op.Product{TransposeB: true}, "x", "x")
	add(op.Product{TransposeA: true}, "x", "y")
	add(op.Product{TransposeA: true, TransposeB: true}, "mask", "mask")
	add(op.Product{TransposeB: true}, "cube", "cube")
	return cases
}

func imageCases() []operatorCase {
	var cases []operatorCase
	add := func(o graph.Operator, in ...string) { cases = append(cases, operatorCase{op: o, in: in}) }
	from := func(version int, o graph.Operator, in ...string) {
		cases = append(cases, operatorCase{o, in, version})
	}
	for _, last := range []bool{false, true} {
		s := op.Sliding{Stride: op.IntsOf(2, 1), Before: op.IntsOf(1, 0), After: op.IntsOf(0, 1),
			ChannelsLast: last}
		for _, by := range []op.Reduction{op.MaxOf, op.MeanOf} {
			add(op.Pool{Sliding: s, By: by, Kernel: op.IntsOf(2, 2)}, "image")
			add(op.Pool{Sliding: s, By: by, Kernel: op.IntsOf(2, 2), Ceil: true}, "image")
			near := s
			near.Dilation = op.IntsOf(1, 1)
			add(op.Pool{Sliding: near, By: by, Kernel: op.IntsOf(2, 2)}, "image")
			ones := op.Sliding{ChannelsLast: last}
			add(op.Pool{Sliding: ones, By: by, Kernel: op.IntsOf(1, 1), Adaptive: true}, "image")
			add(op.Pool{Sliding: ones, By: by, Kernel: op.IntsOf(2, 2), Adaptive: true}, "image")
			dilated := op.Sliding{Dilation: op.IntsOf(1, 2), ChannelsLast: last}
			version := map[op.Reduction]int{op.MaxOf: 0, op.MeanOf: 19}[by]
			from(version, op.Pool{Sliding: dilated, By: by, Kernel: op.IntsOf(2, 2)}, "image")
		}
		add(op.Pool{Sliding: s, By: op.MeanOf, Kernel: op.IntsOf(2, 2), CountPadding: true}, "image")
		add(op.Resize{Scale: op.FloatsOf(2, 3), ChannelsLast: last}, "image")
		add(op.Resize{Scale: op.FloatsOf(2, 3), Linear: true, ChannelsLast: last}, "image")
		add(op.Resize{Size: op.IntsOf(5, 9), Linear: true, AlignCorners: true, ChannelsLast: last},
			"image")
	}
	return cases
}

func sequenceCases() []operatorCase {
	var cases []operatorCase
	add := func(o graph.Operator, in ...string) { cases = append(cases, operatorCase{op: o, in: in}) }
	q := "queries"
	add(op.Attention{Scale: 0.5}, q, q, q)
	add(op.Attention{Scale: 0.5, Causal: true}, q, q, q)
	add(op.Attention{Scale: 0.5, Causal: true, AtEnd: true, Masked: true}, q, q, q, "mask")
	for _, o := range []op.Rotary{{Base: 100}, {Base: 10, Interleaved: true},
		{Base: 7, Inverse: true}} {
		add(o, "queries", "places")
	}
	add(op.WriteRows{}, "cache", "queries", "at")
	add(op.SequenceMask{}, "lengths", "steps")
	for _, bins := range []int{3, 5, 7, 8} {
		for _, windowed := range []bool{false, true} {
			in := []string{"sound"}
			if windowed {
				in = append(in, "window")
			}
			o := op.Spectrum{Length: 8, Step: 3, Bins: bins, Windowed: windowed}
			cases = append(cases, operatorCase{o, in, 17})
		}
	}
	return cases
}

func quantisedCases() []operatorCase {
	var cases []operatorCase
	add := func(o graph.Operator, in ...string) { cases = append(cases, operatorCase{op: o, in: in}) }
	add(op.Quantize{To: tensor.Int8Type}, "x", "scale", "zero")
	add(op.QuantizeRows{}, "x")
	add(op.Dequantize{}, "codes", "scale", "zero")
	add(op.Dequantize{Axis: 1}, "codes", "scales", "zeros")
	add(op.Dequantize{}, "codes", "rowScales", "rowZeros")
	add(op.DequantizeBlocks{Bits: 4, Block: 4}, "packed", "blockScales", "blockZeros")
	add(op.DequantizeBlocks{Bits: 8, Block: 2}, "packed", "blockScales", "blockZeros")
	add(op.FakeQuantize{Low: -8, High: 7}, "x", "scale", "whole")
	add(op.FakeQuantize{Low: -8, High: 7, Axis: 1}, "x", "scales", "wholes")
	add(op.FakeQuantize{Low: -128, High: 127, Axis: 1}, "x", "scales", "wholes")
	for _, codes := range []string{"u", "codes"} { // unsigned and signed
		add(op.Lookup{}, codes, "table")
		add(op.LookupPair{}, codes, "codes", "pairs")
		add(op.LookupPair{}, "codes", codes, "pairs")
	}
	return cases
}

// unwrittenOperators are those of files of graphs that have no form in ONNX.
var unwrittenOperators = map[string][]graph.Operator{
	"they are gradients, or parts of them": {op.AttentionGradient{}, op.ClampGradient{},
		op.RecurrenceGradient{},
		op.RecurrentInputGradient{}, op.RecurrentWeightGradient{}, op.ExpandAxes{},
		op.FakeQuantizeGradient{}, op.PadGradient{}, op.PartOf{}, op.ScatterAdd{},
		op.SoftmaxGradient{}, op.TileGradient{}, op.UnsliceAxis{}, op.UnaryGradient{},
		op.ParametricGradient{}, op.BatchNormGradient{}, op.ChannelSums{}, op.ConvInputGradient{},
		op.ConvWeightGradient{}, op.ResizeGradient{}, op.RowNormGradient{}, op.PoolGradient{}},
	"they are losses": {op.CTC{}, op.BinaryCrossEntropyLogits{}, op.ClassIndices{},
		op.CrossEntropyRows{}, op.BatchLoss{}},
	"they are steps of training": {op.Adadelta{}, op.Adagrad{}, op.Lion{}, op.NAdam{}, op.RAdam{},
		op.RMSprop{}, op.WeightAverage{}, op.AdamDescent{}, op.AdamStep{}, op.CountStep{},
		op.Descent{}, op.DropoutOf{}, op.MomentumStep{}, op.SGDStep{}, op.SparseAdamStep{},
		op.SparseSGDStep{}, op.WeightDecay{}, op.BatchNormTraining{}, op.RunningMoments{}},
	"passes make them of operators with forms": {op.FusedProduct{}, op.FusedConv{},
		op.FourierConv{}, op.FusedConvInputGradient{}, op.ProductSums{}, op.SlicesSum{},
		op.BatchNormRelu{}, op.BatchNormTrainingRelu{}},
}

// TestEveryOperator demands a form of every operator, or a reason why it has none.
func TestEveryOperator(t *testing.T) {
	reasons := map[reflect.Type]string{}
	for reason, list := range unwrittenOperators {
		for _, o := range list {
			reasons[reflect.TypeOf(o)] = reason
			require.False(t, export.HasForm(reflect.TypeOf(o)), "%T", o)
		}
	}
	listed := map[reflect.Type]bool{}
	for _, o := range op.List() {
		listed[reflect.TypeOf(o)] = true
		require.True(t, export.HasForm(reflect.TypeOf(o)) || reasons[reflect.TypeOf(o)] != "", "%T", o)
	}
	for o := range reasons {
		require.True(t, listed[o], "%v", o)
	}
}

// randomBytes returns so many integers of 8 bits.
func randomBytes(seed uint64, n int) *tensor.Array {
	r, a := rand.New(rand.NewPCG(seed, 9)), tensor.NewArray(tensor.Int8Type, n)
	for i := range tensor.Words[uint8](a) {
		tensor.Words[uint8](a)[i] = uint8(r.Uint32())
	}
	return a
}

// TestOperators writes graphs of one operator each, in all versions, with a symbol as the first
// dimension of its operands.
func TestOperators(t *testing.T) {
	operands["places"] = tensor.ArrayOf([]int64{0, 3, 1, 40}, 4)
	operands["sound"], operands["window"] = random[float32](12, 3, 30), random[float32](13, 8)
	operands["table"], operands["pairs"] = randomBytes(14, 256), randomBytes(15, 1<<16)
	operands["cache"] = random[float32](11, 3, 9, 2, 6)
	covered := map[reflect.Type]bool{}
	for _, c := range operatorCases() {
		covered[reflect.TypeOf(c.op)] = true
		t.Run(fmt.Sprintf("%T%+v", c.op, c.op), func(t *testing.T) {
			for _, opset := range opsets() {
				if opset >= c.from {
					testOperator(t, c, opset)
				}
			}
		})
	}
	require.True(t, export.HasForm(reflect.TypeFor[op.Conv]()))
	for _, o := range []graph.Operator{op.Conv{}, op.ConvTranspose{}, op.BatchNorm{},
		op.Recurrence{}} {
		covered[reflect.TypeOf(o)] = true // by the layers
	}
	require.Len(t, covered, export.Forms(), "each form has a case")
}

func testOperator(t *testing.T, c operatorCase, opset int) {
	b := graph.NewBuilder()
	values, inputs := map[string]*graph.Value{}, map[string]*tensor.Array{}
	var in []*graph.Value
	for _, name := range c.in {
		if values[name] == nil {
			a := operands[name]
			typ := graph.Type{DType: a.DType(), Shape: graph.ShapeOf(a.Shape()...)}
			if s := a.Shape(); len(s) > 1 && s[0] == 3 {
				typ.Shape[0] = graph.Symbol("n")
			}
			values[name], inputs[name] = b.Input(name, typ), a
		}
		in = append(in, values[name])
	}
	for i, y := range b.ApplyAll(c.op, in...) {
		if i == 0 || reflect.TypeOf(c.op) == reflect.TypeFor[op.TopKOf]() {
			b.Output(fmt.Sprint("out", i), y)
		}
	}
	g, err := b.Graph()
	require.NoError(t, err)
	roundTrip(t, g, export.Options{Opset: opset}, 1e-6, inputs)
}

// TestVersionsThatLackAnOperator checks that what a version has no form for is an error.
func TestVersionsThatLackAnOperator(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(3), graph.Fixed(math.MaxInt8)))
	b.Output("y", b.Apply(op.PadBy{Mode: op.PadWrap, Before: op.IntsOf(1, 1), After: op.IntsOf(1, 1)},
		x))
	g, err := b.Graph()
	require.NoError(t, err)
	err = export.Write(t.TempDir()+"/m.onnx", g, export.Options{Opset: 18})
	require.EqualError(t, err, "export: node 0 (pad): Pad of the mode wrap, which it becomes, is there "+
		"from opset 19 on, not in 18")
}

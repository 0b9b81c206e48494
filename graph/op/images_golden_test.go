package op_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/internal/golden"
	"simdnn/tensor"
)

// goldenArray is an array that PyTorch computed.
type goldenArray struct {
	Shape []int
	Data  []float64
}

// goldenOperator is an operator with its result and gradients, as PyTorch computed them.
type goldenOperator struct {
	Operator   string
	Attributes json.RawMessage
	Inputs     []goldenArray
	Upstream   goldenArray
	Output     goldenArray
	Gradients  []goldenArray
}

// TestImagesEqualPyTorch compares operators of images, with channels first and last.
func TestImagesEqualPyTorch(t *testing.T) {
	for i, c := range golden.Read[goldenOperator](t, "images/operators.json") {
		for _, channelsLast := range []bool{false, true} {
			if channelsLast && (c.Operator == "row_norm" || len(c.Inputs[0].Shape) < 3) {
				continue // there is one order of dimensions
			}
			name := fmt.Sprintf("%d %s %s %v", i, c.Operator, c.Attributes, channelsLast)
			t.Run(name, func(t *testing.T) { testGoldenOperator(t, c, channelsLast) })
		}
	}
}

func testGoldenOperator(t *testing.T, c goldenOperator, channelsLast bool) {
	o := operatorOf(t, c.Operator, c.Attributes)
	if channelsLast {
		o = withChannelsLast(t, o)
	}
	b := graph.NewBuilder()
	var inputs values
	for i, a := range c.Inputs {
		inputs = append(inputs, b.Input(fmt.Sprint("x", i),
			graph.TypeOf[float64](graph.ShapeOf(a.Shape...)...)))
	}
	upstream := b.Constant(tensor.ArrayOf(c.Upstream.Data, c.Upstream.Shape...))
	applied := append(values(nil), inputs...)
	if channelsLast {
		applied[0] = moveChannels(b, inputs[0], true)
	}
	y := b.ApplyAll(o, applied...)[0]
	if channelsLast {
		y = moveChannels(b, y, false)
	}
	b.Output("y", y)
	add := op.Binary{Function: tensor.Add}
	for i, g := range graph.Gradients(b, values{y}, values{upstream}, inputs, add) {
		b.Output(fmt.Sprint("d", i), g)
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	for i, a := range c.Inputs {
		x, err := p.Input(fmt.Sprint("x", i))
		require.NoError(t, err)
		tensor.SetElements(x, a.Data)
	}
	require.NoError(t, p.Run())
	for i, want := range append([]goldenArray{c.Output}, c.Gradients...) {
		name := fmt.Sprint("d", i-1)
		if i == 0 {
			name = "y"
		}
		got, err := p.Output(name)
		require.NoError(t, err)
		require.Equal(t, want.Shape, got.Shape(), name)
		require.InDeltaSlice(t, want.Data, tensor.Elements[float64](got), 1e-11, name)
	}
}

// operatorOf returns the operator of a name with these attributes.
func operatorOf(t *testing.T, name string, attributes []byte) graph.Operator {
	for _, o := range op.List() {
		if o.Name() == name {
			v := reflect.New(reflect.TypeOf(o))
			v.Elem().Set(reflect.ValueOf(o))
			require.NoError(t, json.Unmarshal(attributes, v.Interface()))
			return v.Elem().Interface().(graph.Operator)
		}
	}
	t.Fatalf("no operator %q", name)
	return nil
}

// withChannelsLast returns the operator for images that are stored pixel by pixel.
func withChannelsLast(t *testing.T, o graph.Operator) graph.Operator {
	v := reflect.New(reflect.TypeOf(o)).Elem()
	v.Set(reflect.ValueOf(o))
	field := v.FieldByName("ChannelsLast")
	require.True(t, field.IsValid())
	field.SetBool(true)
	return v.Interface().(graph.Operator)
}

// moveChannels returns images with the channels at the end, or behind the batch.
func moveChannels(b *graph.Builder, x *graph.Value, last bool) *graph.Value {
	rank := len(x.Shape())
	axes := []int{0}
	if !last {
		axes = append(axes, rank-1)
	}
	for d := 1; d < rank-1; d++ {
		if last {
			axes = append(axes, d+1)
		} else {
			axes = append(axes, d)
		}
	}
	if last {
		axes = append(axes, 1)
	}
	return op.Permute(b, x, axes...)
}

// TestRunningMomentsEqualPyTorch trains batch norm for one step.
func TestRunningMomentsEqualPyTorch(t *testing.T) {
	for _, c := range golden.Read[goldenOperator](t, "images/running.json") {
		b := graph.NewBuilder()
		b.SetTraining(true)
		var variables []*graph.Variable
		for i, name := range []string{"running_mean", "running_var"} {
			a := tensor.ArrayOf(c.Inputs[i].Data, c.Inputs[i].Shape...)
			variables = append(variables, &graph.Variable{Name: name, Role: graph.Buffer, Value: a})
		}
		x := b.Constant(tensor.ArrayOf(c.Inputs[2].Data, c.Inputs[2].Shape...))
		ones := b.Constant(tensor.ArrayOf([]float64{1, 1}, 2))
		b.Output("y", op.Normalize(b, op.BatchNorm{Epsilon: 1e-5}, 0.1, x, ones, ones,
			b.Variable(variables[0]), b.Variable(variables[1])))
		g, err := b.Graph()
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
		require.NoError(t, err)
		require.NoError(t, p.Run())
		got := append(tensor.Elements[float64](variables[0].Value),
			tensor.Elements[float64](variables[1].Value)...)
		require.InDeltaSlice(t, c.Output.Data, got, 1e-12)
	}
}

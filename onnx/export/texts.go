package export

import (
	"slices"

	"simdnn/onnx/internal/proto"
)

// elementText is ONNX's number of the element type of texts.
const elementText = 8

// Texts returns the name of a list of texts.
func (t *Translation) Texts(values ...string) string {
	made := &proto.Tensor{Name: t.unique("constant"), Dims: []int64{int64(len(values))},
		DataType: elementText}
	for _, v := range values {
		made.Strings = append(made.Strings, []byte(v))
	}
	t.graph.Initializer = append(t.graph.Initializer, made)
	return made.Name
}

// TextOutput puts texts (batch) in the place of an output, which compute makes of the output's value:
// it returns their name.
func (t *Translation) TextOutput(output, name, batch string, compute func(value string) string) {
	at := slices.IndexFunc(t.graph.Outputs, func(v *proto.ValueInfo) bool { return v.Name == output })
	t.graph.Nodes = append(t.graph.Nodes, &proto.Node{Operator: "Identity", Name: name,
		Inputs: []string{compute(output)}, Outputs: []string{name}})
	t.graph.Outputs[at] = t.texts(name, proto.Dim{Symbol: batch})
}

// TextInput puts texts (batch, 1) in the place of an input, which compute then makes of them: it
// returns the name of what has the input's type.
func (t *Translation) TextInput(input, name, batch string, compute func(texts string) string) {
	at := slices.IndexFunc(t.graph.Inputs, func(v *proto.ValueInfo) bool { return v.Name == input })
	t.graph.Inputs[at] = t.texts(name, proto.Dim{Symbol: batch}, proto.Dim{Value: 1, HasValue: true})
	t.taken[name] = true
	after := t.graph.Nodes
	t.graph.Nodes = nil
	computed := compute(name)
	t.graph.Nodes = append(t.graph.Nodes, &proto.Node{Operator: "Identity", Name: input,
		Inputs: []string{computed}, Outputs: []string{input}})
	t.graph.Nodes = append(t.graph.Nodes, after...)
}

func (t *Translation) texts(name string, dims ...proto.Dim) *proto.ValueInfo {
	return &proto.ValueInfo{Name: name, Doc: t.options.Docs[name],
		Type: &proto.Type{Kind: proto.TensorKind, Element: elementText, Ranked: true, Shape: dims}}
}

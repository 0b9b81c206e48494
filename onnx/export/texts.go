package export

import (
	"fmt"
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

// TextOutput puts texts (batch) in the place of an output, which compute makes of the output's
// value: it returns their name. It returns an error if the output's new name is taken.
func (t *Translation) TextOutput(output, name, batch string,
	compute func(value string) string) error {
	if err := t.claim(name); err != nil {
		return err
	}
	at := slices.IndexFunc(t.graph.Outputs, func(v *proto.ValueInfo) bool { return v.Name == output })
	t.graph.Nodes = append(t.graph.Nodes, &proto.Node{Operator: "Identity", Name: t.unique("Identity"),
		Inputs: []string{compute(output)}, Outputs: []string{name}})
	t.graph.Outputs[at] = t.texts(name, proto.Dim{Symbol: batch})
	return nil
}

// TextInput puts texts (batch, 1) in the place of an input, which compute then makes of them: it
// returns the name of what has the input's type. It returns an error if the texts' name is taken.
func (t *Translation) TextInput(input, name, batch string,
	compute func(texts string) string) error {
	if err := t.claim(name); err != nil {
		return err
	}
	at := slices.IndexFunc(t.graph.Inputs, func(v *proto.ValueInfo) bool { return v.Name == input })
	t.graph.Inputs[at] = t.texts(name, proto.Dim{Symbol: batch}, proto.Dim{Value: 1, HasValue: true})
	after := t.graph.Nodes
	t.graph.Nodes = nil
	computed := compute(name)
	t.graph.Nodes = append(t.graph.Nodes, &proto.Node{Operator: "Identity", Name: t.unique("Identity"),
		Inputs: []string{computed}, Outputs: []string{input}})
	t.graph.Nodes = append(t.graph.Nodes, after...)
	return nil
}

// claim takes a name, which was reserved or is free.
func (t *Translation) claim(name string) error {
	if t.taken[name] && !t.reserved[name] {
		return fmt.Errorf("export: the name %q is taken", name)
	}
	t.taken[name] = true
	delete(t.reserved, name)
	return nil
}

func (t *Translation) texts(name string, dims ...proto.Dim) *proto.ValueInfo {
	return &proto.ValueInfo{Name: name, Doc: t.options.Docs[name],
		Type: &proto.Type{Kind: proto.TensorKind, Element: elementText, Ranked: true, Shape: dims}}
}

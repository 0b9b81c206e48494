package nn

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// layerTypes are the registered types of layers by their names in files, and the reverse.
var (
	layerTypes = map[string]reflect.Type{}
	typeNames  = map[reflect.Type]string{}
)

// RegisterLayer gives the type of a layer its name in files, so that models with it can be saved
// and loaded. The layer is saved as JSON, with its exported fields or as its MarshalJSON has it,
// and made again from that. Call it when the program starts; it panics if the name or the type is
// taken.
func RegisterLayer(name string, l Layer) {
	t := reflect.TypeOf(l)
	if _, taken := layerTypes[name]; taken || typeNames[t] != "" {
		panic(fmt.Sprintf("nn: RegisterLayer: %q or %v is registered already", name, t))
	}
	layerTypes[name], typeNames[t] = t, name
}

func init() {
	RegisterLayer("dense", &Dense{})
	RegisterLayer("activation", Activation{})
	RegisterLayer("sequential", Sequential{})
	RegisterLayer("residual", Residual{})
	RegisterLayer("parallel", Parallel{})
	RegisterLayer("convolution", &Convolution{})
	RegisterLayer("pooling", &Pooling{})
	RegisterLayer("normalization", &Normalization{})
	RegisterLayer("embedding", &Embedding{})
	RegisterLayer("prelu", &PReLU{})
	RegisterLayer("recurrent", &Recurrent{})
	RegisterLayer("last_step", LastStep{})
	RegisterLayer("self_attention", &Attention{})
	RegisterLayer("transformer_layer", &TransformerLayer{})
	RegisterLayer("transformer_stack", &TransformerStack{})
	RegisterLayer("positions", &Positions{})
	RegisterLayer("dropout", Dropout{})
	RegisterLayer("flatten", Flatten{})
	RegisterLayer("reshape", Reshape{})
	RegisterLayer("permute", Permute{})
	RegisterLayer("upsample", Upsample{})
	RegisterLayer("imported", &Imported{})
	RegisterLayer("fake_quantized", &FakeQuantized{})
	RegisterLayer("running_range", &RunningRange{})
}

// layerRecord is a layer in a file: an object of its type, its name if it has one, and its
// settings.
type layerRecord struct{ layer Layer }

// MarshalJSON returns {"type": "dense", …} with the layer's own members, or, for a layer that is no
// object, with those in "layers".
func (r layerRecord) MarshalJSON() ([]byte, error) {
	l, name := r.layer, ""
	if n, ok := l.(named); ok {
		l, name = n.layer, n.name
	}
	kind := typeNames[reflect.TypeOf(l)]
	if kind == "" {
		return nil, fmt.Errorf("%s can't be built again from a file: register its type, see RegisterLayer",
			describe(l))
	}
	settings, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	head := struct {
		Type string `json:"type"`
		Name string `json:"name,omitempty"`
	}{kind, name}
	text, err := json.Marshal(head)
	switch {
	case err != nil:
		return nil, err
	case settings[0] != '{':
		settings = append(append([]byte(`{"layers":`), settings...), '}')
	}
	if string(settings) == "{}" {
		return text, nil
	}
	return append(append(text[:len(text)-1], ','), settings[1:]...), nil
}

// UnmarshalJSON makes the layer.
func (r *layerRecord) UnmarshalJSON(text []byte) error {
	var head struct {
		Type   string          `json:"type"`
		Name   string          `json:"name"`
		Layers json.RawMessage `json:"layers"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	t, ok := layerTypes[head.Type]
	if !ok {
		return fmt.Errorf("unknown type %q; known: %s", head.Type,
			strings.Join(slices.Sorted(maps.Keys(layerTypes)), ", "))
	}
	if head.Layers != nil {
		text = head.Layers
	}
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	v := reflect.New(t)
	if err := json.Unmarshal(text, v.Interface()); err != nil {
		return fmt.Errorf("%s: %w", head.Type, err)
	}
	if !pointer {
		v = v.Elem()
	}
	if r.layer = v.Interface().(Layer); head.Name != "" {
		r.layer = Named(head.Name, r.layer)
	}
	return nil
}

// recordsOf returns the layers of a chain as files have them.
func recordsOf(layers []Layer) []layerRecord {
	records := make([]layerRecord, len(layers))
	for i, l := range layers {
		records[i] = layerRecord{l}
	}
	return records
}

// layersOf returns the layers of records.
func layersOf(records []layerRecord) []Layer {
	layers := make([]Layer, len(records))
	for i, r := range records {
		layers[i] = r.layer
	}
	return layers
}

// MarshalJSON returns the layers' records.
func (s Sequential) MarshalJSON() ([]byte, error) { return json.Marshal(recordsOf(s)) }

// UnmarshalJSON reads what MarshalJSON returns.
func (s *Sequential) UnmarshalJSON(text []byte) error {
	records, err := decodeRecords(string(text))
	*s = layersOf(records)
	return err
}

// MarshalJSON returns the layers' records.
func (r Residual) MarshalJSON() ([]byte, error) { return Sequential(r).MarshalJSON() }

// UnmarshalJSON reads what MarshalJSON returns.
func (r *Residual) UnmarshalJSON(text []byte) error { return (*Sequential)(r).UnmarshalJSON(text) }

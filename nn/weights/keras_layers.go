package weights

import (
	"slices"
	"strings"

	"simdnn/tensor"
)

// kerasLayer is a layer of Keras whose weights become others' by more than names.
type kerasLayer struct {
	named  map[string]*Tensor
	path   string // of the layer, with a slash behind it
	prefix string // of the names made of it
}

// attention returns the layer of attention that a path such as encoder/attention/query/ is part of,
// and which part that is: "" for none. All four parts must be there with kernels of three
// dimensions.
func attention(named map[string]*Tensor, path string) (l kerasLayer, part string) {
	for _, part := range kerasParts {
		layer, ok := strings.CutSuffix(path, part+"/")
		if !ok || layer != "" && !strings.HasSuffix(layer, "/") {
			continue
		}
		for _, p := range kerasParts {
			if k := named[layer+p+"/kernel"]; k == nil || len(k.Shape) != 3 {
				return kerasLayer{}, ""
			}
		}
		return kerasLayer{named, layer, strings.ReplaceAll(layer, "/", ".")}, part
	}
	return kerasLayer{}, ""
}

// kerasParts are the parts of a layer of attention.
var kerasParts = []string{"query", "key", "value", "attention_output"}

// projections returns what PyTorch has for a part's kernel or bias: query, key and value, (width,
// heads, size) each, together as in_proj_weight (rows, width), for the first of them; the output's
// (heads, size, width) as out_proj.weight (width, rows).
func (l kerasLayer) projections(part, last string) ([]Tensor, error) {
	if part == "attention_output" {
		t := *l.named[l.path+part+"/"+last]
		t.Name = l.prefix + "out_proj.bias"
		if last == "kernel" {
			t = t.reshaped(t.Shape[0]*t.Shape[1], t.Shape[2]).transposed([]int{1, 0})
			t.Name = l.prefix + "out_proj.weight"
		}
		return []Tensor{t}, nil
	}
	if part != "query" {
		return nil, nil // they are joined with the query's
	}
	var parts []Tensor
	for _, p := range kerasParts[:3] {
		t := l.named[l.path+p+"/"+last]
		if t == nil {
			return nil, nil // a bias that not all have: it is left out, and the model's is missing
		}
		if last == "kernel" {
			parts = append(parts, t.reshaped(t.Shape[0], t.Shape[1]*t.Shape[2]).transposed([]int{1, 0}))
			continue
		}
		parts = append(parts, t.flat())
	}
	name := map[string]string{"kernel": "in_proj_weight", "bias": "in_proj_bias"}[last]
	joined, err := join(l.prefix+name, parts)
	return []Tensor{joined}, err
}

// depthwise returns a kernel (…, channels, filters of each) as PyTorch's of as many groups as there
// are channels: (channels·filters, 1, …).
func (t Tensor) depthwise(name string) Tensor {
	rank := len(t.Shape)
	axes := []int{rank - 2, rank - 1}
	for d := range rank - 2 {
		axes = append(axes, d)
	}
	t = t.transposed(axes)
	t = t.reshaped(append([]int{t.Shape[0] * t.Shape[1], 1}, t.Shape[2:]...)...)
	t.Name = name
	return t
}

// isDepthwise reports whether a weight is of such a layer: by the file, or by Keras' own names for
// them in the layer's path.
func isDepthwise(t Tensor, path string) bool {
	const class = "depthwise_conv"
	if t.class != "" {
		return strings.HasPrefix(t.class, class)
	}
	names := strings.Split(strings.TrimSuffix(path, "/"), "/")
	return strings.HasPrefix(names[len(names)-1], class)
}

// direction returns the prefix of a cell's names, and what stands behind them: that of the layer
// around both where a cell is one of two directions.
func direction(named map[string]*Tensor, path, prefix string) (layer, suffix string) {
	names := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, n := range slices.Backward(names) {
		for this, other := range map[string]string{"forward_": "backward_", "backward_": "forward_"} {
			rest, ok := strings.CutPrefix(n, this)
			if !ok {
				continue
			}
			others := slices.Clone(names)
			others[i] = other + rest
			if named[strings.Join(others, "/")+"/kernel"] == nil {
				continue
			}
			if this == "backward_" {
				suffix = "_reverse"
			}
			return strings.Join(append(names[:i:i], ""), "."), suffix
		}
	}
	return prefix, ""
}

// reshaped returns the tensor in another shape of as many elements.
func (t Tensor) reshaped(shape ...int) Tensor {
	read := t.read
	t.Shape, t.From = shape, slices.Clone(t.From)
	t.read = func() (*tensor.Array, error) {
		a, err := read()
		if err != nil {
			return nil, err
		}
		return a.Reshape(shape...), nil
	}
	return t
}

// flat returns the tensor in one dimension.
func (t Tensor) flat() Tensor {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return t.reshaped(n)
}

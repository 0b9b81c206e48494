package weights

import (
	"fmt"
	"strings"

	"simdnn/tensor"
)

// Keras makes PyTorch's names and orders of Keras' weights, which come from its own files
// (.weights.h5, .weights.json and its shards, .keras, and .h5 of the form before Keras 3), or saved
// by their paths:
//
//	numpy.savez(path, **{w.path: w.numpy() for w in model.weights})
//
// Slashes become dots, so that dense/kernel becomes dense.weight; [RenamePrefix] makes the model's
// names of that. In Keras' own files a weight is named by the layers that it is in, without the
// model; paths, and the form before Keras 3, may begin with the model's name, as in
// sequential/dense/kernel. Where a file numbers weights of a layer of another class than those
// below, numbers are their names, and so they are of a normalisation without one of gamma and beta,
// but in .keras, where the model's description tells which there is.
//
//	dense         kernel (in, out)                  → weight (out, in)
//	convolutions  kernel (…, in, out)               → weight (out, in, …)
//	embedding     embeddings                        → weight
//	normalisation gamma or scale, beta, moving_mean, moving_variance
//	                                                → weight, bias, running_mean, running_var
//	LSTM          lstm_cell/kernel (in, 4·units), recurrent_kernel, bias
//	                                                → weight_ih_l0, weight_hh_l0, bias_ih_l0, and
//	                                                  bias_hh_l0 of zeros
//	GRU           the same of 3·units, bias (2, 3·units), gates z, r, h → r, z, n
//	simple RNN    the same of units
//	Bidirectional forward_… and backward_…          → names without and with _reverse behind them
//	attention     query, key, value, attention_output of MultiHeadAttention, GroupQueryAttention
//	                                                → in_proj_weight, in_proj_bias, out_proj
//	depthwise     kernel (…, in, filters) of a layer of that class, or called depthwise_conv…
//	                                                → weight (in·filters, 1, …) of in groups
//	separable     depthwise_kernel, pointwise_kernel, bias
//	                                                → depthwise.weight, pointwise.weight and bias
//
// A GRU with reset_after=False computes something else than PyTorch's and is an error, and so is a
// kernel of other layers. What stands behind a convolution and a Flatten has its rows in another
// order there: height, width, channel; ours is channel, height, width.
func Keras() Rule {
	return func(tensors []Tensor) ([]Tensor, error) {
		named := byName(tensors)
		var made []Tensor
		for _, t := range tensors {
			slashes := t.Name[:strings.LastIndexByte(t.Name, '/')+1]
			recurrent := named[slashes+"recurrent_kernel"]
			t.Name = strings.ReplaceAll(t.Name, "/", ".")
			prefix, last := "", t.Name
			if dot := strings.LastIndexByte(t.Name, '.'); dot >= 0 {
				prefix, last = t.Name[:dot+1], t.Name[dot+1:]
			}
			var err error
			layer, part := attention(named, slashes)
			separable := named[slashes+"depthwise_kernel"] != nil
			switch {
			case recurrent != nil:
				var cell []Tensor
				of, suffix := direction(named, slashes, prefix)
				cell, err = kerasCell(t, of, suffix, last, recurrent.Shape)
				made = append(made, cell...)
			case part != "" && (last == "kernel" || last == "bias"):
				var projections []Tensor
				projections, err = layer.projections(part, last)
				made = append(made, projections...)
			case len(t.Shape) > 2 && (last == "kernel" && isDepthwise(t, slashes)):
				made = append(made, t.depthwise(prefix+"weight"))
			case len(t.Shape) > 2 && last == "depthwise_kernel":
				made = append(made, t.depthwise(prefix+"depthwise.weight"))
			case last == "pointwise_kernel":
				t, err = kerasKernel(t, prefix+"pointwise.weight")
				made = append(made, t)
			case separable && last == "bias":
				t.Name = prefix + "pointwise.bias"
				made = append(made, t)
			case last == "kernel":
				t, err = kerasKernel(t, prefix+"weight")
				made = append(made, t)
			default:
				if name, ok := kerasNames[last]; ok {
					t.Name = prefix + name
				}
				made = append(made, t)
			}
			if err != nil {
				return nil, err
			}
		}
		return made, nil
	}
}

// kerasNames are PyTorch's names of the weights that are the same there.
var kerasNames = map[string]string{"embeddings": "weight", "gamma": "weight", "scale": "weight",
	"beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}

// kerasGates are the places of PyTorch's gates among Keras', by their number: h; z, r, h; i, f, c,
// o.
var kerasGates = map[int][]int{1: {0}, 3: {1, 0, 2}, 4: {0, 1, 2, 3}}

// kerasKernel returns the kernel of a dense layer or a convolution in PyTorch's order.
func kerasKernel(t Tensor, name string) (Tensor, error) {
	rank := len(t.Shape)
	if rank < 2 || rank > 5 {
		return t, fmt.Errorf("the kernel %q of shape %v is of a layer that is not known", t.Name, t.Shape)
	}
	axes := []int{rank - 1, rank - 2}
	for d := range rank - 2 {
		axes = append(axes, d)
	}
	t = t.transposed(axes)
	t.Name = name
	return t, nil
}

// kerasCell returns what PyTorch has for a weight of a recurrent cell whose recurrent kernel has a
// shape (units, gates·units), each name with a suffix. The cell's own name, lstm_cell or the like,
// is left out.
func kerasCell(t Tensor, prefix, suffix, last string, recurrent []int) ([]Tensor, error) {
	fail := fmt.Errorf("the weight %q of shape %v is of a layer that is not known", t.Name, t.Shape)
	if len(recurrent) != 2 || recurrent[0] == 0 || recurrent[1]%recurrent[0] != 0 {
		return nil, fail
	}
	gates := recurrent[1] / recurrent[0]
	order, known := kerasGates[gates]
	if !known {
		return nil, fail
	}
	parts := strings.Split(strings.TrimSuffix(prefix, "."), ".")
	if cell := parts[len(parts)-1]; strings.HasSuffix(cell, "_cell") {
		prefix = strings.TrimSuffix(prefix, cell+".")
	}
	switch {
	case len(t.Shape) == 0:
		return nil, fail
	case last == "bias" && gates == 3 && (len(t.Shape) != 2 || t.Shape[0] != 2):
		return nil, fmt.Errorf("the GRU of %q has reset_after=False, which PyTorch's and ours have not",
			t.Name)
	case last == "bias" && t.Shape[len(t.Shape)-1] != recurrent[1]:
		return nil, fail
	case last == "bias" && gates == 3:
		return []Tensor{t.blocks("", 2, 0).flat().blocks(prefix+"bias_ih_l0"+suffix, 3, order...),
			t.blocks("", 2, 1).flat().blocks(prefix+"bias_hh_l0"+suffix, 3, order...)}, nil
	case last == "bias" && len(t.Shape) == 1:
		zeros := t
		zeros.Name, zeros.From = prefix+"bias_hh_l0"+suffix, nil
		zeros.read = func() (*tensor.Array, error) {
			a, err := t.read() // first: the file may not have so many
			if err != nil {
				return nil, err
			}
			return tensor.NewArray(a.DType(), zeros.Shape...), nil
		}
		t.Name = prefix + "bias_ih_l0" + suffix
		return []Tensor{t, zeros}, nil
	case (last == "kernel" || last == "recurrent_kernel") && len(t.Shape) == 2 &&
		t.Shape[1] == recurrent[1]:
		name := map[string]string{"kernel": "weight_ih_l0", "recurrent_kernel": "weight_hh_l0"}[last]
		return []Tensor{t.transposed([]int{1, 0}).blocks(prefix+name+suffix, len(order), order...)}, nil
	}
	return nil, fail
}

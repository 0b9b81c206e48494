package weights

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/tensor"
)

// Rule makes of a file's tensors those that a model asks for. Rules are applied one after another,
// each to what the one before has made, and read nothing: tensors are changed when they are read.
type Rule func([]Tensor) ([]Tensor, error)

// Apply returns what rules make of tensors.
func Apply(tensors []Tensor, rules ...Rule) ([]Tensor, error) {
	for _, rule := range rules {
		var err error
		if tensors, err = rule(tensors); err != nil {
			return nil, fmt.Errorf("weights: %w", err)
		}
	}
	return tensors, nil
}

// Rename gives each tensor the name that f returns for its own. One without a name is left out.
func Rename(f func(name string) string) Rule {
	return func(tensors []Tensor) ([]Tensor, error) {
		var renamed []Tensor
		for _, t := range tensors {
			if t.Name = f(t.Name); t.Name != "" {
				renamed = append(renamed, t)
			}
		}
		return renamed, nil
	}
}

// RenamePrefix puts to in the place of from where names begin with it: RenamePrefix("fc1.", "0.")
// makes the layer fc1 the model's first. RenamePrefix("module.", "") undoes what PyTorch's
// DataParallel does to names, RenamePrefix("_orig_mod.", "") what torch.compile does.
func RenamePrefix(from, to string) Rule {
	return Rename(func(name string) string {
		if rest, ok := strings.CutPrefix(name, from); ok {
			return to + rest
		}
		return name
	})
}

// Only leaves out all tensors but those whose names begin with prefix, and removes that: of a
// checkpoint {"model": …, "optimizer": …} Only("model.") takes the model.
func Only(prefix string) Rule {
	return Rename(func(name string) string {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			return ""
		}
		return rest
	})
}

// Join puts tensors whose names end in parts, and begin alike, one behind another along the first
// dimension: Join("in_proj_weight", "q_proj.weight", "k_proj.weight", "v_proj.weight") makes
// attn.in_proj_weight of attn.q_proj.weight and its like. Where one of them is, all must be.
func Join(name string, parts ...string) Rule {
	return func(tensors []Tensor) ([]Tensor, error) {
		named := byName(tensors)
		var made []Tensor
		for _, t := range tensors {
			prefix, place := cutSuffix(t.Name, parts)
			if place < 0 {
				made = append(made, t)
				continue
			}
			all := make([]Tensor, len(parts))
			for i, part := range parts {
				p := named[prefix+part]
				if p == nil {
					return nil, fmt.Errorf("there is a tensor %q, but no %q to join it with", t.Name,
						prefix+part)
				}
				all[i] = *p
			}
			if place > 0 {
				continue // it is joined with the first
			}
			joined, err := join(prefix+name, all)
			if err != nil {
				return nil, err
			}
			made = append(made, joined)
		}
		return made, nil
	}
}

// cutSuffix returns what stands before that suffix which the name ends with, and which one it is,
// −1 for none. The suffix is the whole name or begins behind a dot.
func cutSuffix(name string, suffixes []string) (prefix string, place int) {
	for i, suffix := range suffixes {
		before, ok := strings.CutSuffix(name, suffix)
		if ok && (before == "" || strings.HasSuffix(before, ".")) {
			return before, i
		}
	}
	return "", -1
}

// byName returns tensors by their names.
func byName(tensors []Tensor) map[string]*Tensor {
	named := make(map[string]*Tensor, len(tensors))
	for i := range tensors {
		named[tensors[i].Name] = &tensors[i]
	}
	return named
}

// join returns tensors one behind another along the first dimension.
func join(name string, parts []Tensor) (Tensor, error) {
	joined := parts[0]
	joined.Name, joined.Shape, joined.From = name, slices.Clone(joined.Shape), nil
	for i, p := range parts {
		if len(p.Shape) == 0 || p.DType != joined.DType || !slices.Equal(p.Shape[1:], joined.Shape[1:]) {
			return Tensor{}, fmt.Errorf("the tensors %q, %s%v, and %q, %s%v, can't be joined", parts[0].Name,
				parts[0].DType, parts[0].Shape, p.Name, p.DType, p.Shape)
		}
		if i > 0 {
			joined.Shape[0] += p.Shape[0]
		}
		joined.From = append(joined.From, p.From...)
	}
	shape := joined.Shape
	joined.read = func() (*tensor.Array, error) {
		arrays := make([]*tensor.Array, len(parts))
		for i, p := range parts { // all of them first: a shape may promise what a file has not
			var err error
			if arrays[i], err = p.read(); err != nil {
				return nil, err
			}
		}
		all, at := tensor.NewArray(arrays[0].DType(), shape...), 0
		for _, a := range arrays {
			at += copy(all.Bytes()[at:], a.Bytes())
		}
		return all, nil
	}
	return joined, nil
}

// Split parts tensors whose names end in name into as many equal pieces along the first dimension
// as there are parts, and names them: the opposite of [Join].
func Split(name string, parts ...string) Rule {
	return func(tensors []Tensor) ([]Tensor, error) {
		var made []Tensor
		for _, t := range tensors {
			prefix, place := cutSuffix(t.Name, []string{name})
			if place < 0 {
				made = append(made, t)
				continue
			}
			if len(t.Shape) == 0 || len(parts) == 0 || t.Shape[0]%len(parts) != 0 {
				return nil, fmt.Errorf("the tensor %q of shape %v can't be split in %d", t.Name, t.Shape,
					len(parts))
			}
			for i, part := range parts {
				made = append(made, t.blocks(prefix+part, len(parts), i))
			}
		}
		return made, nil
	}
}

// Gates puts the blocks of tensors whose names end in name, as many equal ones along the first
// dimension as there are in order, into another order: that of the gates of a recurrent layer.
// Gates("weight_ih_l0", 1, 0, 2) makes z, r, h of r, z, h.
func Gates(name string, order ...int) Rule {
	return func(tensors []Tensor) ([]Tensor, error) {
		made := slices.Clone(tensors)
		for i, t := range made {
			if _, place := cutSuffix(t.Name, []string{name}); place < 0 {
				continue
			}
			for _, o := range order {
				if o < 0 || o >= len(order) {
					return nil, fmt.Errorf("the order %v has no blocks from 0 to %d", order, len(order)-1)
				}
			}
			if len(t.Shape) == 0 || len(order) == 0 || t.Shape[0]%len(order) != 0 {
				return nil, fmt.Errorf("the tensor %q of shape %v has not %d blocks", t.Name, t.Shape,
					len(order))
			}
			made[i] = t.blocks(t.Name, len(order), order...)
		}
		return made, nil
	}
}

// blocks returns some of n equal blocks of a tensor along its first dimension.
func (t Tensor) blocks(name string, n int, which ...int) Tensor {
	read := t.read
	t.Name, t.Shape = name, slices.Clone(t.Shape)
	t.Shape[0] = t.Shape[0] / n * len(which)
	shape := t.Shape
	t.read = func() (*tensor.Array, error) {
		a, err := read()
		if err != nil {
			return nil, err
		}
		made := tensor.NewArray(a.DType(), shape...)
		size := len(a.Bytes()) / n
		for i, w := range which {
			copy(made.Bytes()[i*size:], a.Bytes()[w*size:][:size])
		}
		return made, nil
	}
	return t
}

// Transpose gives the dimensions of tensors whose names end in name another order, as
// [tensor.Tensor.Permute] does: Transpose("kernel", 1, 0) makes (out, in) of (in, out). Tensors of
// another rank stay as they are.
func Transpose(name string, axes ...int) Rule {
	return func(tensors []Tensor) ([]Tensor, error) {
		if sorted := slices.Sorted(slices.Values(axes)); len(axes) > 0 &&
			(sorted[0] != 0 || sorted[len(axes)-1] != len(axes)-1 ||
				len(slices.Compact(sorted)) < len(axes)) {
			return nil, fmt.Errorf("%v is no order of dimensions", axes)
		}
		made := slices.Clone(tensors)
		for i, t := range made {
			if _, place := cutSuffix(t.Name, []string{name}); place >= 0 && len(t.Shape) == len(axes) {
				made[i] = t.transposed(axes)
			}
		}
		return made, nil
	}
}

// transposed returns the tensor with its dimensions in another order.
func (t Tensor) transposed(axes []int) Tensor {
	read, shape := t.read, make([]int, len(axes))
	for i, axis := range axes {
		shape[i] = t.Shape[axis]
	}
	t.Shape = shape
	t.read = func() (*tensor.Array, error) {
		a, err := read()
		if err != nil {
			return nil, err
		}
		switch a.DType().Bytes() {
		case 1:
			return permuted[uint8](a, axes), nil
		case 2:
			return permuted[uint16](a, axes), nil
		case 4:
			return permuted[uint32](a, axes), nil
		}
		return permuted[uint64](a, axes), nil
	}
	return t
}

// permuted returns an array whose elements have U's size with its dimensions in another order.
func permuted[U tensor.Word](a *tensor.Array, axes []int) *tensor.Array {
	rank := len(axes)
	strides, shape := make([]int, rank), make([]int, rank)
	from, to := make([]int, rank), make([]int, rank)
	step := 1
	for d := rank - 1; d >= 0; d-- {
		strides[d] = step
		step *= a.Shape()[d]
	}
	step = 1
	for d := rank - 1; d >= 0; d-- {
		shape[d], from[d], to[d] = a.Shape()[axes[d]], strides[axes[d]], step
		step *= shape[d]
	}
	made := tensor.NewArray(a.DType(), shape...)
	tensor.NewMove[U](shape, to, from).Run(tensor.Words[U](made), tensor.Words[U](a))
	return made
}

package standard

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// dataDependent are the operators whose outputs' shapes depend on data.
var dataDependent = []plan.Operator{
	{Name: "Compress", Since: 9, Min: 2, Max: 2, Attributes: "axis", Host: compress},
	{Name: "NonMaxSuppression", Since: 10, Min: 2, Max: 5, Attributes: "center_point_box",
		Host: nonMaxSuppression},
	{Name: "NonZero", Since: 9, Min: 1, Max: 1, Host: nonZero},
	{Name: "Unique", Since: 11, Min: 1, Max: 1, Attributes: "axis sorted", Host: unique},
}

// compress keeps the parts along an axis, or the elements, for which the condition is true.
func compress(h *plan.HostCall) ([]*value.Value, error) {
	x, axis := h.Input(0), 0
	if a := h.Call.Attribute("axis"); a != nil {
		axis = h.Call.Axis(int(a.Int), len(x.Dims()))
	} else {
		x = x.Reshape(x.Len())
	}
	kept := []*value.Value{tensors.Part(x, axis, 0, 0)}
	for i, keep := range h.Ints(1) {
		if keep != 0 && i < x.Dims()[axis] {
			kept = append(kept, tensors.Part(x, axis, i, i+1))
		}
	}
	v, err := tensors.Join(kept, axis)
	return []*value.Value{v}, err
}

// nonZero returns the indices of elements that are not 0, a column each.
func nonZero(h *plan.HostCall) ([]*value.Value, error) {
	x := h.Input(0)
	if x.Array() == nil {
		return nil, fmt.Errorf("its input is %v, not numbers", x)
	}
	var found []int
	for i, v := range tensors.Floats(x) {
		if v != 0 {
			found = append(found, i)
		}
	}
	out := tensor.NewArray(tensor.Int64Type, len(x.Dims()), len(found))
	indices := tensor.Elements[int64](out)
	for j, at := range found {
		for d := len(x.Dims()) - 1; d >= 0; d-- {
			indices[d*len(found)+j] = int64(at % x.Dims()[d])
			at /= x.Dims()[d]
		}
	}
	return []*value.Value{value.NewTensor(out)}, nil
}

// box is a rectangle with its index.
type box struct{ y1, x1, y2, x2 float64 }

func (b box) area() float64 { return float64((b.y2 - b.y1) * (b.x2 - b.x1)) }

// overlap returns the intersection of two boxes over their union.
func (b *box) overlap(c *box) float64 {
	if b.y2 <= c.y1 || c.y2 <= b.y1 || b.x2 <= c.x1 || c.x2 <= b.x1 { // as most do
		return 0
	}
	height := min(b.y2, c.y2) - max(b.y1, c.y1)
	width := min(b.x2, c.x2) - max(b.x1, c.x1)
	if height <= 0 || width <= 0 {
		return 0
	}
	shared := float64(height * width)
	return shared / (b.area() + c.area() - shared)
}

// nonMaxSuppression chooses boxes, for each image and class those with the highest scores, but none
// that overlaps one that was chosen too much.
func nonMaxSuppression(h *plan.HostCall) ([]*value.Value, error) {
	boxes, scores := h.Input(0), h.Input(1)
	if len(boxes.Dims()) != 3 || boxes.Dims()[2] != 4 || len(scores.Dims()) != 3 ||
		boxes.Dims()[0] != scores.Dims()[0] || boxes.Dims()[1] != scores.Dims()[2] {
		return nil, fmt.Errorf("boxes %v and scores %v", boxes, scores)
	}
	limit, overlap, lowest := 0, 0.0, math.Inf(-1)
	if h.Has(2) {
		limit = h.Int(2)
	}
	if h.Has(3) {
		overlap = tensors.Floats(h.Input(3))[0]
	}
	if h.Has(4) {
		lowest = tensors.Floats(h.Input(4))[0]
	}
	if overlap < 0 || overlap > 1 {
		return nil, fmt.Errorf("an overlap of %v, which is between 0 and 1", overlap)
	}
	corners, values := tensors.Floats(boxes), tensors.Floats(scores)
	n, classes := boxes.Dims()[1], scores.Dims()[1]
	var out []int64
	for image := range boxes.Dims()[0] {
		list := make([]box, n)
		for i := range list {
			list[i] = boxOf(corners[(image*n+i)*4:], h.Call.AttrInt("center_point_box", 0) != 0)
		}
		for class := range classes {
			score := values[(image*classes+class)*n:][:n]
			for _, i := range choose(list, score, limit, overlap, lowest) {
				out = append(out, int64(image), int64(class), int64(i))
			}
		}
	}
	return []*value.Value{value.NewTensor(tensor.ArrayOf(out, len(out)/3, 3))}, nil
}

// boxOf returns a box given by two corners in any order, or by its centre and size.
func boxOf(v []float64, center bool) box {
	if center {
		w, h := float64(v[2]/2), float64(v[3]/2)
		return box{v[1] - h, v[0] - w, v[1] + h, v[0] + w}
	}
	return box{min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])}
}

func choose(boxes []box, score []float64, limit int, overlap, lowest float64) []int {
	order := make([]int, 0, len(boxes))
	for i, s := range score {
		if s > lowest || math.IsInf(lowest, -1) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b))
	})
	var chosen []int
	var kept []box
	for _, i := range order {
		if len(chosen) >= limit {
			break
		}
		meets := false
		for j := 0; j < len(kept) && !meets; j++ {
			meets = boxes[i].overlap(&kept[j]) > overlap
		}
		if !meets {
			chosen, kept = append(chosen, i), append(kept, boxes[i])
		}
	}
	return chosen
}

// unique returns each of the elements, or of the parts along an axis, once, with the place where it
// comes first, which one each element is, and how often each comes. NaN is one value.
func unique(h *plan.HostCall) ([]*value.Value, error) {
	x, axis := h.Input(0), 0
	if a := h.Call.Attribute("axis"); a != nil {
		axis = h.Call.Axis(int(a.Int), len(x.Dims()))
	} else {
		x = x.Reshape(x.Len())
	}
	n := x.Dims()[axis]
	parts := make([]*value.Value, n)
	groups := map[string]int{}
	var first, counts []int
	of := make([]int, n)
	for i := range n {
		parts[i] = tensors.Part(x, axis, i, i+1)
		key := string(canonical(parts[i]))
		g, ok := groups[key]
		if !ok {
			g = len(first)
			groups[key] = g
			first, counts = append(first, i), append(counts, 0)
		}
		of[i] = g
		counts[g]++
	}
	order := make([]int, len(first))
	for i := range order {
		order[i] = i
	}
	if h.Call.AttrInt("sorted", 1) != 0 {
		slices.SortStableFunc(order, func(a, b int) int {
			return compareParts(parts[first[a]], parts[first[b]])
		})
	}
	rank := make([]int, len(order))
	kept := []*value.Value{tensors.Part(x, axis, 0, 0)}
	var firsts, inverse, count []int
	for r, g := range order {
		rank[g] = r
		kept = append(kept, parts[first[g]])
		firsts, count = append(firsts, first[g]), append(count, counts[g])
	}
	for _, g := range of {
		inverse = append(inverse, rank[g])
	}
	y, err := tensors.Join(kept, axis)
	return []*value.Value{y, tensors.Int64s(firsts...), tensors.Int64s(inverse...),
		tensors.Int64s(count...)}, err
}

// canonical returns what equal parts have in common: −0 is 0, and one NaN another.
func canonical(v *value.Value) []byte {
	if v.Array() == nil || !v.Element().IsFloat() {
		return tensors.AppendElements(nil, v)
	}
	var key []byte
	for _, f := range tensors.Floats(v) {
		if f != f {
			f = math.NaN()
		}
		key = fmt.Appendf(key, "%x ", math.Float64bits(f+0))
	}
	return key
}

// compareParts compares element by element; NaN comes last.
func compareParts(a, b *value.Value) int {
	if a.Array() == nil {
		return slices.Compare(a.Strings(), b.Strings())
	}
	if a.Array().DType() == tensor.Int64Type {
		return slices.Compare(tensor.Elements[int64](a.Array()), tensor.Elements[int64](b.Array()))
	}
	return slices.CompareFunc(tensors.Floats(a), tensors.Floats(b), func(x, y float64) int {
		switch {
		case x != x && y != y:
			return 0
		case x != x:
			return 1
		case y != y:
			return -1
		}
		return cmp.Compare(x, y)
	})
}

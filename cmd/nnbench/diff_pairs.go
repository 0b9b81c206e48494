package main

import (
	"math"
	"slices"

	"simdnn/onnx"
)

// pairing finds which values of two models are the same ones.
type pairing struct {
	namesA, namesB []string // in the order of nodes
	ofA, ofB       map[string]*onnx.Value
}

// pairs returns B's names by A's, given those of the outputs. Other values of one name in both are
// taken for the same. Of the rest, in order, as many are paired as have one type and shape and
// nearly the same numbers: models that were written by different programs, or quantised, name
// values otherwise, and have some that the other has not.
func (p *pairing) pairs(outputs map[string]string) map[string]string {
	names, taken := map[string]string{}, map[string]bool{}
	for a, b := range outputs {
		names[a], taken[b] = b, true
	}
	var restA, restB []string
	for _, name := range p.namesA {
		if _, done := names[name]; !done && p.ofB[name] != nil && !taken[name] {
			names[name], taken[name] = name, true
		} else if !done {
			restA = append(restA, name)
		}
	}
	for _, name := range p.namesB {
		if !taken[name] {
			restB = append(restB, name)
		}
	}
	for a, b := range align(sketches(restA, p.ofA), sketches(restB, p.ofB)) {
		if b >= 0 {
			names[restA[a]] = restB[b]
		}
	}
	return names
}

// sketch is some elements of a value, from its first to its last.
type sketch struct {
	element  onnx.ElementType
	shape    []int
	elements []float64
}

// sketched is how many elements are compared to find out whether values may be the same.
const sketched = 64

func sketches(names []string, values map[string]*onnx.Value) []sketch {
	all := make([]sketch, len(names))
	for i, name := range names {
		v := values[name]
		if v == nil || v.Kind() != onnx.TensorKind || v.Strings() != nil {
			continue
		}
		all[i].element, all[i].shape = v.Element(), v.Shape()
		x := onnx.Floats(v)
		for k := range min(len(x), sketched) {
			all[i].elements = append(all[i].elements, x[k*len(x)/min(len(x), sketched)])
		}
	}
	return all
}

// nearness is 0 of what can't be the same value, and up to 1 of equal ones: less what the root mean
// square of the difference is as a share of the first one's.
func nearness(a, b *sketch) float32 {
	if a.element != b.element || len(a.elements) == 0 || !slices.Equal(a.shape, b.shape) {
		return 0
	}
	var size, apart float64
	for i, v := range a.elements {
		if w := b.elements[i]; v != w && (v == v || w == w) {
			size, apart = size+float64(v*v), apart+float64((v-w)*(v-w))
		} else if v == v && !math.IsInf(v, 0) {
			size += float64(v * v)
		}
	}
	switch {
	case apart == 0:
		return 1
	case apart < size/16: // and neither is NaN or infinite
		return 1 - float32(math.Sqrt(apart/size))
	}
	return 0
}

// align returns for each of a its place in b, −1 of none, in ascending order, so that the sum of
// nearness is as large as it can be.
func align(a, b []sketch) []int {
	width := len(b) + 1
	before, row := make([]float32, width), make([]float32, width)
	steps := make([]int8, len(a)*width) // 0 pairs, 1 leaves one of a out, 2 one of b
	for i := range a {
		for j := range b {
			best, step := before[j+1], int8(1)
			if row[j] > best {
				best, step = row[j], 2
			}
			if near := nearness(&a[i], &b[j]); near > 0 && before[j]+near > best {
				best, step = before[j]+near, 0
			}
			row[j+1], steps[i*width+j+1] = best, step
		}
		before, row = row, before
	}
	places := make([]int, len(a))
	j := len(b)
	for i := len(a) - 1; i >= 0; i-- {
		for j > 0 && steps[i*width+j] == 2 {
			j--
		}
		if places[i] = -1; j > 0 && steps[i*width+j] == 0 {
			j--
			places[i] = j
		}
	}
	return places
}

package asm

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBinaryCrossEntropy(t *testing.T) {
	bothTypes(t, testBinaryCrossEntropy[float32], testBinaryCrossEntropy[float64])
}

func testBinaryCrossEntropy[T Float](t *testing.T) {
	check(t, "BinaryCrossEntropy", operation[T]{slices: 5, written: 3, generic: 8, run: func(k *Kernels[T], s [][]T) []T {
		k.Classifier.BinaryCrossEntropy(s[0], s[1], s[2], s[3], s[4])
		return nil
	}})
}

// TestBinaryCrossEntropyIsStable compares every set with the definition, computed in float64 where that is exact enough.
func TestBinaryCrossEntropyIsStable(t *testing.T) {
	z := []float32{0, 0, 1, -1, 3, -3, 10, -10, 1e30, -1e30, 1e30, -1e30}
	y := []float32{0, 1, 0.25, 0.25, 1, 1, 0, 1, 1, 0, 0, 1}
	want := make([]float64, len(z))
	for i := range z {
		p := 1 / (1 + math.Exp(-float64(z[i])))
		want[i] = -float64(y[i])*math.Log(p) - (1-float64(y[i]))*math.Log1p(-p)
	}
	copy(want[8:], []float64{0, 0, float64(float32(1e30)), float64(float32(1e30))})
	for i := range Available() {
		k := &Available()[i].F32
		loss, g, p := make([]float32, len(z)), make([]float32, len(z)), make([]float32, len(z))
		k.Classifier.BinaryCrossEntropy(loss, g, p, z, y)
		for j := range z {
			require.InEpsilon(t, 1+want[j], 1+float64(loss[j]), 1e-6, "%s: z %v, y %v", Available()[i].Name, z[j], y[j])
		}
	}
}

package asm

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// nearMiddles are bits of float32 whose square roots lie nearest to the middle between two float32.
var nearMiddles = []uint32{0x3F800001, 0x3F800003, 0x3F925859, 0x3FA97BEF, 0x3FB0C6C3, 0x3FCDAEB2,
	0x3FF028AB, 0x3FFC114A, 0x402A177F, 0x4041BC4E, 0x40551DBF, 0x405AE03B, 0x406E9372, 0x407FFFFB,
	0x407FFFFD, 0x407FFFFF}

// TestAdamRootsAreRoundedCorrectly takes the square roots of all float32 from 1 to 4, of which all
// others are multiples by a power of two, and of what lies on both sides of where kernels leave
// that range's way.
func TestAdamRootsAreRoundedCorrectly(t *testing.T) {
	for _, set := range Available() {
		checkAllRoots(t, set)
	}
}

func checkAllRoots(t *testing.T, set ISA) {
	t.Helper()
	const block = 1 << 12
	stride := uint32(block)
	if testing.Short() {
		stride *= 61
	}
	edges := []float32{0, math.MaxFloat32, float32(math.Inf(1))}
	for _, x := range []float32{0x1p-149, 0x1p-126, 0x1p-100, 0x1p127} {
		edges = append(edges, math.Nextafter32(x, 0), x, math.Nextafter32(x, 1))
	}
	hard := make([]float32, len(nearMiddles))
	for i, bits := range nearMiddles {
		hard[i] = math.Float32frombits(bits)
	}
	checkRoots(t, set, hard)
	for i, x := range edges { // among numbers within the range
		v := slices.Repeat([]float32{1.5}, len(edges)+16)
		v[i], v[i+16] = x, x
		checkRoots(t, set, v)
	}
	v := make([]float32, block)
	for first := uint32(0); first < 1<<24; first += stride {
		for i := range v {
			v[i] = math.Float32frombits(0x3F800000 + first + uint32(i))
		}
		checkRoots(t, set, v)
	}
}

// checkRoots lets a step of Adam show the square roots s of v as 1/(s−1).
func checkRoots(t *testing.T, set ISA, v []float32) {
	t.Helper()
	w, m, g := make([]float32, len(v)), slices.Repeat([]float32{1}, len(v)), make([]float32, len(v))
	set.F32.Optimizer.Adam(w, m, v, g, AdamStep[float32]{Beta1: 1, Beta2: 1, InvSqrtCorrection: 1,
		Epsilon: -1, Step: -1})
	for i, x := range v {
		if want := 1 / (float32(math.Sqrt(float64(x))) - 1); w[i] != want {
			require.Equal(t, want, w[i], "%s: %v, %#x", set.Name, x, math.Float32bits(x))
		}
	}
}

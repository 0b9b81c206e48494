package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tensor"
)

// recorded is an array that the script recorded: its checksum, and its elements or the first of
// them.
type recorded struct {
	Shape  []int     `json:"shape"`
	SHA256 string    `json:"sha256"`
	Head   []float64 `json:"head"`
}

// readGolden returns the cases of a file of what NumPy and scikit-learn give.
func readGolden[C any](t *testing.T, name string) []C { return golden.Read[C](t, "data/"+name) }

// checksum returns the SHA-256 of the numbers' little-endian bytes.
func checksum[E float64 | int64](values []E) string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, values) // a Buffer takes everything
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// requireBits demands the recorded array to the last bit.
func (g recorded) requireBits(t *testing.T, got []float64, what string) {
	t.Helper()
	require.Len(t, got, elements(g.Shape), what)
	for i, want := range g.Head {
		require.Equal(t, want, got[i], "%s: element %d", what, i)
	}
	require.Equal(t, g.SHA256, checksum(got), "%s: checksum of %d elements", what, len(got))
}

// requireTensor demands the recorded array and shape to the last bit.
func (g recorded) requireTensor(t *testing.T, got *tensor.Tensor[float64], what string) {
	t.Helper()
	require.Equal(t, g.Shape, got.Shape(), what)
	g.requireBits(t, got.Data(), what)
}

// requireInts demands the recorded whole numbers.
func (g recorded) requireInts(t *testing.T, got []int, what string) {
	t.Helper()
	require.Len(t, got, elements(g.Shape), what)
	wide := make([]int64, len(got))
	for i, v := range got {
		wide[i] = int64(v)
	}
	for i, want := range g.Head {
		require.Equal(t, int64(want), wide[i], "%s: element %d", what, i)
	}
	require.Equal(t, g.SHA256, checksum(wide), what)
}

// elements returns the number of elements of a shape.
func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

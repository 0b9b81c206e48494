package simdnn_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
)

// TestBitsOnRecord holds the results of every routine to the bits that they have on every other
// processor, instruction set and number of threads.
func TestBitsOnRecord(t *testing.T) {
	for name, impl := range implementations() {
		if strings.HasPrefix(name, "generic") {
			continue // rounds otherwise
		}
		rng := rand.New(rand.NewPCG(5, 8))
		sum := sha256.New()
		for _, routine := range slices.Sorted(maps.Keys(routines)) {
			if routine == "rot" {
				continue
			}
			for _, letter := range []string{"S", "D"} {
				for _, largest := range []int{9, onRecord} {
					values, panicked := call(method(impl, routine, letter),
						arguments(rng, routine, letter, largest, true))
					require.Nil(t, panicked, routine)
					for _, v := range numbers(values) {
						require.NoError(t, binary.Write(sum, binary.LittleEndian, v))
					}
				}
			}
		}
		require.Equal(t, "33d256f25685f554", fmt.Sprintf("%x", sum.Sum(nil))[:16], name)
	}
}

// TestSmallProducts holds products that are one kernel call to the bits of the same elements of a
// larger one, which is not.
func TestSmallProducts(t *testing.T) {
	const more, room = 40, 32 + 40
	for name, impl := range implementations() {
		rng := rand.New(rand.NewPCG(7, 7))
		for range 300 {
			m, n, k := 1+rng.IntN(32), 2+rng.IntN(31), 1+rng.IntN(32)
			tA, tB := blas.NoTrans, blas.NoTrans
			if rng.IntN(2) == 0 {
				tA = blas.Trans
			}
			if rng.IntN(2) == 0 {
				tB = blas.Trans
			}
			alpha, beta := []float64{1, -1.3}[rng.IntN(2)], []float64{0, 1, 0.7}[rng.IntN(3)]
			a, b := normal(rng, room*room), normal(rng, room*room)
			small := normal(rng, room*room)
			large := slices.Clone(small)
			impl.Dgemm(tA, tB, m, n, k, alpha, a, room, b, room, beta, small, room)
			rows, columns := m, n+more // the smaller operand is scaled, which must stay the same
			if m > n {
				rows, columns = m+more, n
			}
			impl.Dgemm(tA, tB, rows, columns, k, alpha, a, room, b, room, beta, large, room)
			for i := range m {
				require.Equal(t, large[i*room:][:n], small[i*room:][:n], "%s: %d×%d×%d", name, m, n, k)
			}
		}
	}
}

// TestOuterProducts holds what ger adds, a row or a few columns at a time, to one fused multiply-add for
// each element. Strides of 171, 256 and 512 elements of 8 bytes are near thirds, halves and all of 4 KiB.
func TestOuterProducts(t *testing.T) {
	for name, impl := range implementations() {
		if strings.HasPrefix(name, "generic") {
			continue // rounds otherwise
		}
		rng := rand.New(rand.NewPCG(7, 8))
		for _, ld := range []int{44, 128, 129, 171, 256, 300, 512} {
			for _, m := range []int{1, 3, 16, 33} {
				for n := 1; n <= ld; n += 43 {
					x, y, a := normal(rng, m), normal(rng, n), normal(rng, m*ld)
					want := slices.Clone(a)
					for i, v := range x {
						for j, w := range y {
							want[i*ld+j] = math.FMA(-1.3*v, w, want[i*ld+j])
						}
					}
					impl.Dger(m, n, -1.3, x, 1, y, 1, a, ld)
					require.Equal(t, want, a, "%s: %d×%d, stride %d", name, m, n, ld)
				}
			}
		}
	}
}

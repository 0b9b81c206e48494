package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTransposingProducts compares products, those that transpose an operand or their result among them, with the reference set's MatMul, bit by bit.
func TestTransposingProducts(t *testing.T) {
	t.Run("float32", testTransposingProducts[float32])
	t.Run("float64", testTransposingProducts[float64])
}

func testTransposingProducts[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	reference, err := ISAByName("reference")
	require.NoError(t, err)
	exact := NewEngine[T](reference, 1)
	met := map[string]int{}
	for _, s := range [][3]int{{64, 3, 32}, {8, 2, 1}, {9, 2, 5}, {41, 4, 33}, {67, 10, 19}, {130, 16, 7}, {32, 64, 3}, {3, 65, 2}, {2, 17, 16}, {5, 33, 9}, {12, 3, 40}} {
		for trans := NN; trans <= TT; trans++ {
			a := factor[T](rng, s[0], s[2], trans == TN || trans == TT, false)
			b := factor[T](rng, s[2], s[1], trans == NT || trans == TT, false)
			want, sum := New[T](s[0], s[1]), random[T](rng, s[0], s[1])
			exact.MatMul(want, a, b, trans)
			wantSum := sum.Clone()
			exact.MatMulAdd(wantSum, a, b, trans)
			for i := range AvailableISAs() {
				set := &AvailableISAs()[i]
				if set.Name == "generic" {
					continue // rounds otherwise
				}
				e := NewEngine[T](set, 1)
				p := e.Plan(s[0], s[1], s[2], trans)
				met[fmt.Sprint(set.Name, p.plans[useStore].way)]++
				got, gotSum := random[T](rng, s[0], s[1]), sum.Clone()
				p.MatMul(got.Data(), a.Data(), b.Data())
				require.Equal(t, want.Data(), got.Data(), "%s, %v, %v", set.Name, s, trans)
				p.MatMulAdd(gotSum.Data(), a.Data(), b.Data())
				require.Equal(t, wantSum.Data(), gotSum.Data(), "%s, %v, %v, added", set.Name, s, trans)
				e.MatMul(got, a, b, trans)
				require.Equal(t, want.Data(), got.Data(), "%s, %v, %v, without a plan", set.Name, s, trans)
				gotSum.CopyFrom(sum)
				e.MatMulAdd(gotSum, a, b, trans)
				require.Equal(t, wantSum.Data(), gotSum.Data(), "%s, %v, %v, added without a plan", set.Name, s, trans)
				require.Zero(t, testing.AllocsPerRun(5, func() { p.MatMul(got.Data(), a.Data(), b.Data()) }), "%s, %v, %v", set.Name, s, trans)
			}
		}
	}
	for i := range AvailableISAs() {
		if name := AvailableISAs()[i].Name; name != "generic" {
			require.NotZero(t, met[fmt.Sprint(name, wayTransposeResult)], "%s transposed no result", name)
			require.NotZero(t, met[fmt.Sprint(name, wayTransposeB)], "%s transposed no operand", name)
		}
	}
}

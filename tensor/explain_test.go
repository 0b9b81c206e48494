package tensor

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// witness counts what the kernels of an engine are called for.
type witness struct{ mul, row, narrow, dots, pack, panel atomic.Int64 }

// watched returns an engine for a set whose kernels compute nothing and tell a witness of each call.
func watched[T Float](set *ISA, threads int) (*Engine[T], *witness) {
	e, w := NewEngine[T](set, threads), &witness{}
	table := *e.k
	table.Gemm.Mul = func(_, _, _, panel *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) {
		w.mul.Add(1)
		if panel != nil {
			w.panel.Add(1)
		}
	}
	table.Gemm.Row = func(_, _, _, _ *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) { w.row.Add(1) }
	if table.Gemm.Narrow != nil {
		table.Gemm.Narrow = func(_, _, _, _ *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) { w.narrow.Add(1) }
	}
	table.Gemm.Pack = func([]T, int, []T, int, int, int, int) { w.pack.Add(1) }
	table.Reduce.Gemv = func(_, _ []T, _ int, _ []T) { w.dots.Add(1) }
	e.k = &table
	return e, w
}

// TestExplanationsAreTrue compares what a product says about itself with what it does.
func TestExplanationsAreTrue(t *testing.T) {
	t.Run("float32", testExplanations[float32])
	t.Run("float64", testExplanations[float64])
}

func testExplanations[T Float](t *testing.T) {
	elem := packBytes / 4
	heard := map[string]bool{}
	shapes := [][3]int{
		{32, 64, 10}, {1, 64, 10}, {20, 1, 30}, {64, 3, 32}, {64, 14, 32}, {32, 64, 3}, {100, 90, 80}, // small
		{32, 33, 256}, {32, 40, 256}, {33, 12, 700}, // with a part of few columns or rows
		{40, 256, elem / 256}, {8, 256, elem / 256}, {1, 512, elem / 512}, // a large B, of enough rows or not
		{40, 1024, 5}, {elem / 64, 40, 64}, {256, 300, 1024}, {256, 20, 1024}, // a large A, with rows a page apart or not
	}
	if asm.Active().Name != "reference" { // slow
		shapes = append(shapes, [3]int{256, 260, 128}) // an A that is worth packing where it is transposed and the tile low
	}
	for _, s := range shapes {
		for trans := NN; trans <= TT; trans++ {
			for _, threads := range []int{1, 2} {
				e, w := watched[T](asm.Active(), threads)
				p := e.Plan(s[0], s[1], s[2], trans)
				p.MatMul(make([]T, s[0]*s[1]), make([]T, s[0]*s[2]), make([]T, s[2]*s[1]))
				name := fmt.Sprintf("%v %v, %d threads", trans, s, threads)
				requireTrue(t, name, p.Explain(), w, heard)
				require.Equal(t, strings.Contains(fmt.Sprint(p.Explain()), "{B packed"), p.PacksB(), name)
			}
		}
	}
	for _, choice := range []string{
		"Gemm.Mul, one call", "Gemm.Row, one call", "Gemm.Mul, block by block", "Gemm.Row, block by block", "Reduce.Gemv", "as it stands", "packed by the kernel",
		"packed a block", "B transposed", "Cᵀ", "packed", "A packed", "2, each",
	} {
		found := false
		for h := range heard {
			found = found || strings.HasPrefix(h, choice)
		}
		require.True(t, found, "no product was %q", choice)
	}
}

// requireTrue fails unless the witness agrees with an explanation, whose choices it files.
func requireTrue(t *testing.T, name string, decisions []Decision, w *witness, heard map[string]bool) {
	t.Helper()
	said := map[string]string{}
	for _, d := range decisions {
		require.NotEmpty(t, d.Choice, name)
		require.NotEmpty(t, d.Because, "%s: %s", name, d.About)
		said[d.About] = d.Choice
		heard[d.Choice] = true
	}
	kernel := said["kernel"]
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Mul"), w.mul.Load() > 0, name)
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Row"), w.row.Load() > 0, name)
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Narrow"), w.narrow.Load() > 0, name)
	require.Equal(t, kernel == "Reduce.Gemv", w.dots.Load() > 0, name)
	if strings.HasSuffix(kernel, "one call") {
		require.EqualValues(t, 1, w.mul.Load()+w.row.Load()+w.narrow.Load(), name)
	}
	packs := said["operands"] != "" && said["operands"] != asTheyStand.Choice || said["A"] == "packed" || said["B"] == "packed a block at a time"
	require.Equal(t, packs, w.pack.Load() > 0, name)
	require.Equal(t, said["B"] == "packed by the kernel, panel by panel", w.panel.Load() > 0, name)
}

// TestOneCallIsWhatFits compares the rule that is written in one expression with its parts.
func TestOneCallIsWhatFits(t *testing.T) {
	for _, threads := range []int{1, 2} {
		f32, f64 := NewEngine[float32](asm.Active(), threads), NewEngine[float64](asm.Active(), threads)
		for _, s := range [][3]int{{64, 64, 64}, {63, 64, 65}, {128, 64, 32}, {1, packBytes / 4, 1}, {1, packBytes/4 - 1, 1}, {1, packBytes / 8, 1}, {mcBytes / 4, 1, 1}, {mcBytes/8 - 1, 1, 1}} {
			m, n, k := s[0], s[1], s[2]
			require.Equal(t, fitsB[float32](k, n) && fitsA[float32](m, k) && (threads == 1 || fitsThread(m, n, k)), f32.isOneCall(m, n, k), s)
			require.Equal(t, fitsB[float64](k, n) && fitsA[float64](m, k) && (threads == 1 || fitsThread(m, n, k)), f64.isOneCall(m, n, k), s)
		}
	}
}

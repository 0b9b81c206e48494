package data

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// numbered returns x of shape (rows, 3) and y of shape (rows, 1) whose elements name their row.
func numbered[T tensor.Float](rows int) (x, y *tensor.Tensor[T]) {
	x, y = tensor.New[T](rows, 3), tensor.New[T](rows, 1)
	for i := range rows {
		for j := range 3 {
			x.Set(T(10*i+j), i, j)
		}
		y.Set(T(i), i, 0)
	}
	return x, y
}

// epochRows returns the rows that an epoch hands out, batch by batch, having checked that x and y
// belong together.
func epochRows[T tensor.Float](t *testing.T, l *Loader[T]) [][]int {
	t.Helper()
	var batches [][]int
	for x, y := range l.Epoch() {
		require.Equal(t, []int{y.Dim(0), 3}, x.Shape())
		var rows []int
		for i := range y.Dim(0) {
			row := y.At(i, 0)
			require.Equal(t, []T{10 * row, 10*row + 1, 10*row + 2}, x.Row(i))
			rows = append(rows, int(row))
		}
		batches = append(batches, rows)
	}
	require.Len(t, batches, l.Len())
	return batches
}

func TestLoaderCutsEverySize(t *testing.T) {
	for _, shuffle := range []bool{false, true} {
		for rows := 1; rows <= 9; rows++ {
			for size := 1; size <= 11; size++ {
				for _, drop := range []bool{false, true} {
					x, y := numbered[float32](rows)
					l, err := NewLoader(x, y,
						LoaderOptions{BatchSize: size, DropLast: drop, Shuffle: shuffle, Seed: 3})
					require.NoError(t, err)
					want := (rows + size - 1) / size
					if drop {
						want = rows / size
					}
					require.Equal(t, want, l.Len())
					seen := []int{}
					for b, batch := range epochRows(t, l) {
						require.True(t,
							len(batch) == size || !drop && b == want-1 && len(batch) == rows%size)
						seen = append(seen, batch...)
					}
					if !shuffle {
						require.Equal(t, count(len(seen)), seen)
					}
					slices.Sort(seen)
					require.Len(t, slices.Compact(seen), min(rows, want*size), "no row twice")
				}
			}
		}
	}
}

func TestLoaderViewsTheDataUnlessShuffled(t *testing.T) {
	x, y := numbered[float64](5)
	l, err := NewLoader(x, y, LoaderOptions{BatchSize: 2})
	require.NoError(t, err)
	for bx := range l.Epoch() {
		bx.Data()[0] = -1
	}
	require.Equal(t, []float64{-1, 10, -1, 30, -1},
		[]float64{x.At(0, 0), x.At(1, 0), x.At(2, 0), x.At(3, 0), x.At(4, 0)})
}

func TestLoaderOrderComesFromSeedAndEpoch(t *testing.T) {
	x, y := numbered[float32](40)
	loader := func(seed uint64, size int) *Loader[float32] {
		l, err := NewLoader(x, y, LoaderOptions{BatchSize: size, Shuffle: true, Seed: seed})
		require.NoError(t, err)
		return l
	}
	a, b, other, wide := loader(7, 8), loader(7, 8), loader(8, 8), loader(7, 40)
	first, second := epochRows(t, a), epochRows(t, a)
	require.NotEqual(t, first, second, "a new order in each epoch")
	require.Equal(t, first, epochRows(t, b), "the same seed")
	require.NotEqual(t, first, epochRows(t, other), "another seed")
	require.Equal(t, slices.Concat(first...), slices.Concat(epochRows(t, wide)...),
		"whatever the batch size")

	// The documented order of the first epoch, which must not change between releases.
	require.Equal(t, []int{6, 1, 4, 2, 3, 7, 8, 0, 5}, firstOrder(t, 1, 9))
}

// firstOrder returns the first epoch's order of some rows.
func firstOrder(t *testing.T, seed uint64, rows int) []int {
	t.Helper()
	x, y := numbered[float64](rows)
	l, err := NewLoader(x, y, LoaderOptions{BatchSize: rows, Shuffle: true, Seed: seed})
	require.NoError(t, err)
	return epochRows(t, l)[0]
}

func TestLoaderResumes(t *testing.T) {
	x, y := numbered[float32](20)
	o := LoaderOptions{BatchSize: 6, Shuffle: true, Seed: 99}
	a, err := NewLoader(x, y, o)
	require.NoError(t, err)
	epochRows(t, a)
	for range a.Epoch() {
		break // an epoch that was begun counts
	}
	state, err := a.MarshalBinary()
	require.NoError(t, err)

	o.Seed = 1
	b, err := NewLoader(x, y, o)
	require.NoError(t, err)
	require.NoError(t, b.UnmarshalBinary(state))
	require.Equal(t, epochRows(t, a), epochRows(t, b))
	require.EqualError(t, b.UnmarshalBinary(state[:15]),
		"loader: a state of 15 bytes, but 16 are needed")
}

func TestLoaderOfThreeColumnsAndViews(t *testing.T) {
	x, y := numbered[float64](7)
	weights := tensor.New[float64](7)
	for i := range 7 {
		weights.Set(float64(100+i), i)
	}
	l, err := NewColumnLoader(LoaderOptions{BatchSize: 3, Shuffle: true}, x.T().Clone().T(), y,
		weights)
	require.NoError(t, err)
	rows := 0
	for columns := range l.Batches() {
		require.Len(t, columns, 3)
		for i := range columns[1].Dim(0) {
			row := columns[1].At(i, 0)
			require.Equal(t, 10*row+2, columns[0].At(i, 2))
			require.Equal(t, 100+row, columns[2].At(i))
			rows++
		}
	}
	require.Equal(t, 7, rows)

	alone, err := NewColumnLoader(LoaderOptions{BatchSize: 4}, x)
	require.NoError(t, err)
	for bx, none := range alone.Epoch() {
		require.NotNil(t, bx)
		require.Nil(t, none)
	}
}

func TestLoaderAllocatesNothing(t *testing.T) {
	x, y := numbered[float32](70)
	for _, shuffle := range []bool{false, true} {
		l, err := NewLoader(x, y, LoaderOptions{BatchSize: 32, Shuffle: shuffle})
		require.NoError(t, err)
		var sum float32
		require.Zero(t, testing.AllocsPerRun(20, func() {
			for x, y := range l.Epoch() {
				sum += x.Data()[0] + y.Data()[0]
			}
			for columns := range l.Batches() {
				sum += columns[0].Data()[0]
			}
		}), "shuffle %v", shuffle)
		require.NotZero(t, sum)
	}
}

func TestLoaderRejectsBadArguments(t *testing.T) {
	x, y := numbered[float32](4)
	_, err := NewLoader(x, y, LoaderOptions{})
	require.EqualError(t, err, "loader: the batch size is 0, but must be at least 1")
	_, err = NewLoader(x, y, LoaderOptions{BatchSize: -1})
	require.Error(t, err)
	_, err = NewLoader(x, y.Slice(0, 3), LoaderOptions{BatchSize: 2})
	require.EqualError(t, err,
		"loader: tensor 1 of shape [3 1] and tensor 0 of shape [4 3] differ in rows")
	_, err = NewLoader(x.Slice(0, 0), y.Slice(0, 0), LoaderOptions{BatchSize: 2})
	require.EqualError(t, err, "loader: tensor 0 of shape [0 3] has no rows")
	_, err = NewColumnLoader[float32](LoaderOptions{BatchSize: 2})
	require.Error(t, err)
}

// The report's demonstration: random x and y in batches of 32, and the shape of each batch.
func ExampleLoader() {
	rng := NewRandomState(0)
	x, y := tensor.New[float64](100, 10), tensor.New[float64](100, 1)
	for i := range x.Data() {
		x.Data()[i] = rng.StandardNormal()
	}
	for i := range y.Data() {
		y.Data()[i] = rng.StandardNormal()
	}
	loader, err := NewLoader(x, y, LoaderOptions{BatchSize: 32, Shuffle: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(loader.Len(), "batches")
	for bx, by := range loader.Epoch() {
		fmt.Println(bx.Shape(), by.Shape())
	}
	// Output:
	// 4 batches
	// [32 10] [32 1]
	// [32 10] [32 1]
	// [32 10] [32 1]
	// [4 10] [4 1]
}

func TestFingerprintTellsLoadersApart(t *testing.T) {
	fingerprint := func(x, y []float32, rows int, o LoaderOptions) string {
		l, err := NewLoader(tensor.FromSlice(x, rows, len(x)/rows),
			tensor.FromSlice(y, rows, len(y)/rows), o)
		require.NoError(t, err)
		for range l.Epoch() {
		}
		return l.Fingerprint()
	}
	x, y, o := []float32{1, 2, 3, 4}, []float32{5, 6}, LoaderOptions{BatchSize: 2}
	want := fingerprint(x, y, 2, o)
	require.Equal(t, want, fingerprint(x, y, 2, o))
	require.Regexp(t, "^2 rows in batches of 2, in order, sha256 [0-9a-f]{32}$", want)
	seen := map[string]bool{want: true}
	for _, other := range []string{
		fingerprint([]float32{1, 2, 3, 5}, y, 2, o),
		fingerprint(x, []float32{5, -6}, 2, o),
		fingerprint([]float32{1, 2}, []float32{3, 4, 5, 6}, 2, o),
		fingerprint(x, y, 2, LoaderOptions{BatchSize: 1}),
		fingerprint(x, y, 2, LoaderOptions{BatchSize: 2, DropLast: true}),
		fingerprint(x, y, 2, LoaderOptions{BatchSize: 2, Shuffle: true}),
		fingerprint(x, y, 2, LoaderOptions{BatchSize: 2, Shuffle: true, Seed: 1}),
	} {
		require.False(t, seen[other], other)
		seen[other] = true
	}
}

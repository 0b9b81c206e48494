package data

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// numberedSamples name themselves, and what is random of them.
type numberedSamples int

func (n numberedSamples) Len() int            { return int(n) }
func (n numberedSamples) Shapes() [][]int     { return [][]int{{2}, {1}} }
func (n numberedSamples) Fingerprint() string { return "numbers" }

func (n numberedSamples) Fill(parts [][]float32, sample int, r tensor.Random) {
	parts[0][0], parts[0][1] = float32(sample), float32(r.Draw(0)[0]>>8)
	parts[1][0] = float32(sample)
}

// epochOf returns the elements of x and y of an epoch, batch by batch.
func epochOf(l *Loader[float32]) (x, y []float32, sizes []int) {
	for bx, by := range l.Epoch() {
		x, y = append(x, bx.Data()...), append(y, by.Data()...)
		sizes = append(sizes, bx.Dim(0))
	}
	return x, y, sizes
}

// TestPrefetchChangesNothing compares the epochs of loaders with and without another goroutine.
func TestPrefetchChangesNothing(t *testing.T) {
	for _, rows := range []int{1, 2, 7, 8, 23} {
		for _, o := range []LoaderOptions{
			{BatchSize: 4, Shuffle: true, Seed: 5}, {BatchSize: 4, Seed: 5},
			{BatchSize: 4, Shuffle: true, DropLast: true}, {BatchSize: 1}, {BatchSize: 30},
		} {
			loaders := make([]*Loader[float32], 4)
			for ahead := range loaders {
				var err error
				o.Prefetch = ahead
				loaders[ahead], err = NewSampleLoader(numberedSamples(rows), o)
				require.NoError(t, err)
			}
			var before []float32
			for range 3 {
				x, y, sizes := epochOf(loaders[0])
				require.NotEqual(t, before, append([]float32{-1}, x...))
				for _, l := range loaders[1:] {
					x2, y2, sizes2 := epochOf(l)
					require.Equal(t, x, x2)
					require.Equal(t, y, y2)
					require.Equal(t, sizes, sizes2)
				}
				before = x
			}
		}
	}
}

func TestPrefetchOfColumns(t *testing.T) {
	x, y := numbered[float64](21)
	o := LoaderOptions{BatchSize: 4, Shuffle: true, Seed: 2}
	plain, err := NewLoader(x, y, o)
	require.NoError(t, err)
	o.Prefetch = 2
	ahead, err := NewLoader(x, y, o)
	require.NoError(t, err)
	require.Equal(t, epochRows(t, plain), epochRows(t, ahead))
}

// TestPrefetchEnds leaves epochs in the middle, by break, and by a panic: the goroutine ends, and
// the next epoch is whole.
func TestPrefetchEnds(t *testing.T) {
	l, err := NewSampleLoader(numberedSamples(40), LoaderOptions{BatchSize: 4, Prefetch: 3})
	require.NoError(t, err)
	before := runtime.NumGoroutine()
	for leave := range 11 {
		seen := 0
		for range l.Epoch() {
			if seen++; seen > leave {
				break
			}
		}
	}
	require.Panics(t, func() {
		for range l.Epoch() {
			panic("in the middle")
		}
	})
	x, _, _ := epochOf(l)
	require.Len(t, x, 80)
	for range 1000 { // a goroutine that has said its last word may not have ended yet
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

func TestSampleLoaderAllocatesNothing(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		l, err := NewSampleLoader(numberedSamples(70),
			LoaderOptions{BatchSize: 32, Shuffle: true, Prefetch: ahead})
		require.NoError(t, err)
		var sum float32
		require.Zero(t, testing.AllocsPerRun(20, func() {
			for x, y := range l.Epoch() {
				sum += x.Data()[0] + y.Data()[0]
			}
		}), "%d ahead", ahead)
		require.NotZero(t, sum)
	}
}

func TestSampleLoaderRejects(t *testing.T) {
	_, err := NewSampleLoader(numberedSamples(0), LoaderOptions{BatchSize: 2})
	require.EqualError(t, err, "loader: there are no samples")
	_, err = NewSampleLoader(numberedSamples(1), LoaderOptions{BatchSize: 2, Prefetch: -1})
	require.EqualError(t, err, "loader: -1 batches to prefetch, which must not be negative")
	_, err = NewSampleLoader(numberedSamples(1), LoaderOptions{})
	require.EqualError(t, err, "loader: the batch size is 0, but must be at least 1")
}

func TestTextSamples(t *testing.T) {
	v, err := VocabularyOf([]byte("über\nab"))
	require.NoError(t, err)
	require.Equal(t, "\naberü", v.Characters)
	symbols, err := v.Encode([]byte("abab\nüreb"))
	require.NoError(t, err)
	require.Equal(t, []int32{1, 2, 1, 2, 0, 5, 4, 3, 2}, symbols)
	require.Equal(t, []string{"\n", "a", "b", "e", "r", "ü"}, v.Symbols())
	_, err = v.Encode([]byte("ab\nax"))
	require.EqualError(t, err,
		`line 2, byte 2: 0x78 begins 'x', which is none of the 6 characters that the text to learn from had`)
	_, err = VocabularyOf([]byte("a\xff"))
	require.EqualError(t, err, "line 1, byte 2: 0xff is not in UTF-8")
	require.ErrorIs(t, err, ErrNotUTF8)

	s, err := NewTextSamples[float32](symbols, 4, false)
	require.NoError(t, err)
	require.Equal(t, 2, s.Len())
	x, y := make([]float32, 4), make([]float32, 4)
	s.Fill([][]float32{x, y}, 1, tensor.Random{})
	require.Equal(t, []float32{0, 5, 4, 3}, x)
	require.Equal(t, []float32{5, 4, 3, 2}, y)
	_, err = NewTextSamples[float32](symbols, 9, false)
	require.EqualError(t, err, "a text of 9 symbols has no passage of 9 and a symbol after it")

	jittered, err := NewTextSamples[float32](symbols, 2, true)
	require.NoError(t, err)
	begins := map[float32]bool{}
	for step := range uint64(40) {
		jittered.Fill([][]float32{x[:2], y[:2]}, 3, tensor.Random{Step: step})
		require.Equal(t, x[1], y[0])
		begins[x[0]] = true
	}
	require.Equal(t, map[float32]bool{4: true}, begins, "the last passage can't begin later")
}

func TestSeriesSamples(t *testing.T) {
	series := tensor.FromSlice([]float64{0, 10, 1, 11, 2, 12, 3, 13, 4, 14}, 5, 2)
	s, err := NewSeriesSamples(series, SeriesOptions{Window: 2, Horizon: 2, Target: 1})
	require.NoError(t, err)
	require.Equal(t, 2, s.Len())
	require.Equal(t, [][]int{{2, 2}, {2}}, s.Shapes())
	x, y := make([]float64, 4), make([]float64, 2)
	s.Fill([][]float64{x, y}, 1, tensor.Random{})
	require.Equal(t, []float64{1, 11, 2, 12}, x)
	require.Equal(t, []float64{13, 14}, y)
	_, err = NewSeriesSamples(series, SeriesOptions{Window: 4, Horizon: 2, Target: 1})
	require.EqualError(t, err, "a series of 5 steps has no window of 4 and 2 after it")
	_, err = NewSeriesSamples(series, SeriesOptions{Window: 2, Horizon: 2, Target: 2})
	require.Error(t, err)
}

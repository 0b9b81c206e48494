package exec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// measuredRuns is the largest number of runs of a measurement.
const measuredRuns = 2 * 2 * threadTurn * threadRounds

// tunedRuns runs so many runs that take this long on all threads and on one, and returns how many
// ran on one.
func tunedRuns(t *threadTuner, runs int, parallel, serial time.Duration) (ranSerial int) {
	now := time.Unix(1000, 0)
	t.now = func() time.Time { return now }
	for range runs {
		taken := parallel
		if t.begin() == 0 {
			taken = serial
			ranSerial++
		}
		now = now.Add(taken)
		t.end()
	}
	return ranSerial
}

func TestThreadTunerChoosesTheFasterWay(t *testing.T) {
	for _, c := range []struct {
		parallel, serial time.Duration
		want             bool
	}{
		{60, 100, false}, {140, 100, true}, {100, 100, true},
		{95, 100, true}, // less than a sixteenth is not worth a processor
		{93, 100, false},
	} {
		tuner := newThreadTuner(2)
		tunedRuns(tuner, measuredRuns, c.parallel, c.serial)
		require.True(t, tuner.ways.Settled())
		serial := tunedRuns(tuner, threadFirstPeriod/2, c.parallel, c.serial)
		require.Equal(t, c.want, serial == threadFirstPeriod/2, "%d µs on all threads, %d on one", c.parallel,
			c.serial)
		require.Equal(t, c.want, serial != 0)
	}
}

func TestThreadTunerChangesItsMind(t *testing.T) {
	tuner := newThreadTuner(2)
	const each = threadTurn * threadRounds // runs either way, where one of them is far ahead
	const first = threadFirstPeriod
	require.Equal(t, each, tunedRuns(tuner, 2*each+first, 50, 100))
	require.Equal(t, each+first, tunedRuns(tuner, 2*each+first, 150, 100),
		"the processors have moved apart")
	require.Equal(t, each, tunedRuns(tuner, 2*each+first, 50, 100))
	for _, period := range []int{threadGrowth * first, threadPeriod, threadPeriod} {
		require.Equal(t, each, tunedRuns(tuner, 2*each+period, 50, 100), "confirmed")
	}
}

// TestThreadTunerTakesTheShortestStep checks that neither a run that was interrupted nor the first
// one of a turn counts, nor one that failed.
func TestThreadTunerTakesTheShortestStep(t *testing.T) {
	tuner := newThreadTuner(2)
	now := time.Unix(1000, 0)
	tuner.now = func() time.Time { return now }
	runs := [2]int{}
	for range measuredRuns {
		serial := tuner.begin() == 0
		if tuner.trial && runs[0] == 1 {
			now = now.Add(1) // no end: it failed
			serial = tuner.begin() == 0
		}
		way, taken := 0, time.Duration(100)
		if !serial {
			way, taken = 1, 50
		}
		switch runs[way]++; runs[way] {
		case 1:
			taken = 1 // the first of a turn
		case 2:
			taken += 40 // interrupted
		}
		now = now.Add(taken)
		tuner.end()
	}
	for way, want := range []time.Duration{100, 50} {
		best, ok := tuner.ways.Best(way)
		require.True(t, ok)
		require.Equal(t, want, best)
	}
}

// TestProgramsOfSharedStepsAreTimed checks that programs of small products are not timed, that
// those of large ones are, and that neither are on one thread or with fixed plans.
func TestProgramsOfSharedStepsAreTimed(t *testing.T) {
	for _, c := range []struct {
		threads, width int
		options        []tensor.Option
		timed          bool
	}{
		{1, 256, nil, false}, {2, 8, nil, false}, {2, 256, nil, true},
		{2, 256, []tensor.Option{tensor.WithFixedPlans()}, false},
	} {
		b := graph.NewBuilder()
		x := b.Input("x", graph.TypeOf[float32](graph.Fixed(64), graph.Fixed(c.width)))
		w := b.Input("w", graph.TypeOf[float32](graph.Fixed(c.width), graph.Fixed(c.width)))
		b.Output("y", op.MatMul(b, x, w))
		g, err := b.Graph()
		require.NoError(t, err)
		p, err := Compile(g, NewEngines(tensor.ActiveISA(), c.threads, c.options...), nil)
		require.NoError(t, err)
		require.Equal(t, c.timed, p.ways.tuner != nil, "%+v", c)
		if !c.timed {
			continue
		}
		for i := range 2 * threadTurn {
			require.NoError(t, p.Run())
			require.Equal(t, i < threadTurn, &p.steps[0] == &p.ways.all[0][0], "run %d", i)
		}
	}
}

// TestProgramsMuchAlikeShareATuner checks that a program that is made for a few runs goes on with
// what the one before has found out, if both are much alike.
func TestProgramsMuchAlikeShareATuner(t *testing.T) {
	var s sharedTuner
	tuned := func(n int) *ways { return new(newWays(make([][]graph.Step, n), nil)) }
	first := tuned(2)
	s.share(first, 10, 800)
	for _, c := range []struct {
		ways, nodes, bytes int
		same               bool
	}{{2, 10, 860, true}, {2, 10, 790, true}, {2, 11, 790, false}, {2, 11, 600, false},
		{3, 11, 600, false}, {3, 11, 600, true}} {
		before := s.tuner
		w := tuned(c.ways)
		s.share(w, c.nodes, c.bytes)
		require.Equal(t, c.same, w.tuner == before, "%+v", c)
		require.Same(t, w.tuner, s.tuner)
	}
	before := s.tuner
	s.share(tuned(1), 11, 600)
	require.Same(t, before, s.tuner, "a program with one way has none")
}

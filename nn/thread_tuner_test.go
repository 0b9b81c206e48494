package nn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measuredSteps is the largest number of steps of a measurement.
const measuredSteps = 2 * 2 * threadTurn * threadRounds

// tunedSteps runs so many steps that take this long on all threads and on one, and returns how many
// ran on one.
func tunedSteps(t *threadTuner, steps int, parallel, serial time.Duration) (ranSerial int) {
	now := time.Unix(1000, 0)
	for range steps {
		taken := parallel
		if t.begin(now) {
			taken = serial
			ranSerial++
		}
		now = now.Add(taken)
		t.end(now)
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
		tuner := newThreadTuner()
		tunedSteps(tuner, measuredSteps, c.parallel, c.serial)
		require.True(t, tuner.ways.Settled())
		serial := tunedSteps(tuner, 100, c.parallel, c.serial)
		require.Equal(t, c.want, serial == 100, "%d µs on all threads, %d on one", c.parallel,
			c.serial)
		require.Equal(t, c.want, serial != 0)
	}
}

func TestThreadTunerChangesItsMind(t *testing.T) {
	tuner := newThreadTuner()
	const each = threadTurn * threadRounds // steps either way, where one of them is far ahead
	require.Equal(t, each, tunedSteps(tuner, 2*each+threadPeriod, 50, 100))
	require.Equal(t, each+threadPeriod, tunedSteps(tuner, 2*each+threadPeriod, 150, 100),
		"the processors have moved apart")
	require.Equal(t, each, tunedSteps(tuner, 2*each+threadPeriod, 50, 100))
}

// TestThreadTunerTakesTheShortestStep checks that neither a step that was interrupted nor the first
// one of a turn counts, nor one that failed.
func TestThreadTunerTakesTheShortestStep(t *testing.T) {
	tuner := newThreadTuner()
	now := time.Unix(1000, 0)
	steps := [2]int{}
	for range measuredSteps {
		if tuner.begin(now); tuner.trial && steps[0] == 1 {
			now = now.Add(1) // no end: it failed
			tuner.begin(now)
		}
		way, taken := 0, time.Duration(100)
		if !tuner.serial {
			way, taken = 1, 50
		}
		switch steps[way]++; steps[way] {
		case 1:
			taken = 1 // the first of a turn
		case 2:
			taken += 40 // interrupted
		}
		now = now.Add(taken)
		tuner.end(now)
	}
	for way, want := range []time.Duration{100, 50} {
		best, ok := tuner.ways.Best(way)
		require.True(t, ok)
		require.Equal(t, want, best)
	}
}

// TestThreadTunersServeSharedStepsOnly checks that small models are not measured, that large ones
// are, and that workspaces of one thread or with fixed plans have no tuner.
func TestThreadTunersServeSharedStepsOnly(t *testing.T) {
	for _, c := range []struct {
		threads, width int
		fixed          bool
		tuned, useful  bool
	}{{1, 256, false, false, false}, {2, 8, false, true, false}, {2, 256, false, true, true},
		{2, 256, true, false, false}} {
		const rows = 64
		options := []Option{WithThreads(c.threads), WithOptimizer(SGD(0.001))}
		if c.fixed {
			options = append(options, WithFixedPlans())
		}
		m := NewModel[float32](MSE, options...)
		require.NoError(t, m.Add(NewDense[float32](c.width, c.width, ReLU),
			NewDense[float32](c.width, 1, Linear)))
		w, err := m.NewWorkspace(rows)
		require.NoError(t, err)
		x, y := newRowBuffer[float32](rows, c.width).rows(rows), newRowBuffer[float32](rows,
			1).rows(rows)
		ways := map[bool]int{}
		for range 1 + 2*threadTurn { // the first step, and both ways' first turns
			_, err := m.Step(w, x, y)
			require.NoError(t, err)
			ways[w.alone]++
		}
		require.Equal(t, c.tuned, w.tuners != nil)
		if c.tuned {
			require.Equal(t, c.useful, w.tuner.useful, "%+v", c)
		}
		if c.useful {
			require.Equal(t, map[bool]int{false: 1 + threadTurn, true: threadTurn}, ways)
		} else {
			require.Equal(t, map[bool]int{false: 1 + 2*threadTurn}, ways)
		}
	}
}

// TestThreadTunersDecideForTheirRows checks that what a tuner decided for batches of one size holds for no
// other.
func TestThreadTunersDecideForTheirRows(t *testing.T) {
	const rows, width = 64, 256
	m := NewModel[float32](MSE, WithThreads(2))
	require.NoError(t, m.Add(NewDense[float32](width, width, ReLU)))
	w, err := m.NewWorkspace(rows)
	require.NoError(t, err)
	x := newRowBuffer[float32](rows, width)
	serial := newThreadTuner()
	serial.known, serial.useful = true, true
	tunedSteps(serial, measuredSteps, 100, 50)
	w.tuners[rows] = serial
	for _, c := range []struct {
		rows  int
		alone bool
	}{{rows, true}, {rows - 1, false}, {rows, true}} {
		_, err := m.Forward(w, x.rows(c.rows))
		require.NoError(t, err)
		require.Equal(t, c.alone, w.alone, "%d rows", c.rows)
	}
}

// TestThreadTunerDoesNotShow trains through a whole measurement, in which steps run both ways, on a
// network whose first layer is just large enough.
func TestThreadTunerDoesNotShow(t *testing.T) {
	const rows, inputs, hidden = 64, 128, 256
	train := func(threads int) string {
		m := NewModel[float32](MSE, WithSeed(3), WithThreads(threads), WithOptimizer(Momentum(0.01,
			0.9)))
		require.NoError(t, m.Add(NewDense[float32](inputs, hidden, SiLU), NewDense[float32](hidden,
			1, Linear)))
		x, y := newRowBuffer[float32](rows, inputs).rows(rows), newRowBuffer[float32](rows,
			1).rows(rows)
		for i := range x.Data() {
			x.Data()[i] = float32(i%17) / 8
		}
		w, err := m.NewWorkspace(rows)
		require.NoError(t, err)
		for range 1 + measuredSteps {
			_, err := m.Step(w, x, y)
			require.NoError(t, err)
		}
		require.Equal(t, threads > 1, w.tuner != nil && w.tuner.useful)
		return m.ParamsSHA256()
	}
	require.Equal(t, train(1), train(2))
}

// TestSharesOfAnUpdate checks that the parts of an update are about equal, begin at cache lines and
// leave nothing out.
func TestSharesOfAnUpdate(t *testing.T) {
	u := &update[float32]{shares: make([][][]float32, 3)}
	for _, n := range []int{0, 1, updateUnit, 1000, 3 * updateUnit, 100 * updateUnit} {
		end := 0
		for part := range u.shares {
			lo, hi := u.share(n, part)
			require.Equal(t, end, lo)
			require.True(t, lo%updateUnit == 0 || lo == n, "%d elements, from %d", n, lo)
			require.LessOrEqual(t, hi-lo, n/3+updateUnit, "%d elements, part %d", n, part)
			end = hi
		}
		require.Equal(t, n, end)
	}
}

package nn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crewSteps runs so many steps that take this long on all threads and alone, and returns how many
// ran alone and what the crew decided.
func crewSteps(c *crew, steps int, all, alone time.Duration) (solo int, decision bool) {
	now := time.Unix(1000, 0)
	for range steps {
		taken := all
		if c.begin(now) {
			taken, solo = alone, solo+1
		}
		now = now.Add(taken)
		c.end(now)
	}
	return solo, c.alone
}

func TestCrewChoosesTheFasterWay(t *testing.T) {
	for _, c := range []struct {
		all, alone time.Duration
		want       bool
	}{
		{60, 100, false}, {140, 100, true}, {100, 100, true},
		{95, 100, true}, // less than a sixteenth is not worth a processor
		{93, 100, false},
	} {
		var crew crew
		_, alone := crewSteps(&crew, crewMeasured, c.all*time.Microsecond, c.alone*time.Microsecond)
		require.Equal(t, c.want, alone, "%d µs on all threads, %d alone", c.all, c.alone)
		solo, _ := crewSteps(&crew, 100, c.all*time.Microsecond, c.alone*time.Microsecond)
		require.Equal(t, c.want, solo == 100, "the steps that follow")
		require.Equal(t, c.want, solo != 0)
	}
}

func TestCrewChangesItsMind(t *testing.T) {
	var c crew
	_, alone := crewSteps(&c, crewPeriod, 50, 100)
	require.False(t, alone)
	solo, alone := crewSteps(&c, crewPeriod, 150, 100)
	require.True(t, alone, "the processors have moved apart")
	require.Equal(t, crewPeriod-1-crewTrials, solo, "all but the measured steps on all threads")
	solo, alone = crewSteps(&c, crewPeriod, 50, 100)
	require.False(t, alone)
	require.Equal(t, 1+crewTrials, solo)
}

// TestCrewTakesTheShortestStep checks that neither a step that was interrupted nor the first one
// either way counts.
func TestCrewTakesTheShortestStep(t *testing.T) {
	var c crew
	now := time.Unix(1000, 0)
	for step := range crewMeasured {
		taken := time.Duration(50)
		if c.begin(now) {
			taken = 100
		}
		switch step {
		case 0, 1, 3:
			taken = 10000 // the first wakes a thread; others are interrupted
		case crewTrials + 1:
			taken = 1
		}
		now = now.Add(taken)
		c.end(now)
	}
	require.False(t, c.alone)
	require.Equal(t, [2]time.Duration{50, 100}, c.best)
}

// TestCrewsServeSharedStepsOnly checks that small models are not measured, that large ones are, and
// that workspaces of one thread have no crew.
func TestCrewsServeSharedStepsOnly(t *testing.T) {
	for _, c := range []struct {
		threads, width int
		crews, useful  bool
	}{{1, 256, false, false}, {2, 8, true, false}, {2, 256, true, true}} {
		const rows = 64
		m := NewModel[float32](MSE, WithThreads(c.threads), WithOptimizer(SGD(0.001)))
		require.NoError(t, m.Add(NewDense[float32](c.width, c.width, ReLU),
			NewDense[float32](c.width, 1, Linear)))
		w, err := m.NewWorkspace(rows)
		require.NoError(t, err)
		x, y := newRowBuffer[float32](rows, c.width).rows(rows), newRowBuffer[float32](rows,
			1).rows(rows)
		ways := map[bool]int{}
		for range 1 + crewMeasured {
			_, err := m.Step(w, x, y)
			require.NoError(t, err)
			ways[w.alone]++
		}
		require.Equal(t, c.crews, w.crews != nil)
		if c.crews {
			require.Equal(t, c.useful, w.crew.useful, "%+v", c)
		}
		if c.useful {
			require.Equal(t, map[bool]int{false: 2 + crewTrials, true: 1 + crewTrials}, ways)
		} else {
			require.Equal(t, map[bool]int{false: 1 + crewMeasured}, ways)
		}
	}
}

// TestCrewsDecideForTheirRows checks that what a crew decided for batches of one size holds for no
// other.
func TestCrewsDecideForTheirRows(t *testing.T) {
	const rows, width = 64, 256
	m := NewModel[float32](MSE, WithThreads(2))
	require.NoError(t, m.Add(NewDense[float32](width, width, ReLU)))
	w, err := m.NewWorkspace(rows)
	require.NoError(t, err)
	x := newRowBuffer[float32](rows, width)
	w.crews[rows] = &crew{known: true, useful: true, alone: true, step: crewMeasured}
	for _, c := range []struct {
		rows  int
		alone bool
	}{{rows, true}, {rows - 1, false}, {rows, true}} {
		_, err := m.Forward(w, x.rows(c.rows))
		require.NoError(t, err)
		require.Equal(t, c.alone, w.alone, "%d rows", c.rows)
	}
}

// TestCrewDoesNotShow trains through a whole measurement, in which steps run both ways, on a
// network whose first layer is just large enough.
func TestCrewDoesNotShow(t *testing.T) {
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
		for range 1 + crewMeasured {
			_, err := m.Step(w, x, y)
			require.NoError(t, err)
		}
		require.Equal(t, threads > 1, w.crew != nil && w.crew.useful)
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

package main

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	require.Equal(t, 3.0, median([]float64{9, 1, 3}))
	require.Equal(t, 2.0, median([]float64{9, 1, 3, 0}))
}

// fake is a side whose clock says that each iteration takes some seconds. It notes its name
// whenever it takes a timing.
func fake(name string, seconds float64, order *[]string) contender {
	return contender{name: name, role: peer, run: func(iterations int) (float64, error) {
		*order = append(*order, name)
		return seconds * float64(iterations), nil
	}}
}

func TestContestTakesTurns(t *testing.T) {
	var order []string
	c := contest{repeats: 3, least: 10 * time.Millisecond}
	timings := c.hold([]contender{fake("a", 0.015, &order), fake("b", 0.02, &order)})
	require.Equal(t, []string{"a", "a", "b", "b", "a", "b", "b", "a", "a", "b"}, order,
		"a warm-up and a trial each, then turns both ways")
	for i, ns := range []float64{15e6, 20e6} {
		require.InDelta(t, ns, timings[i].MedianNS, 1)
		require.InDelta(t, ns, timings[i].MinNS, 1)
		require.Equal(t, 3, timings[i].Repeats)
		require.Equal(t, 1, timings[i].Times)
	}
}

func TestContestFillsTheLeastTime(t *testing.T) {
	var order []string
	timings := contest{repeats: 15, least: 10 * time.Millisecond}.hold([]contender{fake("short", 1e-6,
		&order), fake("long", 0.5, &order)})
	require.GreaterOrEqual(t, timings[0].Times, 10000)
	require.LessOrEqual(t, timings[0].Times, 100000)
	require.InDelta(t, 1000, timings[0].MedianNS, 1e-3)
	require.Equal(t, slowRepeats, timings[1].Repeats)
}

func TestContestLeavesOutWhatFails(t *testing.T) {
	var order []string
	wrong, broken := fake("wrong", 1, &order), fake("broken", 1, &order)
	wrong.check = func() error { return errors.New("wrong result") }
	broken.run = func(int) (float64, error) { return 0, errors.New("broken") }
	timings := contest{repeats: 2, least: time.Millisecond}.hold([]contender{wrong, broken,
		fake("good", 0.1, &order)})
	require.Equal(t, timing{Name: "wrong", Role: peer, Error: "wrong result"}, timings[0])
	require.Equal(t, "broken", timings[1].Error)
	require.Zero(t, timings[1].MedianNS)
	require.InDelta(t, 1e8, timings[2].MedianNS, 1)
}

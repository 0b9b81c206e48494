package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// startedPeer starts a Python peer, or skips the test where Python or its library is missing.
func startedPeer(t *testing.T, file string) *pythonPeer {
	p, about, err := startPython("/usr/bin/python3", file, 1, wallClock)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(p.close)
	t.Log(about)
	return p
}

func TestNumPyOperationsAgree(t *testing.T) {
	p := startedPeer(t, "numpy_peer.py")
	testOperations(t, func(op string, equal func([]float64) error) *contender {
		if !numpyOperations[op] {
			return nil
		}
		c := p.contender("NumPy", 0, map[string]any{"prepare": op, "n": 1000}, equal)
		return &c
	})
}

func TestVekOperationsAgree(t *testing.T) {
	testOperations(t, func(op string, equal func([]float64) error) *contender {
		work, ok := vekOperations[op]
		if !ok {
			return nil
		}
		v := newVectors(op, 1000)
		return &contender{check: func() error { return equal(v.once(op, func() { work(v) })) },
			run: wallClock.timed(func() { work(v) })}
	})
}

func testOperations(t *testing.T, side func(op string, equal func([]float64) error) *contender) {
	e := tensor.NewEngine[float32](asm.Active(), 1)
	for _, op := range operations {
		v, our := newVectors(op, 1000), oursNamed(op)
		want := v.once(op, func() { v.run(e, our) })
		c := side(op, func(values []float64) error { return similar(op, 1000, values, want) })
		if c == nil {
			continue
		}
		require.NoError(t, c.check(), op)
		_, err := c.run(3)
		require.NoError(t, err, op)
	}
}

func TestPythonReportsErrors(t *testing.T) {
	p := startedPeer(t, "numpy_peer.py")
	_, err := p.ask(map[string]any{"prepare": "nonsense", "n": 3, "slot": 0})
	require.EqualError(t, err, "KeyError: 'nonsense'")
	_, err = p.ask(map[string]any{"iterations": 1, "slot": 0})
	require.EqualError(t, err, "KeyError: 0", "nothing was prepared")
}

func TestMissingPython(t *testing.T) {
	_, _, err := startPython("/nowhere/python3", "numpy_peer.py", 1, wallClock)
	require.ErrorContains(t, err, "/nowhere/python3")
}

func TestSimilar(t *testing.T) {
	require.NoError(t, similar("exp", 2, []float64{1, 2}, []float64{1.0000001, 2}))
	require.EqualError(t, similar("exp", 2, []float64{1, 2}, []float64{1, 2.001}),
		"wrong result: value 1 is 2; ours is 2.001")
	require.EqualError(t, similar("sum", 2, []float64{1, 2}, []float64{1}),
		"wrong result: 2 values; ours has 1")
}

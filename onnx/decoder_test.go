package onnx_test

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/tensor"
)

// decoding is causal attention of a step's queries (batch, 2, steps, 4) over the keys and values of
// the steps before and its own, and a sum that goes from step to step. With detour the keys of the
// steps before become smaller from step to step.
func decoding(t testing.TB, detour bool) *onnx.Model {
	kept := func(name, steps string) message {
		return declareOpen(name, onnx.Float, "batch", 2, steps, 4)
	}
	one := func(name string, n int) message {
		return node("Constant", name, nil, []string{name}, attribute("value_ints", []int{n}))
	}
	op := func(operator, output string, inputs ...string) message {
		return node(operator, output, inputs, []string{output})
	}
	join := func(output string, inputs ...string) message {
		return node("Concat", output, inputs, []string{output}, attribute("axis", 2))
	}
	nodes := []message{one("0", 0), one("1", 1), one("2", 2), one("3", 3),
		node("Constant", "scale", nil, []string{"scale"}, attribute("value_float", float32(0.5))),
		node("Constant", "low", nil, []string{"low"}, attribute("value_float", float32(-1e9))),
		node("Constant", "none", nil, []string{"none"}, attribute("value_float", float32(0))),
		op("Squeeze", "first", "0"), op("Squeeze", "step", "1")}
	past := "past_key_values.0.key"
	if detour {
		nodes = append(nodes, op("Mul", "smaller", past, "scale"))
		past = "smaller"
	}
	nodes = append(nodes, join("present.0.key", past, "k"),
		join("present.0.value", "past_key_values.0.value", "v"),
		op("Shape", "shape", "past_key_values.0.value"), op("Slice", "behind", "shape", "2", "3"),
		op("Squeeze", "before", "behind"),
		op("Shape", "shape of all", "present.0.key"), op("Slice", "count", "shape of all", "2", "3"),
		op("Squeeze", "total", "count"),
		op("Range", "rows", "before", "total", "step"), op("Range", "columns", "first", "total", "step"),
		op("Unsqueeze", "column", "rows", "1"),
		op("LessOrEqual", "seen", "columns", "column"), op("Where", "mask", "seen", "none", "low"),
		node("Transpose", "kt", []string{"present.0.key"}, []string{"kt"},
			attribute("perm", []int{0, 1, 3, 2})),
		op("MatMul", "qk", "q", "kt"), op("Mul", "scaled", "qk", "scale"),
		op("Add", "scores", "scaled", "mask"),
		node("Softmax", "weights", []string{"scores"}, []string{"weights"}, attribute("axis", -1)),
		op("MatMul", "y", "weights", "present.0.value"),
		node("ReduceSum", "sum", []string{"y"}, []string{"sum"}, attribute("keepdims", 0)),
		op("Add", "present_state", "past_state", "sum"))
	step := func(name string) message {
		return declareOpen(name, onnx.Float, "batch", 2, "steps", 4)
	}
	return made(t, 18, graphOf([]message{step("q"), step("k"), step("v"),
		kept("past_key_values.0.key", "past"), kept("past_key_values.0.value", "past"),
		declare("past_state", onnx.Float, 3)},
		[]message{step("y"), kept("present.0.key", "all"), kept("present.0.value", "all"),
			declare("present_state", onnx.Float, 3)}, nodes))
}

// stepInputs are queries, keys and values of some steps of two sequences.
func stepInputs(at, steps int) map[string]*onnx.Value { return stepInputsOf(2, at, steps) }

func stepInputsOf(batch, at, steps int) map[string]*onnx.Value {
	inputs := map[string]*onnx.Value{}
	for i, name := range []string{"q", "k", "v"} {
		x := make([]float32, batch*2*steps*4)
		for j := range x {
			x[j] = float32((at*31+i*17+j*13)%23-11) / 8
		}
		inputs[name] = onnx.NewTensor(tensor.ArrayOf(x, batch, 2, steps, 4))
	}
	return inputs
}

var decoderSettings = onnx.DecoderOptions{Limit: 90, Batch: 2}

// TestDecoderHasTheBitsOfArraysHandedBack compares a decoder, over several steps at once and single
// ones, with runs that are given what the last one computed; anew from the beginning, and from the
// middle.
func TestDecoderHasTheBitsOfArraysHandedBack(t *testing.T) {
	for _, detour := range []bool{false, true} {
		for _, threads := range []int{1, 2} {
			s := decoding(t, detour).Session(onnx.SessionOptions{Threads: threads})
			d, err := s.NewDecoder(decoderSettings)
			require.NoError(t, err)
			require.Equal(t, []string{"y"}, d.Names())
			past := map[string]*onnx.Value{
				"past_key_values.0.key":   onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 2, 2, 0, 4)),
				"past_key_values.0.value": onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 2, 2, 0, 4)),
				"past_state":              onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 3))}
			steps := 0
			middle := map[string]*onnx.Value{}
			var later [][]byte
			for turn := range 72 { // more than there are plans
				n := 1
				if turn%9 == 0 {
					n = 3
				}
				inputs := stepInputs(turn, n)
				y, err := d.Run(inputs)
				require.NoError(t, err)
				require.Len(t, y, 1)
				if turn == 40 {
					maps.Copy(middle, past)
				}
				maps.Copy(inputs, past)
				want, err := s.Run(inputs)
				require.NoError(t, err)
				require.Equal(t, want["y"].Array().Bytes(), y[0].Array().Bytes(), "%d steps", steps)
				if turn >= 40 {
					later = append(later, want["y"].Array().Bytes())
				}
				past = map[string]*onnx.Value{"past_key_values.0.key": want["present.0.key"],
					"past_key_values.0.value": want["present.0.value"], "past_state": want["present_state"]}
				steps += n
				require.Equal(t, steps, d.Steps())
			}
			require.NoError(t, d.Begin(middle))
			for i, want := range later {
				n := 1
				if turn := 40 + i; turn%9 == 0 {
					n = 3
				}
				y, err := d.Run(stepInputs(40+i, n))
				require.NoError(t, err)
				require.Equal(t, want, y[0].Array().Bytes())
			}
		}
	}
}

// TestDecoderWritesAsOthersDo compares the text that a trained decoder writes, and its last logits,
// with those of ONNX Runtime.
func TestDecoderWritesAsOthersDo(t *testing.T) {
	type written struct {
		Prompt, Text string
		Logits       []float32
	}
	c := golden.Read[written](t, "decoder/decoder.json")[0]
	m, err := onnx.Open("../testdata/golden/decoder/decoder.onnx", onnx.Options{})
	require.NoError(t, err)
	characters := m.Info().Metadata["characters"]
	d, err := m.Session(onnx.SessionOptions{}).NewDecoder(onnx.DecoderOptions{Limit: len(c.Text)})
	require.NoError(t, err)
	require.Equal(t, []string{"logits"}, d.Names())
	for text, next := "", c.Prompt; ; next = next[len(next)-1:] {
		ids := make([]int64, len(next))
		for i := range next {
			ids[i] = int64(strings.IndexByte(characters, next[i]))
		}
		y, err := d.Run(map[string]*onnx.Value{"input_ids": onnx.NewTensor(tensor.ArrayOf(ids, 1,
			len(ids)))})
		require.NoError(t, err)
		logits := tensor.Elements[float32](y[0].Array())
		logits = logits[len(logits)-len(characters):]
		if text += next; len(text) == len(c.Text) {
			require.Equal(t, c.Text, text)
			require.InDeltaSlice(t, c.Logits, logits, 1e-4)
			return
		}
		next += string(characters[slices.Index(logits, slices.Max(logits))])
	}
}

// TestDecoderTellsSequencesFromSteps decodes with a state that has an open dimension, which is called
// as the first of the step's input is: it is that of the sequences.
func TestDecoderTellsSequencesFromSteps(t *testing.T) {
	for _, c := range []struct{ x, state []any }{{[]any{"batch", 3}, []any{"batch", 3}},
		{[]any{"batch", 3}, []any{1, "batch", 3}},
		{[]any{"time", "batch", 3}, []any{1, "batch", 3}}} {
		shape := c.state
		state := func(name string) message { return declareOpen(name, onnx.Float, shape...) }
		x := declareOpen("x", onnx.Float, c.x...)
		s := made(t, 13, graphOf([]message{x, state("past_state")},
			[]message{state("present_state"), declareOpen("y", onnx.Float, shape...)},
			[]message{node("Add", "add", []string{"x", "past_state"}, []string{"present_state"}),
				node("Neg", "neg", []string{"present_state"}, []string{"y"})})).
			Session(onnx.SessionOptions{Threads: 1})
		d, err := s.NewDecoder(onnx.DecoderOptions{Limit: 9, Batch: 2})
		require.NoError(t, err)
		ofX := []int{1, 2, 3}[3-len(c.x):]
		inputs := map[string]*onnx.Value{
			"x": onnx.NewTensor(tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, ofX...))}
		for _, want := range [][]float32{{-1, -2, -3, -4, -5, -6}, {-2, -4, -6, -8, -10, -12}} {
			y, err := d.Run(inputs)
			require.NoError(t, err)
			require.Equal(t, want, tensor.Elements[float32](y[0].Array()))
		}
	}
}

// TestDecoderGoesBack checks that steps that were taken back leave no trace.
func TestDecoderGoesBack(t *testing.T) {
	d, err := decoding(t, false).Session(onnx.SessionOptions{Threads: 1}).NewDecoder(decoderSettings)
	require.NoError(t, err)
	run := func(at, n int) []byte {
		y, err := d.Run(stepInputs(at, n))
		require.NoError(t, err)
		return append([]byte{}, y[0].Array().Bytes()...)
	}
	first, second := run(0, 4), run(1, 1)
	run(2, 2)
	d.Truncate(4)
	require.Equal(t, 4, d.Steps())
	require.Equal(t, second, run(1, 1))
	d.Truncate(0)
	require.Equal(t, first, run(0, 4))
	d.Truncate(9)
	require.Equal(t, 4, d.Steps(), "no more than there are")
}

func TestDecoderRefuses(t *testing.T) {
	s := decoding(t, false).Session(onnx.SessionOptions{Threads: 1})
	refused := func(o onnx.DecoderOptions) string {
		t.Helper()
		_, err := s.NewDecoder(o)
		require.Error(t, err)
		return err.Error()
	}
	require.Contains(t, refused(onnx.DecoderOptions{}), "a decoder of 0 sequences of 0 steps with 0 plans")
	require.Contains(t, refused(onnx.DecoderOptions{Limit: 4,
		Pairs: map[string]string{"present.0.key": "past.0.key"}}),
		`the output "present.0.key" can't be the input "past.0.key"`)
	require.Contains(t, refused(onnx.DecoderOptions{Limit: 4, Pairs: map[string]string{
		"present.0.key":   "past_key_values.0.key",
		"present.0.value": "past_key_values.0.key"}}),
		`the outputs "present.0.key" and "present.0.value" are both the input "past_key_values.0.key"`)
	require.Contains(t, refused(onnx.DecoderOptions{Limit: 4, Pairs: map[string]string{}}),
		"no output is called as an input of the next step is")

	d, err := s.NewDecoder(onnx.DecoderOptions{Limit: 4, Batch: 2})
	require.NoError(t, err)
	want, err := d.Run(stepInputs(0, 3))
	require.NoError(t, err)
	require.Equal(t, []int{2, 2, 3, 4}, want[0].Shape())
	_, err = d.Run(stepInputs(1, 2))
	require.ErrorContains(t, err, "and the limit is 4")
	require.Equal(t, 3, d.Steps(), "as before")
	_, err = d.Run(stepInputs(1, 1))
	require.NoError(t, err)

	inputs := stepInputs(0, 1)
	inputs["past_state"] = onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 3))
	_, err = d.Run(inputs)
	require.ErrorContains(t, err, `the decoder keeps the input "past_state"`)
	wrong := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 2, 2, 1, 5))
	require.ErrorContains(t, d.Begin(map[string]*onnx.Value{"past_key_values.0.key": wrong}),
		"is float32[2 2 4 4], not float32[2 2 1 5]")
	long := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 2, 2, 5, 4))
	require.ErrorContains(t, d.Begin(map[string]*onnx.Value{"past_key_values.0.key": long}),
		`5 in "past_key_values.0.key", whose limit is 4`)
	fit := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 2, 2, 1, 4))
	for _, one := range []map[string]*onnx.Value{{"past_key_values.0.key": fit, "other": long},
		{"past_key_values.0.key": fit, "past_key_values.0.value": wrong}} {
		require.Error(t, d.Begin(one))
	}
	require.ErrorContains(t, d.Begin(map[string]*onnx.Value{"other": long}), "does not keep all of")
	require.Equal(t, 4, d.Steps(), "as before")

	_, err = s.NewDecoder(onnx.DecoderOptions{Limit: 1 << 40})
	require.ErrorContains(t, err, "more than the limit")
}

// TestDecoderWritesInPlace checks that a step makes no array of all that was kept.
func TestDecoderWritesInPlace(t *testing.T) {
	s := decoding(t, false).Session(onnx.SessionOptions{Threads: 1})
	const batch, steps = 16, 1 << 13
	d, err := s.NewDecoder(onnx.DecoderOptions{Limit: steps + 8, Batch: batch})
	require.NoError(t, err)
	past := map[string]*onnx.Value{}
	for _, name := range []string{"past_key_values.0.key", "past_key_values.0.value"} {
		past[name] = onnx.NewTensor(tensor.NewArray(tensor.Float32Type, batch, 2, steps,
			4))
	}
	require.NoError(t, d.Begin(past))
	inputs := stepInputsOf(batch, 0, 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = d.Run(inputs)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(batch*2*steps*4*4), "what keys take")
}

// TestDecoderKeepsPlans checks that a text as long as there are plans for makes none again: its steps
// allocate little.
func TestDecoderKeepsPlans(t *testing.T) {
	const steps = 70 // more than sessions keep
	s := decoding(t, false).Session(onnx.SessionOptions{Threads: 1})
	allocated := func(plans int) float64 {
		d, err := s.NewDecoder(onnx.DecoderOptions{Limit: steps, Batch: 2, Plans: plans})
		require.NoError(t, err)
		inputs := stepInputs(0, 1)
		return testing.AllocsPerRun(1, func() {
			d.Truncate(0)
			for range steps {
				_, err := d.Run(inputs)
				require.NoError(t, err)
			}
		}) / steps
	}
	require.Less(t, allocated(steps), 40.0)
	require.Greater(t, allocated(steps-1), 400.0, "plans for these lengths were dropped")
}

// TestSessionMemoryIsThatOfTheLongest checks that plans for many lengths share memory.
func TestSessionMemoryIsThatOfTheLongest(t *testing.T) {
	x := declareOpen("x", onnx.Float, "n")
	s := made(t, 13, graphOf([]message{x}, []message{declareOpen("y", onnx.Float, "n")},
		[]message{node("Relu", "r", []string{"x"}, []string{"z"}),
			node("Softmax", "s", []string{"z"}, []string{"y"}, attribute("axis", 0))})).
		Session(onnx.SessionOptions{Threads: 1})
	for n := 1; n <= 200; n++ {
		_, err := s.Run(map[string]*onnx.Value{"x": onnx.NewTensor(tensor.NewArray(tensor.Float32Type,
			n*100))})
		require.NoError(t, err)
	}
	require.LessOrEqual(t, s.ArenaBytes(), 3*200*100*4)
	require.GreaterOrEqual(t, s.ArenaBytes(), 200*100*4)
}

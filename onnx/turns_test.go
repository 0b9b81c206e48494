package onnx

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// TestTurnsPlanAhead takes steps of one character and of two on two threads: from the third one of
// as many on, the next step's plan is there before it.
func TestTurnsPlanAhead(t *testing.T) {
	m, err := Open("../testdata/golden/decoder/decoder.onnx", Options{})
	require.NoError(t, err)
	for _, threads := range []int{1, 2} {
		s := plan.NewSession(m.file, plan.Options{Threads: threads})
		var caches []*plan.Cache
		for _, kind := range []string{"key", "value"} {
			caches = append(caches, plan.NewCache("past_key_values.0."+kind, "present.0."+kind,
				value.Float, []int{1, 2, 12, 8}, 2))
		}
		turns := s.NewTurns(caches, 0)
		for i, steps := range []int{1, 1, 1, 2, 2, 2, 2, 1} {
			inputs := map[string]*value.Value{
				"input_ids": value.NewTensor(tensor.ArrayOf(make([]int64, steps), 1, steps))}
			for _, c := range caches {
				inputs[c.Input] = c.Value()
			}
			require.Equal(t, threads == 2 && (i == 2 || i == 5 || i == 6), turns.HasPlan(inputs), i)
			_, err := turns.Run(inputs)
			require.NoError(t, err)
		}
		full := map[string]*value.Value{
			"input_ids": value.NewTensor(tensor.ArrayOf(make([]int64, 1), 1, 1))}
		for _, c := range caches {
			require.Equal(t, c.Limit(), c.Len)
			full[c.Input] = c.Value()
		}
		_, err = turns.Run(full)
		require.ErrorContains(t, err, "the limit is 12")
	}
}

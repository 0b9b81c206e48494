package nn_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

func TestHistoryBest(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		train, validation []float64
		best              int
	}{
		{[]float64{3, 2, 1}, []float64{5, 4, 6}, 1},
		{[]float64{3, 2, 1}, []float64{4, 4, 6}, 0},
		{[]float64{3, 1, 2}, []float64{nan, nan, nan}, 1},
		{[]float64{3, 1, 2}, []float64{nan, nan, 7}, 2},
		{[]float64{nan, math.Inf(1), nan}, []float64{nan, nan, nan}, 1},
		{[]float64{nan}, []float64{nan}, -1},
		{nil, nil, -1},
	} {
		var h nn.History
		for i := range c.train {
			h.Epochs = append(h.Epochs,
				nn.Epoch{Epoch: i, TrainLoss: c.train[i], ValLoss: c.validation[i]})
		}
		best, found := h.Best()
		require.Equal(t, c.best >= 0, found)
		require.Equal(t, max(0, c.best), best.Epoch)
	}
}

func TestHistoryAsJSON(t *testing.T) {
	nan := math.NaN()
	h := nn.History{Metric: "accuracy", Epochs: []nn.Epoch{
		{
			Steps:        3,
			LearningRate: 0.1,
			TrainLoss:    0.5,
			TrainMetric:  0.75,
			ValLoss:      nan,
			ValMetric:    nan,
			Time:         time.Second,
		},
		{
			Epoch:        1,
			Steps:        6,
			LearningRate: 0.1,
			TrainLoss:    math.Inf(1),
			TrainMetric:  -2,
			ValLoss:      4,
			ValMetric:    0.25,
		},
	}}
	text, err := json.Marshal(h)
	require.NoError(t, err)
	require.JSONEq(t, `{"Metric":"accuracy","Epochs":[
		{"Epoch":0,"Steps":3,"LearningRate":0.1,"TrainLoss":0.5,"TrainMetric":0.75,
			"ValLoss":null,"ValMetric":null,"Time":1000000000},
		{"Epoch":1,"Steps":6,"LearningRate":0.1,"TrainLoss":null,"TrainMetric":-2,
			"ValLoss":4,"ValMetric":0.25,"Time":0}]}`, string(text))

	var back nn.History
	require.NoError(t, json.Unmarshal(text, &back))
	require.True(
		t,
		math.IsNaN(back.Epochs[0].ValLoss) && math.IsNaN(back.Epochs[0].ValMetric) &&
			math.IsNaN(back.Epochs[1].TrainLoss),
	)
	back.Epochs[0].ValLoss, back.Epochs[0].ValMetric = 0, 0
	h.Epochs[0].ValLoss, h.Epochs[0].ValMetric = 0, 0
	require.Equal(t, h.Epochs[0], back.Epochs[0])
	require.Error(t, json.Unmarshal([]byte(`{"Epochs":[{"TrainLoss":"low"}]}`), &back))
}

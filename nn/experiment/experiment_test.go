package experiment

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/tabular"
)

// published is a row of a table of the report, read with its losses rounded to 4 decimals.
type published struct {
	epoch                                      int
	trainLoss, trainMetric, valLoss, valMetric float64
}

// table1 is the report's table of the regression: mean squared error and R².
var table1 = []published{
	{0, 35253.0299, 0.0036, 30818.6609, 0.0777},
	{30, 2098.4440, 0.9434, 1805.7763, 0.9461},
	{60, 1424.4698, 0.9605, 1262.7255, 0.9611},
	{90, 1224.5769, 0.9654, 1116.0044, 0.9652},
	{120, 1132.5262, 0.9676, 1051.9749, 0.9669},
	{150, 1081.6524, 0.9688, 1017.4747, 0.9678},
	{180, 1049.1773, 0.9696, 995.5270, 0.9683},
	{210, 1026.2615, 0.9702, 980.4657, 0.9687},
	{240, 1009.2592, 0.9706, 969.5165, 0.9690},
	{270, 996.2006, 0.9709, 961.6663, 0.9692},
}

// table2 is the report's table of the classification: cross entropy and accuracy.
var table2 = []published{
	{0, 1.2292, 0.2792, 1.1146, 0.3212},
	{10, 0.8626, 0.5885, 0.8676, 0.5875},
	{20, 0.7994, 0.6264, 0.8126, 0.6145},
	{30, 0.7429, 0.6701, 0.7542, 0.6615},
	{40, 0.6777, 0.7121, 0.6842, 0.7180},
	{50, 0.6182, 0.7424, 0.6238, 0.7413},
	{60, 0.5749, 0.7621, 0.5828, 0.7569},
	{70, 0.5444, 0.7774, 0.5548, 0.7740},
	{80, 0.5210, 0.7864, 0.5334, 0.7820},
	{90, 0.5019, 0.7966, 0.5153, 0.7908},
}

// fit trains an experiment with its default settings, but for the seed. In a hurry it makes only
// the given number of epochs.
func fit(t *testing.T, name string, seed uint32, hurried int) (*tabular.Job[float32], *nn.History) {
	t.Helper()
	e, err := ByName(name)
	require.NoError(t, err)
	e.Settings.Seed = seed
	if testing.Short() {
		e.Settings.Epochs = hurried
	}
	d, err := e.Data()
	require.NoError(t, err)
	j, err := tabular.Prepare[float32](d, e.Settings)
	require.NoError(t, err)
	h, err := j.Fit(context.Background())
	require.NoError(t, err)
	require.Len(t, h.Epochs, e.Settings.Epochs)
	return j, h
}

// seeds are those that an experiment must succeed with; one is enough in a hurry.
func seeds() []uint32 {
	if testing.Short() {
		return []uint32{DefaultSeed}
	}
	return []uint32{DefaultSeed, 2, 3}
}

// requireAtLeast fails unless every row of a published table is reached: losses not above, metrics
// not below.
func requireAtLeast(t *testing.T, table []published, h *nn.History) {
	t.Helper()
	for _, p := range table {
		if p.epoch >= len(h.Epochs) {
			require.True(t, testing.Short() && p.epoch > 0)
			return
		}
		e := h.Epochs[p.epoch]
		require.LessOrEqual(t, e.TrainLoss, p.trainLoss, "training loss of epoch %d", p.epoch)
		require.GreaterOrEqual(t, e.TrainMetric, p.trainMetric, "training metric of epoch %d",
			p.epoch)
		require.LessOrEqual(t, e.ValLoss, p.valLoss, "validation loss of epoch %d", p.epoch)
		require.GreaterOrEqual(t, e.ValMetric, p.valMetric, "validation metric of epoch %d",
			p.epoch)
	}
}

func TestRegressionReachesTable1(t *testing.T) {
	for _, seed := range seeds() {
		_, h := fit(t, "regression", seed, 31)
		requireAtLeast(t, table1, h)
	}
}

func TestClassificationReachesTable2(t *testing.T) {
	for _, seed := range seeds() {
		_, h := fit(t, "classification", seed, 11)
		requireAtLeast(t, table2, h)
	}
}

func TestPerceptronReachesPublishedFigures(t *testing.T) {
	e, err := ByName("perceptron")
	require.NoError(t, err)
	for _, seed := range seeds() {
		j, h := fit(t, "perceptron", seed, 300)
		require.Equal(t, 300, h.Epochs[299].Steps, "one step an epoch: the whole data set")
		reached, err := nn.Evaluate(context.Background(), j.Model, j.Train, e.Metrics...)
		require.NoError(t, err)
		// Published: 22.8986, 3.8041 and 71.33 %.
		mse, mae, within5 := reached.Metrics[0], reached.Metrics[1], reached.Metrics[2]
		require.InDelta(t, 23, mse, 3)
		require.InDelta(t, 3.85, mae, 0.35)
		require.InDelta(t, 0.715, within5, 0.035)
	}
}

func TestRealDataIsLearned(t *testing.T) {
	for _, seed := range seeds() {
		_, h := fit(t, "digits", seed, 5)
		last, _ := h.Last()
		require.GreaterOrEqual(t, last.ValMetric, 0.97, "accuracy of digits, seed %d", seed)
		_, h = fit(t, "diabetes", seed, 50)
		last, _ = h.Last()
		require.GreaterOrEqual(t, last.ValMetric, 0.40, "R² of diabetes, seed %d", seed)
	}
}

func TestReportsIngredients(t *testing.T) {
	for _, name := range []string{"regression", "classification"} {
		e, err := ByName(name)
		require.NoError(t, err)
		require.Len(t, e.Settings.Hidden, 1, "one hidden layer")
		require.Equal(t, "sgd", e.Settings.Optimizer)
		require.Equal(t, 0.2, e.Settings.Validation)
		d, err := e.Data()
		require.NoError(t, err)
		require.Equal(t, []int{10000, 10}, d.X.Shape())
		require.Greater(t, d.Rows(), e.Settings.Batch)
	}
}

func TestUnknownExperiment(t *testing.T) {
	_, err := ByName("nonsense")
	require.ErrorContains(t, err, `unknown experiment "nonsense"; known: `)
	for _, name := range Names() {
		require.ErrorContains(t, err, name)
	}
}

package task

import (
	"context"
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn/data"
)

// mnist is the folder of MNIST, on which networks train for minutes.
var mnist = flag.String("mnist", "", "train on the files of MNIST in this `folder`")

// TestMNISTIsLearned reaches what docs/data.md says.
func TestMNISTIsLearned(t *testing.T) {
	if *mnist == "" {
		t.Skip("takes minutes: see -mnist")
	}
	train, test, err := data.ReadMNIST(*mnist)
	require.NoError(t, err)
	for _, c := range []struct {
		network  string
		epochs   int
		shift    int
		accuracy float64
	}{
		{"784-512-256-10", 10, 0, 0.982},
		{"lstm", 8, 0, 0.985},
		{"resnet", 2, 0, 0.985},
		{"cnn", 5, 0, 0.992},
		{"cnn", 5, 2, 0.992},
	} {
		t.Run(c.network, func(t *testing.T) {
			s := DefaultSettings(Images)
			s.Network, s.Epochs = c.network, c.epochs
			j, err := PrepareImages[float32](train, test, data.Augmentation{Shift: c.shift}, s)
			require.NoError(t, err)
			h, err := j.Fit(context.Background())
			require.NoError(t, err)
			last, _ := h.Last()
			t.Logf("%s: accuracy %.4f", c.network, last.ValMetric)
			require.GreaterOrEqual(t, last.ValMetric, c.accuracy)
		})
	}
}

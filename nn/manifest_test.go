package nn_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// manifested trains three epochs, with the last weight of an epoch changed if it isn't negative.
func manifested(t *testing.T, changed int, check func(m *nn.Model[float64], epoch int) error) (
	*nn.Model[float64], *nn.Manifest, error) {
	m, manifest := linear(t, 0.1), &nn.Manifest{Version: "test", Arguments: []string{"linear"}}
	trainer := nn.Trainer[float64]{Model: m, Epochs: 3, OnEpoch: func(e nn.Epoch) error {
		if e.Epoch == changed {
			m.Parameters()[1].Data[0] = math.Nextafter(m.Parameters()[1].Data[0], 9)
		}
		nn.AddEpoch(manifest, m, e.Epoch)
		return check(m, e.Epoch)
	}}
	_, err := trainer.Fit(context.Background(), line(3, 16), nil)
	nn.AddEnd(manifest, m)
	return m, manifest, err
}

// TestManifestFindsTheFirstDifference saves a model with its manifest, and trains again with and
// without a bit changed.
func TestManifestFindsTheFirstDifference(t *testing.T) {
	m, _, err := manifested(t, -1, func(*nn.Model[float64], int) error { return nil })
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m")
	require.NoError(t, m.Save(path))
	loaded, err := nn.Load[float64](path)
	require.NoError(t, err)
	manifest := loaded.Manifest
	require.Equal(t, []string{"0.weight", "0.bias"}, manifest.Parameters)
	require.Len(t, manifest.Epochs, 3)
	check := func(m *nn.Model[float64], epoch int) error { return nn.CheckEpoch(manifest, m, epoch) }

	again, _, err := manifested(t, -1, check)
	require.NoError(t, err)
	require.NoError(t, nn.CheckEnd(manifest, again))
	require.NoError(t, nn.CheckRounding(manifest, again))

	other, _, err := manifested(t, 1, check)
	require.Equal(t, &nn.DifferenceError{Epoch: 1, Parameter: "0.bias"}, err)
	require.ErrorContains(t, err, "epoch 1, parameter 0.bias is the first that differs")
	require.ErrorContains(t, nn.CheckEnd(manifest, other), "the parameters that the run leaves differ")
	require.ErrorContains(t, nn.CheckEpoch(manifest, m, 3), "epoch 3 has other parameters")
}

func TestSumFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o600))
	s, err := nn.SumFile(path)
	require.NoError(t, err)
	require.Equal(t, nn.FileSum{Name: path, Bytes: 3,
		SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}, s)
	_, err = nn.SumFile(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

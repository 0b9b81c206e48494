//go:build race

package nn_test

import (
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// raceVariable makes TestRaceWithUpdate race.
const raceVariable = "SIMDNN_TEST_RACE"

// TestRaceDetectorSeesAssembly runs a program that predicts while the parameters change. Both
// happen in assembly, which the detector can't see unless it is told.
func TestRaceDetectorSeesAssembly(t *testing.T) {
	command := exec.Command(os.Args[0], "-test.run=^TestRaceWithUpdate$", "-test.count=1")
	command.Env = append(os.Environ(), raceVariable+"=1")
	out, err := command.CombinedOutput()
	require.Error(t, err, "%s", out)
	require.Contains(t, string(out), "DATA RACE")
}

// TestRaceWithUpdate predicts and updates without and, where it is asked to, with a race between
// the two.
func TestRaceWithUpdate(t *testing.T) {
	m := build(t, nn.NewModel[float32](nn.MSE), nn.NewDense(5, 40, nn.ReLU),
		nn.NewDense(40, 3, nn.Linear))
	x, y := random[float32](source(1), 4, 5), random[float32](source(2), 4, 3)
	w := workspace(t, m, 4)
	_, err := m.Forward(w, x)
	require.NoError(t, err)
	_, err = m.Backward(w, y)
	require.NoError(t, err)
	p, err := m.NewPredictor()
	require.NoError(t, err)

	var group sync.WaitGroup
	group.Go(func() { _, err = p.Predict(x) })
	if os.Getenv(raceVariable) == "" {
		group.Wait()
	}
	require.NoError(t, m.Update(w))
	group.Wait()
	require.NoError(t, err)
}

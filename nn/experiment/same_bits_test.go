package experiment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

var record = flag.Bool("record", false,
	"write testdata/bits.json anew from what the reference computes, and with -networks networks.json "+
		"from what the active ISA does, but don't compare the reference with that")

// bits are what a short run must give on every processor: the SHA-256 of the parameters, and of
// predictions of the training data.
type bits struct {
	Parameters  string `json:"parameters"`
	Predictions string `json:"predictions"`
}

// recordedSteps is the length of the runs on record: several batches, and a short one at the end of
// an epoch where batches are large.
const recordedSteps = 12

// recordedRows is the number of rows that are predicted: more than one batch of Predict, and no
// round number.
const recordedRows = 301

// TestBitsOnRecord trains every experiment for a few steps with each ISA, on one to four threads,
// in both types, and compares the parameters and predictions with sums that are kept with the
// sources. They are the same on every platform: whoever runs this test on a new processor compares
// it with all others.
func TestBitsOnRecord(t *testing.T) {
	file := filepath.Join("testdata", "bits.json")
	want := map[string]bits{}
	if *record {
		recordBits(t, want)
		text, err := json.MarshalIndent(want, "", "\t")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &want))
	require.Len(t, want, 2*len(All()), "every experiment in both types")
	for i := range tensor.AvailableISAs() {
		isa := &tensor.AvailableISAs()[i]
		if isa.Name == "generic" {
			continue // rounds multiply and add separately
		}
		t.Run(isa.Name, func(t *testing.T) {
			for threads := 1; threads <= 4; threads++ {
				if (isa.Name == "reference" || testing.Short()) && threads%2 == 1 {
					continue // slow, and the same Go code on each thread
				}
				for _, e := range All() {
					require.Equal(t, want[e.Name+" float32"],
						trainBits[float32](t, e, isa, threads),
						"%s float32, %d threads", e.Name, threads)
					require.Equal(t, want[e.Name+" float64"],
						trainBits[float64](t, e, isa, threads),
						"%s float64, %d threads", e.Name, threads)
				}
			}
		})
	}
}

// recordBits fills the table.
func recordBits(t *testing.T, table map[string]bits) {
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	for _, e := range All() {
		table[e.Name+" float32"] = trainBits[float32](t, e, reference, 1)
		table[e.Name+" float64"] = trainBits[float64](t, e, reference, 1)
	}
}

// trainBits makes a short run and returns what it gives.
func trainBits[T tensor.Float](t *testing.T, e Experiment, isa *tensor.ISA, threads int) bits {
	t.Helper()
	d, err := e.Data()
	require.NoError(t, err)
	j, err := tabular.Prepare[T](d, e.Settings, nn.WithISA(isa), nn.WithThreads(threads))
	require.NoError(t, err)
	steps := 0
	j.Trainer = nn.Trainer[T]{Model: j.Model, OnStep: func(nn.Step) error {
		if steps++; steps == recordedSteps {
			return nn.ErrStop
		}
		return nil
	}}
	_, err = j.Fit(context.Background())
	require.NoError(t, err)
	require.Equal(t, recordedSteps, steps)
	return bits{j.Model.ParamsSHA256(), predictionSum(t, j)}
}

// predictionSum returns the SHA-256 of the model's predictions for the first rows of the training
// data.
func predictionSum[T tensor.Float](t *testing.T, j *tabular.Job[T]) string {
	hash, rows := sha256.New(), 0
	for x := range j.Train.Epoch() {
		x = x.Slice(0, min(x.Dim(0), recordedRows-rows))
		p, err := j.Model.Predict(x)
		require.NoError(t, err)
		require.NoError(t, binary.Write(hash, binary.LittleEndian, p.Data()))
		if rows += x.Dim(0); rows == recordedRows {
			break
		}
	}
	require.Equal(t, recordedRows, rows, j.Dataset.Name)
	return hex.EncodeToString(hash.Sum(nil))
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// verifiedModel trains a few epochs on a small table and returns the paths of the model and the
// table.
func verifiedModel(t *testing.T, more ...string) (model, table string) {
	folder := t.TempDir()
	model, table = filepath.Join(folder, "m.safetensors"), filepath.Join(folder, "t.csv")
	var rows strings.Builder
	rows.WriteString("a,\"b,c\",y\n")
	for i := range 40 {
		fmt.Fprintf(&rows, "%d,%d,%d\n", i%7, i*i%11, i%3)
	}
	require.NoError(t, os.WriteFile(table, []byte(rows.String()), 0o600))
	requireDone(t, append([]string{"train", "--data", table, "--target", "y", "--task", "regression",
		"--columns", `a,"b,c"`, "--epochs", "4", "--hidden", "5", "--save", model}, more...)...)
	return model, table
}

// TestVerifyRepeatsARun trains again with other threads, with the data elsewhere, from a
// checkpoint, and in float64.
func TestVerifyRepeatsARun(t *testing.T) {
	model, table := verifiedModel(t)
	out := requireDone(t, "verify", model, "--threads", "1")
	require.Regexp(t, `^verified: 4 epochs, every bit agrees, on \w+ with 1 thread\nparameters [0-9a-f]{64}\n$`,
		out)
	moved := filepath.Join(t.TempDir(), "moved.csv")
	text, err := os.ReadFile(table)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(moved, text, 0o600))
	require.NoError(t, os.Remove(table))
	line := last(t, requireDone(t, "verify", model, "--data", moved, "--json"))
	require.Equal(t, true, line["verified"])
	require.EqualValues(t, 4, line["epochs"])

	require.NoError(t, os.WriteFile(moved, append(text, "1,2,3\n"...), 0o600))
	requireError(t, statusUsage, []string{"verify", model, "--data", moved},
		"moved.csv is not what the model was trained on", "has not the SHA-256")

	folder := filepath.Join(t.TempDir(), "c")
	model, _ = verifiedModel(t, "--dtype", "f64", "--checkpoint", folder, "--patience", "3")
	requireError(t, statusUsage, []string{"verify", model, "--from-epoch", "2", "--checkpoint",
		folder}, "can't be repeated")
}

// TestVerifyRepeatsWritingTexts repeats a run on a text with the description of its network, which
// is refused once either has changed.
func TestVerifyRepeatsWritingTexts(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	text := file("t.txt", strings.Repeat("to be or not to be, ", 30))
	layers := `[{"type": "embedding", "count": %d, "size": 4},
		{"type": "dense", "in": 4, "out": %d, "activation": "linear"}]`
	distinct := len("to bernt,") - 1
	net := file("net.json", fmt.Sprintf(layers, distinct, distinct))
	model := filepath.Join(folder, "m")
	requireDone(t, "train", "text", text, "--net", net, "--length", "8", "--epochs", "2", "--save",
		model)
	require.Contains(t, requireDone(t, "verify", model), "verified: 2 epochs")
	file("net.json", fmt.Sprintf(layers, distinct, distinct)+"\n")
	requireError(t, statusUsage, []string{"verify", model},
		"net.json is not what the model was trained with")
}

// TestVerifyGoesOnFromACheckpoint repeats the last of the epochs of a run.
func TestVerifyGoesOnFromACheckpoint(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	model := filepath.Join(t.TempDir(), "digits")
	train := func(epochs string, more ...string) {
		requireDone(t, append([]string{"train", "diabetes", "--epochs", epochs, "--hidden", "6"},
			more...)...)
	}
	train("3", "--checkpoint", folder)
	train("5", "--save", model)
	out := requireDone(t, "verify", model, "--from-epoch", "3", "--checkpoint", folder)
	require.Contains(t, out, "verified: 5 epochs")
	requireError(t, statusUsage, []string{"verify", model, "--from-epoch", "2", "--checkpoint",
		folder}, "the checkpoint holds 3 epochs, not 2")
}

// TestVerifyNamesTheFirstDifference changes a sum of a manifest.
func TestVerifyNamesTheFirstDifference(t *testing.T) {
	path, _ := verifiedModel(t)
	model, err := nn.Load[float32](path)
	require.NoError(t, err)
	manifest := model.Manifest
	require.Len(t, manifest.Epochs, 4)
	manifest.Epochs[2][1] = "0123456789abcdef"
	require.NoError(t, model.Save(path))
	requireError(t, statusFailed, []string{"verify", path},
		"epoch 2, parameter "+manifest.Parameters[1]+" is the first that differs")
	status, stdout, _ := execute("verify", path, "--json")
	require.Equal(t, statusFailed, status)
	line := last(t, stdout)
	require.Equal(t, false, line["verified"])
	require.EqualValues(t, 2, line["epoch"])
	require.Equal(t, manifest.Parameters[1], line["parameter"])
}

// TestVerifyReadsTheParameters changes a parameter of a model, whose manifest stays as it was.
func TestVerifyReadsTheParameters(t *testing.T) {
	path, _ := verifiedModel(t)
	model, err := nn.Load[float32](path)
	require.NoError(t, err)
	model.Parameters()[0].Data[0]++
	require.NoError(t, model.Save(path))
	requireError(t, statusFailed, []string{"verify", path},
		"holds other parameters than those that the run")

	file, err := os.ReadFile(path)
	require.NoError(t, err)
	file[len(file)-1] ^= 1
	require.NoError(t, os.WriteFile(path, file, 0o600))
	requireError(t, statusFailed, []string{"verify", path}, "the file is damaged")
}

// TestVerifyReadsTheBuffers changes a running mean of a model, and a sum of one.
func TestVerifyReadsTheBuffers(t *testing.T) {
	folder := t.TempDir()
	net, path := filepath.Join(folder, "net.json"), filepath.Join(folder, "m")
	require.NoError(t, os.WriteFile(net, []byte(`[{"type": "flatten"},
		{"type": "normalization", "kind": "batch", "shape": [64], "epsilon": 1e-5, "momentum": 0.1},
		{"type": "dense", "in": 64, "out": 2, "activation": "linear"}]`), 0o600))
	images := writeImages(t)
	requireDone(t, "train", "images", images, "--net", net, "--epochs", "2", "--save", path)
	require.Contains(t, requireDone(t, "verify", path), "verified: 2 epochs")
	model, err := nn.Load[float32](path)
	require.NoError(t, err)
	i := slices.Index(model.Manifest.Parameters, "1.running_mean")
	require.GreaterOrEqual(t, i, 0)
	model.Manifest.Epochs[1][i] = "0123456789abcdef"
	require.NoError(t, model.Save(path))
	requireError(t, statusFailed, []string{"verify", path},
		"epoch 1, parameter 1.running_mean is the first that differs")

	w, err := model.NewWorkspace(8)
	require.NoError(t, err)
	_, err = model.Step(w, tensor.New[float32](8, 1, 8, 8), tensor.New[float32](8, 1))
	require.NoError(t, err)
	again, err := nn.Load[float32](path)
	require.NoError(t, err)
	for i, p := range again.Parameters() {
		copy(model.Parameters()[i].Data, p.Data)
	}
	require.NoError(t, model.Save(path))
	requireError(t, statusFailed, []string{"verify", path},
		"holds other parameters than those that the run")

	removed := filepath.Join(images, "left", "00.png")
	content, err := os.ReadFile(removed)
	require.NoError(t, err)
	require.NoError(t, os.Remove(removed))
	require.NoError(t, again.Save(path))
	requireError(t, statusUsage, []string{"verify", path}, "left/00.png is missing")
	require.NoError(t, os.WriteFile(removed, content, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(images, "left", "0.png"), content, 0o600))
	requireError(t, statusUsage, []string{"verify", path}, "left/0.png was not there")
}

// TestVerifyStandardInput repeats a run on standard input by what it was.
func TestVerifyStandardInput(t *testing.T) {
	_, table := verifiedModel(t)
	text, err := os.ReadFile(table)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m")
	cmd := newRoot()
	cmd.SetIn(bytes.NewReader(text))
	cmd.SetOut(io.Discard)
	cmd.SetArgs([]string{"train", "--data", "-", "--target", "y", "--task", "regression", "--epochs",
		"2", "--save", path})
	require.NoError(t, cmd.Execute())
	requireError(t, statusUsage, []string{"verify", path}, "trained on standard input", "--data FILE")
	require.Contains(t, requireDone(t, "verify", path, "--data", table), "verified: 2 epochs")
	require.NoError(t, os.WriteFile(table, append(text, "1,2,0\n"...), 0o600))
	requireError(t, statusUsage, []string{"verify", path, "--data", table}, "has not the SHA-256")
}

func TestVerifyRefuses(t *testing.T) {
	requireError(t, statusUsage, []string{"verify"}, "verify takes a MODEL.safetensors")
	requireError(t, statusUsage, []string{"verify", "none"}, "none")
	requireError(t, statusUsage, []string{"verify", "m", "--from-epoch", "2"}, "belong together")
	model := filepath.Join(t.TempDir(), "m")
	requireDone(t, "train", "diabetes", "--epochs", "1", "--save", model)
	requireError(t, statusUsage, []string{"verify", model, "--data", "x"}, "which reads no files")
	loaded, err := nn.Load[float32](model)
	require.NoError(t, err)
	loaded.Manifest = nil
	require.NoError(t, loaded.Save(model))
	requireError(t, statusUsage, []string{"verify", model}, "has no manifest")
}

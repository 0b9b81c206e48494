package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// last returns the last line of a run's JSON.
func last(t *testing.T, stdout string) map[string]any {
	t.Helper()
	lines := jsonLines(t, stdout)
	require.NotEmpty(t, lines)
	return lines[len(lines)-1]
}

func TestTrainGoesOn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "runs", "first")
	args := func(epochs int, more ...string) []string {
		return append([]string{"train", "digits", "--json", "--epochs", fmt.Sprint(epochs)},
			more...)
	}
	want := last(t, requireDone(t, args(5)...))
	keep := []string{"--checkpoint", folder, "--resume"}
	requireDone(t, args(2, keep...)...)
	lines := jsonLines(t, requireDone(t, args(5, append(keep, "--threads", "1")...)...))
	require.Len(t, lines, 4, "three epochs and the end")
	require.EqualValues(t, 2, lines[0]["epoch"])
	require.EqualValues(t, 2, lines[3]["resumed_epochs"])
	same := strings.Fields("task seed epochs steps train_loss train_metric val_loss val_metric " +
		"params_sha256")
	for _, key := range same {
		require.Equal(t, want[key], lines[3][key], key)
	}

	again := last(t, requireDone(t, args(5, keep...)...))
	require.EqualValues(t, 5, again["resumed_epochs"])
	require.Nil(t, again["step_ns"], "there was nothing to do")
	for _, key := range same {
		require.Equal(t, want[key], again[key], key)
	}
	out := requireDone(t, "train", "digits", "--epochs", "6", "--checkpoint", folder, "--resume")
	require.Regexp(t, `\n6 epochs, 138 steps in \S+ s after the first 5 epochs \(a step: `, out)
	out = requireDone(t, "train", "digits", "--epochs", "6", "--checkpoint", folder, "--resume")
	require.Regexp(t, `\n6 epochs, 138 steps in \S+ s after the first 6 epochs\n`, out)

	path := filepath.Join(folder, "checkpoint.safetensors")
	requireError(t, statusUsage, args(6, "--checkpoint", folder), "--checkpoint: "+path+
		" is there already: go on with it by --resume, or choose another folder")
	for message, flags := range map[string]string{
		`setting seed: it has "1", this training has "2"`:                         "--seed 2",
		`network: it has "Dense 64 → 128, relu; Dense 128 → 10, softmax"`:         "--hidden 100",
		`setting held out: it has "0.2, stratified true"`:                         "--val 0.3",
		`optimizer: it has "adamw: learning rate 0.003`:                           "--lr 0.002",
		`early stopping: it has "", this training has "patience 9, minimal `:      "--patience 9",
		`element type: it has "F32", this training has "F64"`:                     "--dtype f64",
		`training data: it has "1437 rows in batches of 64, shuffled with the se`: "--batch 32",
		`holds 6 epochs, more than the 4 of this training`:                        "--epochs 4",
	} {
		mismatch := args(7, append(strings.Fields(flags), keep...)...)
		requireError(t, statusFailed, mismatch, "checkpoint: "+path+": ", message)
		_, stdout, _ := execute(slices.DeleteFunc(mismatch,
			func(a string) bool { return a == "--json" })...)
		require.Empty(t, stdout, "no table was begun")
	}

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o666))
	requireError(t, statusFailed, args(7, keep...),
		path+": the checksum is wrong: the file is damaged")
}

func TestTrainKeepFlags(t *testing.T) {
	for args, text := range map[string]string{
		"digits --resume": "--resume and --checkpoint-every belong " +
			"to --checkpoint FOLDER, which is missing",
		"digits --checkpoint-every 3": "--resume and --checkpoint-every belong " +
			"to --checkpoint FOLDER, which is missing",
		"digits --checkpoint x --checkpoint-every -1": "--checkpoint-every: -1 is not a number " +
			"of epochs",
	} {
		requireError(t, statusUsage, append([]string{"train"}, strings.Fields(args)...), text)
	}
	missing := filepath.Join(t.TempDir(), "missing", "model.safetensors")
	requireError(t, statusFailed, []string{"train", "regression", "--save", missing},
		"can't write "+missing)
}

// TestInterruptedTrainingGoesOn interrupts a run, which saves what it has reached, and goes on with
// it.
func TestInterruptedTrainingGoesOn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	folder, model := t.TempDir(), filepath.Join(t.TempDir(), "model.safetensors")
	args := []string{"train", "diabetes", "--json", "--epochs", "50", "--checkpoint", folder}
	stdout, stderr := &interrupter{writes: 5, cancel: cancel}, &bytes.Buffer{}
	require.Equal(t, statusFailed, run(ctx, append(args, "--save", model), stdout, stderr))
	require.Equal(t, "nnbench: interrupted after 5 epochs, which "+folder+" keeps: go on with "+
		"--resume\n", stderr.String())
	require.Equal(t, false, last(t, stdout.String())["done"])
	require.FileExists(t, model)

	resumed := last(t, requireDone(t, append(args, "--resume")...))
	require.EqualValues(t, 5, resumed["resumed_epochs"])
	require.Equal(t, last(t, requireDone(t, args[:5]...))["params_sha256"],
		resumed["params_sha256"])
}

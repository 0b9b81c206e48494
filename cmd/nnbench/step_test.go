package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

func TestStep(t *testing.T) {
	for _, loss := range []string{"mse", "bce", "ce"} {
		out := requireDone(t, "step", "--net", "5-4-3", "--loss", loss, "--opt", "adam", "--batch",
			"8", "--infer-batch", "2", "--threads", "1", "--dtype", "f64", "--json")
		lines := jsonLines(t, out)
		require.Len(t, lines, 1)
		requireKeys(t, lines[0], "net loss opt batch infer_batch dtype isa threads step_ns "+
			"step_allocs infer_ns infer_allocs")
		require.Equal(t, []any{"5-4-3", loss, "adam", 8.0, 1.0, "f64"},
			[]any{lines[0]["net"], lines[0]["loss"], lines[0]["opt"], lines[0]["batch"],
				lines[0]["threads"], lines[0]["dtype"]})
		require.Equal(t, []any{0.0, 0.0}, []any{lines[0]["step_allocs"], lines[0]["infer_allocs"]})
		require.Greater(t, lines[0]["step_ns"], 0.0)
	}
	require.Contains(t, requireDone(t, "step", "--net", "5-4-3", "--batch", "8"),
		"0 allocations (batch of 8)")
}

// TestStepTakesEveryOptimizer runs each with predictions of more rows than a predictor takes at
// once, on two threads.
func TestStepTakesEveryOptimizer(t *testing.T) {
	for _, o := range nn.Optimizers() {
		if o == nn.LBFGS(1).Name() { // whose memory grows for a hundred iterations
			continue
		}
		out := requireDone(t, "step", "--net", "5-4-3", "--opt", o, "--batch", "8", "--infer-batch",
			"300", "--threads", "2", "--json")
		line := jsonLines(t, out)[0]
		require.Equal(t, []any{o, 300.0, 2.0, 0.0, 0.0},
			[]any{line["opt"], line["infer_batch"], line["threads"], line["step_allocs"],
				line["infer_allocs"]})
	}
}

// TestStepTakesNetworksByName checks that a network has its own settings, which flags change.
func TestStepTakesNetworksByName(t *testing.T) {
	line := jsonLines(t, requireDone(t, "step", "--net", "autoencoder", "--batch", "2", "--json"))[0]
	require.Equal(t, []any{"autoencoder", "bce_logits", "adam", 2.0, 0.0, 0.0},
		[]any{line["net"], line["loss"], line["opt"], line["batch"], line["step_allocs"],
			line["infer_allocs"]})
	requireError(t, statusUsage, []string{"step", "--net", "cnn", "--loss", "mse"},
		"--net: cnn has the loss ce_logits")
	requireError(t, statusUsage, []string{"step", "--net", "vgg"}, "no name of a network: cnn, resnet")
}

func TestStepWrongFlags(t *testing.T) {
	for flags, text := range map[[2]string]string{
		{"--net", "10"}:            "has one width",
		{"--net", "10-0-1"}:        `"10-0-1" is not a chain of positive widths`,
		{"--net", "ten-1"}:         `"ten-1"`,
		{"--loss", "hinge"}:        `unknown loss "hinge"; known: mse, bce, ce`,
		{"--opt", "lamb"}:          `unknown optimizer "lamb"; known: sgd, momentum, nesterov, adam, adamw`,
		{"--activation", "maxout"}: `unknown activation "maxout"`,
		{"--batch", "0"}:           "must be at least 1",
		{"--infer-batch", "-1"}:    "must be at least 1",
		{"--dtype", "int8"}:        `unknown element type "int8"`,
		{"--threads", "-1"}:        "-1 is not a positive number of threads",
		{"--threads", "4097"}:      "4097 is more than 4096 threads",
	} {
		requireError(t, statusUsage, []string{"step", flags[0], flags[1]}, flags[0], text)
	}
	requireError(t, statusFailed, []string{"step", "--net", "4-1", "--loss", "ce"},
		"at least 2 outputs")
}

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn/experiment"
	"simdnn/tensor/asm"
)

const (
	epochKeys   = "epoch train_loss train_metric val_loss val_metric"
	outcomeKeys = "done task seed isa threads epochs steps seconds step_ns train_loss " +
		"train_metric val_loss val_metric params_sha256"
)

func TestTrainJSON(t *testing.T) {
	for _, name := range experiment.Names() {
		lines := jsonLines(t, requireDone(t, "train", name, "--epochs", "2", "--seed", "7",
			"--threads", "1", "--json"))
		require.Len(t, lines, 3)
		for i, line := range lines[:2] {
			requireKeys(t, line, epochKeys)
			require.EqualValues(t, i, line["epoch"])
		}
		last := lines[2]
		keys := outcomeKeys
		if name == "perceptron" {
			keys += " mse mae within5"
			require.Nil(t, last["val_loss"], "nothing is held out")
			require.Equal(t, 2.0, last["steps"])
		} else {
			require.Equal(t, lines[1]["val_loss"], last["val_loss"])
			require.Equal(t, lines[1]["val_metric"], last["val_metric"])
		}
		requireKeys(t, last, keys)
		require.Equal(t, []any{true, name, 7.0, asm.Active().Name, 1.0, 2.0},
			[]any{last["done"], last["task"], last["seed"], last["isa"], last["threads"],
				last["epochs"]})
		require.Regexp(t, "^[0-9a-f]{64}$", last["params_sha256"])
		require.Greater(t, last["step_ns"], 0.0)
	}
}

// paramsOf trains for an epoch and returns the sum of the parameters.
func paramsOf(t *testing.T, args ...string) any {
	t.Helper()
	lines := jsonLines(t, requireDone(t,
		append([]string{"train", "regression", "--epochs", "1", "--json"}, args...)...))
	return lines[len(lines)-1]["params_sha256"]
}

func TestTrainIsRepeatable(t *testing.T) {
	first := paramsOf(t, "--seed", "1", "--threads", "1")
	require.Equal(t, first, paramsOf(t),
		"the default seed, and as many threads as there are processors")
	require.NotEqual(t, first, paramsOf(t, "--seed", "2"))
	require.NotEqual(t, first, paramsOf(t, "--dtype", "f64"))
}

func TestTrainTable(t *testing.T) {
	out := requireDone(t, "train", "regression", "--epochs", "20")
	var epochs []string
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) == 5 && strings.Contains(fields[1], ".") {
			epochs = append(epochs, fields[0])
		}
	}
	require.Equal(t, strings.Fields("0 2 4 6 8 10 12 14 16 18 19"), epochs)
	for _, text := range []string{"Dense 10 → 16, relu", "train R²", "20 epochs, 5000 steps in ",
		"validation   loss ", "seed 1", "sha256 "} {
		require.Contains(t, out, text)
	}
	out = requireDone(t, "train", "perceptron")
	require.Regexp(t, `MSE 2[0-6]\.\d+, MAE (3\.[5-9]|4\.[01])\d*, (68|69|7[0-4])\.\d+ % within 5 units`, out)
}

func TestTrainFlagsReachTheModel(t *testing.T) {
	out := requireDone(t, "train", "digits", "--epochs", "1", "--hidden", "9,5", "--activation",
		"tanh", "--init", "normal:0,0.1",
		"--optimizer", "nesterov", "--lr", "0.02", "--weight-decay", "0.001", "--batch", "500",
		"--val", "0.5", "--dtype", "f64", "--threads", "1")
	for _, text := range []string{"Dense 64 → 9, tanh", "Dense 9 → 5, tanh",
		"Dense 5 → 10, softmax", "nesterov(lr 0.02, momentum 0.9, weight decay 0.001)",
		"50 % of them held out", "1 epoch, 2 steps", "1 thread, f64"} {
		require.Contains(t, out, text)
	}
	require.Contains(t, requireDone(t, "train", "diabetes", "--hidden", "none", "--epochs", "1"),
		"Dense 10 → 1, linear")
}

func TestTrainStopsEarly(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "train", "diabetes", "--lr", "0.05", "--weight-decay", "0",
		"--epochs", "2000", "--patience", "3", "--json"))
	last, best := lines[len(lines)-1], 1e300
	require.Less(t, len(lines), 2000)
	for _, line := range lines[:len(lines)-1] {
		best = min(best, line["val_loss"].(float64))
	}
	require.Equal(t, best, last["val_loss"], "the best parameters are kept")
	require.Equal(t, true, last["done"])
}

func TestTrainWrongUsage(t *testing.T) {
	for args, text := range map[string]string{
		"": "train needs an experiment (perceptron, regression, " +
			"classification, digits, diabetes) or --data FILE",
		"weather":                           `unknown experiment "weather"; known: perceptron, regression, classification, digits, diabetes`,
		"digits diabetes":                   "train takes one experiment",
		"digits --data x.csv":               "an experiment or --data, not both",
		"digits --target y":                 "--target and --task belong to --data",
		"--data x.csv":                      "--data needs --target COLUMN",
		"--data x.csv --target y":           "--data needs --task regression or classification",
		"--data x.csv --target y --task ml": `unknown task "ml"; known: regression, classification`,
		"digits --batch 0":                  "--batch: 0 is not a positive number of rows",
		"digits --hidden 0":                 `--hidden: "0" is not a list of positive widths`,
		"digits --hidden 64,":               `--hidden: "64,"`,
		"digits --epochs 0":                 "0 epochs",
		"digits --lr 0":                     "the learning rate is 0",
		"digits --lr -1":                    "the learning rate is -1",
		"digits --lr NaN":                   "the learning rate is NaN",
		"digits --lr Inf":                   "the learning rate is +Inf",
		"digits --optimizer lamb":           `unknown optimizer "lamb"; known: sgd, momentum, nesterov, adam, adamw`,
		"digits --activation maxout":        `unknown activation "maxout"`,
		"digits --init zeros":               `unknown initialisation "zeros"`,
		"digits --val 1":                    "the share held out for validation is 1",
		"digits --val NaN":                  "the share held out for validation is NaN",
		"digits --patience -1":              "the patience is -1",
		"digits --weight-decay -1":          "the weight decay is -1",
		"digits --threads -1":               "-1 is not a number of threads",
		"digits --threads 4097":             "4097 is more than 4096 threads",
		"digits --seed -1":                  `--seed: "-1" is not a whole number from 0 to 4294967295`,
		"digits --epochs abc":               `--epochs: "abc" is not a whole number`,
		"digits --lr fast":                  `--lr: "fast" is not a number, such as 0.5 or 1e-3`,
		"digits --resume=perhaps":           `--resume: "perhaps" is not true or false`,
		"digits --dtype f16":                `unknown element type "f16"`,
		"digits --plot curves.pdf":          `--plot: curves.pdf: unknown picture format "pdf"; the file's name must end in .svg or .png`,
		"digits --save iris.txt":            `--save: iris.txt: a model is saved in the format safetensors, which is not that of .txt files; iris.safetensors would do`,
		"digits --save net.v2.ONNX":         `--save: net.v2.ONNX: a model is saved in the format safetensors, which is not that of .ONNX files; net.v2.safetensors would do`,
		"digits --arch network.png":         `--arch: network.png: unknown picture format "png"; the file's name must end in .svg`,
	} {
		requireError(t, statusUsage, append([]string{"train"}, strings.Fields(args)...), text)
	}
}

func TestTrainDivergenceIsOneLine(t *testing.T) {
	requireError(t, statusFailed, []string{"train", "regression", "--lr", "10"},
		"training diverged", "in epoch 0, step ", "came from ")
}

func TestTrainUnwritableFigures(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing", "curves.svg")
	require.NoError(t, os.Mkdir(filepath.Join(folder, "folder.svg"), 0o777))
	for _, flag := range []string{"--plot", "--arch"} {
		requireError(t, statusFailed, []string{"train", "regression", flag, missing},
			"can't write "+missing)
		requireError(t, statusFailed, []string{"train", "regression", flag,
			filepath.Join(folder, "folder.svg")}, "it is a folder")
	}
}

func TestTrainFigures(t *testing.T) {
	folder := t.TempDir()
	curves, picture, network := filepath.Join(folder, "curves.svg"), filepath.Join(folder,
		"curves.PNG"), filepath.Join(folder, "network.svg")
	requireDone(t, "train", "digits", "--epochs", "3", "--plot", curves, "--arch", network)
	requireDone(t, "train", "perceptron", "--epochs", "30", "--plot", picture)

	require.Contains(t, requireXML(t, curves), "cross entropy")
	drawing := requireXML(t, network)
	for _, text := range []string{"digits: 64 → 128 → 10, 9610 parameters", "64 features",
		"128 neurons", "relu", "8320 parameters", "softmax"} {
		require.Contains(t, drawing, text)
	}
	file, err := os.Open(picture)
	require.NoError(t, err)
	defer file.Close()
	_, err = png.Decode(file)
	require.NoError(t, err)

	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 3, "no temporary file is left")
}

// requireXML returns the text of a file that must be well-formed XML.
func requireXML(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return string(text)
		} else if err != nil {
			require.NoError(t, err, path)
		}
	}
}

// interrupter cancels a context when something was written often enough.
type interrupter struct {
	bytes.Buffer
	writes int
	cancel func()
}

func (w *interrupter) Write(p []byte) (int, error) {
	if w.writes--; w.writes == 0 {
		w.cancel()
	}
	return w.Buffer.Write(p)
}

func TestTrainInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	plot := filepath.Join(t.TempDir(), "curves.svg")
	stdout, stderr := &interrupter{writes: 3, cancel: cancel}, &bytes.Buffer{}
	require.Equal(t, statusFailed,
		run(ctx, []string{"train", "regression", "--json", "--plot", plot}, stdout, stderr))
	require.Equal(t, "nnbench: interrupted after 3 epochs\n", stderr.String())
	lines := jsonLines(t, stdout.String())
	require.Len(t, lines, 4)
	require.Equal(t, []any{false, 3.0, 750.0},
		[]any{lines[3]["done"], lines[3]["epochs"], lines[3]["steps"]})
	require.FileExists(t, plot)

	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	stderr.Reset()
	require.Equal(t, statusFailed, run(ctx, []string{"train", "regression"},
		&interrupter{writes: 1, cancel: cancel}, stderr))
	require.Equal(t, "nnbench: interrupted in the first epoch\n", stderr.String())
}

// brokenPipe refuses all output.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestTrainEndsWhenNobodyReads(t *testing.T) {
	var stderr bytes.Buffer
	require.Equal(t, statusFailed,
		run(context.Background(), []string{"train", "regression", "--json"}, brokenPipe{}, &stderr))
	require.Equal(t, "nnbench: broken pipe\n", stderr.String())
}

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

func TestGraph(t *testing.T) {
	out := requireDone(t, "graph", "--net", "5-4-3", "--opt", "adam", "--batch", "8", "--train",
		"--time", "--json")
	lines := jsonLines(t, out)
	end := lines[len(lines)-1]
	requireKeys(t, end, "done model graph batch dtype isa threads nodes nodes_rewritten steps "+
		"arena_bytes build_us rewrite_us compile_us run_ns")
	require.Equal(t, []any{true, "5-4-3", "training step", 8.0, 1.0, float64(len(lines) - 1)},
		[]any{end["done"], end["model"], end["graph"], end["batch"], end["threads"],
			end["nodes_rewritten"]})
	require.Greater(t, end["nodes"], end["nodes_rewritten"])
	for _, key := range []string{"arena_bytes", "build_us", "rewrite_us", "compile_us", "run_ns"} {
		require.Greater(t, end[key], 0.0, key)
	}
	shares := 0.0
	for _, line := range lines[:len(lines)-1] {
		requireKeys(t, line, "node operator attributes scope inputs shape type outputs ns share")
		shares += line["share"].(float64)
	}
	require.InDelta(t, 1, shares, 1e-9)
	first := lines[0]
	require.Equal(t, []any{"matmul_fused", "float32", []any{8.0, 4.0}, "0", "relu"},
		[]any{first["operator"], first["type"], first["shape"], first["scope"],
			first["attributes"].(map[string]any)["activation"]})
	require.Equal(t, []any{"x", "0.weight", "0.bias"}, first["inputs"])
	lines = jsonLines(t, requireDone(t, "graph", "--net", "5-4-3", "--train", "--json", "--without",
		"epilogue"))
	require.Equal(t, "matmul", lines[0]["operator"])
}

func TestGraphForPeople(t *testing.T) {
	out := requireDone(t, "graph", "--net", "5-4-1", "--loss", "bce", "--dtype", "f64", "--batch", "8")
	require.Contains(t, out, "prediction of 5-4-1 as built: 6 nodes\n")
	require.Contains(t, out, "sigmoid(")
	require.Regexp(t, `rewritten: \d nodes\n`, out)
	require.Regexp(t, `arena       \d+ bytes for a batch of 8 \(f64, \w+, 1 thread\)`, out)
	require.NotContains(t, out, "share")
	out = requireDone(t, "graph", "--net", "5-4-1", "--loss", "mse", "--train", "--time", "--threads",
		"2")
	require.Contains(t, out, "share")
	require.Regexp(t, `run         [\d.]+ .s\n`, out)
}

// TestGraphOfSequences compiles a step whose targets are a class for each place.
func TestGraphOfSequences(t *testing.T) {
	out := requireDone(t, "graph", "--net", "gpt", "--train", "--batch", "1")
	require.Contains(t, out, "arena")
}

func TestGraphDrawing(t *testing.T) {
	out := requireDone(t, "graph", "--net", "5-4-3", "--dot")
	require.True(t, strings.HasPrefix(out, "digraph {\n") && strings.HasSuffix(out, "}\n"), out)
	require.Contains(t, out, "0.weight")
}

// TestGraphOfFile shows models of both element types from files, one of them without a loss.
func TestGraphOfFile(t *testing.T) {
	wide, lossless := filepath.Join(t.TempDir(), "wide"), filepath.Join(t.TempDir(), "lossless")
	a := nn.NewModel[float64](nn.CrossEntropyLogits)
	require.NoError(t, a.Add(nn.NewDense(3, 2, nn.Linear)))
	require.NoError(t, a.Save(wide))
	b := nn.NewModel[float32](nn.Loss{})
	require.NoError(t, b.Add(nn.NewDense(3, 2, nn.Linear)))
	require.NoError(t, b.Save(lossless))

	lines := jsonLines(t, requireDone(t, "graph", wide, "--train", "--batch", "4", "--time", "--json"))
	end := lines[len(lines)-1]
	require.Equal(t, []any{wide, "f64"}, []any{end["model"], end["dtype"]})
	lines = jsonLines(t, requireDone(t, "graph", lossless, "--json"))
	require.Equal(t, []any{128.0, 2.0}, lines[0]["shape"])
	require.Equal(t, []any{nil, nil}, []any{lines[0]["ns"], lines[0]["share"]})
	requireError(t, statusFailed, []string{"graph", lossless, "--train"}, lossless, "no loss")
}

func TestGraphWrongUsage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.safetensors")
	for _, c := range []struct{ args, text string }{
		{"", "either a model's file or --net WIDTHS"},
		{"m --net 3-2", "either a model's file or --net WIDTHS"},
		{"m n", "either a model's file or --net WIDTHS"},
		{"--net 3", "has one width"},
		{"--net 3-2 --loss hinge", `unknown loss "hinge"`},
		{"--net 3-2 --dot --json", "--dot"},
		{"--net 3-2 --dot --time", "--dot"},
		{"--net 3-2 --threads -1", "--threads"},
		{"--net 3-2 --without epilogues", `--without: no pass is called "epilogues": there are dead, `},
		{"m --loss mse", "--loss goes with --net"},
		{"m --dtype f64", "--dtype goes with --net"},
		{"m --opt lamb", `unknown optimizer "lamb"`},
		{"m --batch 0", "--batch: 0 must be at least 1"},
		{"m --threads 4097", "4097 is more than 4096 threads"},
		{file, "none.safetensors: no such file"},
		{"graph_test.go", "graph_test.go"},
	} {
		requireError(t, statusUsage, append([]string{"graph"}, strings.Fields(c.args)...), c.text)
	}
}

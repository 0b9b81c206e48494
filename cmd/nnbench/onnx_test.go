package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// writeModels writes the golden models without other files as folders of tests.
func writeModels(t *testing.T) (folder string) {
	type model struct {
		Name  string
		Model []byte
		Files map[string][]byte
		Runs  []struct{ Inputs, Outputs map[string][]byte }
	}
	folder = t.TempDir()
	for _, g := range golden.Read[model](t, "onnx/models.json") {
		if len(g.Files) > 0 || len(g.Runs[0].Inputs) > 1 || len(g.Runs[0].Outputs) > 1 {
			continue
		}
		path := filepath.Join(folder, g.Name)
		set := filepath.Join(path, "test_data_set_0")
		require.NoError(t, os.MkdirAll(set, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(path, "model.onnx"), g.Model, 0o644))
		for _, data := range g.Runs[0].Inputs {
			require.NoError(t, os.WriteFile(filepath.Join(set, "input_0.pb"), data, 0o644))
		}
		for _, data := range g.Runs[0].Outputs {
			require.NoError(t, os.WriteFile(filepath.Join(set, "output_0.pb"), data, 0o644))
		}
	}
	return folder
}

func TestONNXTest(t *testing.T) {
	folder := writeModels(t)
	lines := strings.Split(strings.TrimSpace(requireDone(t, "onnx", "test", folder, "--json")), "\n")
	var last onnxTests
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	require.Equal(t, onnxTests{Done: true, Tests: len(lines) - 1, Passed: len(lines) - 1}, last)

	wrong := filepath.Join(folder, "perceptron", "test_data_set_0")
	data, err := os.ReadFile(filepath.Join(wrong, "input_0.pb"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(wrong, "output_0.pb"), data, 0o644))
	status, out, _ := execute("onnx", "test", folder)
	require.Equal(t, statusFailed, status)
	require.Contains(t, out, "FAIL perceptron: test_data_set_0: the output \"y\": it is float32[5 2], "+
		"not float32[5 3]")
	require.Contains(t, out, "4 of 5 tests passed, 1 failed, 0 unsupported")
	requireError(t, statusUsage, []string{"onnx", "test", t.TempDir()}, "found no model.onnx")
}

func TestONNXInfo(t *testing.T) {
	path := filepath.Join(writeModels(t), "perceptron", "model.onnx")
	var info onnxInfo
	require.NoError(t, json.Unmarshal([]byte(requireDone(t, "onnx", "info", path, "--json")), &info))
	require.Equal(t, map[string]int{"Gemm": 1, "Relu": 1, "MatMul": 1}, info.Operators)
	require.Equal(t, 24, info.Parameters)
	require.Equal(t, []any{"batch", 3.0}, info.Inputs[0].Shape)
	require.Empty(t, info.Unsupported)
	require.Contains(t, requireDone(t, "onnx", "info", path), "IR 10, ai.onnx 18")
	requireError(t, statusUsage, []string{"onnx", "info", "/dev/null"}, "is not a regular file")
	requireError(t, statusUsage, []string{"onnx", "bake"}, `unknown command "bake" of onnx`)
}

func TestShortened(t *testing.T) {
	sum := strings.Repeat("f", 64)
	require.Equal(t, sum, shortened(sum, 80))
	require.Equal(t, "né…", shortened("néé", 4))
}

func TestONNXRun(t *testing.T) {
	path, folder := filepath.Join(writeModels(t), "perceptron", "model.onnx"), t.TempDir()
	lines := jsonLines(t, requireDone(t, "onnx", "run", path, "--shape", "x=4x3", "--output", folder,
		"--json"))
	require.Len(t, lines, 1)
	requireKeys(t, lines[0], "output type shape file sha256")
	require.Equal(t, []any{4.0, 2.0}, lines[0]["shape"])
	again := jsonLines(t, requireDone(t, "onnx", "run", path, "--shape", "x=4x3", "--json"))
	require.Equal(t, lines[0]["sha256"], again[0]["sha256"])
	require.Contains(t, requireDone(t, "onnx", "run", path), "y float32[1 2]")
	for _, pass := range onnx.Passes() {
		without := jsonLines(t, requireDone(t, "onnx", "run", path, "--shape", "x=4x3", "--json",
			"--without", pass))
		require.Equal(t, lines[0]["sha256"], without[0]["sha256"], pass)
	}
	requireDone(t, "onnx", "run", path, "--without", "layout,fold", "--without", "layout")
	for _, command := range []string{"run", "bench"} {
		requireError(t, statusUsage, []string{"onnx", command, path, "--without", "layout,paint"},
			`--without: no pass is called "paint": there are onehot, dead, `)
	}
	requireError(t, statusUsage, []string{"onnx", "run", path, "--input", "x"}, `"x" is not NAME=FILE`)
	requireError(t, statusFailed, []string{"onnx", "run", path, "--shape", "x=4x5"},
		"the model expects float32[batch 3], so dimension 1 is 3")
	requireError(t, statusUsage, []string{"onnx", "run", path, "--shape", "y=4x3"},
		`the model has no input "y"; it has x`)
	requireError(t, statusUsage, []string{"onnx", "run", path, "--threads", "-1"},
		"-1 is not a positive number of threads")
}

func TestONNXBench(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs for two seconds")
	}
	path := filepath.Join(writeModels(t), "perceptron", "model.onnx")
	lines := jsonLines(t, requireDone(t, "onnx", "bench", path, "--json"))
	last := lines[len(lines)-1]
	requireKeys(t, last, "done model isa threads load_ms compile_ms run_ns run_allocs arena_bytes "+
		"peak_rss_bytes")
	require.Zero(t, last["run_allocs"])
	requireKeys(t, lines[0], "node operator ns share")
}

// TestWarm counts the runs of a side that go before those of a turn that count.
func TestWarm(t *testing.T) {
	runs := 0
	require.NoError(t, warm(func() (time.Duration, error) {
		runs++
		time.Sleep(peerWarm / 4)
		return 0, nil
	}))
	require.LessOrEqual(t, runs, 4)
	runs = 0
	require.NoError(t, warm(func() (time.Duration, error) {
		runs++
		time.Sleep(peerWarm)
		return 0, nil
	}))
	require.Equal(t, 1, runs)
	require.ErrorIs(t, warm(func() (time.Duration, error) { return 0, io.EOF }), io.EOF)
}

// TestONNXPeer times a model in turns with a peer that answers as the script does.
func TestONNXPeer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the peer is a shell script here")
	}
	path := filepath.Join(writeModels(t), "perceptron", "model.onnx")
	peer := func(script string) string {
		file := filepath.Join(t.TempDir(), "python")
		require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+script), 0o755))
		return file
	}
	arguments := func(python string) []string {
		return []string{"onnx", "bench", path, "--peer", "--python", python}
	}
	works := peer(`test -s "$4" || exit 1
echo '{"version": "Peer 1", "load_ns": 2e6, "first_ns": 3e6, "outputs": ["y"]}'
while read line; do echo 5000000; done`)
	if !testing.Short() {
		lines := jsonLines(t, requireDone(t, append(arguments(works), "--json")...))
		last := lines[len(lines)-1]
		requireKeys(t, last, "done model isa threads load_ms compile_ms run_ns run_allocs arena_bytes "+
			"peak_rss_bytes peer peer_load_ms peer_compile_ms peer_run_ns ratio best_ratio largest_difference")
		require.Equal(t, []any{"Peer 1", 2.0, 3.0, 5e6, 0.0}, []any{last["peer"], last["peer_load_ms"],
			last["peer_compile_ms"], last["peer_run_ns"], last["largest_difference"]})
		require.InDelta(t, 5e6/last["run_ns"].(float64), last["ratio"], 1e-6)
		works = peer(`test -s "$4" || exit 1
echo '{"version": "Peer 1", "load_ns": 2e6, "first_ns": 3e6, "outputs": ["y"]}'
while read line; do echo 7000000; done`)
		lines = jsonLines(t, requireDone(t, append(arguments(works), "--json", "--threads", "2")...))
		require.Equal(t, 7e6, lines[len(lines)-1]["peer_run_ns"])
	}
	requireError(t, statusFailed, arguments("/no/python"), "--peer", "names a Python that has")
	requireError(t, statusFailed, arguments(peer("echo 'ImportError: no onnxruntime' >&2; exit 1")),
		"failed: ImportError: no onnxruntime")
	requireError(t, statusFailed, arguments(peer("echo '{}'; read line; echo soon")),
		`"soon\n" is no time`)
	other := peer(`echo '{"outputs": ["y"]}'; read line`)
	requireError(t, statusFailed, arguments(other), "failed: EOF")
}

func TestONNXPeerDifference(t *testing.T) {
	p := &onnxPeer{folder: t.TempDir(), Outputs: []string{"y", "text"}}
	nan := float32(math.NaN())
	array := tensor.ArrayOf([]float32{1, -8, nan}, 3)
	require.NoError(t, npy.WriteFile(filepath.Join(p.folder, "0.npy"), array))
	difference, err := p.difference(map[string]*onnx.Value{
		"y": onnx.NewTensor(tensor.ArrayOf([]float32{1.5, -8, nan}, 3))})
	require.NoError(t, err)
	require.Equal(t, 0.0625, difference)
	_, err = p.difference(map[string]*onnx.Value{"y": onnx.NewTensor(tensor.ArrayOf([]float32{1}, 1))})
	require.ErrorContains(t, err, `the output "y" is float32[1] here, and float32[3] of the peer`)
}

package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"simdnn/internal/cli"
	"simdnn/onnx"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// peerScript runs a model in Python, see its head.
//
//go:embed onnx_peer.py
var peerScript string

// onnxPeer is ONNX Runtime in a process of Python that runs a model when asked to.
type onnxPeer struct {
	Version string   `json:"version"`
	LoadNS  float64  `json:"load_ns"`
	FirstNS float64  `json:"first_ns"`
	Outputs []string `json:"outputs"`

	cmd     *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
	errors  strings.Builder
	folder  string
}

// startONNXPeer starts a Python with a model, its inputs and a number of threads.
func startONNXPeer(
	python, model string, inputs map[string]*onnx.Value, threads int,
) (*onnxPeer, error) {
	folder, err := os.MkdirTemp("", "nnbench-peer-")
	if err != nil {
		return nil, err
	}
	p := &onnxPeer{folder: folder}
	if err := p.start(python, model, inputs, threads); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *onnxPeer) start(
	python, model string, inputs map[string]*onnx.Value, threads int,
) (err error) {
	arrays := map[string]*tensor.Array{}
	for name, v := range inputs {
		if arrays[name] = v.Array(); v.Array() == nil {
			return fmt.Errorf("the peer takes arrays of numbers: the input %q is %v", name, v)
		}
	}
	archive := filepath.Join(p.folder, "inputs.npz")
	if err := npy.WriteArchive(archive, arrays, npy.Stored); err != nil {
		return err
	}
	p.cmd = exec.Command(python, "-c", peerScript, model, archive, p.folder, strconv.Itoa(threads))
	p.cmd.Stderr = &p.errors
	if p.ask, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.answers = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("%w: --python names a Python that has the package onnxruntime", err)
	}
	line, err := p.answers.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, p)
	}
	if err != nil {
		return p.failure(err)
	}
	return nil
}

// failure tells what the process complained of last.
func (p *onnxPeer) failure(err error) error {
	_ = p.ask.Close()
	_ = p.cmd.Wait() // that it failed is known
	lines := strings.Split(strings.TrimSpace(p.errors.String()), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return fmt.Errorf("the peer %s failed: %s", p.cmd.Path, last)
	}
	return fmt.Errorf("the peer %s failed: %w", p.cmd.Path, err)
}

// run returns the time of a run.
func (p *onnxPeer) run() (time.Duration, error) {
	if _, err := io.WriteString(p.ask, "\n"); err != nil {
		return 0, p.failure(err)
	}
	line, err := p.answers.ReadString('\n')
	if err != nil {
		return 0, p.failure(err)
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the peer's answer %q is no time", line)
	}
	return time.Duration(ns), nil
}

// difference returns by how much outputs differ from the peer's: the largest difference of an
// element, divided by the largest magnitude of its output.
func (p *onnxPeer) difference(outputs map[string]*onnx.Value) (float64, error) {
	most := 0.0
	for i, name := range p.Outputs {
		path := filepath.Join(p.folder, strconv.Itoa(i)+".npy")
		if _, err := os.Stat(path); err != nil {
			continue // no array of numbers
		}
		a, err := npy.ReadFile(path)
		if err != nil {
			return 0, err
		}
		ours, theirs := onnx.Floats(outputs[name]), onnx.Floats(onnx.NewTensor(a))
		if len(ours) != len(theirs) {
			return 0, fmt.Errorf("the output %q is %v here, and %v of the peer", name, outputs[name], a)
		}
		largest, apart := 0.0, 0.0
		for k, v := range theirs {
			if v == ours[k] || math.IsNaN(v) && math.IsNaN(ours[k]) {
				continue
			}
			apart = max(apart, math.Abs(v-ours[k]))
		}
		for _, v := range theirs {
			if !math.IsInf(v, 0) && !math.IsNaN(v) {
				largest = max(largest, math.Abs(v))
			}
		}
		if apart > 0 {
			most = max(most, apart/max(largest, math.SmallestNonzeroFloat32))
		}
	}
	return most, nil
}

// peerFigures is what onnx bench prints of its peer.
type peerFigures struct {
	Peer       string  `json:"peer"`
	LoadMS     float64 `json:"peer_load_ms"`
	CompileMS  float64 `json:"peer_compile_ms"`
	RunNS      float64 `json:"peer_run_ns"`
	Ratio      float64 `json:"ratio"`      // of the medians: how much faster this is than the peer
	BestRatio  float64 `json:"best_ratio"` // of the least times
	Difference float64 `json:"largest_difference"`
}

// figures returns what is known before the runs.
func (p *onnxPeer) figures(outputs map[string]*onnx.Value) (*peerFigures, error) {
	difference, err := p.difference(outputs)
	return &peerFigures{Peer: p.Version, LoadMS: p.LoadNS / 1e6, CompileMS: p.FirstNS / 1e6,
		Difference: difference}, err
}

// addPeer adds what the times of both sides say, in ascending order.
func (f *peerFigures) addPeer(own, peer []time.Duration) {
	f.RunNS = float64(peer[len(peer)/2])
	f.Ratio = f.RunNS / float64(own[len(own)/2])
	f.BestRatio = float64(peer[0]) / float64(own[0])
}

func (f *peerFigures) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s in turns with it: opened in %.3g ms, first run %.3g ms, then %s a run: this "+
		"is %.2f times as fast (%.2f by the least times); outputs differ by %.2g at most\n", f.Peer,
		f.LoadMS, f.CompileMS, cli.Nanoseconds(f.RunNS), f.Ratio, f.BestRatio, f.Difference)
	return err
}

// close ends the process.
func (p *onnxPeer) close() {
	if p.cmd != nil && p.cmd.Process != nil && p.cmd.ProcessState == nil {
		_ = p.ask.Close()
		_ = p.cmd.Wait() // it has told all that it had to
	}
	_ = os.RemoveAll(p.folder)
}

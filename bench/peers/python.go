package main

import (
	"bufio"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed python/*.py python/requirements.txt
var pythonFiles embed.FS

// pythonPeer is a Python process that times its own work when asked.
type pythonPeer struct {
	name    string
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	folder  string
}

// answer is what a Python peer says; see python/peer.py.
type answer struct {
	About   string    `json:"about"`
	Values  []float64 `json:"values"`
	Seconds float64   `json:"seconds"`
	Error   string    `json:"error"`
}

// startPython starts the named file of the folder python with a number of threads, which times its
// work by the given clock, and waits until it is ready. It returns what the process says about
// itself.
func startPython(python, file string, threads int, by clock) (*pythonPeer, string, error) {
	folder, err := os.MkdirTemp("", "simdnn-peers-")
	if err != nil {
		return nil, "", err
	}
	p := &pythonPeer{folder: folder}
	about, err := p.start(python, file, threads, by)
	if err != nil {
		p.close()
		return nil, "", err
	}
	return p, about, nil
}

// start writes the program and runs it.
func (p *pythonPeer) start(python, file string, threads int, by clock) (about string, err error) {
	if err := os.CopyFS(p.folder, pythonFiles); err != nil {
		return "", err
	}
	p.process = exec.Command(python, filepath.Join(p.folder, "python", file), strconv.Itoa(int(by)))
	p.process.Env = os.Environ()
	for _, library := range []string{"OMP", "OPENBLAS", "BLIS", "MKL"} {
		p.process.Env = append(p.process.Env, fmt.Sprintf("%s_NUM_THREADS=%d", library, threads))
	}
	var message tail
	p.process.Stderr = &message
	if p.in, err = p.process.StdinPipe(); err != nil {
		return "", err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return "", err
	}
	p.out = bufio.NewScanner(out)
	if err := p.process.Start(); err != nil {
		return "", err
	}
	a, err := p.answer()
	if err != nil {
		p.process.Wait()
		return "", fmt.Errorf("%w: %s", err, message.line())
	}
	return a.About, nil
}

// ask sends a request and returns the answer.
func (p *pythonPeer) ask(request any) (answer, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	return p.answer()
}

// answer reads one line.
func (p *pythonPeer) answer() (answer, error) {
	var a answer
	if !p.out.Scan() {
		return a, errors.Join(errors.New("the Python process ended"), p.out.Err())
	}
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// contender returns a side that prepares the request in a slot when it is checked, and compares the
// values that come back by equal.
func (p *pythonPeer) contender(name string, slot int, request map[string]any,
	equal func(values []float64) error) contender {
	return contender{
		name: name, role: peer,
		check: func() error {
			request["slot"] = slot
			a, err := p.ask(request)
			if err != nil {
				return err
			}
			return equal(a.Values)
		},
		run: func(iterations int) (float64, error) {
			a, err := p.ask(map[string]int{"slot": slot, "iterations": iterations})
			return a.Seconds, err
		},
	}
}

// close ends the process, if there is one.
func (p *pythonPeer) close() {
	if p == nil {
		return
	}
	if p.in != nil {
		p.in.Close()
	}
	if p.process != nil && p.process.Process != nil {
		p.process.Wait()
	}
	os.RemoveAll(p.folder)
}

// tail keeps the last line that is written to it.
type tail struct{ last []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.last = append(t.last, b...)
	if len(t.last) > 4096 {
		t.last = t.last[len(t.last)-4096:]
	}
	return len(b), nil
}

// line returns the last line.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(string(t.last)), "\n")
	return lines[len(lines)-1]
}

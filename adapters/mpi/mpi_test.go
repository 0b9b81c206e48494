package mpi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program builds nnbench-mpi, with more arguments of go build.
func program(t *testing.T, build ...string) string {
	t.Helper()
	if _, err := exec.LookPath("mpirun"); err != nil {
		t.Skip("there is no mpirun")
	}
	name := filepath.Join(t.TempDir(), "nnbench-mpi")
	args := append(append([]string{"build"}, build...), "-o", name, "./cmd/nnbench-mpi")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// mpirun runs a program on some processes and returns what it prints, and on stderr.
func mpirun(processes int, args ...string) (stdout, stderr string, err error) {
	cmd, out, errs := command(processes, args...)
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// command returns the command of mpirun, and where it prints to.
func command(processes int, args ...string) (cmd *exec.Cmd, out, errs *strings.Builder) {
	cmd = exec.Command("mpirun", append([]string{"--oversubscribe", "--bind-to", "none", "-np",
		strconv.Itoa(processes)}, args...)...)
	cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
		"OMPI_MCA_btl_vader_single_copy_mechanism=none") // which containers forbid
	out, errs = new(strings.Builder), new(strings.Builder)
	cmd.Stdout, cmd.Stderr = out, errs
	return cmd, out, errs
}

// sum returns the sum of the parameters on the last line that a training has printed.
func sum(t *testing.T, stdout, stderr string, err error) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var last struct {
		Sum string `json:"params_sha256"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(lines[len(lines)-1]), &last)
	}
	if err != nil || last.Sum == "" {
		t.Fatalf("%v\n%s\n%s", err, stdout, stderr)
	}
	return last.Sum
}

// TestProcessesDoNotShow trains on 1 to 7 processes, and on 3 from a checkpoint of 2; a network of
// several buckets too, by messages, which travel while gradients are computed.
func TestProcessesDoNotShow(t *testing.T) {
	nnbench := program(t)
	train := func(processes int, args ...string) string {
		t.Helper()
		stdout, stderr, err := mpirun(processes,
			append([]string{nnbench, "train", "--shards", "7", "--threads", "1", "--json"}, args...)...)
		return sum(t, stdout, stderr, err)
	}
	digits := []string{"digits", "--epochs", "3"}
	want := train(1, digits...)
	for _, processes := range []int{2, 3, 4, 7} {
		if got := train(processes, digits...); got != want {
			t.Errorf("%d processes: %s, one: %s", processes, got, want)
		}
	}
	folder := t.TempDir()
	train(2, "digits", "--epochs", "2", "--checkpoint", folder)
	if got := train(3, append(digits, "--checkpoint", folder, "--resume")...); got != want {
		t.Errorf("resumed: %s, at once: %s", got, want)
	}
	wide := []string{"--data", table(t, folder), "--target", "y", "--task", "regression",
		"--epochs", "2", "--hidden", "300,300,300"}
	want = train(1, wide...)
	for _, processes := range []int{2, 3} {
		if got := train(processes, append(wide, "--messages")...); got != want {
			t.Errorf("%d processes by messages: %s, one: %s", processes, got, want)
		}
	}
}

// table writes a table with the target y into a folder.
func table(t *testing.T, folder string) (path string) {
	t.Helper()
	path = filepath.Join(folder, "table.csv")
	text := "a,b,y\n" + strings.Repeat("1,2,3\n2,5,1\n4,1,2\n7,3,5\n", 20)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOneErrorEndsAll checks what a process says that another one's settings keep from training.
func TestOneErrorEndsAll(t *testing.T) {
	nnbench := program(t)
	_, stderr, err := mpirun(1, nnbench, "train", "digits", "--shards", "4", "--epochs", "1", ":",
		"-np", "1", nnbench, "train", "digits", "--shards", "4", "--epochs", "1", "--seed", "2")
	if err == nil || strings.Count(stderr, `seed: it has "2", this training has "1"`) != 2 {
		t.Errorf("%v: %s", err, stderr)
	}
}

// TestNoTimeToWait checks that a timeout that nobody can keep is wrong use, not a lost process.
func TestNoTimeToWait(t *testing.T) {
	_, stderr, err := mpirun(2, program(t), "train", "digits", "--epochs", "1", "--timeout", "-1s")
	if err == nil || strings.Count(stderr, "--timeout: -1s is no time to wait") != 2 {
		t.Errorf("%v: %s", err, stderr)
	}
}

// TestBuildsMustAgree lets processes of two builds go on from a checkpoint: another version, and
// another rounding, end all of them and leave the checkpoint as it is; other ISAs change nothing.
func TestBuildsMustAgree(t *testing.T) {
	nnbench, folder := program(t), t.TempDir()
	train := func(epochs, second string, environment ...string) (stdout, stderr string, err error) {
		one := func(nnbench string) []string {
			return []string{nnbench, "train", "digits", "--shards", "2", "--threads", "1", "--json",
				"--epochs", epochs, "--checkpoint", folder, "--resume"}
		}
		args := append(append(one(nnbench), ":", "-np", "1"), environment...)
		return mpirun(1, append(args, one(second)...)...)
	}
	at := func(epochs string) string {
		stdout, stderr, err := train(epochs, nnbench, "-x", "SIMDNN_ISA=reference")
		return sum(t, stdout, stderr, err)
	}
	first := at("1")
	source, err := os.ReadFile("../../nn/processes.go")
	if err != nil {
		t.Fatal(err)
	}
	const version = "const shardedTraining = "
	other := filepath.Join(t.TempDir(), "processes.go")
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	replaced := strings.Replace(string(source), version, version+`"0." + `, 1)
	original, err := filepath.Abs("../../nn/processes.go")
	if err != nil || replaced == string(source) {
		t.Fatal(err, "the version is not where it was")
	}
	files, err := json.Marshal(map[string]map[string]string{"Replace": {original: other}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{other: replaced, overlay: string(files)} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for want, second := range map[string]string{
		"version: it has":  program(t, "-overlay", overlay),
		"rounding: it has": program(t, "-tags", "purego"),
	} {
		_, stderr, err := train("2", second)
		if err == nil || strings.Count(stderr, want) != 2 {
			t.Errorf("%v: %s", err, stderr)
		}
	}
	if again := at("1"); again != first {
		t.Errorf("the checkpoint holds %s, not %s", again, first)
	}
	stdout, stderr, err := mpirun(1, nnbench, "train", "digits", "--shards", "2", "--threads", "1",
		"--json", "--epochs", "2")
	if want, got := sum(t, stdout, stderr, err), at("2"); got != want {
		t.Errorf("resumed: %s, at once: %s", got, want)
	}
}

// TestStepsAllocateNothing counts allocations while two processes train, by memory and by messages.
func TestStepsAllocateNothing(t *testing.T) {
	for _, flag := range []string{"--messages=false", "--messages"} {
		stdout, stderr, err := mpirun(2, program(t), "step", "--net", "200-300-300-4", "--shards", "6",
			"--batch", "24", "--steps", "200", "--threads", "1", flag)
		if err != nil || !strings.Contains(stdout, `"step_allocs":0`) {
			t.Errorf("%s: %v: %s%s", flag, err, stdout, stderr)
		}
	}
}

// disturb begins a training of two processes with checkpoints in a folder, sends the second one a
// signal after the first checkpoint, and returns what is then said, and the error.
func disturb(t *testing.T, signal syscall.Signal, training ...string) (stderr string, err error) {
	t.Helper()
	folder := training[len(training)-1]
	cmd, _, errs := command(2, training...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if files, _ := filepath.Glob(filepath.Join(folder, "*.safetensors")); len(files) > 0 {
			break
		}
		if time.Since(begin) > time.Minute {
			t.Fatal("no checkpoint in a minute")
		}
	}
	if err := syscall.Kill(processOf(t, training[0], 1), signal); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	return errs.String(), err
}

// processOf returns the process of a rank that runs a program.
func processOf(t *testing.T, program string, rank int) int {
	t.Helper()
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range all {
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		environment, _ := os.ReadFile(filepath.Join(folder, "environ"))
		if strings.HasPrefix(string(line), program+"\x00") &&
			strings.Contains(string(environment), "\x00OMPI_COMM_WORLD_RANK="+strconv.Itoa(rank)+"\x00") {
			n, err := strconv.Atoi(filepath.Base(folder))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("there is no process %d of %s", rank, program)
	return 0
}

// TestLostProcesses kills one of two processes, and stops one, and goes on from what they leave.
func TestLostProcesses(t *testing.T) {
	nnbench := program(t)
	training := []string{nnbench, "train", "digits", "--shards", "2", "--threads", "1", "--json",
		"--timeout", "2s"}
	stdout, stderr, err := mpirun(1, append(training, "--epochs", "12")...)
	want := sum(t, stdout, stderr, err)
	for _, c := range []struct {
		signal syscall.Signal
		want   string
	}{
		{syscall.SIGKILL, "exited on signal 9"},
		{syscall.SIGSTOP, "process 0 of 2: mpi: another process has not answered in 2s"},
	} {
		folder := t.TempDir()
		said, err := disturb(t, c.signal, append(training, "--epochs", "1000", "--checkpoint", folder)...)
		if err == nil || !strings.Contains(strings.Join(strings.Fields(said), " "), c.want) {
			t.Errorf("%v: %v: %s", c.signal, err, said)
		}
		stdout, stderr, err := mpirun(2, append(training, "--epochs", "12", "--checkpoint", folder,
			"--resume")...)
		if got := sum(t, stdout, stderr, err); got != want {
			t.Errorf("%v: resumed: %s, at once: %s", c.signal, got, want)
		}
	}
}

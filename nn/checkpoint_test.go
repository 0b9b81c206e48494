package nn_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// kept is a run that can keep checkpoints, on data that are the same every time.
type kept[T tensor.Float] struct {
	set       *tensor.ISA
	threads   int
	optimizer nn.Optimizer
	hidden    int
	rows      int
	trainer   nn.Trainer[T] // without its model
	validate  bool
	lower     bool // lower the learning rate after each epoch
}

// start returns the settings of a training of the given number of epochs.
func start[T tensor.Float](epochs int) kept[T] {
	return kept[T]{threads: 1, optimizer: nn.Adam(0.02), hidden: 6, rows: 45,
		trainer: nn.Trainer[T]{Epochs: epochs}}
}

// keepIn makes the training resume its checkpoint and keep one when it ends: waiting for the disk
// after each epoch would take long.
func (k kept[T]) keepIn(folder string) kept[T] {
	k.trainer.Checkpoint = &nn.Checkpoint{Folder: folder, Resume: true, Every: 1000}
	return k
}

// fit trains a new model.
func (k kept[T]) fit(ctx context.Context, t testing.TB) (*nn.Model[T], *nn.History, error) {
	t.Helper()
	r := source(8)
	x, y := random[T](r, k.rows, 3), random[T](r, k.rows, 1)
	loader, err := data.NewLoader(x, y, data.LoaderOptions{BatchSize: 10, Shuffle: true, Seed: 2})
	require.NoError(t, err)
	var validation nn.Batches[T]
	if k.validate {
		validation, err = data.NewLoader(y.Reshape(k.rows/3, 3), random[T](r, k.rows/3, 1),
			data.LoaderOptions{BatchSize: 4, Shuffle: true})
		require.NoError(t, err)
	}
	k.trainer.Model = build(t, nn.NewModel[T](nn.MSE, nn.WithSeed(3), nn.WithISA(k.set),
		nn.WithThreads(k.threads), nn.WithOptimizer(k.optimizer)),
		nn.NewDense(3, k.hidden, nn.Tanh), nn.NewDense(k.hidden, 1, nn.Linear))
	if k.lower {
		k.trainer.OnEpoch = func(nn.Epoch) error {
			k.trainer.Model.SetLearningRate(0.75 * k.trainer.Model.Optimizer().LearningRate())
			return nil
		}
	}
	history, err := k.trainer.Fit(ctx, loader, validation)
	return k.trainer.Model, history, err
}

// outcome trains and returns all that a training leaves but the times.
func (k kept[T]) outcome(t *testing.T) string {
	t.Helper()
	m, history, err := k.fit(context.Background(), t)
	require.NoError(t, err)
	var epochs []nn.Epoch
	for _, e := range history.Epochs {
		e.Time = 0
		epochs = append(epochs, e)
	}
	return fmt.Sprintf("%s %s %v", m.ParamsSHA256(), m.Optimizer(), epochs)
}

// requireExact trains for some epochs, goes on for more, and compares with one training of all.
func requireExact[T tensor.Float](t *testing.T, k kept[T], name string) {
	t.Helper()
	want := k.outcome(t)
	for _, first := range []int{1, k.trainer.Epochs - 1, k.trainer.Epochs} {
		folder := t.TempDir()
		short := k.keepIn(folder)
		short.trainer.Epochs = first
		short.outcome(t)
		require.Equal(t, want, k.keepIn(folder).outcome(t), "%s, %d epochs first", name, first)
	}
}

func TestResumedTrainingsAreExact(t *testing.T) {
	for _, o := range optimizers() {
		requireExact(t,
			func() kept[float32] { k := start[float32](5); k.optimizer = o; return k }(),
			o.String())
		requireExact(t,
			func() kept[float64] { k := start[float64](4); k.optimizer = o; return k }(),
			o.String())
	}
	for name, change := range map[string]func(k *kept[float32]){
		"lbfgs": func(k *kept[float32]) { k.optimizer = nn.LBFGS(1).WithIterations(4, 6, 9) },
		"lbfgs of fixed lengths, and the best epoch": func(k *kept[float32]) {
			k.optimizer = nn.LBFGS(0.1).WithIterations(3, 9, 100).WithoutLineSearch()
			k.trainer.Patience, k.validate = 3, true
		},
		"validation":       func(k *kept[float32]) { k.validate = true },
		"training figures": func(k *kept[float32]) { k.trainer.EvaluateTrain = true },
		"a schedule":       func(k *kept[float32]) { k.trainer.Schedule = nn.StepSchedule(2, 0.5) },
		"a callback":       func(k *kept[float32]) { k.lower = true },
		"averages":         func(k *kept[float32]) { k.trainer.Average, k.validate = 0.8, true },
		"a schedule of steps": func(k *kept[float32]) {
			k.trainer.Schedule, k.trainer.EachStep = nn.StepSchedule(7, 0.5), true
		},
		"a momentum of steps": func(k *kept[float32]) {
			k.trainer.EachStep = true
			k.trainer.Momentum = func(step, _ int) float64 { return 0.7 + float64(step)/100 }
		},
		"a plateau": func(k *kept[float32]) {
			k.trainer.Plateau, k.validate = &nn.Plateau{Factor: 0.5, Threshold: 0.5}, true
		},
	} {
		k := start[float32](5)
		change(&k)
		requireExact(t, k, name)
	}
}

// TestResumedEarlyStopping goes on with a run that stops when it no longer gets better, from each
// of its epochs, the last included.
func TestResumedEarlyStopping(t *testing.T) {
	k := start[float64](60)
	k.validate, k.trainer.Patience, k.optimizer = true, 4, nn.Adam(0.1)
	want := k.outcome(t)
	epochs := strings.Count(want, "{")
	require.Less(t, epochs, 50, "it stops early")
	for first := 1; first <= epochs; first += 3 {
		folder := t.TempDir()
		for _, stop := range []int{first, 60, 60} { // the last time there is nothing to do
			part := k.keepIn(folder)
			if stop < 60 {
				part.trainer.OnEpoch = func(e nn.Epoch) error {
					if e.Epoch == stop-1 {
						return nn.ErrStop
					}
					return nil
				}
			}
			got := part.outcome(t)
			if stop == 60 {
				require.Equal(t, want, got, "stopped after %d epochs", first)
			}
		}
	}
}

// TestResumedElsewhere begins with one ISA and number of threads and goes on with others.
func TestResumedElsewhere(t *testing.T) {
	k := start[float32](4)
	sets := slices.DeleteFunc(slices.Clone(tensor.AvailableISAs()), func(s tensor.ISA) bool {
		return s.Name == "generic"
	})
	k.set = &sets[0]
	want := k.outcome(t)
	folder := t.TempDir()
	for epoch := 1; epoch <= 4; epoch++ {
		part := k.keepIn(folder)
		part.set, part.threads, part.trainer.Epochs = &sets[epoch%len(sets)], 1+epoch%3, epoch
		got := part.outcome(t)
		if epoch == 4 {
			require.Equal(t, want, got)
		}
	}
}

// TestInterruptedTrainings ends trainings in the middle of an epoch and goes on with its beginning.
func TestInterruptedTrainings(t *testing.T) {
	for _, o := range []nn.Optimizer{nn.Adam(0.02), nn.LBFGS(1).WithIterations(3, 5, 40)} {
		k := start[float32](7)
		k.optimizer = o
		testInterrupted(t, k)
	}
}

func testInterrupted(t *testing.T, k kept[float32]) {
	want := k.outcome(t)
	for _, every := range []int{2, 3, 100} {
		folder := t.TempDir()
		part := k.keepIn(folder)
		part.trainer.Checkpoint.Every = every
		for at := 0; at < 7; at += 2 {
			ctx, cancel := context.WithCancel(context.Background())
			part.trainer.OnStep = func(s nn.Step) error {
				if s.Epoch == at && s.Step == 2 {
					cancel()
				}
				return nil
			}
			_, history, err := part.fit(ctx, t)
			require.ErrorIs(t, err, context.Canceled)
			require.Len(t, history.Epochs, at)
		}
		part.trainer.OnStep = nil
		require.Equal(t, want, part.outcome(t), "every %d epochs", every)
	}
}

// checkpoint leaves a training of 3 epochs in a folder and returns the training, to go on for 5,
// and the path of its file.
func checkpoint(t *testing.T) (kept[float32], string) {
	t.Helper()
	k := start[float32](3).keepIn(t.TempDir())
	k.outcome(t)
	k.trainer.Epochs = 5
	return k, k.trainer.Checkpoint.Path()
}

func TestEveryEpochsIsWritten(t *testing.T) {
	k := start[float32](7).keepIn(t.TempDir())
	k.trainer.Checkpoint.Every = 3
	var there []bool
	k.trainer.OnEpoch = func(nn.Epoch) error {
		_, err := os.Stat(k.trainer.Checkpoint.Path())
		there = append(there, err == nil)
		return os.RemoveAll(k.trainer.Checkpoint.Path())
	}
	k.outcome(t)
	require.Equal(t, []bool{false, false, false, true, false, false, true}, there)
	require.FileExists(t, k.trainer.Checkpoint.Path(), "the last epoch is written in any case")
}

func TestOtherTrainingsDoNotResume(t *testing.T) {
	k, path := checkpoint(t)
	rounding, otherRounding, otherSet := "fused", "of products and sums apart", "generic"
	if tensor.Default[float32]().ISA() == "generic" {
		rounding, otherRounding, otherSet = otherRounding, rounding, "reference"
	}
	for message, change := range map[string]func(k *kept[float32]){
		`network: it has "Dense 3 → 6, tanh; Dense 6 → 1, linear", this training has "Dense 3 → 7, tanh; Dense 7 → 1, linear"`: func(k *kept[float32]) {
			k.hidden = 7
		},
		`optimizer: it has "adam: learning rate 0.02, `: func(k *kept[float32]) {
			k.optimizer = nn.Adam(0.03)
		},
		"epsilon 1e-08, weight decay 0\", this": func(k *kept[float32]) {
			k.optimizer = nn.Adam(0.02).WithEpsilon(1e-9)
		},
		`training data: it has "45 rows in batches of 10`: func(k *kept[float32]) { k.rows = 44 },
		"validation data: it has \"\", this": func(k *kept[float32]) {
			k.validate = true
		},
		`early stopping: it has "", this training has "patience 2, minimal improvement 0.5"`: func(k *kept[float32]) {
			k.trainer.Patience, k.trainer.MinDelta = 2, 0.5
		},
		`metric: it has "r2", this training has "`: func(k *kept[float32]) {
			k.trainer.Metric = nn.MeanAbsoluteError
		},
		"training figures: it": func(k *kept[float32]) {
			k.trainer.EvaluateTrain = true
		},
		`setting seed: it has "", this training has "2"`: func(k *kept[float32]) {
			k.trainer.Checkpoint.Settings = map[string]string{"seed": "2"}
		},
		"holds 3 epochs, more than the 2 of this training": func(k *kept[float32]) {
			k.trainer.Epochs = 2
		},
		"epoch 2 had the learning rate 0.02; the schedule of this training of 5 epochs gives it " +
			"0.01": func(k *kept[float32]) {
			k.trainer.Schedule = nn.StepSchedule(2, 0.5)
		},
		`momentum: it has "", this training has "scheduled"`: func(k *kept[float32]) {
			k.trainer.Momentum = nn.OneCycleMomentum(0.3, 0.8, 0.95)
		},
		fmt.Sprintf("rounding: it has %q, this training has %q", rounding,
			otherRounding): func(k *kept[float32]) {
			set, err := tensor.ISAByName(otherSet)
			require.NoError(t, err)
			k.set = set
		},
	} {
		other := k
		c := *k.trainer.Checkpoint
		other.trainer.Checkpoint = &c
		change(&other)
		m, _, err := other.fit(context.Background(), t)
		require.ErrorContains(t, err, "nn: checkpoint: "+path+": ")
		require.ErrorContains(t, err, message)
		require.Equal(t, 1, strings.Count(err.Error(), "this training"), "nothing else differs: %s",
			err)
		require.Empty(t, m.History().Epochs)
	}
	double := start[float64](5).keepIn(filepath.Dir(path))
	_, _, err := double.fit(context.Background(), t)
	require.ErrorContains(t, err, `element type: it has "F32", this training has "F64"`)
}

func TestCheckpointOfAnotherTrainingIsKept(t *testing.T) {
	k, path := checkpoint(t)
	k.trainer.Checkpoint.Resume = false
	_, _, err := k.fit(context.Background(), t)
	require.EqualError(t, err, "nn: checkpoint: "+path+" is there already: resume that training, "+
		"or choose another folder")
	k.trainer.Checkpoint.Folder = ""
	_, _, err = k.fit(context.Background(), t)
	require.ErrorContains(t, err, "nn: checkpoint: it needs a folder")
	k.trainer.Checkpoint = &nn.Checkpoint{Folder: path, Every: -1}
	_, _, err = k.fit(context.Background(), t)
	require.ErrorContains(t, err, "nn: checkpoint: it needs a folder")
	k.trainer.Checkpoint = &nn.Checkpoint{Folder: path}
	_, _, err = k.fit(context.Background(), t)
	require.ErrorContains(t, err, "nn: checkpoint: ", "the folder is a file")
}

// TestCheckpointFolderServesOneRun starts another training in the folder of one under way, which
// notices nothing.
func TestCheckpointFolderServesOneRun(t *testing.T) {
	k, path := checkpoint(t)
	other, _ := checkpoint(t)
	other.trainer.Checkpoint = k.trainer.Checkpoint
	lock := filepath.Join(filepath.Dir(path), "checkpoint.lock")
	epochs := 0
	k.trainer.OnEpoch = func(nn.Epoch) error {
		epochs++
		_, _, err := other.fit(context.Background(), t)
		require.ErrorContains(t, err, "nn: checkpoint: "+filepath.Dir(path)+
			" is in use by process "+fmt.Sprint(os.Getpid()))
		require.FileExists(t, lock)
		return nil
	}
	_, _, err := k.fit(context.Background(), t)
	require.NoError(t, err)
	require.Equal(t, 2, epochs)
	require.NoFileExists(t, lock)

	k.trainer.Checkpoint.Resume = false
	_, _, err = k.fit(context.Background(), t)
	require.ErrorContains(t, err, "is there already")
	require.NoFileExists(t, lock, "a run that can't begin leaves no lock")
}

// TestDamagedCheckpoints flips every byte, cuts the file at every length, and puts a model in its
// place.
func TestDamagedCheckpoints(t *testing.T) {
	k, path := checkpoint(t)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	step := 1
	if testing.Short() {
		step = 31
	}
	refuse := func(damaged []byte, message string) {
		t.Helper()
		require.NoError(t, os.Remove(path)) // writing over a file may wait for the disk
		require.NoError(t, os.WriteFile(path, damaged, 0o666))
		_, _, err := k.fit(context.Background(), t)
		require.ErrorContains(t, err, path+": ")
		require.ErrorContains(t, err, message)
	}
	for i := 0; i < len(content); i += step {
		damaged := slices.Clone(content)
		damaged[i] ^= 0x10
		refuse(damaged, "safetensors: ")
	}
	for n := 0; n < len(content); n += 7 * step {
		refuse(content[:n], "safetensors: ")
	}
	refuse(encoded(t, several[float32](t)), "the file does not end with its checksum")
	refuse([]byte("PNG"), "safetensors: ")
	require.NoError(t, os.WriteFile(path, content, 0o666))
	require.Equal(t, start[float32](5).outcome(t), k.outcome(t), "it was not the test's fault")
}

// TestFailedWritingEndsTheTraining takes the folder away.
func TestFailedWritingEndsTheTraining(t *testing.T) {
	k := start[float32](9).keepIn(filepath.Join(t.TempDir(), "kept"))
	k.trainer.Checkpoint.Every = 1
	k.trainer.OnEpoch = func(e nn.Epoch) error {
		if e.Epoch == 4 {
			return os.RemoveAll(k.trainer.Checkpoint.Folder)
		}
		return nil
	}
	_, history, err := k.fit(context.Background(), t)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "nn: checkpoint: can't write "+k.trainer.Checkpoint.Path()+": ")
	require.Len(t, history.Epochs, 5)

	failure := errors.New("no more")
	k.trainer.Checkpoint.Every = 100
	k.trainer.OnEpoch = func(e nn.Epoch) error {
		if e.Epoch == 4 {
			return errors.Join(os.RemoveAll(k.trainer.Checkpoint.Folder), failure)
		}
		return nil
	}
	_, _, err = k.fit(context.Background(), t)
	require.ErrorIs(t, err, failure)
	require.ErrorContains(t, err, "can't write ", "both errors are reported")
}

// TestFolderThatCannotBeWritten finds out before the first epoch that a checkpoint can't be
// written: in a folder of processes nobody creates files, not even root.
func TestFolderThatCannotBeWritten(t *testing.T) {
	const readOnly = "/proc/self"
	if _, err := os.Stat(readOnly); err != nil {
		t.Skip("there is no folder without writers here: ", err)
	}
	k := start[float32](9).keepIn(t.TempDir())
	path := k.trainer.Checkpoint.Path()
	require.NoError(t, os.Symlink(filepath.Join(readOnly, "file"), path))
	k.trainer.OnEpoch = func(nn.Epoch) error { t.Error("trained for nothing"); return nn.ErrStop }
	_, _, err := k.fit(context.Background(), t)
	require.ErrorContains(t, err, "nn: checkpoint: can't write ")
}

// TestCheckpointWithOtherBatches trains on batches that remember nothing and can't be told from
// others.
func TestCheckpointWithOtherBatches(t *testing.T) {
	folder := t.TempDir()
	sum := func(epochs int, c *nn.Checkpoint) string {
		m := linear(t, 0.1)
		trainer := nn.Trainer[float64]{Model: m, Epochs: epochs, Checkpoint: c}
		_, err := trainer.Fit(context.Background(), line(1, 50), nil)
		require.NoError(t, err)
		return m.ParamsSHA256()
	}
	want := sum(4, nil)
	sum(2, &nn.Checkpoint{Folder: folder})
	require.Equal(t, want, sum(4, &nn.Checkpoint{Folder: folder, Resume: true}))
}

// forgetful are batches whose state can't be kept.
type forgetful struct{ batches[float64] }

var errForgotten = errors.New("the state is lost")

func (forgetful) MarshalBinary() ([]byte, error) { return nil, errForgotten }

func TestBatchesWithoutTheirStateEndTheTraining(t *testing.T) {
	trainer := nn.Trainer[float64]{Model: linear(t, 0.1), Epochs: 4,
		Checkpoint: &nn.Checkpoint{Folder: t.TempDir()}}
	_, err := trainer.Fit(context.Background(), forgetful{line(1, 50)}, nil)
	require.ErrorIs(t, err, errForgotten)
	require.NoFileExists(t, trainer.Checkpoint.Path())
}

// TestContradictoryCheckpoints resumes from states that their settings don't allow, under a right
// checksum.
func TestContradictoryCheckpoints(t *testing.T) {
	k, path := checkpoint(t)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content = content[:len(content)-sha256.Size]
	for _, epochs := range []string{`\"epochs\":0`, `\"best\":{},\"epochs\":3`} {
		damaged := bytes.Replace(content, []byte(`\"epochs\":3`), []byte(epochs), 1)
		size := binary.LittleEndian.Uint64(damaged) + uint64(len(damaged)-len(content))
		binary.LittleEndian.PutUint64(damaged, size)
		sum := sha256.Sum256(damaged)
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.WriteFile(path, append(damaged, sum[:]...), 0o666))
		_, _, err = k.fit(context.Background(), t)
		require.ErrorContains(t, err, "what it says contradicts the settings")
	}
}

// FuzzCheckpoint resumes from arbitrary bytes under a right checksum.
func FuzzCheckpoint(f *testing.F) {
	seed := start[float32](1).keepIn(f.TempDir())
	_, _, err := seed.fit(context.Background(), f)
	require.NoError(f, err)
	content, err := os.ReadFile(seed.trainer.Checkpoint.Path())
	require.NoError(f, err)
	f.Add(content[:len(content)-sha256.Size])
	f.Add(bytes.Replace(content[:len(content)-sha256.Size], []byte(`\"epochs\":1`),
		[]byte(`\"epochs\":9`), 1))
	f.Add(bytes.Replace(content[:len(content)-sha256.Size], []byte("simdnn.state"),
		[]byte("simdnn.stale"), 1))
	f.Fuzz(func(t *testing.T, content []byte) {
		k := start[float32](1).keepIn(t.TempDir())
		sum := sha256.Sum256(content)
		require.NoError(t, os.WriteFile(k.trainer.Checkpoint.Path(), append(content, sum[:]...),
			0o666))
		m, history, err := k.fit(context.Background(), t)
		if err == nil {
			require.Len(t, history.Epochs, 1)
		} else {
			require.Empty(t, m.History().Epochs)
		}
	})
}

package nn

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"simdnn/internal/atomicfile"
	"simdnn/internal/filelock"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// Names of the files in a checkpoint's folder.
const (
	checkpointName = "checkpoint.safetensors"
	lockName       = "checkpoint.lock"
)

// Checkpoint makes a [Trainer] keep the state of the training in a folder, so that a run that
// was interrupted, or killed, or that is to be longer, can go on as if it had never stopped: N
// epochs, and M more in another process, give the same bits as N + M at once, whatever the number
// of threads and with every ISA of the same rounding (see [tensor.ISAByName]).
//
// The state is that at the end of an epoch: parameters, optimizer, learning rate, the best epoch's
// parameters, the history, and what the batches tell of themselves (see [Batches]). An epoch that
// was interrupted begins again. The file is replaced in one step, so that a crash leaves the old or
// the new one, and holds a checksum: one that has changed by a bit is refused, and so is one of a
// training with another network, optimizer, data or Settings. Only the number of epochs may differ.
//
// One run at a time has the folder: another is refused, by an error that says which process has it,
// until that run ends, and be it by a crash. That takes a system and a file system with locks; AIX,
// Solaris, Plan 9 and WebAssembly have none.
type Checkpoint struct {
	// Folder is where the state is kept. It is made if it is missing, and must not hold the
	// checkpoint of a run that is not to be resumed.
	Folder string
	// Every is the number of epochs from one writing to the next, 1 if 0. When the training ends,
	// for whatever reason that the program survives, the last whole epoch is written in any case.
	Every int
	// Resume makes the training go on from what the folder holds. If it holds nothing the training
	// starts at its beginning.
	Resume bool
	// Settings are the caller's own. A training goes on only with the same ones.
	Settings map[string]string
}

// CheckpointError reports a checkpoint that could not be resumed or written.
type CheckpointError struct{ Err error }

// Error says what was wrong.
func (e *CheckpointError) Error() string { return "nn: checkpoint: " + e.Err.Error() }

// Unwrap returns what was wrong.
func (e *CheckpointError) Unwrap() error { return e.Err }

// Path returns where the file is.
func (c *Checkpoint) Path() string { return filepath.Join(c.Folder, checkpointName) }

// checkpointing keeps the checkpoint of a run.
type checkpointing[T tensor.Float] struct {
	Checkpoint
	run      *run[T]
	settings map[string]string

	// The state at the end of the last whole epoch, whatever has become of the model since.
	tensors []Parameter[T]
	state   trainingState
	tried   int // the epochs of the state that was written last
	lock    *filelock.Lock
	reads   bool // another process writes
}

// newCheckpointing makes the folder ready, takes its lock and puts the run where its checkpoint was
// left, if it is to be resumed.
func newCheckpointing[T tensor.Float](c Checkpoint, r *run[T]) (*checkpointing[T], error) {
	if c.Folder == "" || c.Every < 0 {
		return nil, &CheckpointError{fmt.Errorf("it needs a folder and a number of epochs from "+
			"one to the next, not %q and %d", c.Folder, c.Every)}
	}
	c.Every = max(c.Every, 1)
	k := &checkpointing[T]{Checkpoint: c, run: r, settings: r.settings(c.Settings),
		reads: r.Processes != nil && r.Processes.Rank() > 0}
	if k.reads {
		if err := k.find(); err != nil {
			return nil, &CheckpointError{err}
		}
		return k, nil
	}
	if err := os.MkdirAll(c.Folder, 0o777); err != nil {
		return nil, &CheckpointError{err}
	}
	if err := k.acquire(); err != nil {
		return nil, &CheckpointError{err}
	}
	if err := k.open(); err != nil {
		k.lock.Release()
		return nil, &CheckpointError{err}
	}
	return k, nil
}

// acquire takes the folder's lock.
func (k *checkpointing[T]) acquire() (err error) {
	k.lock, err = filelock.Acquire(filepath.Join(k.Folder, lockName))
	if errors.As(err, new(*filelock.HeldError)) {
		return fmt.Errorf("%s is %w; wait until that run ends, or choose another folder", k.Folder,
			err)
	}
	return err
}

// release gives the folder back.
func (k *checkpointing[T]) release() {
	if !k.reads {
		k.lock.Release()
	}
}

// find resumes the checkpoint that is there, if it is to.
func (k *checkpointing[T]) find() error {
	_, err := os.Stat(k.Path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err == nil && k.Resume:
		err = k.resume()
	case err == nil:
		err = fmt.Errorf("%s is there already: resume that training, or choose another folder",
			k.Path())
	}
	return err
}

// open resumes the checkpoint that is there, and removes what a killed run left.
func (k *checkpointing[T]) open() error {
	err := k.find()
	if err == nil {
		err = atomicfile.RemoveStale(k.Path())
	}
	if err == nil && k.state.Epochs < k.run.Epochs {
		err = k.probe()
	}
	return err
}

// probe returns an error if the checkpoint can't be written: better now than after an epoch.
func (k *checkpointing[T]) probe() error {
	f, err := atomicfile.Create(k.Path())
	if err == nil {
		f.Discard()
	}
	return err
}

// epoch takes the state at the end of an epoch and writes it if it is time.
func (k *checkpointing[T]) epoch() error {
	state, err := k.run.state()
	if err != nil {
		return err // and what is kept remains that of the epoch before
	}
	k.state = state
	live := k.run.tensors()
	k.tensors = k.tensors[:min(len(k.tensors), len(live))]
	for i, p := range live {
		if i == len(k.tensors) {
			k.tensors = append(k.tensors, Parameter[T]{Name: p.Name, Value: p.Value.Clone()})
		} else {
			k.tensors[i].Value.CopyFrom(p.Value)
		}
	}
	if k.state.Epochs%k.Every == 0 {
		return k.flush()
	}
	return nil
}

// flush writes the last state unless that was tried before.
func (k *checkpointing[T]) flush() error {
	if k.state.Epochs == k.tried || k.reads {
		return nil
	}
	k.tried = k.state.Epochs
	if err := atomicfile.Write(k.Path(), k.encode); err != nil {
		return &CheckpointError{err}
	}
	return nil
}

// encode writes the checkpoint's file.
func (k *checkpointing[T]) encode(w io.Writer) error {
	var tensors []safetensors.Tensor
	for _, p := range k.tensors {
		tensors = append(tensors, safetensors.NewTensor(p.Name, p.Value.Data(), p.Value.Shape()...))
	}
	rows := encodeHistory(k.run.history.Epochs[:k.state.Epochs])
	tensors = append(tensors, safetensors.NewTensor(historyTensor, rows, k.state.Epochs,
		historyColumns))
	metadata := map[string]string{}
	if err := addJSON(metadata, stateKey, k.state); err != nil {
		return err
	}
	if err := addJSON(metadata, settingsKey, k.settings); err != nil {
		return err
	}
	return safetensors.WriteSealed(w, metadata, tensors)
}

// resume puts the run where the checkpoint was left. Nothing changes unless all of it can be read.
func (k *checkpointing[T]) resume() error {
	r, err := safetensors.Open(k.Path())
	if err != nil {
		return err
	}
	defer r.Close()
	if err := k.restore(r); err != nil {
		return fmt.Errorf("%s: %w", k.Path(), err)
	}
	k.tried = k.state.Epochs
	return nil
}

// restore checks a checkpoint and takes over what it holds.
func (k *checkpointing[T]) restore(r *safetensors.Reader) error {
	if err := r.CheckSeal(); err != nil {
		return err
	}
	state, err := decodeState(r, k.settings)
	if err != nil {
		return err
	}
	if state.Epochs > k.run.Epochs {
		return fmt.Errorf("holds %d epochs, more than the %d of this training", state.Epochs,
			k.run.Epochs)
	}
	history, err := decodeHistory(r, state.Epochs)
	if err != nil {
		return err
	}
	if err := k.run.checkSchedule(history, state.Momentum); err != nil {
		return err
	}
	if err := k.run.setState(state); err != nil {
		return err
	}
	if err := loadInto(r, k.run.tensors()); err != nil {
		return err
	}
	k.state = state
	k.run.history.Epochs = history
	k.run.steps = history[len(history)-1].Steps
	return nil
}

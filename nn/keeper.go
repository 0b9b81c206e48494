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

// keeper keeps the checkpoint of a run.
type keeper[T tensor.Float] struct {
	Checkpoint
	run      *run[T]
	settings map[string]string

	// The state at the end of the last whole epoch, whatever has become of the model since.
	tensors []*tensor.Tensor[T]
	state   trainingState
	tried   int // the epochs of the state that was written last
	lock    *filelock.Lock
}

// newKeeper makes the folder ready, takes its lock and puts the run where its checkpoint was left, if it is to be resumed.
func newKeeper[T tensor.Float](c Checkpoint, r *run[T]) (*keeper[T], error) {
	if c.Folder == "" || c.Every < 0 {
		return nil, &CheckpointError{fmt.Errorf("it needs a folder and a number of epochs from one to the next, not %q and %d", c.Folder, c.Every)}
	}
	c.Every = max(c.Every, 1)
	k := &keeper[T]{Checkpoint: c, run: r, settings: r.settings(c.Settings)}
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
func (k *keeper[T]) acquire() (err error) {
	k.lock, err = filelock.Acquire(filepath.Join(k.Folder, lockName))
	if errors.As(err, new(*filelock.HeldError)) {
		return fmt.Errorf("%s is %w; wait until that run ends, or choose another folder", k.Folder, err)
	}
	return err
}

// open resumes the checkpoint that is there, if it is to, and removes what a killed run left.
func (k *keeper[T]) open() error {
	_, err := os.Stat(k.Path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err == nil && k.Resume:
		err = k.resume()
	case err == nil:
		err = fmt.Errorf("%s is there already: resume that training, or choose another folder", k.Path())
	}
	if err == nil {
		err = atomicfile.RemoveStale(k.Path())
	}
	if err == nil && k.state.Epochs < k.run.Epochs {
		err = k.probe()
	}
	return err
}

// probe returns an error if the checkpoint can't be written: better now than after an epoch.
func (k *keeper[T]) probe() error {
	f, err := atomicfile.Create(k.Path())
	if err == nil {
		f.Discard()
	}
	return err
}

// epoch takes the state at the end of an epoch and writes it if it is time.
func (k *keeper[T]) epoch() error {
	state, err := k.run.state()
	if err != nil {
		return err // and what is kept remains that of the epoch before
	}
	k.state = state
	live := k.run.tensors()
	for i, p := range live {
		if i == len(k.tensors) {
			k.tensors = append(k.tensors, p.Value.Clone())
		} else {
			k.tensors[i].CopyFrom(p.Value)
		}
	}
	if k.state.Epochs%k.Every == 0 {
		return k.flush()
	}
	return nil
}

// flush writes the last state unless that was tried before.
func (k *keeper[T]) flush() error {
	if k.state.Epochs == k.tried {
		return nil
	}
	k.tried = k.state.Epochs
	if err := atomicfile.Write(k.Path(), k.encode); err != nil {
		return &CheckpointError{err}
	}
	return nil
}

// encode writes the checkpoint's file.
func (k *keeper[T]) encode(w io.Writer) error {
	var tensors []safetensors.Tensor
	for i, p := range k.run.tensors() {
		tensors = append(tensors, safetensors.NewTensor(p.Name, k.tensors[i].Data(), p.Value.Shape()...))
	}
	rows := encodeHistory(k.run.history.Epochs[:k.state.Epochs])
	tensors = append(tensors, safetensors.NewTensor(historyTensor, rows, k.state.Epochs, historyColumns))
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
func (k *keeper[T]) resume() error {
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
func (k *keeper[T]) restore(r *safetensors.Reader) error {
	if err := r.CheckSeal(); err != nil {
		return err
	}
	state, err := decodeState(r, k.settings)
	if err != nil {
		return err
	}
	if state.Epochs > k.run.Epochs {
		return fmt.Errorf("holds %d epochs, more than the %d of this training", state.Epochs, k.run.Epochs)
	}
	history, err := decodeHistory(r, state.Epochs)
	if err != nil {
		return err
	}
	if err := k.run.checkSchedule(history); err != nil {
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

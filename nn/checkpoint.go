package nn

import "path/filepath"

// Names of the files in a checkpoint's folder.
const (
	checkpointName = "checkpoint.safetensors"
	lockName       = "checkpoint.lock"
)

// Checkpoint makes a [Trainer] keep the state of the training in a folder, so that a training that was interrupted, or killed, or that is to
// be longer, can go on as if it had never stopped: N epochs, and M more in another process, give the same bits as N + M at once, whatever
// the number of threads and with every ISA of the same rounding (see [tensor.ISAByName]).
//
// The state is that at the end of an epoch: parameters, optimizer, learning rate, the best epoch's parameters, the history, and what the
// batches tell of themselves (see [Batches]). An epoch that was interrupted begins again. The file is replaced in one step, so that a crash
// leaves the old or the new one, and holds a checksum: one that has changed by a bit is refused, and so is one of a training with
// another network, optimizer, data or Settings. Only the number of epochs may differ.
//
// One run at a time has the folder: another is refused, by an error that says which process has it, until that run ends, and be it by a
// crash. That takes a system and a file system with locks; AIX, Solaris, Plan 9 and WebAssembly have none.
type Checkpoint struct {
	// Folder is where the state is kept. It is made if it is missing, and must not hold the checkpoint of a training that is not to be
	// resumed.
	Folder string
	// Every is the number of epochs from one writing to the next, 1 if 0. When the training ends, for whatever reason that the program
	// survives, the last whole epoch is written in any case.
	Every int
	// Resume makes the training go on from what the folder holds. If it holds nothing the training starts at its beginning.
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

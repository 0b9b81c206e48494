package nn

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// Processes are those that train one model together, each with a copy of it and of the data, see
// [Trainer]. Package adapters/mpi has those of MPI, [LocalProcesses] makes some of goroutines.
type Processes interface {
	// Rank returns the number of this process, from 0 to Size()−1.
	Rank() int
	Size() int
	// Exchange sends send[q] to each process q, this one included, and fills recv[q] with what q has
	// sent here. All processes call it in turn, with lengths that agree. It returns an error if one of
	// them is gone, or doesn't call it in time. What is sent may stand where this process's own
	// message is received.
	Exchange(send, recv [][]byte) error
}

// MemorySharer is what Processes are too if some of them can read the memory of others, as those of
// one machine can: what is large then needs no messages.
type MemorySharer interface {
	Processes
	// ShareMemory returns n bytes, aligned to 8, that this process writes, and by process those of
	// the ones whose memory it reads and that read its own, nil of the others. What is written before
	// an Exchange is read after it. All processes call ShareMemory in turn, with one n; the memory is
	// theirs until they call it again.
	ShareMemory(n int) (own []byte, of [][]byte, err error)
}

// LocalProcesses returns n processes that are goroutines of this program, each of which belongs to
// one of them: for tests, and to see what more processes would do. An exchange fails after the
// timeout.
func LocalProcesses(n int, timeout time.Duration) []Processes {
	mail := make([][]chan []byte, n) // from, to
	for i := range mail {
		mail[i] = make([]chan []byte, n)
		for j := range mail[i] {
			mail[i][j] = make(chan []byte, 1)
		}
	}
	all, memory := make([]Processes, n), make([][]byte, n)
	for rank := range all {
		all[rank] = &localProcess{rank: rank, mail: mail, memory: memory, timeout: timeout}
	}
	return all
}

type localProcess struct {
	rank    int
	mail    [][]chan []byte // from, to
	memory  [][]byte        // what each has shared last
	timeout time.Duration
}

var _ MemorySharer = (*localProcess)(nil)

func (p *localProcess) Rank() int { return p.rank }

func (p *localProcess) Size() int { return len(p.mail) }

func (p *localProcess) Exchange(send, recv [][]byte) error {
	late := time.After(p.timeout)
	for q, message := range send {
		select {
		case p.mail[p.rank][q] <- append([]byte(nil), message...):
		case <-late:
			return fmt.Errorf("process %d has not taken a message in %v", q, p.timeout)
		}
	}
	for q, space := range recv {
		select {
		case message := <-p.mail[q][p.rank]:
			if len(message) != len(space) {
				return fmt.Errorf("process %d sent %d bytes where %d were expected", q, len(message),
					len(space))
			}
			copy(space, message)
		case <-late:
			return fmt.Errorf("process %d has sent nothing in %v", q, p.timeout)
		}
	}
	return nil
}

func (p *localProcess) ShareMemory(n int) (own []byte, of [][]byte, err error) {
	own = bytesOf(make([]float64, (n+7)/8))[:n]
	p.memory[p.rank] = own
	if err := synchronize(p); err != nil {
		return nil, nil, err
	}
	of = slices.Clone(p.memory)
	return own, of, synchronize(p) // before any of them shares other memory
}

// synchronize returns when all processes have called it.
func synchronize(p Processes) error {
	n := p.Size()
	send, recv := make([][]byte, n), make([][]byte, n)
	for q := range n {
		send[q], recv[q] = make([]byte, 1), make([]byte, 1)
	}
	return p.Exchange(send, recv)
}

// RunLocally runs one function for each of n local processes at once, and returns their errors.
func RunLocally(n int, timeout time.Duration, run func(p Processes) error) []error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i, p := range LocalProcesses(n, timeout) {
		wait.Go(func() { errs[i] = run(p) })
	}
	wait.Wait()
	return errs
}

// messageBytes is what a process tells of its error, at most. The last byte is 1 if its context was
// cancelled.
const messageBytes = 512

// cancelledError says that another process's context was cancelled: this one's training is as
// interrupted as that one's.
type cancelledError struct{ error }

// Unwrap returns what tells it from others.
func (cancelledError) Unwrap() error { return context.Canceled }

// council lets processes agree on whether to go on, and on numbers that each knows a part of.
type council struct {
	Processes
	mine  []byte // numbers of this process behind the text of its error
	all   []byte // those of all processes
	send  [][]byte
	recv  [][]byte
	ended bool // all processes know that the training has ended
	gone  bool // one of them doesn't answer: there is nobody to talk to
}

// newCouncil returns one for up to so many numbers of each process.
func newCouncil(p Processes, numbers int) *council {
	n := p.Size()
	c := &council{Processes: p, mine: make([]byte, messageBytes+8*numbers), send: make([][]byte, n),
		recv: make([][]byte, n)}
	c.all = make([]byte, n*len(c.mine))
	return c
}

// exchange is [Processes.Exchange], after whose failure no other is tried.
func (c *council) exchange(send, recv [][]byte) error {
	switch {
	case c.gone:
		return errors.New("nn: the other processes are gone")
	case c.Size() == 1:
		copy(recv[0], send[0])
		return nil
	}
	return c.note(c.Exchange(send, recv))
}

// begin begins an exchange, as [Overlapper] has it, or makes it where processes don't.
func (c *council) begin(send, recv [][]byte) error {
	o, ok := c.Processes.(Overlapper)
	if !ok {
		return c.exchange(send, recv)
	}
	return c.note(o.BeginExchange(send, recv))
}

// advance lets messages travel.
func (c *council) advance() error {
	if o, ok := c.Processes.(Overlapper); ok {
		return c.note(o.AdvanceExchanges())
	}
	return nil
}

// complete returns when what has begun is done.
func (c *council) complete() error {
	if o, ok := c.Processes.(Overlapper); ok {
		return c.note(o.CompleteExchanges())
	}
	return nil
}

// note returns the error of an exchange, after which no other is tried.
func (c *council) note(err error) error {
	if err == nil {
		return nil
	}
	c.gone = true
	return fmt.Errorf("nn: process %d of %d: %w", c.Rank(), c.Size(), err)
}

// gather sends the same to every process.
func (c *council) gather(mine []byte, recv [][]byte) error {
	for q := range c.send {
		c.send[q] = mine
	}
	return c.exchange(c.send, recv)
}

// agree tells the others of the error, or of numbers, and returns the error of the first process
// that has one, after which all have ended.
func (c *council) agree(err error, numbers []float64) error {
	clear(c.mine)
	if err != nil {
		text := err.Error()
		if text == "" {
			text = "an error without a text"
		}
		copy(c.mine[:messageBytes-1], text)
		if errors.Is(err, context.Canceled) && !errors.As(err, new(*CheckpointError)) {
			c.mine[messageBytes-1] = 1
		}
	}
	for i, v := range numbers {
		binary.LittleEndian.PutUint64(c.mine[messageBytes+8*i:], math.Float64bits(v))
	}
	size := len(c.mine)
	for q := range c.recv {
		c.recv[q] = c.all[q*size:][:size]
	}
	if lost := c.gather(c.mine, c.recv); lost != nil {
		return errors.Join(err, lost)
	}
	for q, record := range c.recv {
		if record[0] == 0 {
			continue
		}
		c.ended = true
		if err != nil { // both say the same, or each its own
			return err
		}
		stopped := fmt.Errorf("nn: process %d stopped the training: %s", q,
			trimZeros(record[:messageBytes-1]))
		if record[messageBytes-1] != 0 {
			return cancelledError{stopped}
		}
		return stopped
	}
	return nil
}

// number returns the i-th number that a process has told when all agreed last.
func (c *council) number(rank, i int) float64 {
	at := rank*len(c.mine) + messageBytes + 8*i
	return math.Float64frombits(binary.LittleEndian.Uint64(c.all[at:]))
}

func trimZeros(text []byte) []byte {
	for len(text) > 0 && text[len(text)-1] == 0 {
		text = text[:len(text)-1]
	}
	return text
}

// compare returns an error that says how the settings of a process differ from those of the first.
func (c *council) compare(settings map[string]string) error {
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	if err := c.agree(nil, []float64{float64(len(text))}); err != nil {
		return err
	}
	texts := make([][]byte, c.Size())
	for q := range texts {
		texts[q] = make([]byte, int(c.number(q, 0)))
	}
	if err := c.gather(text, texts); err != nil {
		return err
	}
	var first map[string]string
	for q, text := range texts {
		var own map[string]string
		if err := json.Unmarshal(text, &own); err != nil {
			return fmt.Errorf("nn: the settings of process %d: %w", q, err)
		}
		if q == 0 {
			first = own
		} else if err := compareSettings(own, first); err != nil {
			return fmt.Errorf("nn: process %d %w", q, err)
		}
	}
	return nil
}

// shardedTraining is the version of what processes send to one another.
const shardedTraining = "3"

// agreeToBegin returns an error on every process unless all of them can begin the same training.
func (t *Trainer[T]) agreeToBegin(r *run[T], err error) error {
	if t.Processes == nil {
		return err
	}
	c := newCouncil(t.Processes, 1)
	if err := c.agree(err, nil); err != nil {
		return err
	}
	s := r.settings(nil)
	s["version"] = shardedTraining + ", " + runtime.Version() + engineVersion()
	s["epochs"] = fmt.Sprintf("%d, of which %d are done", r.Epochs, len(r.history.Epochs))
	s["seed"] = fmt.Sprint(r.Model.settings.seed)
	s["parameters"], s["buffers"] = r.Model.ParamsSHA256(), r.Model.BuffersSHA256()
	return c.compare(s)
}

// engineVersion returns the version of this module, and of its others, that the program was built
// of, as far as it knows.
func engineVersion() (text string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == "simdnn" || strings.HasPrefix(m.Path, "simdnn/") {
			text += fmt.Sprintf(", %s %s", m.Path, m.Version)
		}
	}
	return text
}

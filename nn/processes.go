package nn

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	// them is gone, or doesn't call it in time.
	Exchange(send, recv [][]byte) error
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
	all := make([]Processes, n)
	for rank := range all {
		all[rank] = &localProcess{rank: rank, mail: mail, timeout: timeout}
	}
	return all
}

type localProcess struct {
	rank    int
	mail    [][]chan []byte
	timeout time.Duration
}

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

// messageBytes is what a process tells of its error, at most.
const messageBytes = 512

// council lets processes agree on whether to go on, and on numbers that each knows a part of.
type council struct {
	Processes
	mine []byte // numbers of this process behind the text of its error
	all  []byte // those of all processes
	send [][]byte
	recv [][]byte
	// All processes know that the training has ended, or one of them is gone: there is nobody to talk
	// to.
	ended bool
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
	if c.ended {
		return errors.New("nn: the other processes are gone")
	}
	if err := c.Exchange(send, recv); err != nil {
		c.ended = true
		return fmt.Errorf("nn: process %d of %d: %w", c.Rank(), c.Size(), err)
	}
	return nil
}

// gather sends the same to every process.
func (c *council) gather(mine []byte, recv [][]byte) error {
	for q := range c.send {
		c.send[q] = mine
	}
	return c.exchange(c.send, recv)
}

// agree tells the others of the error, or of numbers, and returns those of all processes, or the
// error of the first that has one.
func (c *council) agree(err error, numbers []float64) (of func(rank, i int) float64, failed error) {
	clear(c.mine)
	if err != nil {
		text := err.Error()
		if text == "" {
			text = "an error without a text"
		}
		copy(c.mine[:messageBytes], text)
	}
	for i, v := range numbers {
		binary.LittleEndian.PutUint64(c.mine[messageBytes+8*i:], math.Float64bits(v))
	}
	size := len(c.mine)
	for q := range c.recv {
		c.recv[q] = c.all[q*size:][:size]
	}
	if lost := c.gather(c.mine, c.recv); lost != nil {
		return nil, errors.Join(err, lost)
	}
	for q, record := range c.recv {
		if record[0] == 0 {
			continue
		}
		c.ended = true
		if q == c.Rank() {
			return nil, err
		}
		text := string(trimZeros(record[:messageBytes]))
		if err != nil {
			return nil, err // both say the same, or each its own
		}
		return nil, fmt.Errorf("nn: process %d stopped the training: %s", q, text)
	}
	return func(rank, i int) float64 {
		at := rank*size + messageBytes + 8*i
		return math.Float64frombits(binary.LittleEndian.Uint64(c.all[at:]))
	}, nil
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
	of, err := c.agree(nil, []float64{float64(len(text))})
	if err != nil {
		return err
	}
	texts := make([][]byte, c.Size())
	for q := range texts {
		texts[q] = make([]byte, int(of(q, 0)))
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
		} else if err := compareSettings(first, own); err != nil {
			return fmt.Errorf("nn: process %d %w", q, err)
		}
	}
	return nil
}

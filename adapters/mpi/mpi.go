// Package mpi lets processes of MPI train a model together:
//
//	p, err := mpi.Start()
//	defer p.Finish(err == nil)
//	trainer := nn.Trainer[float32]{Model: model, Shards: 12, Processes: p}
//
// The parameters have the same bits on any number of processes: MPI carries bytes, and what is
// added up is added up by package nn, in an order that the number of shards alone decides. MPI's
// own reductions change theirs with the number of processes and the length of a message.
//
// It needs a C compiler and an MPI with mpicc: Debian's libopenmpi-dev.
package mpi

/*
#cgo pkg-config: mpi
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>

// What Go cannot name: these are macros.
static MPI_Comm world(void) { return MPI_COMM_WORLD; }
static int keepErrors(void) { return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN); }
static int sendTo(void *data, int n, int rank, MPI_Request *r) {
	return MPI_Isend(data, n, MPI_BYTE, rank, 1, MPI_COMM_WORLD, r);
}
static int receiveFrom(void *data, int n, int rank, MPI_Request *r) {
	return MPI_Irecv(data, n, MPI_BYTE, rank, 1, MPI_COMM_WORLD, r);
}
static int testAll(int n, MPI_Request *r, int *done) {
	return MPI_Testall(n, r, done, MPI_STATUSES_IGNORE);
}
// letOthers gives them the processor when nothing has come: they may be what is waited for.
static int letOthers(void) { return sched_yield(); }
static int finish(void) { return MPI_Finalize(); }
static int start(int *provided) { return MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, provided); }
static int abortAll(void) { return MPI_Abort(MPI_COMM_WORLD, 1); }
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"
	"unsafe"
)

// DefaultTimeout is how long a process waits for the others: longer than any step and evaluation
// that one of them may be behind.
const DefaultTimeout = 10 * time.Minute

// Processes are those that mpirun has started. They belong to one goroutine at a time.
type Processes struct {
	// Timeout is how long an exchange waits for the others, at first [DefaultTimeout].
	Timeout time.Duration
	// Messages lets messages carry everything, as between machines, also where memory could be shared.
	Messages   bool
	rank, size int
	open       []C.MPI_Request // of the exchanges under way
	pins       runtime.Pinner  // of their memory, whose addresses MPI keeps
	done       C.int           // for MPI to write to
	memory     sharedMemory
}

// Start begins to use MPI, once a program.
func Start() (*Processes, error) {
	var provided C.int
	if code := C.start(&provided); code != C.MPI_SUCCESS {
		return nil, failure("MPI_Init_thread", code)
	}
	if provided < C.MPI_THREAD_SERIALIZED {
		return nil, errors.New("mpi: this MPI takes calls from one thread only")
	}
	C.keepErrors()
	var rank, size C.int
	C.MPI_Comm_rank(C.world(), &rank)
	C.MPI_Comm_size(C.world(), &size)
	return &Processes{rank: int(rank), size: int(size), Timeout: DefaultTimeout}, nil
}

// Finish ends the use of MPI. After an error it ends all processes, some of which may hang.
func (p *Processes) Finish(good bool) {
	if good {
		C.finish()
	} else {
		C.abortAll()
	}
}

// Rank returns the number of this process.
func (p *Processes) Rank() int { return p.rank }

// Size returns the number of processes.
func (p *Processes) Size() int { return p.size }

// Exchange sends send[q] to each process q and receives recv[q] from it, as [nn.Processes] says.
func (p *Processes) Exchange(send, recv [][]byte) error {
	if err := p.BeginExchange(send, recv); err != nil {
		return err
	}
	return p.CompleteExchanges()
}

// BeginExchange begins to do what Exchange does, as [nn.Overlapper] says. Messages between two
// processes arrive in the order in which they were sent.
func (p *Processes) BeginExchange(send, recv [][]byte) error {
	if len(send) != p.size || len(recv) != p.size || len(send[p.rank]) != len(recv[p.rank]) {
		return fmt.Errorf("mpi: %d and %d messages for %d processes, %d bytes to itself and %d from it",
			len(send), len(recv), p.size, len(send[p.rank]), len(recv[p.rank]))
	}
	copy(recv[p.rank], send[p.rank])
	for step := 1; step < p.size; step++ {
		from, to := (p.rank-step+p.size)%p.size, (p.rank+step)%p.size
		for _, m := range [...]struct {
			data []byte
			rank int
			send bool
		}{{recv[from], from, false}, {send[to], to, true}} {
			if len(m.data) == 0 {
				continue
			}
			if len(m.data) > math.MaxInt32 {
				return fmt.Errorf("mpi: a message of %d bytes, of at most %d", len(m.data), math.MaxInt32)
			}
			at := unsafe.Pointer(unsafe.SliceData(m.data))
			p.pins.Pin(at)
			var none C.MPI_Request
			p.open = append(p.open, none)
			request, n, rank := &p.open[len(p.open)-1], C.int(len(m.data)), C.int(m.rank)
			code := C.int(C.MPI_SUCCESS)
			if m.send {
				code = C.sendTo(at, n, rank, request)
			} else {
				code = C.receiveFrom(at, n, rank, request)
			}
			if code != C.MPI_SUCCESS {
				return failure("a message", code)
			}
		}
	}
	return nil
}

// AdvanceExchanges lets MPI work, which most do within calls alone.
func (p *Processes) AdvanceExchanges() error {
	if len(p.open) == 0 {
		return nil
	}
	if code := C.testAll(C.int(len(p.open)), &p.open[0], &p.done); code != C.MPI_SUCCESS {
		return failure("an exchange", code)
	}
	if p.done != 0 {
		p.open = p.open[:0]
		p.pins.Unpin()
	}
	return nil
}

// CompleteExchanges returns when all that has begun is done.
func (p *Processes) CompleteExchanges() error {
	begin := time.Now()
	for {
		if err := p.AdvanceExchanges(); err != nil || len(p.open) == 0 {
			return err
		}
		C.letOthers()
		switch waited := time.Since(begin); {
		case waited > p.Timeout:
			return fmt.Errorf("mpi: another process has not answered in %v", p.Timeout)
		case waited > 10*time.Millisecond: // it is far behind
			time.Sleep(50 * time.Microsecond)
		default:
			runtime.Gosched()
		}
	}
}

// failure returns the error of an MPI call.
func failure(what string, code C.int) error {
	text := (*C.char)(C.malloc(C.MPI_MAX_ERROR_STRING))
	defer C.free(unsafe.Pointer(text))
	var n C.int
	C.MPI_Error_string(code, text, &n)
	return fmt.Errorf("mpi: %s: %s", what, C.GoStringN(text, n))
}

package main

import (
	"runtime"
	"time"

	"simdnn/adapters/mpi"
)

// link lets processes of one machine wait as those of several do, each of which sends over a link
// of so many bytes a second.
type link struct {
	*mpi.Processes
	rate float64
	free time.Time // when all that was sent has gone
}

func (l *link) BeginExchange(send, recv [][]byte) error {
	bytes := 0
	for q, message := range send {
		if q != l.Rank() {
			bytes += len(message)
		}
	}
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(bytes) / l.rate * 1e9))
	return l.Processes.BeginExchange(send, recv)
}

func (l *link) CompleteExchanges() error {
	if err := l.Processes.CompleteExchanges(); err != nil {
		return err
	}
	for left := time.Until(l.free); left > 0; left = time.Until(l.free) {
		if left > 2*time.Millisecond {
			time.Sleep(left - time.Millisecond) // which may take a millisecond more
		}
		runtime.Gosched()
	}
	return nil
}

func (l *link) Exchange(send, recv [][]byte) error {
	if err := l.BeginExchange(send, recv); err != nil {
		return err
	}
	return l.CompleteExchanges()
}

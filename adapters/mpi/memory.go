package mpi

import (
	"bytes"
	"crypto/rand"
	"unsafe"

	"simdnn/nn"
)

var (
	_ nn.MemorySharer = (*Processes)(nil)
	_ nn.Overlapper   = (*Processes)(nil)
)

// sharedMemory is what processes of one machine read of one another.
type sharedMemory struct {
	own    []byte
	shared bool     // own is a file
	of     [][]byte // by process, nil of those that are elsewhere
}

const (
	tokenBytes  = 64  // in front of each memory: random, to know it by
	recordBytes = 512 // what a process tells of its memory: its token and its name
)

// ShareMemory returns memory as [nn.MemorySharer] says. Processes of one machine read each other's
// in place, by files in memory that lose their names before anything else is done; where the system
// has no such files, or not enough room for them, messages do instead.
func (p *Processes) ShareMemory(n int) (own []byte, of [][]byte, err error) {
	if p.memory.own != nil && len(p.memory.own) >= tokenBytes+n { // on all of them
		return p.memory.cut(n)
	}
	p.memory.release()
	p.memory = sharedMemory{of: make([][]byte, p.size)}
	record := make([]byte, recordBytes)
	rand.Read(record[:tokenBytes])
	all, name := privateMemory(tokenBytes+n), ""
	if !p.Messages {
		all, name = createMemory(tokenBytes + n)
		defer removeMemory(name)
	}
	p.memory.own, p.memory.shared = all, name != ""
	copy(all, record[:tokenBytes])
	copy(record[tokenBytes:], name)

	records, err := p.gather(func(int) []byte { return record })
	if err != nil {
		return nil, nil, err
	}
	for q, r := range records {
		name := string(bytes.TrimRight(r[tokenBytes:], "\x00"))
		if q != p.rank && name != "" && !p.Messages {
			p.memory.of[q] = openMemory(name, r[:tokenBytes], tokenBytes+n)
		}
	}
	answers, err := p.gather(func(q int) []byte {
		if p.memory.of[q] != nil {
			return []byte{1}
		}
		return []byte{0}
	})
	if err != nil {
		return nil, nil, err
	}
	for q, answer := range answers {
		if answer[0] == 0 && p.memory.of[q] != nil { // it can't read this process's
			closeMemory(p.memory.of[q])
			p.memory.of[q] = nil
		}
	}
	return p.memory.cut(n)
}

// gather sends each process a message, all of one length, and returns theirs.
func (p *Processes) gather(message func(rank int) []byte) (all [][]byte, err error) {
	send := make([][]byte, p.size)
	all = make([][]byte, p.size)
	for q := range all {
		send[q] = message(q)
		all[q] = make([]byte, len(send[q]))
	}
	return all, p.Exchange(send, all)
}

// cut returns n bytes behind the tokens.
func (m *sharedMemory) cut(n int) (own []byte, of [][]byte, err error) {
	of = make([][]byte, len(m.of))
	for q, all := range m.of {
		if all != nil {
			of[q] = all[tokenBytes:][:n]
		}
	}
	return m.own[tokenBytes:][:n], of, nil
}

// privateMemory returns n bytes that no other process reads, aligned to 8.
func privateMemory(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// release gives the memory back.
func (m *sharedMemory) release() {
	if m.shared {
		closeMemory(m.own)
	}
	for _, all := range m.of {
		if all != nil {
			closeMemory(all)
		}
	}
}

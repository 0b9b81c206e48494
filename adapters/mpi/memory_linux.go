package mpi

import (
	"bytes"
	"os"
	"syscall"
)

// createMemory returns n bytes and the name by which other processes of this machine open them:
// none if they can't be shared.
func createMemory(n int) (all []byte, name string) {
	f, err := os.CreateTemp("/dev/shm", "simdnn-mpi-")
	if err == nil {
		defer f.Close()
		name = f.Name()
		err = syscall.Fallocate(int(f.Fd()), 0, 0, int64(n)) // a page without room kills who writes it
	}
	if err == nil {
		all, err = syscall.Mmap(int(f.Fd()), 0, n, syscall.PROT_READ|syscall.PROT_WRITE,
			syscall.MAP_SHARED)
	}
	if err == nil {
		return all, name
	}
	removeMemory(name)
	return privateMemory(n), ""
}

// openMemory returns what another process has created, to read, nil unless it is there and begins
// with the token.
func openMemory(name string, token []byte, n int) []byte {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() != int64(n) {
		return nil
	}
	all, err := syscall.Mmap(int(f.Fd()), 0, n, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	if !bytes.HasPrefix(all, token) {
		syscall.Munmap(all)
		return nil
	}
	return all
}

// removeMemory takes the name away; the memory stays where it is in use.
func removeMemory(name string) {
	if name != "" {
		os.Remove(name)
	}
}

// closeMemory gives memory back.
func closeMemory(all []byte) {
	syscall.Munmap(all)
}

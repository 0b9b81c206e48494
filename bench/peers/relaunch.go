package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// relaunch starts the program anew in the place of this one, with the environment of the peers and
// on as many cores as there are threads; on the second start it returns at once.
//
// Both must be settled before any library loads, and before Go's runtime makes its threads: an
// affinity set now would hold for one thread only, but the new program and the Python peers inherit
// it whole.
func relaunch(env []setting, threads int) error {
	if _, second := os.LookupEnv(variable); second {
		return nil
	}
	runtime.LockOSThread()
	if err := pin(threads); err != nil {
		return err
	}
	return fmt.Errorf("starting anew: %w", syscall.Exec("/proc/self/exe", os.Args,
		merge(os.Environ(), env)))
}

// pin restricts the calling thread to the given number of processors of those it may use: the last
// ones, since the first has the most interrupts, and no two of one core if that can be.
func pin(threads int) error {
	var allowed, chosen unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return fmt.Errorf("reading the processors that this program may use: %w", err)
	}
	cores := map[string]bool{}
	for _, distinct := range []bool{true, false} {
		for cpu := 1023; cpu >= 0 && chosen.Count() < threads; cpu-- {
			if !allowed.IsSet(cpu) || chosen.IsSet(cpu) || distinct && cores[siblings(cpu)] {
				continue
			}
			chosen.Set(cpu)
			cores[siblings(cpu)] = true
		}
	}
	if err := unix.SchedSetaffinity(0, &chosen); err != nil {
		return fmt.Errorf("pinning to %d processors: %w", threads, err)
	}
	return nil
}

// siblings returns the name of the core that a processor belongs to: the list of its hardware
// threads, or of the processor alone if the system does not tell.
func siblings(cpu int) string {
	list, err := os.ReadFile(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		cpu))
	if err != nil {
		return fmt.Sprint(cpu)
	}
	return strings.TrimSpace(string(list))
}

// pinned returns the processors that this program runs on.
func pinned() []int {
	var set unix.CPUSet
	var cpus []int
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

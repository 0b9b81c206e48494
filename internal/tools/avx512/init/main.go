//go:build linux

// Command init is the first program of the emulated machine. It runs the programs of the initial
// file system one after the other and switches the machine off.
//
// The folder /programs holds them. Each runs in the folder /tree/PATH, where PATH is its name with
// commas for slashes, with the arguments that /arguments lists, each ended by a zero byte, and once
// with each value of SIMDNN_ISA that /sets names. The last line of output is "init: exit status N":
// 0 when every run ended well, else the largest status.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	status, err := run()
	if err != nil {
		fmt.Println("init:", err)
		status = 1
	}
	fmt.Printf("init: exit status %d\n", status)
	const tcsbrk, drain = 0x5409, 1 // waits until the serial line has sent everything
	syscall.Syscall(syscall.SYS_IOCTL, os.Stdout.Fd(), tcsbrk, drain)
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_RESTART)
}

// run prepares the machine, runs every program and returns the largest exit status.
func run() (int, error) {
	if err := prepare(); err != nil {
		return 0, err
	}
	arguments, err := os.ReadFile("/arguments")
	if err != nil {
		return 0, err
	}
	sets, err := os.ReadFile("/sets")
	if err != nil {
		return 0, err
	}
	programs, err := filepath.Glob("/programs/*")
	if err != nil {
		return 0, err
	}
	args := strings.Split(string(arguments), "\x00")
	worst := 0
	for _, program := range programs {
		for _, set := range strings.Fields(string(sets)) {
			worst = max(worst, start(program, set, args[:len(args)-1]))
		}
	}
	return worst, nil
}

// prepare mounts what Go programs expect of Linux.
func prepare() error {
	for _, m := range []struct{ kind, path string }{{"proc", "/proc"}, {"devtmpfs", "/dev"},
		{"tmpfs", "/tmp"}} {
		if err := os.MkdirAll(m.path, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(m.kind, m.path, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.path, err)
		}
	}
	return nil
}

// start runs one program with one ISA and returns its exit status.
func start(program, set string, args []string) int {
	name := strings.ReplaceAll(filepath.Base(program), ",", "/")
	cmd := exec.Command(program, args...)
	cmd.Dir = filepath.Join("/tree", name)
	cmd.Env = []string{"SIMDNN_ISA=" + set, "HOME=/tmp", "PATH=/", "TERM=dumb"}
	// through a pipe: the console is a terminal, and programs behave differently there
	output := struct{ io.Writer }{os.Stdout}
	cmd.Stdout, cmd.Stderr = output, output
	if err := os.MkdirAll(cmd.Dir, 0o755); err != nil {
		fmt.Println("init:", err)
		return 1
	}
	begin := time.Now()
	err := cmd.Run()
	fmt.Printf("init: %s with SIMDNN_ISA=%s: %.1f s of the machine's time", name, set,
		time.Since(begin).Seconds())
	if err == nil {
		fmt.Println()
		return 0
	}
	fmt.Printf(": %v\n", err)
	return max(1, cmd.ProcessState.ExitCode())
}

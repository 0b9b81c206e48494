// Command avx512 lays out in memory a PC that runs Go programs: a Linux kernel, unpacked, an
// initial file system and the first instructions that the processor executes. It writes both
// memories as files for the emulator Bochs to load, so that no firmware, boot loader or
// decompressor has to be emulated.
//
//	avx512 -kernel vmlinuz -out DIR -append "kernel command line" init=FILE NAME=FILE…
//
// DIR receives rom.bin, the read-only memory below 4 GiB, and ram.bin, to be loaded at 2 MiB. The
// remaining arguments are the files of the initial file system: the name in it, and the file to
// copy.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	kernel := flag.String("kernel", "", "the compressed Linux `image` (LZ4)")
	out := flag.String("out", "", "the existing `folder` to write to")
	command := flag.String("append", "", "the kernel's command `line`")
	flag.Parse()
	if *kernel == "" || *out == "" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := build(*kernel, *out, *command, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "avx512:", err)
		os.Exit(1)
	}
}

// build writes rom.bin and ram.bin to the folder out.
func build(kernel, out, command string, files []string) error {
	packed, err := os.ReadFile(kernel)
	if err != nil {
		return err
	}
	k, err := unpackKernel(packed)
	if err != nil {
		return fmt.Errorf("%s: %w", kernel, err)
	}
	var fs archive
	for _, f := range files {
		name, path, ok := strings.Cut(f, "=")
		if !ok {
			return fmt.Errorf("argument %q: expected NAME=FILE", f)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fs.add(name, data)
	}
	image, err := ram(k, command, fs.close())
	if err != nil {
		return fmt.Errorf("%s: %w", kernel, err)
	}
	write := func(name string, data []byte) error { return os.WriteFile(filepath.Join(out, name), data, 0o644) }
	return errors.Join(write("rom.bin", rom(k.entry, len(image))), write("ram.bin", image))
}

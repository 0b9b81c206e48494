package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor/asm"
)

// machine is what info reports.
type machine struct {
	CPU       string   `json:"cpu"`
	Arch      string   `json:"arch"`
	ISA       string   `json:"isa"`
	Available []string `json:"available"`
	Threads   int      `json:"threads"`
	PeakF32   number   `json:"peak_gflops_f32"`
	PeakF64   number   `json:"peak_gflops_f64"`
	CopyGBps  number   `json:"copy_gbps"`
}

func newInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Show the processor, the ISAs it runs, its FMA peak and its memory bandwidth",
		Long: "info shows the processor, the active ISA and the available ones, the threads, the peak rate of fused multiply-adds\n" +
			"of the active set on one thread (measured with a loop on registers), and the bandwidth of a large copy on one thread\n" +
			"(bytes read plus bytes written a second).",
		Example: "  nnbench info\n  nnbench info --json\n  SIMDNN_ISA=avx2 nnbench info",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := inspect()
			if asJSON {
				return jsonLine(cmd.OutOrStdout(), m)
			}
			return m.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// inspect measures this machine.
func inspect() machine {
	cpu := strings.TrimSpace(cpuid.CPU.BrandName)
	if cpu == "" {
		cpu = "unknown"
	}
	set := asm.Active()
	return machine{
		CPU:       cpu,
		Arch:      runtime.GOARCH,
		ISA:       set.Name,
		Available: asm.Names(),
		Threads:   runtime.GOMAXPROCS(0),
		PeakF32:   number(measure.PeakGFLOPS[float32](set, 1)),
		PeakF64:   number(measure.PeakGFLOPS[float64](set, 1)),
		CopyGBps:  number(measure.CopyGBps()),
	}
}

// print writes the figures for people.
func (m machine) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `processor   %s (%s)
ISA         %s, of %s
threads     %d
FMA peak    %.1f GFLOP/s float32, %.1f GFLOP/s float64 (one thread)
copy        %.1f GB/s, read plus written (one thread)
`, m.CPU, m.Arch, m.ISA, strings.Join(m.Available, ", "), m.Threads, m.PeakF32, m.PeakF64, m.CopyGBps)
	return err
}

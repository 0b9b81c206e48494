package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// machine is what info reports.
type machine struct {
	CPU       string     `json:"cpu"`
	Arch      string     `json:"arch"`
	ISA       string     `json:"isa"`
	Available []string   `json:"available"`
	Threads   int        `json:"threads"`
	PeakF32   cli.Number `json:"peak_gflops_f32"`
	PeakF64   cli.Number `json:"peak_gflops_f64"`
	CopyGBps  cli.Number `json:"copy_gbps"`
	Integers  string     `json:"integers"` // the kernels that multiply them
	Units     []unit     `json:"units"`

	L1        int           `json:"l1_bytes"`
	L2        int           `json:"l2_bytes"`
	L3        int           `json:"l3_bytes"`
	CachesBy  string        `json:"caches_from"` // SIMDNN_CACHE or processor
	TuningF32 tensor.Tuning `json:"tuning_f32"`
	TuningF64 tensor.Tuning `json:"tuning_f64"`
}

func newInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "info",
		Short: "Show the processor, the ISAs it runs, its FMA peak, its memory bandwidth and the " +
			"tuning in force",
		Long: "info shows the processor, the active ISA and the available ones, the threads,\n" +
			"the peak rate of fused multiply-adds of the active ISA on one thread\n" +
			"(measured with a loop on registers), and the bandwidth of a large copy on one\n" +
			"thread (bytes read plus bytes written per second). It shows which instructions\n" +
			"for integers of 8 bits and for halves the processor has, and which are used,\n" +
			"or why they are not. It also shows what products are tuned for: the cache\n" +
			"sizes, which SIMDNN_CACHE=L1,L2,L3 gives where the processor or a virtual\n" +
			"machine misreports them, and the sizes of blocks that follow from them.",
		Example: "  nnbench info\n  nnbench info --json\n  SIMDNN_ISA=avx2 nnbench info\n  " +
			"SIMDNN_CACHE=48K,2M,105M nnbench info",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := inspect()
			if asJSON {
				return cli.JSONLine(cmd.OutOrStdout(), m)
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
	isa, caches := asm.Active(), asm.CacheSizes()
	from := "processor"
	if asm.CachesForced() {
		from = "SIMDNN_CACHE"
	}
	return machine{
		CPU:       cpu,
		Arch:      runtime.GOARCH,
		ISA:       isa.Name,
		Available: asm.Names(),
		Threads:   runtime.GOMAXPROCS(0),
		PeakF32:   cli.Number(measure.PeakGFLOPS[float32](isa, 1)),
		PeakF64:   cli.Number(measure.PeakGFLOPS[float64](isa, 1)),
		CopyGBps:  cli.Number(measure.CopyGBps()),
		Integers:  isa.Quant.Name,
		Units:     unitsOf(isa, func(f cpuid.FeatureID) bool { return cpuid.CPU.Supports(f) }),
		L1:        caches.L1, L2: caches.L2, L3: caches.L3, CachesBy: from,
		TuningF32: tensor.TuningFor[float32](isa, caches),
		TuningF64: tensor.TuningFor[float64](isa, caches),
	}
}

// print writes the figures for people.
func (m machine) print(w io.Writer) error {
	caches, t := tensor.Caches{L1: m.L1, L2: m.L2, L3: m.L3}, m.TuningF32
	from := "as the processor reports; SIMDNN_CACHE would give others"
	if m.CachesBy != "processor" {
		from = "as " + m.CachesBy + " gives them"
	}
	_, err := fmt.Fprintf(w, `processor   %s (%s)
ISA         %s, of %s
threads     %d
FMA peak    %.1f GFLOP/s float32, %.1f GFLOP/s float64 (one thread)
copy        %.1f GB/s, read plus written (one thread)
%scaches      L1,L2,L3 = %s: %s
tuning      blocks of A of %d bytes and of B of %d, %d bytes deep (float32); B packed from %d bytes on
`, m.CPU, m.Arch, m.ISA, strings.Join(m.Available, ", "),
		m.Threads, m.PeakF32, m.PeakF64, m.CopyGBps, describeUnits(m.Integers, m.Units),
		caches, from, t.MCBytes, t.NCBytes, t.KCBytes, t.PackBytes)
	return err
}

package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// explainFlags are the flags of explain as given.
type explainFlags struct {
	trans, dtype, isa string
	threads           int
	measure           bool
}

func newExplain() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain OPERATION SIZE",
		Short: "Explain how an operation is computed, and why",
		Long: "explain says which ISA and which kernel compute an operation, how a product\n" +
			"is cut and packed, on how many threads it runs, and the rule that decided\n" +
			"each: the shape, or a constant by its name and value. It asks the library,\n" +
			"which reads it off the plan that it would compute by. The plan of a large\n" +
			"product times a few ways on its first runs, and keeps the fastest: --measure\n" +
			"makes these runs and shows what was tried.\n\n" +
			"Operations: " + strings.Join(operationNames(), ", ") + ".\n" +
			"The size of gemm is M×N×K (C is M×N, K the inner dimension), that of the\n" +
			"others a number of elements.",
		Example: "  nnbench explain gemm 32x64x10\n" +
			"  nnbench explain gemm 1024x1024x1024 --trans NT --dtype f64 --threads 2 --isa avx2\n" +
			"  nnbench explain gemm 333x333x333 --measure\n" +
			"  nnbench explain relu 16384",
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := f.parse(args)
			if err != nil {
				return cli.Usage(err)
			}
			return e.print(cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.trans, "trans", "NN", "transposed operands of a product: NN, NT, TN or TT")
	flags.StringVar(&f.dtype, "dtype", "f32", "element type: f32 or f64")
	flags.StringVar(&f.isa, "isa", asm.Active().Name, "ISA: "+strings.Join(asm.Names(), ", "))
	flags.IntVar(&f.threads, "threads", 1, "threads")
	flags.BoolVar(&f.measure, "measure", false, "run the plan of a product until it has chosen")
	return cmd
}

// explanation is what explain has to print.
type explanation struct {
	title     string
	decisions []tensor.Decision
}

// parse understands flags and arguments, and asks the library.
func (f *explainFlags) parse(args []string) (*explanation, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("explain takes an operation and a size, such as gemm 32x64x10 or "+
			"relu 16384; got %s", cli.Count(len(args), "argument"))
	}
	isa, err := tensor.ISAByName(f.isa)
	if err != nil {
		return nil, fmt.Errorf("--isa: %w", err)
	}
	if err := cli.CheckDtype(f.dtype); err != nil {
		return nil, err
	}
	if err := cli.CheckThreads(f.threads); err != nil {
		return nil, err
	}
	explain := explainOperation[float32]
	if f.dtype == "f64" {
		explain = explainOperation[float64]
	}
	e, err := explain(f, isa, args[0], args[1])
	if err != nil {
		return nil, err
	}
	why := "asked for by --isa"
	if isa.Name == asm.Active().Name {
		why = chosenISA()
	}
	e.decisions = append([]tensor.Decision{{About: "ISA", Choice: isa.Name, Because: why}},
		e.decisions...)
	return e, nil
}

// explainOperation asks the library about an operation on elements of type T.
func explainOperation[T tensor.Float](f *explainFlags, isa *tensor.ISA, name,
	size string) (*explanation, error) {
	if known := operationNames(); !slices.Contains(known, name) {
		return nil, fmt.Errorf("unknown operation %q; known: %s", name, strings.Join(known, ", "))
	}
	if name == gemmName {
		s, err := parseShape(size)
		if err != nil {
			return nil, err
		}
		if bytes := s.bytes(cli.ElementBytes(f.dtype)); bytes >= math.MaxInt {
			return nil, fmt.Errorf("%s: such a product needs %.0f bytes, more than any machine has",
				size, bytes)
		}
		trans, err := tensor.ParseTrans(f.trans)
		if err != nil {
			return nil, fmt.Errorf("--trans: %w", err)
		}
		plan := tensor.NewEngine[T](isa, f.threads).Plan(s.m, s.n, s.k, trans)
		if f.measure {
			err := cli.CheckMemory("measure", "of "+size, "such a product",
				s.bytes(cli.ElementBytes(f.dtype)))
			if err != nil {
				return nil, err
			}
			c, a, b := tensor.New[T](s.m*s.n), tensor.New[T](s.m*s.k), tensor.New[T](s.k*s.n)
			a.Fill(1) // memory that was never written to may be one page over and over
			b.Fill(1)
			for settled := false; !settled; settled = plan.Settled() {
				plan.MatMul(c.Data(), a.Data(), b.Data())
			}
		}
		return &explanation{fmt.Sprintf("gemm %v %d×%d×%d, %s", trans, s.m, s.n, s.k, f.dtype),
			plan.Explain()}, nil
	}
	if f.measure {
		return nil, fmt.Errorf("--measure is for %s; there is one way to compute %s", gemmName, name)
	}
	n, err := strconv.Atoi(size)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("%q is not a positive number of elements", size)
	}
	op, single := operation[T](name), operation[float32](name)
	if bytes := op.Bytes(n); bytes >= math.MaxInt {
		return nil, fmt.Errorf("%s: such an operation needs %.0f bytes, more than any machine has",
			size, bytes)
	}
	return &explanation{fmt.Sprintf("%s of %s, %s", name, cli.Count(n, "element"), f.dtype),
		[]tensor.Decision{
			{About: "threads", Choice: "1",
				Because: "operations on elements run in the goroutine that calls them"},
			{About: "work", Choice: fmt.Sprintf("%.0f bytes to read and write", op.Bytes(n)),
				Because: fmt.Sprintf("%.3g operations per byte in float32; "+
					"below the ratio of FMA peak to bandwidth (nnbench info) the data limit an "+
					"operation, above it the arithmetic", float64(single.Flops)*float64(n)/single.Bytes(n))},
		}}, nil
}

// print writes each decision with its reason below it.
func (e *explanation) print(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintln(&text, e.title)
	for _, d := range e.decisions {
		fmt.Fprintf(&text, "\n%-12s%s\n%-12s%s\n", d.About, d.Choice, "", d.Because)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// gemmName is the operation that takes shapes; all the others take lengths.
const gemmName = "gemm"

// productShapes are the shapes of products unless others are given.
var productShapes = []string{"32x64x10", "64x64x64", "512x512x512"}

// kernelsFlags are the flags of kernels as given.
type kernelsFlags struct {
	ops, isas, dtypes, shapes, trans []string
	convs, attentions, recurrences   []string
	lengths                          []int
	threads                          int
	json                             bool
}

// kernelsPlan is what kernels has to measure: the flags, understood.
type kernelsPlan struct {
	gemm, conv   bool
	weights      []string // products by weights of few bits
	elementwise  []string
	isas         []*tensor.ISA
	dtypes       []string
	shapes       []shape
	convs        []tensor.ConvShape // none unless conv or some of integers
	integerConvs []string
	onSequences  []sequence
	trans        []tensor.Trans
	lengths      []int
	threads      int
	peaks        map[string]float64 // those measured, see peakOf
}

// shape is that of a product: C (m, n), inner dimension k.
type shape struct{ m, n, k int }

func (s shape) String() string { return fmt.Sprintf("%d×%d×%d", s.m, s.n, s.k) }

// flops returns its multiplications and additions.
func (s shape) flops() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// bytes returns the size of the three matrices.
func (s shape) bytes(element float64) float64 {
	m, n, k := float64(s.m), float64(s.n), float64(s.k)
	return element * (m*k + k*n + m*n)
}

func newKernels() *cobra.Command {
	var f kernelsFlags
	cmd := &cobra.Command{
		Use:   "kernels",
		Short: "Time single operations: matrix products and operations on elements",
		Long: "kernels times single operations with the ISAs, element types and sizes asked\n" +
			"for. Figures are medians over repeated timings after a warm-up; ISAs take\n" +
			"turns.\n\n" +
			"The tables show for each ISA its speed, how much faster it is than generic,\n" +
			"and the part of its limit that it reaches: of the peak of fused\n" +
			"multiply-adds, or of the bandwidth of a copy of as many elements where that\n" +
			"is lower. What only reads, such as sum, can exceed the bandwidth of a copy.\n" +
			"Below them stands which ISA is chosen in a program, and why.\n\n" +
			"Operations: " + strings.Join(kernelNames(), ", ") + ".\n" +
			"gemm takes --shape (M×N×K: C is M×N, K the inner dimension) and --trans, products by\n" +
			"weights of few bits --shape (their limit is shown as the speed of float32; u8s8 and so\n" +
			"on multiply integers, bf16, f16, u8 and u4 floats by such weights), conv2d\n" +
			"and conv_u8s8 and so on, which are compared with float32, take --conv (input, kernel,\n" +
			"stride, padding, groups; images lie pixel by pixel),\n" +
			"attention --attention (batch, heads, queries, keys, size of a head), rnn, gru and lstm\n" +
			"--sequence (time, batch, inputs, units; the weights are packed beforehand), the\n" +
			"others take --n (softmax: one row of n). Bandwidths count the bytes that the\n" +
			"operation must read and write.",
		Example: "  nnbench kernels --op gemm --shape 64x64x64,512x512x512 --isa avx2,generic\n" +
			"  nnbench kernels --op gemm --trans NN,NT,TN,TT --dtype f32,f64 --shape 128x512x784 " +
			"--threads 2 --json\n" +
			"  nnbench kernels --op relu,exp,tanh --n 1000,16384\n" +
			"  nnbench kernels --op gemm_u8s8,gemm_bf16,gemm_u4 --shape 512x512x512,1x1024x1024\n" +
			"  nnbench kernels --op conv2d,conv_u8s8 --conv 1x64x56x56,64x3x3,s1,p1,g1 --json\n" +
			"  nnbench kernels --op attention,lstm --attention 1x12x128x128x64,causal " +
			"--sequence 20x32x28x128",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := f.parse()
			if err != nil {
				return cli.Usage(err)
			}
			if f.json {
				return p.printJSON(cmd.OutOrStdout())
			}
			return p.printTables(cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.ops, "op", []string{gemmName}, "operations")
	flags.StringSliceVar(&f.isas, "isa", nil,
		"ISAs: "+strings.Join(asm.Names(), ", ")+
			" (default all but reference, with --json the active one)")
	flags.StringSliceVar(&f.dtypes, "dtype", []string{"f32"}, "element types: f32, f64")
	flags.StringSliceVar(&f.shapes, "shape", nil,
		"shapes of products, M×N×K (default "+strings.Join(productShapes, ",")+")")
	flags.StringArrayVar(&f.convs, "conv", []string{"1x64x56x56,64x3x3,s1,p1,g1"},
		"a convolution, NxCxHxW,FxHxW,sS,pP,gG; may be given several times")
	flags.StringArrayVar(&f.attentions, "attention", []string{"1x12x128x128x64"},
		"an attention, BxHxQxKxD, with ,causal perhaps; may be given several times")
	flags.StringSliceVar(&f.recurrences, "sequence", []string{"20x32x28x128"},
		"sequences of recurrent layers, TxBxIxH")
	flags.StringSliceVar(&f.trans, "trans", []string{"NN"},
		"transposed operands of products: NN, NT, TN, TT")
	flags.IntSliceVar(&f.lengths, "n", []int{16384}, "numbers of elements of the other operations")
	flags.IntVar(&f.threads, "threads", 1, "threads")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines")
	return cmd
}

// kernelNames lists what --op takes.
func kernelNames() []string {
	return slices.Insert(operationNames(), 1,
		slices.Concat([]string{convName, attentionName, "rnn", "gru",
			"lstm"}, weightNames, integerConvNames)...)
}

// operationNames lists the product of floats and the operations on elements.
func operationNames() []string {
	names := []string{gemmName}
	for _, op := range bench.Operations[float32]() {
		names = append(names, op.Name)
	}
	return names
}

// parse understands the flags, or says which is wrong and what there is.
func (f *kernelsFlags) parse() (*kernelsPlan, error) {
	p := &kernelsPlan{lengths: f.lengths, threads: f.threads, dtypes: f.dtypes}
	for _, name := range f.isaNames() {
		isa, err := tensor.ISAByName(name)
		if err != nil {
			return nil, fmt.Errorf("--isa: %w", err)
		}
		p.isas = append(p.isas, isa)
	}
	for _, name := range f.dtypes {
		if err := cli.CheckDtype(name); err != nil {
			return nil, err
		}
	}
	for _, n := range f.lengths {
		if n < 1 {
			return nil, fmt.Errorf("--n: %d is not a positive number of elements", n)
		}
	}
	if err := cli.CheckThreads(f.threads); err != nil {
		return nil, err
	}
	for _, step := range []func(*kernelsFlags) error{p.parseOperations, p.parseShapes,
		p.parseSequences} {
		if err := step(f); err != nil {
			return nil, err
		}
	}
	return p, p.checkMemory()
}

// parseOperations sorts the operations asked for.
func (p *kernelsPlan) parseOperations(f *kernelsFlags) error {
	for _, name := range f.ops {
		switch known := kernelNames(); {
		case name == gemmName:
			p.gemm = true
		case name == convName:
			p.conv = true
		case name == attentionName || cells[name] != "": // see parseSequences
		case slices.Contains(integerConvNames, name):
			p.integerConvs = append(p.integerConvs, name)
		case slices.Contains(weightNames, name):
			p.weights = append(p.weights, name)
		case slices.Contains(known, name):
			p.elementwise = append(p.elementwise, name)
		default:
			return fmt.Errorf("--op: unknown operation %q; known: %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// parseShapes understands the sizes of products and convolutions.
func (p *kernelsPlan) parseShapes(f *kernelsFlags) error {
	shapes := f.shapes
	if shapes == nil {
		shapes = productShapes
	}
	for _, text := range shapes {
		s, err := parseShape(text)
		if err != nil {
			return fmt.Errorf("--shape: %w", err)
		}
		if err := p.checkGroups(s, text); err == nil {
			p.shapes = append(p.shapes, s)
		} else if f.shapes != nil {
			return err
		}
	}
	for _, text := range f.trans {
		trans, err := tensor.ParseTrans(text)
		if err != nil {
			return fmt.Errorf("--trans: %w", err)
		}
		p.trans = append(p.trans, trans)
	}
	for _, text := range f.convs {
		s, err := parseConv(text)
		if err != nil {
			return fmt.Errorf("--conv: %w", err)
		}
		if p.conv || p.integerConvs != nil {
			p.convs = append(p.convs, s)
		}
	}
	return nil
}

// checkGroups refuses a product that one by weights of few bits can't be.
func (p *kernelsPlan) checkGroups(s shape, text string) error {
	for _, name := range p.weights {
		if group := groupOf(name, s.k); s.k%group != 0 {
			return fmt.Errorf("--op: %s takes a K that is a multiple of %d, which that of --shape %s is not",
				name, group, text)
		}
	}
	return nil
}

// checkMemory refuses operands that need more memory than there is.
func (p *kernelsPlan) checkMemory() error {
	for _, dtype := range p.dtypes {
		element := cli.ElementBytes(dtype)
		for _, s := range p.shapes {
			text := fmt.Sprintf("%dx%dx%d", s.m, s.n, s.k)
			err := cli.CheckMemory("shape", text, "such a product", s.bytes(element))
			if err != nil {
				return err
			}
		}
		for _, s := range p.convs {
			text := fmt.Sprintf("%dx%dx%dx%d,…", s.Batch, s.Channels, s.Size[1], s.Size[2])
			err := cli.CheckMemory("conv", text, "such a convolution", convBytes(s, element))
			if err != nil {
				return err
			}
		}
		for _, s := range p.onSequences {
			if err := cli.CheckMemory(s.flag(), s.text(), "such a "+s.op, s.bytes(element)); err != nil {
				return err
			}
		}
		for _, n := range p.lengths {
			bytes := 2 * element * float64(n)
			err := cli.CheckMemory("n", strconv.Itoa(n), "an operation on so many elements", bytes)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// isaNames returns the names of the ISAs to measure, those not asked for the newest first.
func (f *kernelsFlags) isaNames() []string {
	switch {
	case f.isas != nil:
		return f.isas
	case f.json:
		return []string{asm.Active().Name}
	}
	names := slices.DeleteFunc(asm.Names(), func(name string) bool { return name == "reference" })
	slices.Reverse(names)
	return names
}

// parseShape reads "64x64x10" as M×N×K.
func parseShape(text string) (shape, error) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == 'x' || r == '×' })
	var sizes [3]int
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || len(parts) != 3 {
			break
		}
		sizes[i] = n
	}
	if len(parts) != 3 || slices.Contains(sizes[:], 0) {
		return shape{}, fmt.Errorf("%q is not of the form MxNxK with positive sizes, such as "+
			"64x64x10", text)
	}
	return shape{sizes[0], sizes[1], sizes[2]}, nil
}

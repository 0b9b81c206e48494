package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/bench"
	"simdnn/tensor/asm"
)

func TestKernelsOfProducts(t *testing.T) {
	out := requireDone(t, "kernels", "--op", "gemm", "--trans", "NN,TT", "--dtype", "f32,f64",
		"--shape", "8x4x3", "--isa", "generic,reference", "--json")
	lines := jsonLines(t, out)
	require.Len(t, lines, 2*2*2, "transposes, types, ISAs")
	for _, line := range lines {
		requireKeys(t, line, "op trans dtype m n k isa threads ns planned_ns gflops peak_fraction")
		require.Equal(t, []any{"gemm", 8.0, 4.0, 3.0, 1.0},
			[]any{line["op"], line["m"], line["n"], line["k"], line["threads"]})
		require.InDelta(t, 2*8*4*3/line["ns"].(float64), line["gflops"], 1e-9)
	}
	require.Equal(t, []any{"NN", "f32", "generic"},
		[]any{lines[0]["trans"], lines[0]["dtype"], lines[0]["isa"]})
	require.Equal(t, []any{"TT", "f64", "reference"},
		[]any{lines[7]["trans"], lines[7]["dtype"], lines[7]["isa"]})
}

func TestKernelsOfElements(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "kernels", "--op", "add,softmax,log", "--n", "7",
		"--json"))
	require.Len(t, lines, 3)
	for _, line := range lines {
		requireKeys(t, line, "op dtype n isa ns ns_per_elem gbps")
		require.Equal(t, asm.Active().Name, line["isa"])
		require.InDelta(t, line["ns"].(float64)/7, line["ns_per_elem"], 1e-9)
	}
	require.InDelta(t, 3*4*7/lines[0]["ns"].(float64), lines[0]["gbps"], 1e-9,
		"add reads two slices and writes one")
}

func TestKernelsOfConvolutions(t *testing.T) {
	out := requireDone(t, "kernels", "--op", "conv2d", "--conv", "2x3x6x5,4x3x3,s2,p1", "--conv",
		"1x4x6x6,4x1x1,g4", "--isa", "generic,reference", "--json")
	lines := jsonLines(t, out)
	require.Len(t, lines, 2*2)
	for _, line := range lines {
		requireKeys(t, line, "op dtype input kernel stride padding groups isa threads ns gflops peak_fraction")
	}
	require.Equal(t, []any{"conv2d", "f32", "2x3x6x5", "4x3x3", 2.0, 1.0, 1.0, "generic"},
		[]any{lines[0]["op"], lines[0]["dtype"], lines[0]["input"], lines[0]["kernel"],
			lines[0]["stride"],
			lines[0]["padding"], lines[0]["groups"], lines[0]["isa"]})
	require.InDelta(t, 2*2*4*3*3*27/lines[0]["ns"].(float64), lines[0]["gflops"], 1e-9)
	require.InDelta(t, 2*4*36/lines[2]["ns"].(float64), lines[2]["gflops"], 1e-9)
	require.Contains(t, requireDone(t, "kernels", "--op", "conv2d", "--conv", "1x1x4x4,1x3x3"),
		"convolutions, f32, 1 thread\n")
}

func TestKernelsOfIntegerConvolutions(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "kernels", "--op", strings.Join(integerConvNames, ","),
		"--conv", "1x4x6x6,4x3x3,s1,p1,g4", "--isa", "generic,reference", "--json"))
	require.Len(t, lines, 2*len(integerConvNames))
	for i, line := range lines {
		requireKeys(t, line,
			"op input kernel stride padding groups isa threads ns gops f32_ns f32_ratio")
		require.Equal(t, []any{integerConvNames[i/2], "1x4x6x6", "4x3x3", 4.0}, []any{line["op"],
			line["input"], line["kernel"], line["groups"]})
		require.InDelta(t, 2*4*36*9/line["ns"].(float64), line["gops"], 1e-9)
	}
	require.Contains(t, requireDone(t, "kernels", "--op", "conv_u8s8", "--conv", "1x1x4x4,1x3x3"),
		"convolutions of integers, 1 thread\n")
}

func TestKernelsOfWeights(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "kernels", "--op", "gemm_u8s8,gemm_s8u8", "--shape", "8x4x3",
		"--isa", "generic,reference", "--json"))
	require.Len(t, lines, 2*2)
	for _, line := range lines {
		requireKeys(t, line, "op m n k isa threads ns gops f32_ns f32_ratio")
	}
	require.Equal(t, []any{"gemm_u8s8", 8.0, 4.0, 3.0, "generic"}, []any{lines[0]["op"], lines[0]["m"],
		lines[0]["n"], lines[0]["k"], lines[0]["isa"]})
	require.InDelta(t, 2*8*4*3/lines[3]["ns"].(float64), lines[3]["gops"], 1e-9)
	lines = jsonLines(t, requireDone(t, "kernels", "--op", strings.Join(weightNames, ","), "--shape",
		"1x3x64,9x4x8", "--isa", "generic", "--json"))
	require.Len(t, lines, 2*len(weightNames))
	require.Contains(t, requireDone(t, "kernels", "--op", "gemm_s8s8", "--shape", "8x4x3"),
		"products by weights of few bits, 1 thread\n")
}

func TestKernelsOfSequences(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "kernels", "--op", "attention,lstm,rnn", "--attention",
		"1x2x5x4x8,causal", "--sequence", "3x2x4x8", "--isa", "generic,reference", "--json"))
	require.Len(t, lines, 3*2)
	requireKeys(t, lines[0], "op dtype shape causal isa threads ns gflops peak_fraction")
	requireKeys(t, lines[2], "op dtype shape isa threads ns gflops peak_fraction")
	require.Equal(t, []any{"attention", "f32", "1x2x5x4x8", true, "generic"}, []any{lines[0]["op"],
		lines[0]["dtype"], lines[0]["shape"], lines[0]["causal"], lines[0]["isa"]})
	require.InDelta(t, 2*2*5*4*8*2/lines[0]["ns"].(float64), lines[0]["gflops"], 1e-9)
	require.Equal(t, []any{"rnn", "lstm"}, []any{lines[2]["op"], lines[5]["op"]})
	require.InDelta(t, 2*3*2*8*(4+8)/lines[2]["ns"].(float64), lines[2]["gflops"], 1e-9)
	require.InDelta(t, 2*3*2*4*8*(4+8)/lines[5]["ns"].(float64), lines[5]["gflops"], 1e-9)
	out := requireDone(t, "kernels", "--op", "gru", "--sequence", "2x1x3x4", "--dtype", "f32,f64")
	require.Contains(t, out, "sequences, f64, 1 thread\n")
	require.Contains(t, out, "gru 2x1x3x4")
}

func TestEveryOperationRuns(t *testing.T) {
	p := &kernelsPlan{isas: []*asm.ISA{asm.Active()}, threads: 1}
	for _, op := range bench.Operations[float64]() {
		require.Greater(t, timeElements[float64](p, op.Name, 5).times[0], 0.0, op.Name)
	}
}

func TestKernelsTables(t *testing.T) {
	out := requireDone(t, "kernels", "--op", "gemm,relu,exp", "--shape", "4x4x4", "--n", "16",
		"--dtype", "f32,f64")
	for _, text := range []string{
		"products, f32, 1 thread\n", "operations, f64, 1 thread\n", "NN 4×4×4", "relu, 16",
		"GFLOP/s", "ns/element", "generic", "FMA peak",
		"time, " + asm.Active().Name, asm.Active().Name + " is chosen: ",
	} {
		require.Contains(t, out, text)
	}
	if len(asm.Available()) > 2 {
		require.Contains(t, out, "speed-up")
	}
	require.NotContains(t, out, "reference", "only if asked for")
	require.Contains(t, requireDone(t, "kernels", "--shape", "2x2x2", "--isa", "reference"),
		"time, reference")
}

func TestVerdictNamesWhatIsFaster(t *testing.T) {
	generic, reference := &asm.Available()[1], &asm.Available()[0]
	p := &kernelsPlan{isas: []*asm.ISA{asm.Active(), reference}}
	if asm.Active() == reference {
		p.isas[1] = generic
	}
	var v verdict
	v.count(p, "alike", []float64{100, 99})
	v.count(p, "slower", []float64{100, 150})
	require.Equal(t, chosenISA(), v.String())
	v.count(p, "gemm 2×2×2", []float64{100, 80})
	require.Equal(t, chosenISA()+" Faster here: "+p.isas[1].Name+" in gemm 2×2×2 (×1.25).",
		v.String())
	v = verdict{}
	v.count(&kernelsPlan{isas: p.isas[1:]}, "the active ISA is not in the plan", []float64{100})
	require.Empty(t, v.faster)
}

// TestKernelsGroups times products by weights in groups with those shapes that they can have, and
// refuses others that are asked for.
func TestKernelsGroups(t *testing.T) {
	out := requireDone(t, "kernels", "--op", "gemm_s8u4", "--isa", "generic")
	require.Contains(t, out, "64×64×64")
	require.NotContains(t, out, "32×64×10")
	requireError(t, statusUsage, []string{"kernels", "--op", "gemm_u4", "--shape", "32x64x10"},
		"gemm_u4 takes a K that is a multiple of 8, which that of --shape 32x64x10 is not")
}

func TestKernelsWrongFlags(t *testing.T) {
	for flags, text := range map[[2]string]string{
		{"--op", "gemm,fft"}:           `unknown operation "fft"; known: gemm, conv2d, attention, rnn, `,
		{"--attention", "1x2x3x4"}:     `--attention: "1x2x3x4" is not of the form BxHxQxKxD`,
		{"--op", "nonsense"}:           `unknown operation "nonsense"`,
		{"--isa", "mmx"}:               `unknown ISA "mmx"; known: reference, generic`,
		{"--isa", "neon"}:              `"neon"`,
		{"--dtype", "f16"}:             `unknown element type "f16"; known: f32, f64`,
		{"--shape", "64x64"}:           `"64x64" is not of the form MxNxK`,
		{"--shape", "64x0x8"}:          `"64x0x8"`,
		{"--shape", "64x-1x8"}:         `"64x-1x8"`,
		{"--shape", "axbxc"}:           `"axbxc"`,
		{"--shape", "64x64x64x2"}:      `"64x64x64x2"`,
		{"--trans", "XX"}:              `unknown transposes "XX"; known: NN, NT, TN, TT`,
		{"--conv", "1x2x3x4"}:          `"1x2x3x4" is not of the form NxCxHxW,FxHxW,sS,pP,gG`,
		{"--conv", "1x2x3x0,1x1x1"}:    `"1x2x3x0,1x1x1" is not of the form`,
		{"--conv", "1x2x3x4,1x1x1,q1"}: `"1x2x3x4,1x1x1,q1" is not of the form`,
		{"--conv", "1x2x3x4,1x5x1,s1"}: `a kernel that reaches over 5 elements of dimension 1`,
		{"--n", "0"}:                   `0 is not a positive number of elements`,
		{"--threads", "0"}:             `0 is not a positive number of threads`,
		{"--threads", "4097"}:          `4097 is more than 4096 threads`,
	} {
		if flags[1] == "neon" && asm.Active().Name == "neon" {
			continue
		}
		requireError(t, statusUsage, []string{"kernels", flags[0], flags[1]}, flags[0], text)
	}
}

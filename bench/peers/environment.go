package main

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// hasAVX512 tells whether this processor and its system run AVX-512, with what kernels use of it.
func hasAVX512() bool {
	return cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL)
}

// setting is one variable of the environment.
type setting struct{ name, value string }

// The numbers by which BLIS 0.9 knows its kernels for AVX-512 and for AVX2.
const (
	blisSkylake = "0"
	blisHaswell = "3"
)

// environment returns the variables under which each side is fastest with the given number of
// threads, on a processor with or without AVX-512, with the instruction set limited by isa.
// Libraries that know fewer processors than there are fall back to slow kernels unless told: see
// README.md for what was found.
func environment(avx512 bool, threads int, isa string) []setting {
	n := strconv.Itoa(threads)
	wide := avx512 && isa != "avx2"
	env := []setting{
		{"GOMAXPROCS", n}, {"OMP_NUM_THREADS", n}, {"OPENBLAS_NUM_THREADS", n}, {"BLIS_NUM_THREADS", n},
		{"MKL_NUM_THREADS", n},
		{"MKL_THREADING_LAYER", mklThreading(threads)},
		// PyTorch and NumPy link libblas.so.3, which Debian's alternatives may lead to the slow
		// reference BLAS.
		{"LD_LIBRARY_PATH", openBLASFolder},
	}
	if isa != "" {
		env = append(env, setting{"SIMDNN_ISA", isa})
	}
	if wide {
		return append(env, setting{"OPENBLAS_CORETYPE", "SKYLAKEX"},
			setting{"BLIS_ARCH_TYPE", blisSkylake}, setting{"ATEN_CPU_CAPABILITY", "avx512"},
			setting{"LIBXSMM_TARGET", "skx"})
	}
	env = append(env, setting{"OPENBLAS_CORETYPE", "HASWELL"}, setting{"ATEN_CPU_CAPABILITY", "avx2"},
		setting{"LIBXSMM_TARGET", "hsw"})
	if isa == "avx2" {
		env = append(env, setting{"DNNL_MAX_CPU_ISA", "AVX2"}, setting{"MKL_ENABLE_INSTRUCTIONS", "AVX2"})
	}
	if avx512 {
		env = append(env, setting{"BLIS_ARCH_TYPE", blisHaswell}, setting{"NPY_DISABLE_CPU_FEATURES", "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"})
	}
	return env
}

// mklThreading returns the layer by which MKL makes threads: none, or that of gcc, whose library
// this program has loaded anyway.
func mklThreading(threads int) string {
	if threads == 1 {
		return "SEQUENTIAL"
	}
	return "GNU"
}

// describe returns the settings as a command line would have them, and says which of them the
// caller has chosen.
func describe(env []setting, chosen func(name string) bool) string {
	var texts []string
	for _, s := range env {
		value := s.value
		if strings.Contains(value, " ") {
			value = strconv.Quote(value)
		}
		if chosen(s.name) {
			value += " (as given)"
		}
		texts = append(texts, s.name+"="+value)
	}
	return strings.Join(texts, " ")
}

// variable is the marker of the second start: the names of the settings that the caller had chosen.
const variable = "SIMDNN_PEERS_GIVEN"

// merge returns the environment of the second start, without names twice. The caller's values of
// the settings prevail, to try other kernels, but not those of the numbers of threads, since all
// sides must use as many.
func merge(environ []string, env []setting) []string {
	values := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	var given []string
	for _, s := range env {
		old := values[s.name]
		switch {
		case old == "" || strings.HasSuffix(s.name, "_THREADS") || s.name == "GOMAXPROCS" ||
			s.name == "SIMDNN_ISA":
			values[s.name] = s.value
		case s.name == "LD_LIBRARY_PATH":
			values[s.name] = s.value + ":" + old
		default:
			given = append(given, s.name)
		}
	}
	values[variable] = strings.Join(given, ",")
	var merged []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		merged = append(merged, name+"="+values[name])
	}
	return merged
}

// current returns the settings with the values that are in force.
func current(env []setting) []setting {
	var now []setting
	for _, s := range env {
		now = append(now, setting{s.name, os.Getenv(s.name)})
	}
	return now
}

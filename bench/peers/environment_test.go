package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func values(env []setting) map[string]string {
	m := map[string]string{}
	for _, s := range env {
		m[s.name] = s.value
	}
	return m
}

func TestEnvironment(t *testing.T) {
	all := values(environment(true, 2, ""))
	require.Equal(t, "SKYLAKEX", all["OPENBLAS_CORETYPE"])
	require.Equal(t, "avx512", all["ATEN_CPU_CAPABILITY"])
	require.Equal(t, "skx", all["LIBXSMM_TARGET"])
	require.Equal(t, blisSkylake, all["BLIS_ARCH_TYPE"])
	require.NotContains(t, all, "DNNL_MAX_CPU_ISA")
	require.NotContains(t, all, "SIMDNN_ISA")
	for _, name := range []string{"GOMAXPROCS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
		"BLIS_NUM_THREADS"} {
		require.Equal(t, "2", all[name])
	}

	limited := values(environment(true, 1, "avx2"))
	require.Equal(t, "HASWELL", limited["OPENBLAS_CORETYPE"])
	require.Equal(t, "avx2", limited["ATEN_CPU_CAPABILITY"])
	require.Equal(t, "hsw", limited["LIBXSMM_TARGET"])
	require.Equal(t, "AVX2", limited["DNNL_MAX_CPU_ISA"])
	require.Equal(t, "avx2", limited["SIMDNN_ISA"])
	require.Equal(t, blisHaswell, limited["BLIS_ARCH_TYPE"])
	require.Contains(t, limited["NPY_DISABLE_CPU_FEATURES"], "AVX512F")

	without := values(environment(false, 1, ""))
	require.Equal(t, "HASWELL", without["OPENBLAS_CORETYPE"])
	require.NotContains(t, without, "DNNL_MAX_CPU_ISA")
	require.NotContains(t, without, "BLIS_ARCH_TYPE", "it knows the processors of its time")
	require.NotContains(t, without, "NPY_DISABLE_CPU_FEATURES",
		"NumPy warns of features that the processor lacks")
}

func TestMergeKeepsWhatTheCallerChose(t *testing.T) {
	env := []setting{{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_CORETYPE", "HASWELL"},
		{"LIBXSMM_TARGET", "hsw"}, {"LD_LIBRARY_PATH", "/a"}}
	got := merge([]string{"PATH=/bin", "OMP_NUM_THREADS=7", "OPENBLAS_CORETYPE=ZEN",
		"LD_LIBRARY_PATH=/b", "LIBXSMM_TARGET="}, env)
	require.Equal(t, []string{"LD_LIBRARY_PATH=/a:/b", "LIBXSMM_TARGET=hsw", "OMP_NUM_THREADS=1",
		"OPENBLAS_CORETYPE=ZEN", "PATH=/bin", variable + "=OPENBLAS_CORETYPE"}, got)
}

func TestDescribe(t *testing.T) {
	env := []setting{{"A", "1"}, {"B", "x y"}}
	require.Equal(t, `A=1 (as given) B="x y"`,
		describe(env, func(name string) bool { return name == "A" }))
}

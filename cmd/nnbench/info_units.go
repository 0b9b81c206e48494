package main

import (
	"fmt"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"simdnn/tensor/asm"
)

// unit is an instruction set of the processor for integers of few bits or for halves.
type unit struct {
	Name   string `json:"name"`
	Used   bool   `json:"used"`
	Reason string `json:"reason"` // why it is not used, or what for
}

// knownUnits are those that there are: what they are used for by kernels with names, or why by
// none.
var knownUnits = []struct {
	feature cpuid.FeatureID
	kernels string // of integers, or the names of ISAs
	use     string
	reason  string
}{
	{cpuid.AVX512VNNI, "avx512vnni amxint8", "products of integers", ""},
	{cpuid.AVXVNNI, "avxvnni", "products of integers", ""},
	{cpuid.AVXVNNIINT8, "", "", "unsigned by signed serves all mixes of signs"},
	{cpuid.AMXINT8, "amxint8", "products of integers by many rows", ""},
	{cpuid.F16C, "avx2 avx512", "conversions of float16", ""},
	{cpuid.AVX512FP16, "", "", "sums of halves are kept in float32"},
	{cpuid.AVX512BF16, "", "", "its products drop subnormals: other bits than elsewhere"},
	{cpuid.AMXBF16, "", "", "its products drop subnormals: other bits than elsewhere"},
	{cpuid.ASIMDDP, "neondot", "products of integers", ""},
	{cpuid.I8MM, "", "", "there are no kernels for its tiles yet"},
	{cpuid.ASIMDHP, "", "", "sums of halves are kept in float32"},
	{cpuid.BF16, "", "", "its products round by rules of their own"},
}

// unitsOf returns the units that the processor has, and what an ISA uses them for.
func unitsOf(isa *asm.ISA, has func(cpuid.FeatureID) bool) (units []unit) {
	for _, k := range knownUnits {
		if !has(k.feature) {
			continue
		}
		u := unit{Name: strings.ToLower(k.feature.String()), Reason: k.reason}
		if k.kernels != "" {
			names := strings.Fields(k.kernels)
			for _, name := range names {
				u.Used = u.Used || name == isa.Quant.Name || name == isa.Name
			}
			if u.Reason = k.use; !u.Used {
				u.Reason = fmt.Sprintf("%s multiplies integers on the ISA %s", isa.Quant.Name, isa.Name)
			}
		}
		units = append(units, u)
	}
	return units
}

// describeUnits returns lines about units.
func describeUnits(integers string, units []unit) string {
	var b strings.Builder
	fmt.Fprintf(&b, "integers    multiplied by %s\n", integers)
	for _, u := range units {
		use := "unused"
		if u.Used {
			use = "used"
		}
		fmt.Fprintf(&b, "            %s %s: %s\n", u.Name, use, u.Reason)
	}
	return b.String()
}

package suite

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"golang.org/x/perf/benchfmt"

	"simdnn/tensor/asm"
)

// The keys of the lines that say what was measured, as opposed to where: they differ between two
// runs that are to be compared.
const (
	GoVersionKey = "goversion"
	RevisionKey  = "revision"
)

// Machine returns the lines that head a file of results: platform, package, processor, ISA, version
// of Go and revision of the source.
func Machine(revision string) []benchfmt.Config {
	var lines []benchfmt.Config
	for _, line := range [][2]string{
		{"goos", runtime.GOOS},
		{"goarch", runtime.GOARCH},
		{"pkg", "simdnn/bench"},
		{"cpu", Processor()},
		{"isa", asm.Active().Name},
		{GoVersionKey, runtime.Version()},
		{RevisionKey, revision},
	} {
		lines = append(lines, benchfmt.Config{Key: line[0], Value: []byte(line[1]), File: true})
	}
	return lines
}

// Processor returns the name of the processor.
func Processor() string {
	if name := strings.TrimSpace(cpuid.CPU.BrandName); name != "" {
		return name
	}
	return "unknown"
}

// Revision returns the revision of the source that this program was built from, with -dirty if it
// was changed since, or unknown if the build did not record it.
func Revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "-dirty"
		}
	}
	return revision + changed
}

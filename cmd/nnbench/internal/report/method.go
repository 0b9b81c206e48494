package report

import "fmt"

// method says how the figures came about.
func method(s Source) *section {
	return &section{
		ID: "method", Heading: "How it was measured",
		Lead: []string{
			fmt.Sprintf("Source: %s. Benchmarks: %d. Times are medians over repeated timings after a warm-up, on one thread, through the public calls; "+
				"rates are the work that the operation must do, divided by the time. Peaks and copies were measured in the same run as the kernels.", s.Results.Name, len(s.Results.Benchmarks)),
			"Speeds on a shared machine come and go with its other work: believe ratios within one run before figures, and differences under 5 % only after " +
				"they have been repeated. To repeat: nnbench report -o report.html; for one operation: nnbench kernels; to compare two runs: nnbench compare.",
		},
	}
}

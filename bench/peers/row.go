package main

// row is one line of the results.
type row struct {
	Section string `json:"section"`
	Job     string `json:"job"`
	Op      string `json:"op,omitempty"`
	Trans   string `json:"trans,omitempty"`
	Dtype   string `json:"dtype"`
	M       int    `json:"m,omitempty"`
	N       int    `json:"n,omitempty"` // of C's columns, or of elements
	K       int    `json:"k,omitempty"`
	Net     string `json:"net,omitempty"`
	Loss    string `json:"loss,omitempty"`
	Opt     string `json:"opt,omitempty"`
	Batch   int    `json:"batch,omitempty"`
	ISA     string `json:"isa"`
	Threads int    `json:"threads"`
	Clock   string `json:"clock"`

	Timings []timing `json:"timings"`

	// Best is the fastest peer, Ratio our speed divided by its: above 1 we are faster. Both are
	// missing without peers.
	Best  string  `json:"best_peer,omitempty"`
	Ratio float64 `json:"ratio,omitempty"`
	// BestPlanned and PlannedRatio are the same for kernels chosen beforehand.
	BestPlanned  string  `json:"best_planned_peer,omitempty"`
	PlannedRatio float64 `json:"planned_ratio,omitempty"`
	Loses        bool    `json:"loses"` // Ratio or PlannedRatio is below 1

	GFLOPS       float64 `json:"gflops,omitempty"`
	PeakGFLOPS   float64 `json:"peak_gflops,omitempty"`
	PeakFraction float64 `json:"peak_fraction,omitempty"`

	// unit converts a time in nanoseconds to the unit of the table: a time t is shown as t·unit, or
	// as 1/(t·unit) if the table shows rates.
	unit float64
}

// compare fills in the ratios and the fraction of the peak.
func (r *row) compare() {
	r.Best, r.Ratio = best(r.Timings, ours, peer)
	r.BestPlanned, r.PlannedRatio = best(r.Timings, planned, plannedPeer)
	r.Loses = r.Best != "" && r.Ratio < 1 || r.BestPlanned != "" && r.PlannedRatio < 1
	if r.PeakGFLOPS > 0 {
		for _, t := range r.Timings {
			if t.Role == ours && t.NS > 0 {
				r.GFLOPS = 1 / (t.NS * r.unit)
				r.PeakFraction = r.GFLOPS / r.PeakGFLOPS
			}
		}
	}
}

// best returns the fastest of the others and the speed of the one relative to it, by the figures
// that are compared; "" and 0 if either was not timed.
func best(timings []timing, one, others role) (name string, ratio float64) {
	var mine, theirs float64
	for _, t := range timings {
		switch {
		case t.NS == 0:
		case t.Role == one:
			mine = t.NS
		case t.Role == others && (theirs == 0 || t.NS < theirs):
			name, theirs = t.Name, t.NS
		}
	}
	if mine == 0 || theirs == 0 {
		return "", 0
	}
	return name, theirs / mine
}

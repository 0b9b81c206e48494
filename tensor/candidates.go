package tensor

// candidate is a decision that a plan may try, with what the rules were to assume.
type candidate struct {
	decision
	assuming string // nothing in the rules' own
}

// variant is another view of the processor than the tuning's.
type variant struct {
	assuming string
	alter    func(*rules)
}

// Thresholds that are always met, or never. A number of row blocks is multiplied by their height.
const (
	always      = 1
	never       = 1 << 30
	neverInRows = never / 128
)

// variants are what [rules.candidates] asks in turn: when to pack what, for the smallest and for
// the largest L2 that processors have today; how to read what passes by, from an L3 that is nearly
// as fast as L2 or as slow as memory; and how to share the work among threads.
var variants = []variant{
	{"B were packed", packAllB},
	{"nothing were packed", packNothing},
	{"nothing were packed and L3 were near", func(r *rules) {
		packNothing(r)
		r.tuning.RowsAhead, r.tuning.AheadBytes = 2, 0
	}},
	{"bands had 16 rows", func(r *rules) { r.bandRows = 16 }},
	{"bands had 16 rows and L3 were near", func(r *rules) {
		r.bandRows, r.tuning.RowsAhead = 16, 2
	}},
	{"all rows met each band of B", func(r *rules) { r.nearBands = true }},
	{"A were packed and bands of 128 rows fetched ahead", func(r *rules) {
		packAllA(r)
		r.farBands, r.bandRows = true, 128
	}},
	{"B were packed and L2 had 256 KiB", func(r *rules) {
		packAllB(r)
		r.tuning.MCBytes = 128 << 10
	}},
	{"A and B were packed and L2 had 256 KiB", func(r *rules) {
		packAll(r)
		r.tuning.MCBytes = 128 << 10
	}},
	{"A and B were packed and L2 had 2 MiB", func(r *rules) {
		packAll(r)
		r.tuning.MCBytes = 1 << 20
	}},
	{"B were packed and L2 held all of A", func(r *rules) { packAllB(r); r.tuning.MCBytes = never }},
	{"B were packed and blocks half as deep", func(r *rules) { packAllB(r); r.tuning.KCBytes /= 2 }},
	{"threads shared the other side", func(r *rules) { r.splitOther = true }},
	{"there were one thread", func(r *rules) { r.threads = 1 }},
}

// packAllB packs B, however small it is and few the rows of A.
func packAllB(r *rules) { r.tuning.PackBytes, r.tuning.PackRows = r.elem, always }

// packNothing reads both operands as they stand, as far as that is possible.
func packNothing(r *rules) {
	r.tuning.PackBytes = never
	r.tuning.PageBlocks, r.tuning.HalfPageBlocks = neverInRows, neverInRows
}

// packAll packs both operands.
func packAll(r *rules) {
	packAllB(r)
	packAllA(r)
}

// packAllA packs A, however small it is.
func packAllA(r *rules) {
	r.tuning.PackPanels, r.tuning.LowTileBytes = always, never
	r.tuning.PageBytes = r.elem // all rows lie a multiple of it apart
}

// candidates returns the ways among which a plan chooses by timing them: the rules' own decision,
// then what they would decide if the processor were another one. All give the same bits. There is
// one candidate if the product is too small to be timed, or all views lead to it.
func (r *rules) candidates(p problem) []candidate {
	found := []candidate{{r.decide(p), ""}}
	if work(p.m, p.n, p.k) < int64(r.tuning.TrialWork) {
		return found
	}
next:
	for _, v := range variants {
		other := *r
		v.alter(&other)
		other.setLimits()
		d := other.decide(p)
		for _, c := range found {
			if c.decision == d {
				continue next
			}
		}
		found = append(found, candidate{d, v.assuming})
	}
	return found
}

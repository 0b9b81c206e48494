package plan

import (
	"hash/fnv"
	"math"

	"simdnn/onnx/internal/file"
	"simdnn/tensor"
)

// draws counts what is drawn in a run.
type draws struct {
	run  uint64                // the number of the session's runs that began before
	node map[*file.Node]uint32 // how often each node has drawn in this run
}

// begin begins a run.
func (d *draws) begin(run uint64) {
	d.run = run
	if len(d.node) > 0 {
		clear(d.node)
	}
}

// Random returns the node's numbers of this time.
func (h *HostCall) Random() tensor.Random {
	r := tensor.Random{Seed: h.Session.seed}
	if a := h.Call.Attribute("seed"); a != nil {
		r.Seed = uint64(math.Float32bits(a.Float))
	}
	name := fnv.New64a()
	name.Write([]byte(h.Call.Node.Scope()))
	r.Stream = name.Sum64()
	n := h.Call.Node
	r.Step = h.draws.run<<32 | uint64(h.draws.node[n])
	h.draws.node[n]++
	return r
}

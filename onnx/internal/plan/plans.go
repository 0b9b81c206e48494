package plan

import "cmp"

// plans are those that may follow one, by what they depend on, or those for inputs of some types
// and shapes. Those that were asked for last are kept. The zero value has none.
type plans struct {
	kept  map[string]*keptPlan
	clock uint64
	limit int // 0 stands for maxPlans
}

type keptPlan struct {
	plan *Plan
	used uint64 // when it was last asked for
}

// maxPlans bounds the number of plans that are kept where nothing else is said.
const maxPlans = 64

// get returns the plan of a key, nil if there is none.
func (p *plans) get(key []byte) *Plan {
	k := p.kept[string(key)]
	if k == nil {
		return nil
	}
	p.clock++
	k.used = p.clock
	return k.plan
}

// forKey returns the plan of a key, an empty one if there is none yet.
func (p *plans) forKey(key []byte) *Plan {
	if found := p.get(key); found != nil {
		return found
	}
	switch {
	case p.kept == nil:
		p.kept = map[string]*keptPlan{}
	case len(p.kept) >= cmp.Or(p.limit, maxPlans):
		p.drop()
	}
	p.clock++
	made := &Plan{}
	p.kept[string(key)] = &keptPlan{made, p.clock}
	return made
}

// drop forgets the plan that was asked for longest ago.
func (p *plans) drop() {
	oldest, used := "", p.clock+1
	for key, k := range p.kept {
		if k.used < used {
			oldest, used = key, k.used
		}
	}
	delete(p.kept, oldest)
}

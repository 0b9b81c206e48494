package main

// startPeer starts a Python peer and tells what it is, or how to get it; then it returns nil.
func (s *session) startPeer(name, file string, threads int) *pythonPeer {
	p, about, err := startPython(s.python, file, threads, s.contest.clock)
	if err != nil {
		s.note("%s is missing: go run . setup (%s)", name, oneLine(err))
		return nil
	}
	p.name = name
	s.note("%s: %s", name, about)
	return p
}

// startTorch starts PyTorch, and if there are several threads a second one with one thread: the
// threads of its own operations and those of its linear algebra hinder each other, so that one is
// often faster than more. Without PyTorch there is none.
func (s *session) startTorch() []*pythonPeer {
	const file = "torch_peer.py"
	torch := s.startPeer("PyTorch", file, s.threads)
	if torch == nil {
		return nil
	}
	if s.threads > 1 {
		if one := s.startPeer("PyTorch 1", file, 1); one != nil {
			return []*pythonPeer{torch, one}
		}
	}
	return []*pythonPeer{torch}
}

// scriptName returns the name of PyTorch's side that TorchScript compiles.
func (p *pythonPeer) scriptName() string { return "TorchScript" + p.name[len("PyTorch"):] }

// blockedName returns the name of PyTorch's side whose images are in blocks of channels.
func (p *pythonPeer) blockedName() string { return "blocked" + p.name[len("PyTorch"):] }

// names returns the names of sides: the first ones, then those of the peers.
func names(peers []*pythonPeer, first ...string) []string {
	for _, p := range peers {
		first = append(first, p.name)
	}
	return first
}

// closeAll ends the processes.
func closeAll(peers []*pythonPeer) {
	for _, p := range peers {
		p.close()
	}
}

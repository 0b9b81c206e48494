package tensor

import "simdnn/tensor/asm"

// slideColumns is the least width of a unit that [asm.Conv.Slide3] takes.
const slideColumns = 8

// settleSlide lets a depthwise product go over whole rows of windows where it has a kernel for that.
func (w *windows[T]) settleSlide(k *Kernels[T]) {
	p := &w.phases[0]
	if !w.depthwise || len(w.phases) > 1 || w.step[2] != 1 || w.resultC < k.Gemm.NR/2 {
		return
	}
	taps := 1
	for taps < p.window.K && p.steps[taps]-p.steps[taps-1] == int32(w.sourceC) {
		taps++
	}
	rows := asm.Band{KernelRows: p.window.K / taps, Channels: w.resultC, ARow: w.step[1] * w.row,
		CRow: w.result[2] * w.resultC}
	if rows.KernelRows > 1 {
		rows.KernelStep = int(p.steps[taps])
	}
	for i, at := range p.steps[:p.window.K] {
		if int(at) != i/taps*rows.KernelStep+i%taps*w.sourceC {
			return
		}
	}
	switch taps {
	case 3:
		w.slide = k.Conv.Slide3
	case 5:
		w.slide = k.Conv.Slide5
	}
	w.tapRows = rows
}

// needed returns how many elements of a dimension so many windows reach over.
func (w *windows[T]) needed(d, windows int) int { return (windows-1)*w.step[d] + w.reach[d] }

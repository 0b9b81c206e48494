package tensor

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"simdnn/tensor/asm"
)

// PackIntegers copies a matrix of rows×cols bytes, which are signed or not, with zero points for
// all or for each column; none means 0.
func (e *Engine[T]) PackIntegers(b []uint8, rows, cols int, signed bool, zeros []int32) *Integers {
	if rows < 1 || cols < 1 || len(b) != rows*cols || len(zeros) > 1 && len(zeros) != cols {
		panic(fmt.Sprintf("tensor: PackIntegers: %d bytes and %d zero points of %d×%d integers", len(b),
			len(zeros), rows, cols))
	}
	w := newIntegers(e.ISA(), rows, cols, rows, e.isa.Quant.NR)
	w.setZeros(zeros, codeFlip(signed))
	w.fill(e.isa.Quant.NR, &e.isa.Moves, codeFlip(signed), func(columns []uint8, first, n int) {
		e.isa.Moves.Transpose8(columns, w.depth(), b[first:], cols, rows, n)
	})
	return w
}

// PackIntegerFilters copies filters of bytes in the order (filter, channel, tap), with zero points
// for all or for each filter, as the columns of a matrix for [Engine.PlanIntegerConv], whose rows
// are those of windows: (tap, channel).
func (e *Engine[T]) PackIntegerFilters(b []uint8, s ConvShape, signed bool,
	zeros []int32) *Integers {
	rows, cols := s.Channels*product3(s.Kernel), s.Filters
	if rows < 1 || cols < 1 || len(b) != rows*cols || len(zeros) > 1 && len(zeros) != cols {
		panic(fmt.Sprintf("tensor: PackIntegerFilters: %d bytes and %d zero points of %d filters of %d "+
			"channels and a kernel of %v", len(b), len(zeros), cols, s.Channels, s.Kernel))
	}
	w := newIntegers(e.ISA(), rows, cols, s.IntegerRun(), e.isa.Quant.NR)
	w.setZeros(zeros, codeFlip(signed))
	taps, run := w.run/s.Channels, roundUp(w.run, asm.QuantGroup)
	w.fill(e.isa.Quant.NR, &e.isa.Moves, codeFlip(signed), func(columns []uint8, first, n int) {
		for j := range n {
			filter := b[(first+j)*rows:][:rows]
			for i := range rows / w.run {
				tapsFirst(columns[j*w.depth()+i*run:], filter[i*taps:], s.Channels, taps, rows/s.Channels,
					&e.isa.Moves)
			}
		}
	})
	return w
}

// tapsFirst copies some taps of channels, which stand all apart, as (tap, channel).
func tapsFirst(dst, src []uint8, channels, taps, all int, moves *asm.Moves) {
	if taps >= 8 {
		moves.Transpose8(dst, channels, src, all, channels, taps)
		return
	}
	for t := range taps {
		for c := range dst[t*channels:][:channels] {
			dst[t*channels+c] = src[c*all+t]
		}
	}
}

// setZeros sets the zero points of codes.
func (w *Integers) setZeros(zeros []int32, flip uint8) {
	for j := range w.cols {
		if len(zeros) > 0 {
			w.zeros[j] = zeros[j%len(zeros)]
		}
		w.zeros[j] -= int32(flip)
		w.hasZeros = w.hasZeros || w.zeros[j] != 0
	}
}

// depth returns the number of codes of a column in a panel.
func (w *Integers) depth() int { return w.groups() * asm.QuantGroup }

// fill makes the panels of nr columns, and adds the codes of each column up. columns sets n of
// them, one after the other, to bytes that differ from codes by flip. Behind the panels is one of
// ones, by which the sums of A's rows are computed, if there are zero points.
func (w *Integers) fill(nr int, moves *asm.Moves, flip uint8,
	columns func(to []uint8, first, n int)) {
	width, depth, groups := len(w.sums), w.depth(), w.groups()
	if w.hasZeros {
		width += nr
	}
	w.panels = alignedSlice[int8](width * depth)
	bytes := unsafe.Slice((*uint8)(unsafe.Pointer(&w.panels[0])), len(w.panels))
	words := unsafe.Slice((*uint32)(unsafe.Pointer(&w.panels[0])), len(w.panels)/asm.QuantGroup)
	panel := alignedSlice[uint8](nr * depth)
	pad(panel, flip)
	from := unsafe.Slice((*uint32)(unsafe.Pointer(&panel[0])), len(panel)/asm.QuantGroup)
	for first := 0; first < w.cols; first += nr {
		n := min(nr, w.cols-first)
		columns(panel, first, n)
		pad(panel[n*depth:], flip)
		for j := range n {
			w.sums[first+j] = sumCodes(panel[j*depth:][:depth], flip) - int32(w.rows)*w.zeros[first+j]
		}
		moves.Transpose32(words[first*groups:], nr, from, groups, nr, groups)
		to := bytes[first*depth:][:nr*depth]
		flipBytes(to, to, flip)
	}
	if w.hasZeros {
		w.fillOnes(nr)
	}
}

// pad sets bytes to those of the code 0.
func pad(to []uint8, flip uint8) {
	for i := range to {
		to[i] = flip
	}
}

// sumCodes returns the sum of codes that bytes differ from by flip.
func sumCodes(bytes []uint8, flip uint8) int32 {
	const pairs, stretch = 0x00ff00ff00ff00ff, 128 * 8 // sums of 16 bits have room for
	up := uint64(flip^128) * 0x0101010101010101        // to codes + 128
	sum := -128 * int32(len(bytes))
	for len(bytes) > 0 {
		part := bytes[:min(stretch, len(bytes))]
		bytes = bytes[len(part):]
		var sums uint64
		for ; len(part) >= 8; part = part[8:] {
			v := binary.LittleEndian.Uint64(part) ^ up
			sums += v&pairs + v>>8&pairs
		}
		for ; sums > 0; sums >>= 16 {
			sum += int32(sums & 0xffff)
		}
		for _, b := range part {
			sum += int32(b ^ flip ^ 128)
		}
	}
	return sum
}

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
	return e.packColumns(rows, cols, 1, rows, func(w *Integers) {
		w.setZeros(zeros, codeFlip(signed))
		w.fill(&e.isa.Moves, codeFlip(signed), func(columns []uint8, first, n int) {
			e.isa.Moves.Transpose8(columns, w.depth(), b[first:], cols, rows, n)
		})
	})
}

// packColumns returns a matrix that a function fills: for the faster product if that takes it.
func (e *Engine[T]) packColumns(rows, cols, parts, run int, fill func(w *Integers)) *Integers {
	q := &e.isa.Quant
	if q.Chains.Mul != nil {
		chains := &asm.Quant{NR: q.Chains.NR, Form: asm.UnsignedBytes}
		w := newIntegers(e.ISA(), rows, cols, parts, run, chains)
		if fill(w); w.chainGroups() {
			return w
		}
	}
	w := newIntegers(e.ISA(), rows, cols, parts, run, q)
	fill(w)
	return w
}

// PackIntegerFilters copies filters of bytes in the order (filter, channel, tap), with zero points
// for all or for each filter, as the columns of a matrix for [Engine.PlanIntegerConv], whose rows
// are those of windows: (tap, channel of the group).
func (e *Engine[T]) PackIntegerFilters(b []uint8, s ConvShape, signed bool,
	zeros []int32) *Integers {
	channels, cols := s.Channels/s.Groups, s.Filters
	rows := channels * product3(s.Kernel)
	if rows < 1 || cols < 1 || s.Filters%s.Groups != 0 || len(b) != rows*cols ||
		len(zeros) > 1 && len(zeros) != cols {
		panic(fmt.Sprintf("tensor: PackIntegerFilters: %d bytes and %d zero points of %d filters of %d "+
			"channels in %d groups and a kernel of %v", len(b), len(zeros), cols, s.Channels, s.Groups,
			s.Kernel))
	}
	if s.isDepthwise() {
		return e.packDepthwise(b, s, signed, zeros)
	}
	return e.packColumns(rows, cols, s.Groups, s.IntegerRun(), func(w *Integers) {
		w.setZeros(zeros, codeFlip(signed))
		taps, run := w.run/channels, w.padded()
		w.fill(&e.isa.Moves, codeFlip(signed), func(columns []uint8, first, n int) {
			for j := range n {
				filter := b[(first+j)*rows:][:rows]
				for i := range rows / w.run {
					tapsFirst(columns[j*w.depth()+i*run:], filter[i*taps:], channels, taps, rows/channels,
						&e.isa.Moves)
				}
			}
		})
	})
}

// isDepthwise reports whether each filter has one channel of its own.
func (s ConvShape) isDepthwise() bool {
	return s.Groups > 1 && s.Groups == s.Channels && s.Channels == s.Filters
}

// packDepthwise copies filters of one channel each, less their zero points.
func (e *Engine[T]) packDepthwise(b []uint8, s ConvShape, signed bool, zeros []int32) *Integers {
	d := &e.isa.Quant.Depthwise
	taps := product3(s.Kernel)
	steps := roundUp(taps, d.Taps)
	w := newIntegers(e.ISA(), taps, s.Filters, 1, 1, &asm.Quant{NR: d.NR})
	w.taps = alignedSlice[int16](len(w.sums) * steps)
	numbers := make([]int16, len(b))
	for j := range w.cols {
		zero := int32(0)
		if len(zeros) > 0 {
			zero = zeros[j%len(zeros)]
		}
		for t, v := range b[j*taps:][:taps] {
			number := int32(v) - zero
			if signed {
				number = int32(int8(v)) - zero
			}
			at := j/d.NR*d.NR*steps + t/d.Taps*d.NR*d.Taps + d.Place(j%d.NR)*d.Taps + t%d.Taps
			w.taps[at], numbers[j*taps+t] = int16(number), int16(number)
			w.sums[j] += number
		}
	}
	w.slide = packSlide(&e.isa.Quant.Slide, numbers, s)
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
		zero := -int32(flip)
		if len(zeros) > 0 {
			zero += zeros[j%len(zeros)]
		}
		w.zeros[w.column(j)] = zero
		w.hasZeros = w.hasZeros || zero != 0
	}
}

// depth returns the number of codes of a column in a panel.
func (w *Integers) depth() int { return w.groups() * asm.QuantGroup }

// fill makes the panels, and adds the codes of each column up. columns sets n of
// them, one after the other, to bytes that differ from codes by flip. Behind the panels is one of
// ones, by which the sums of A's rows are computed, if there are zero points.
func (w *Integers) fill(moves *asm.Moves, flip uint8, columns func(to []uint8, first, n int)) {
	nr, q := w.nr, asm.Quant{NR: w.nr, Beside: w.beside}
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
	per := w.cols / w.parts
	for at := 0; at < len(w.sums); at += nr {
		of, first := at/w.width(), at%w.width()
		n := min(nr, per-first)
		columns(panel, of*per+first, n)
		pad(panel[n*depth:], flip)
		for j := range n {
			w.sums[at+j] = sumCodes(panel[j*depth:][:depth], flip) - int32(w.rows)*w.zeros[at+j]
		}
		place, step := q.PanelPlace(first/nr, w.width()/nr, groups)
		moves.Transpose32(words[of*w.width()*groups+place:], step, from, groups, nr, groups)
	}
	if flip != 0 {
		flipBytes(bytes, bytes[:len(w.sums)*depth], flip)
	}
	if w.hasZeros {
		w.fillOnes()
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

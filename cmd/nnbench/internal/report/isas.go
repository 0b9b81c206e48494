package report

import (
	"slices"

	"simdnn/cmd/nnbench/internal/draw"
)

// styleOf returns how the figures of an ISA look, the same in every picture.
func (r *Results) styleOf(isa string) draw.Series {
	styles := []draw.Series{
		{Class: "c1", Symbol: draw.Circle}, {Class: "c2", Symbol: draw.Square}, {Class: "c3", Symbol: draw.Triangle},
		{Class: "c4", Symbol: draw.Diamond}, {Class: "c5", Symbol: draw.Ring},
	}
	style := styles[slices.Index(r.isas(), isa)%len(styles)]
	style.Label = isa
	return style
}
